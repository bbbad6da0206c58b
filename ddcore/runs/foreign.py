"""What a run from elsewhere must look like before it may stand among our own: pages trust the fields they read.

What does not fit is refused. A run of ours fits unless it exceeds a bound, which `archive.refusal_of` names.
The bounds let Library, Watch and the pictures open at once: lines of events, points of curves, labels and values of a
set are bounded here, lengths of texts in `fields`, bytes and snapshots in `unpacking`.
"""

import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput, shown
from ddcore.runs import confusions, draws, events, snapshots, watched_steps
from ddcore.runs.events import is_count
from ddcore.runs.fields import CONFIG, STATUS, refuse_wrong
from ddcore.runs.naming import CONFUSION
from ddcore.runs.strict_json import strict

MOST_LINES = 120_000  # of events: a run of 100,000 steps has fewer, and they are read in 0.7 s
LONGEST_LINE = 64 * 1024  # bytes
MOST_POINTS = 10_000  # of a curve that is drawn as it is
MOST_LABELS = 2**25  # numbers in the learned labels of all snapshots, which Watch reads when it opens
_CURVES = ("accuracy", "kernel", "baseline", "snapshot")
_LOOK = 1000  # lines between two reports of progress


def check_config(config: dict[str, Any]) -> None:
    """BadInput unless `config` is that of a distillation run, every field that pages read being there."""
    version = config.get("events", 1)
    if is_count(version) and version > events.VERSION:
        raise BadInput(f"This run has events of version {version}; up to {events.VERSION} is read here: update ddcore.")
    refuse_wrong("config.json in the zip does not belong to a distillation run", config, CONFIG)
    if config.get("dataset") is not None:
        classes, each, (channels, height, width) = sheet_of(config)
        if (values := classes * each * channels * height * width) > snapshots.LARGEST_VIEW:
            raise BadInput(
                f"The set of this run has {classes * each:,} images of {width}x{height} pixels, {values:,} values; at "
                f"most {snapshots.LARGEST_VIEW:,} can be shown."
            )


def check_status(status: dict[str, Any], steps: int) -> None:
    """BadInput unless numbers are numbers, words are words, and a result has the promised form."""
    refuse_wrong("status.json in the zip does not belong to a run", status, STATUS)
    if not status["step"] <= status["total"] <= steps:
        raise BadInput(
            f"The status.json in the zip does not belong to a run of {steps:,} steps: it is at step {status['step']:,} "
            f"of {status['total']:,}."
        )


def check_events(path: Path, config: dict[str, Any], checked: Callable[[int], None] = lambda count: None) -> None:
    """BadInput unless every line is an event of a run of this `config`, with the fields that readers rely on.

    An unfinished last line is ignored, as by readers. Texts may hold anything, since pages draw none of them.
    `checked(bytes)` is called along the way.
    """
    steps, method = config["settings"]["steps"], DISTILLERS.about(config["settings"]["distiller"])
    metrics = {curve.key for curve in method.curves}
    kinds: Counter[str] = Counter()
    done = 0
    with path.open("rb") as file:
        for number in range(1, MOST_LINES + 2):
            if not (line := file.readline(LONGEST_LINE + 1)).endswith(b"\n"):
                if len(line) > LONGEST_LINE:
                    raise BadInput(f"{_EVENTS}: line {number:,} is longer than {LONGEST_LINE:,} bytes.")
                return
            if number > MOST_LINES:
                raise BadInput(f"{_EVENTS} that can be shown: it has more than {MOST_LINES:,} lines.")
            kinds[_kind(line, number, steps, metrics)] += 1
            if number % _LOOK == 0:
                checked(done)
            done += len(line)
            if max(kinds[name] for name in _CURVES) > MOST_POINTS:
                raise BadInput(f"{_EVENTS} that can be shown: one of its curves has over {MOST_POINTS:,} points.")


_EVENTS = "The events.jsonl in the zip does not belong to a run"


def _kind(line: bytes, number: int, steps: int, metrics: set[str]) -> str:
    try:
        event = strict(line)
        sound = events.is_sound(event) and (event["event"] != "step" or events.are_metrics(event, metrics))
        fault = "" if sound else "it is no event with the fields of its kind"
        if not fault and not (is_count(step := event.get("step", 0)) and step <= steps):
            fault = f"it is at step {shown(step)} of {steps}"
    except ValueError as error:
        fault = str(error)
    if fault:
        raise BadInput(f"{_EVENTS}: line {number:,}: {fault}.")
    return event["event"]


def sheet_of(config: dict[str, Any]) -> tuple[int, int, tuple[int, int, int]]:
    """Classes, images of each, and shape (C, H, W) of an image; for configs that name their dataset."""
    dataset = config["dataset"]
    channels, height, width = dataset["shape"]
    return len(dataset["classes"]), config["settings"]["ipc"], (channels, height, width)


def check_fits(path: Path, config: dict[str, Any]) -> int:
    """BadInput unless the snapshot is one of this run; returns how many numbers its labels have."""
    try:
        if config.get("dataset") is None:
            raise ValueError("the config names no dataset")
        return snapshots.check_snapshot(path, sheet_of(config), config["settings"]["steps"])
    except ValueError as error:
        raise BadInput(f"The snapshot {path.name!r} in the zip does not belong to this run: {error}.") from None


def check_confusion(path: Path, config: dict[str, Any]) -> None:
    """BadInput unless the confusion is one of this run."""
    try:
        if (dataset := config.get("dataset")) is None:
            raise ValueError("the config names no dataset")
        classes, each, _ = sheet_of(config)
        confusions.check_confusion(path, classes, classes * each, dataset.get("test"))
        steps = config["settings"]["steps"]
        if (match := CONFUSION.fullmatch(path.name)) and (step := int(match["step"] or 0)) > steps:
            raise ValueError(f"it is of step {step:,}, in a run of {steps:,}")
    except ValueError as error:
        raise BadInput(f"The confusion {path.name!r} in the zip does not belong to this run: {error}.") from None


def check_beside(path: Path, config: dict[str, Any]) -> None:
    """BadInput unless draws, or a watched step, are of this run."""
    what = "draws" if path.parent.name == draws.FOLDER else "step"
    try:
        if config.get("dataset") is None:
            raise ValueError("the config names no dataset")
        if what == "draws":
            draws.check_draws(path, config["dataset"].get("train"), config["settings"]["steps"])
        else:
            watched_steps.check_step(path, config)
    except ValueError as error:
        raise BadInput(f"The {what} {path.name!r} in the zip does not belong to this run: {error}.") from None


def check_labels(count: int, config: dict[str, Any]) -> None:
    """BadInput if the labels of all snapshots are learned, so that all are shown, and have too many numbers."""
    settings = config["settings"]
    learned = DISTILLERS.about(settings["distiller"]).predictor and settings.get("labels", "fixed") != "fixed"
    if learned and count > MOST_LABELS:
        raise BadInput(f"The learned labels of this run have {count:,} numbers; at most {MOST_LABELS:,} can be shown.")


def check_whitening(size: int, config: dict[str, Any]) -> None:
    """BadInput unless a whitening of `size` numbers is that of the run's images."""
    expected = None if config.get("dataset") is None else math.prod(sheet_of(config)[2])
    if size != expected:
        raise BadInput(f"The zca.npz in the zip is not a run's whitening: it has {size} numbers an image.")
