"""Mistakes in the settings of a run, settings without effect, and the run as a command."""

import shlex
from typing import Any

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.data.zca import check_size
from ddcore.errors import BadInput
from ddcore.experiments.resolving import resolve
from ddcore.experiments.settings import COMMON, DistillSettings, split
from ddcore.experiments.sizes import check_set_size
from ddcore.importance import UNIFORM
from ddcore.initialisers import RANDOM
from ddcore.networks import NETWORKS, check_depth
from ddcore.parameters import fault
from pages.parts.parameter_form import Field
from pages.parts.run_description import RunDescription
from pages.parts.schema import method_fields

Settings = dict[str, Any]

_ALWAYS_SAID = ("dataset", "variant", "distiller", "init", "importance", "ipc", "steps", "width", "seed")


def mistake(settings: Settings, dataset: Dataset, schema: Schema) -> str | None:
    """What is wrong with the first bad setting, in the worker's words; None if all is well."""
    try:
        resolve(settings)
        if settings["zca"]:
            check_size(dataset.shape)
        asked = DistillSettings(**split(settings)[0])
        _check_networks(asked, dataset, schema)
        check_set_size(asked, dataset)
    except BadInput as error:
        return str(error)
    faults = (fault(field, settings[field["name"]]) for field in method_fields(settings, schema))
    return next(filter(None, faults), None)


def _check_networks(asked: DistillSettings, dataset: Dataset, schema: Schema) -> None:
    """Raise BadInput for a bad parameter of a network: `resolve` does not import networks."""
    for description in (asked.network_parameters, asked.student_parameters):
        name, own = description["name"], {key: value for key, value in description.items() if key != "name"}
        rows = {row["name"]: row for row in schema["networks"][name]}
        for key, value in own.items():
            if wrong := fault(rows[key], value) if key in rows else NETWORKS.no_such(name, key, list(rows)):
                if key in rows and value is None:
                    continue  # left to the network
                raise BadInput(wrong)
        if own.get("depth") and own.get("pooling", rows.get("pooling", {}).get("default", "none")) != "none":
            check_depth(dataset.shape, own["depth"])


def rivalry(settings: Settings) -> tuple[str, str]:
    """The setting in which the other run of a pair differs, and its plain value."""
    selects = RunDescription({"settings": settings}).selects
    return ("init", RANDOM) if selects else ("importance", UNIFORM)


def rival(settings: Settings, schema: Schema) -> Settings | None:
    """The same run with uniform batches, or for a selection with random images; None if it is that run already.

    Parameters of the method that is replaced are left out.
    """
    role, plain = rivalry(settings)
    if settings[role] == plain:
        return None
    changed = settings | {role: plain}
    if role == "init":
        changed["init_score"] = None
    own = [field["name"] for field in method_fields(changed, schema)]
    return resolve({name: value for name, value in changed.items() if name in (*COMMON, *own)})


def without_effect(settings: Settings) -> list[str]:
    """One sentence for each setting that has no effect, given the others."""
    notes, about = [], RunDescription({"settings": settings})
    if about.under_law and settings["mode"] != "stratified":
        if settings["uniform"] == 1:
            notes.append("A uniform share of 1 ignores importance: all images are equally likely.")
        elif settings["temperature"] == 0:
            notes.append("A temperature of 0 makes all scores equal: all images are equally likely.")
    if settings["evaluation"] == "none":
        shown = "the images only" if about.selects else "the images and the loss only"
        if about.distiller.predictor:
            labels = "labels, " if about.learns_labels else ""
            shown = f"the images, {labels}the loss, the condition number and the certificate only"
        notes.append(f"Without evaluation no accuracy is measured: Watch will show {shown}.")
    elif (settings["evaluate_every"] or 0) >= settings["steps"]:
        own = ", only the set's own predictor" if about.distiller.predictor else ""
        notes.append(f"No student is tested along the way{own}: the interval is as long as the run, or longer.")
    return notes


def command_line(settings: Settings, fields: list[Field]) -> str:
    """The same run as a shell command; defaults are left out, except those that say what the run is."""
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
    """The shortest text that reads back as the same number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _folded(words: list[str], width: int = 46) -> str:
    """`words` wrapped into lines that a shell reads as one."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 3 > width:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {word}"
    return "\n".join(lines)
