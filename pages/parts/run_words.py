"""A run's state and progress in words, and what the example shows. Pure functions of run folders."""

from typing import Any

from ddcore.initialisers import INITIALISERS
from ddcore.words import duration
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
PARTS = ("getting ready", "distilling", "testing students")
"""Of a run; of one bar they take 10, 70 and 20 %, or 10 and 90 % where nothing is tested."""
_READYING = ("preparing", "scoring", "making experts", "initialising")
_TESTS = 4  # of the final set, the initial one, random images and full data
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
    """The whole run's progress from 0 to 1, and in words: its part, the pace and the time left.

    One bar for all parts of a run, which never goes back; the words name the part.
    """
    step, total, phase, within = status["step"], status["total"], status["phase"], status["progress"]
    part = 0 if phase in _READYING else 2 if phase == "evaluating" else 1 if phase == "distilling" else None
    tested = history.about.settings["evaluation"] != "none"
    words = [PHASES.get(phase, phase) or ("waiting in line" if state == "queued" else "starting")]
    if part is not None:
        words[0] = f"part {part + 1} of {2 + tested}: {words[0]}"
    left, share = None, within["done"] / within["total"] if within and within["total"] else 0.0
    if phase == "distilling" or not within or not within["total"]:
        if total:
            words.append(f"step {step:,} of {total:,}")
        pace = history.steps_per_second()
        if phase == "distilling" and within:
            words.append("testing a student")
        elif pace and state == "running" and phase == "distilling":
            words.append(f"{pace:.3g} steps a second")
            left = (total - step) / pace
    else:
        left = history.seconds_left_of_part() if state == "running" else None
        words.append(within["note"] or f"{100 * share:.0f} %")
    if left:
        then = ", then the final test" if phase == "distilling" and tested else ""
        words.append(f"about {duration(left)} left{then if phase == 'distilling' else ' of it'}")
    return _whole_share(part, phase, share, step / total if total else 0.0, history, tested), " · ".join(words)


def _whole_share(
    part: int | None, phase: str | None, within: float, distilled: float, history: RunHistory, tested: bool
) -> float:
    """Of the whole run, from the share of the phase that is `within` the part, and of the steps that are done."""
    within, distilled = min(1.0, max(0.0, within)), min(1.0, max(0.0, distilled))
    widest = 0.7 if tested else 0.9
    if part == 0:
        return 0.1 * (_READYING.index(phase) + within) / len(_READYING)
    if part == 2:
        done = len(history.final_tests)
        return 0.8 + 0.2 * min(1.0, (done + (within if done < _TESTS else 0.0)) / _TESTS)
    return 0.1 + widest * distilled if distilled else 0.1 * (part == 1)


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
