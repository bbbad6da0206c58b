"""What is wrong with the settings of a run, what in them has no effect, and the run in one sentence."""

import shlex
from typing import Any

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.data.zca import check_size
from ddcore.errors import BadInput
from ddcore.experiments.settings import COMMON, resolve
from ddcore.networks.depths import default_depth, largest_depth
from ddcore.sampling.following import WITHOUT_LAW
from pages.parts.parameter_form import Field
from pages.parts.words import chosen_by, is_selection, labels_move, predictor_of, score_of, start_words, within_sentence

Settings = dict[str, Any]

_ALWAYS_SAID = ("dataset", "variant", "distiller", "init", "importance", "ipc", "steps", "width", "seed")


def mistake(settings: Settings, dataset: Dataset) -> str | None:
    """The sentence about the first setting that cannot be, as the worker would say it; None if all is well."""
    try:
        resolve(settings)
        if settings["zca"]:
            check_size(dataset.shape)
    except BadInput as error:
        return str(error)
    if settings["ipc"] > dataset.smallest_class:
        smallest = dataset.smallest_class
        return f"ipc={settings['ipc']} exceeds the smallest class ({smallest} images); choose ipc <= {smallest}."
    _, height, width = dataset.shape
    deepest = largest_depth(height, width)
    if (settings["depth"] or 1) > deepest:
        return f"depth={settings['depth']} does not fit {height}x{width} images; choose a depth from 1 to {deepest}."
    return None


def method_fields(settings: Settings, schema: Schema) -> list[Field]:
    """The parameters of the chosen methods, which the run's settings hold beside the common ones.

    Defaults are those of a run with this distiller.
    """
    distiller, start, rule = (settings[name] for name in ("distiller", "init", "importance"))
    chosen = [
        schema["distillers"][distiller],
        schema["initialisers"].get(start, []),
        schema["scores"].get(settings["init_score"], []),
        schema["followers"].get(rule) or schema["scores"].get(rule, []),
    ]
    own = schema["own_parameters"].get(distiller, {})
    usual = own.get(start, {}) | own.get(rule, {})
    return [
        field | {"default": usual.get(field["name"], field["default"])}
        for fields in chosen
        for field in fields
        if field["name"] != "device"
    ]


def rival(settings: Settings, schema: Schema) -> Settings | None:
    """The same run with uniform batches, or for a selection with random images; None where it is that already.

    Parameters of what is given up are left out.
    """
    role, plain = ("init", "random") if is_selection(settings) else ("importance", "uniform")
    if settings[role] == plain:
        return None
    changed = settings | {role: plain}
    if role == "init":
        changed["init_score"] = None
    own = [field["name"] for field in method_fields(changed, schema)]
    return resolve({name: value for name, value in changed.items() if name in (*COMMON, *own)})


def out_of_range(settings: Settings, fields: list[Field]) -> str | None:
    """The sentence about the first of the methods' own `fields` beyond its bounds, which `resolve` cannot know."""
    for field in fields:
        if field["type"] in ("bool", "str"):
            continue
        value, low, high = settings[field["name"]], field["min"], field["max"]
        if value is None or ((low is None or value >= low) and (high is None or value <= high)):
            continue
        ends = [f"{word} {end}" for word, end in (("at least", low), ("at most", high)) if end is not None]
        return f"{field['name']}={value} is not allowed; choose {' and '.join(ends)}."
    return None


def without_effect(settings: Settings) -> list[str]:
    """One sentence for every choice that changes nothing, given the others."""
    notes = []
    if settings["importance"] not in WITHOUT_LAW:
        if settings["uniform"] == 1:
            notes.append("A uniform share of 1 leaves nothing of the importance: all images are equally likely.")
        elif settings["temperature"] == 0:
            notes.append("A temperature of 0 makes all scores equal: all images are equally likely.")
    if settings["evaluation"] == "none":
        shown = "images only" if is_selection(settings) else "images and the loss only"
        if predictor_of(settings):
            labels = "labels, " if labels_move(settings) else ""
            shown = f"images, {labels}the loss, the condition number and the certificate only"
        notes.append(f"Without an evaluation no accuracy is measured: Watch will show the {shown}.")
    elif (settings["evaluate_every"] or 0) >= settings["steps"]:
        own = ", only the set's own predictor" if predictor_of(settings) else ""
        notes.append(f"No student will be tested along the way{own}: the interval is longer than the run.")
    return notes


def in_words(settings: Settings, dataset: Dataset) -> str:
    """What the run will do."""
    channels, height, width = dataset.shape
    images, ipc = settings["ipc"] * dataset.num_classes, settings["ipc"]
    each = "one for each" if ipc == 1 else f"{ipc} for each"
    drawn = "drawn uniformly"
    if settings["importance"] != "uniform":
        regime = "" if settings["importance"] in WITHOUT_LAW else f" ({settings['mode']})"
        drawn = f"drawn by {score_of(settings, within_sentence)}{regime}"
    colour = "colour" if channels == 3 else "grey"
    depth = settings["depth"] or default_depth(height, width)
    start = start_words(settings["init"]) + chosen_by(settings)
    change = (
        f"They are {start} and are not changed"
        if is_selection(settings)
        else f"They start from {start} and change for **{settings['steps']:,} steps** of "
        f"{within_sentence(settings['distiller'])}; real batches are {drawn}"
    )
    network = f"ConvNet of width {settings['width']} and depth {depth}"
    if predictor := predictor_of(settings):
        pool = " and of the pool" if predictor == "trained" else ""
        network = f"Labels are {settings['labels']}. The network of students{pool} is a {network}."
    else:
        network = f"The network is a {network}."
    variant = f" (with {settings['variant']})" if settings["variant"] else ""
    whitened = "Training and test images are whitened first. " if settings["zca"] else ""
    return (
        f"**{images:,} {colour} images** of {width}×{height} pixels, {each} of {dataset.num_classes} classes, stand "
        f"for **{len(dataset.train):,}**{variant}. {change}. {whitened}{network}"
    )


def command_line(settings: Settings, fields: list[Field]) -> str:
    """The same run from a terminal; settings at their default are left out, unless they say what the run is."""
    defaults = {field["name"]: field["default"] for field in fields}
    lines = ["python -m ddcore distill"]
    for name, value in settings.items():
        if value is None or (name not in _ALWAYS_SAID and value == defaults.get(name)):
            continue
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            lines.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            lines.append(f"--{flag} {shlex.quote(_exact(value) if isinstance(value, float) else str(value))}")
    return _folded(lines)


def _exact(number: float) -> str:
    """As short as it can be and still read back as the same number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _folded(words: list[str], width: int = 46) -> str:
    """Lines a shell takes as one."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 > width:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {word}"
    return "\n".join(lines)
