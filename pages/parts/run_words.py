"""A run's state and progress in words, and what the example shows. Pure functions of run folders."""

from typing import Any

from ddcore.initialisers import INITIALISERS
from pages.parts.job_view import in_words
from pages.parts.run_description import RunDescription
from pages.parts.run_history import RunHistory
from pages.parts.words import number_word, percent

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
    "scoring": "scoring images",
    "initialising": "creating the initial synthetic images",
    "making experts": "training the experts",
    "distilling": "distilling",
    "evaluating": "testing students",
}


def state_words(state: str) -> str:
    mark, word, _ = STATES[state]
    return f"{mark} {word}"


KMEANS_COST = "k-means cost: the mean squared distance of real images to the nearest image of their class in the start."


def start_report(report: dict[str, float], scored: bool = False) -> str:
    """What the initialiser reported on the synthetic set at step 0: its quality and the time it took; "" for nothing.

    `scored`: the start used a score, whose time is not in the report.
    """
    parts = []
    if "cost_ratio" in report:
        parts.append(f"its k-means cost is {report['cost_ratio']:.2f} times that of one random draw")
    if "certificate" in report:
        none = " (no lower guarantee)" if report["certificate"] >= 1 else ""
        parts.append(f"its certificate for ridge regression is ε = {report['certificate']:.2f}{none}")
    if not parts:
        return ""
    beside = " without scoring" if scored else ""
    took = f" ({report['seconds']:.1f} s{beside})" if "seconds" in report else ""
    return f"Start{took}: {'; '.join(parts)}."


def progress(status: dict[str, Any], state: str, history: RunHistory) -> tuple[float, str]:
    """The run's progress from 0 to 1, and in words with pace and time left."""
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
    """One line that explains a state, empty if it needs none. `asked` is the last request to the worker."""
    if state == "queued":
        return status["note"].capitalize() + "." if status["note"] else "Waiting for its turn on the device."
    if state == "running" and asked == "pause":
        return "Pausing after this step."
    lines = {
        "starting": "Starting the worker. Loading PyTorch takes a few seconds.",
        "paused": f"Paused at step {status['step']:,}. You can close this tab; nothing is lost.",
        "stopping": "Saving its state. You can resume it later.",
        "stopped": f"Stopped at step {status['step']:,}. Resume continues from there, as if it had never stopped.",
        "lost": "Its process is gone (killed, or the computer was restarted). Resume continues from the last saved "
        "state.",
    }
    return lines.get(state, "")


def headline(config: dict[str, Any]) -> str:
    """The question the example run answers."""
    return f"What can {number_word(_synthetic_images(config))} images stand for?"


def story(config: dict[str, Any], result: dict[str, Any]) -> str:
    """What the example shows, in its own numbers, including what it started from."""
    count, ipc, train = _synthetic_images(config), config["settings"]["ipc"], config["dataset"]["train"]
    thing = "digit" if config["dataset"]["name"] in ("digits", "mnist") else "class"
    accuracy, random, full = (percent(result[name]["mean"]) for name in ("accuracy", "random", "full"))
    before, start = result.get("initial_accuracy"), ""
    from_noise = INITIALISERS.about(config["settings"]["init"]).kind == "noise"
    if before and not from_noise:
        start = f" The start, {RunDescription(config).start}, already gives {percent(before['mean'])}."
    return (
        f"{number_word(count).capitalize()} images, {number_word(ipc)} per {thing}, "
        f"{'start as pure noise and ' if from_noise else ''}learn to stand in for {train:,}: "
        f"a network trained on nothing else gets **{accuracy}** of the test images right; {number_word(count)} random "
        f"real images give {random}; all {train:,} give {full} (short training).{start}"
    )


def _synthetic_images(config: dict[str, Any]) -> int:
    return config["settings"]["ipc"] * len(config["dataset"]["classes"])
