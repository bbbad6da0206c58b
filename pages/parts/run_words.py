"""Runs in words: what one is and where it is. Pure functions of what run folders hold."""

from typing import Any

from ddcore.data.variants import Variant
from ddcore.distillers import about_distiller
from ddcore.sampling.following import WITHOUT_LAW
from pages.parts.job_view import in_words
from pages.parts.run_history import RunHistory
from pages.parts.words import (
    chosen_by,
    is_selection,
    labels_move,
    method_name,
    particulars,
    predictor_of,
    score_of,
    short_name_of,
    start_words,
)

STATES = {  # mark, word, colour of a badge
    "queued": ("◔", "waiting in line", "gray"),
    "starting": ("◔", "starting", "gray"),
    "running": ("▶", "running", "blue"),
    "paused": ("Ⅱ", "paused", "orange"),
    "stopping": ("◼", "stopping", "orange"),
    "finished": ("✔", "finished", "green"),
    "stopped": ("◼", "stopped", "gray"),
    "failed": ("✖", "failed", "red"),
    "lost": ("?", "lost", "red"),
}
PHASES = {
    "preparing": "preparing the data",
    "scoring": "scoring which images matter",
    "initialising": "making the first synthetic images",
    "distilling": "changing the synthetic images",
    "evaluating": "testing what students learn from them",
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number_word(count: int) -> str:
    """3 -> "three", 60000 -> "60,000"."""
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def percent(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def signed(points: float) -> str:
    """+1.5, or −1.5 with a minus sign that is no hyphen."""
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", "−")


def state_words(state: str) -> str:
    mark, word, _ = STATES[state]
    return f"{mark} {word}"


def short_name(config: dict[str, Any]) -> str:
    """For lists: dataset, method and batches, budget and seed."""
    settings = config["settings"]
    selected = is_selection(settings)
    method = title(settings) if selected else f"{method_name(settings['distiller'])}, {batches(settings)}"
    method = ", ".join([method, *particulars(settings)])
    return f"{dataset_name(config)} · {method} · ipc {settings['ipc']} · seed {settings['seed']}"


def dataset_name(config: dict[str, Any]) -> str:
    """Of a run that has not prepared its data yet too, and then the same as afterwards where that can be known."""
    settings, known = config["settings"], config.get("dataset") or {}
    variant = settings.get("variant")
    asked = str(settings.get("dataset", "?")) + (f"-{Variant.parse(variant).slug}" if variant else "")
    return known.get("name") or asked


def title(settings: dict[str, Any]) -> str:
    """For a curve: how the set started and how real batches are drawn."""
    if is_selection(settings):
        return f"{short_name_of(settings['init'])}{chosen_by(settings)}, not distilled"
    return f"{short_name_of(settings['init'])} start, {batches(settings)}"


def batches(settings: dict[str, Any]) -> str:
    if settings["importance"] == "uniform":
        return "uniform batches"
    score = score_of(settings, short_name_of, own="predictor loss")
    return score if settings["importance"] in WITHOUT_LAW else f"{score} {settings['mode']}"


def sentence(config: dict[str, Any]) -> str:
    """What the run does, in plain words."""
    settings = config["settings"]
    each = f"{number_word(settings['ipc'])} image{'s' if settings['ipc'] > 1 else ''} per class"
    start = start_words(settings["init"]) + chosen_by(settings)
    device = config.get("device") or settings["device"]
    where = "" if device == "auto" else f", on {device}"  # which one that is the worker says
    network = config.get("network")
    width = network["width"] if network else settings["width"]
    depth = network["depth"] if network else settings["depth"]
    whitened = " (whitened images)" if settings.get("zca") else ""
    shape = f"ConvNet of width {width}" + (f" and depth {depth}" if depth else "")
    if is_selection(settings):
        stand = "stands" if start.startswith("a ") else "stand"
        return (
            f"**{start[:1].upper()}{start[1:]}** {stand} for **{dataset_name(config)}**{whitened}: {each}, "
            "not distilled. "
            f"{shape}."
        )
    steps = f"{settings['steps']:,} steps, seed {settings['seed']}{where}"
    predictor = f" Its predictor: {config['kernel']}." if config.get("kernel") else ""
    end = f"{shape}, {steps}."
    if kind := predictor_of(settings):
        pool = " and pool" if kind == "trained" else ""
        end = f"{steps}.{predictor} Students{pool}: {shape}."
    return (
        f"**{method_name(settings['distiller'])}** distills **{dataset_name(config)}**{whitened} into {each}"
        f"{_labels(settings)}, started from **{start}**; {_drawn(settings)}. {end}"
    )


def start_report(report: dict[str, float], scored: bool = False) -> str:
    """What the synthetic set at step 0 cost and achieved, from the numbers its initialiser reported; "" for none.

    `scored`: the start went by a score, whose time is not in the report.
    """
    told = []
    if "cost_ratio" in report:
        told.append(
            "the mean squared distance of real images to the nearest of their class at the start (k-means cost) is "
            f"{report['cost_ratio']:.2f} times that of one draw of random images"
        )
    if "certificate" in report:
        none = ", so it gives no lower guarantee" if report["certificate"] >= 1 else ""
        told.append(f"its certificate for ridge regression is ε = {report['certificate']:.2f}{none}")
    if not told:
        return ""
    beside = ", scores not counted" if scored else ""
    took = f" (found in {report['seconds']:.1f} s{beside})" if "seconds" in report else ""
    return f"The start{took}: {'; '.join(told)}."


def _drawn(settings: dict[str, Any]) -> str:
    """How real batches are drawn."""
    name, score = settings["importance"], score_of(settings, short_name_of)
    if name == "uniform":
        return "real batches drawn **uniformly**"
    anew = f", chosen anew every {settings['refresh_every']} steps" if "refresh_every" in settings else ""
    if name in WITHOUT_LAW:
        return f"real batches of **{score}**{anew}"
    regime = "corrected: weights keep the goal unbiased" if settings["mode"] == "corrected" else "emphasis on them"
    easy = ", easy images more often" if settings["direction"] == "easy" else ""
    by = f"the {score}" if name == "student-loss" else f"{score} importance"
    return f"real batches drawn by **{by}**{anew}{easy} ({regime})"


def _labels(settings: dict[str, Any]) -> str:
    return f" with **{settings['labels']} labels**" if labels_move(settings) else ""


def loss_words(configs: list[dict[str, Any]]) -> str:
    """What the losses of these runs are, a sentence a method; empty where that is not known."""
    methods = dict.fromkeys(config["settings"]["distiller"] for config in configs)
    told = [f"The loss of {method_name(name)} is {loss}." for name in methods if (loss := about_distiller(name).loss)]
    if len(told) > 1:
        told.append("These are different quantities: compare how they change, not how high they are.")
    elif told and len(configs) > 1 and len({_drawn(config["settings"]) for config in configs}) > 1:
        told.append("It is that of each run's own batches, and hard images lose more: compare how it changes.")
    return " ".join(told)


def progress(status: dict[str, Any], state: str, history: RunHistory) -> tuple[float, str]:
    """How far the run is, from 0 to 1, and that in words with pace and time left."""
    step, total, part = status["step"], status["total"], status["progress"]
    words = [PHASES.get(status["phase"], status["phase"]) or ("waiting in line" if state == "queued" else "starting")]
    if status["phase"] == "distilling" or not part or not part["total"]:
        share = step / total if total else 0.0
        if total:
            words.append(f"step {step:,} of {total:,}")
        pace, left = history.steps_per_second(), None
        if pace and state == "running" and status["phase"] == "distilling":
            words.append(f"{pace:.3g} steps a second")
            left = (total - step) / pace
    else:
        share = part["done"] / part["total"]
        left = history.seconds_left_of_part() if state == "running" else None
        words.append(part["note"] or f"{100 * share:.0f} %")
    if left:
        then = ", then the final test" if status["phase"] == "distilling" else ""
        words.append(f"about {in_words(left)} left{then}")
    return min(1.0, max(0.0, share)), " · ".join(words)


def waiting_words(status: dict[str, Any], state: str, asked: str | None) -> str:
    """One line on a state that needs a word; empty for the others. `asked` is the last request to the worker."""
    if state == "queued":
        return status["note"].capitalize() + "." if status["note"] else "Waiting for its turn on the device."
    if state == "running" and asked == "pause":
        return "Pausing after the step at hand."
    lines = {
        "starting": "The worker starts; loading PyTorch takes a few seconds.",
        "paused": f"Paused at step {status['step']:,}. Nothing is lost, whatever happens to this tab.",
        "stopping": "It saves its state and ends; it can be resumed from there.",
        "stopped": f"Stopped at step {status['step']:,}. Resume goes on from there, as if it had never stopped.",
        "lost": "Its process is gone (ended from outside, or the computer was restarted). Resume goes on from what was "
        "saved.",
    }
    return lines.get(state, "")


def headline(config: dict[str, Any]) -> str:
    """The question that the example run answers."""
    return f"What can {number_word(_synthetic_images(config))} images stand for?"


def story(config: dict[str, Any], result: dict[str, Any]) -> str:
    """One sentence on what the example shows, from its own numbers, what it started from among them."""
    count, ipc, train = _synthetic_images(config), config["settings"]["ipc"], config["dataset"]["train"]
    thing = "digit" if config["dataset"]["name"] in ("digits", "mnist") else "class"
    accuracy, random, full = (percent(result[name]["mean"]) for name in ("accuracy", "random", "full"))
    init, before = config["settings"]["init"], result.get("initial_accuracy")
    from_noise, start = init == "noise", ""
    if before and not from_noise:
        start = f"; the start, {start_words(init)}, already teaches it {percent(before['mean'])}"
    return (
        f"{number_word(count).capitalize()} images, {number_word(ipc)} per {thing}, "
        f"{'start as pure noise and ' if from_noise else ''}learn to stand in for {train:,}: "
        f"a network that has seen nothing but these {number_word(count)} names **{accuracy}** of new images, "
        f"where {number_word(count)} random real ones teach it {random} and all {train:,} teach it {full} by a short "
        f"schedule, not the best a network can do{start}."
    )


def _synthetic_images(config: dict[str, Any]) -> int:
    return config["settings"]["ipc"] * len(config["dataset"]["classes"])
