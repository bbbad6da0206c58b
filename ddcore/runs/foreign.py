"""What a run from elsewhere must look like before it may stand among our own: pages trust the fields they read.

Nothing is mended: what does not fit is refused, and a run that was exported by us always fits. What is accepted is also
bounded, so that Library, Watch and the pictures open at once: lines of events, points of curves, images of a set.
"""

import math
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from ddcore.data.reading import LARGEST_SIDE, OPTIONS
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.settings import COMMON, DistillSettings, split
from ddcore.networks import NETWORKS
from ddcore.runs import events, snapshots, states
from ddcore.runs.events import ACCURACY, is_count, is_number, is_text, or_null
from ddcore.runs.strict_json import strict

MOST_LINES = 120_000  # of events: a run of 100,000 steps has fewer, and they are read in 0.7 s
LONGEST_LINE = 64 * 1024  # bytes
MOST_POINTS = 10_000  # of a curve that is drawn as it is
MOST_CLASSES = 2000
MOST_LABELS = 2**25  # numbers in the learned labels of all snapshots, which Watch reads when it opens
_LONGEST_NAME = 300
_LONGEST_TEXT = 4000
_LONGEST_VALUE = 80  # characters of a wrong value that are told
_MOST_SETTINGS = 200
_YEARS = range(1970, 3000)
_CURVES = ("accuracy", "kernel", "baseline", "snapshot")
_LOOK = 1000  # lines between two reports of progress
_SETTINGS = set(COMMON) - {"variant", "init_score", "zca", "network", "student_network"} - (set(OPTIONS) - {"size"})
"""Settings that readers of a run rely on; the earliest runs have no others."""

Test = Callable[[Any], bool]


def check_config(config: dict[str, Any]) -> None:
    """BadInput unless `config` is that of a distillation run, every field that pages read being there."""
    version = config.get("events", 1)
    if is_count(version) and version > events.VERSION:
        raise BadInput(f"This run has events of version {version}; up to {events.VERSION} is read here: update ddcore.")
    _refuse_wrong("config.json in the zip does not belong to a distillation run", config, _CONFIG)
    if config.get("dataset") is not None:
        classes, each, (channels, height, width) = sheet_of(config)
        if (values := classes * each * channels * height * width) > snapshots.MOST_VALUES:
            raise BadInput(
                f"The set of this run has {classes * each:,} images of {width}x{height} pixels, {values:,} values; at "
                f"most {snapshots.MOST_VALUES:,} can be shown."
            )


def check_status(status: dict[str, Any], steps: int) -> None:
    """BadInput unless numbers are numbers, words are words, and a result has the promised form."""
    _refuse_wrong("status.json in the zip does not belong to a run", status, _STATUS)
    if not status["step"] <= status["total"] <= steps:
        raise BadInput(
            f"The status.json in the zip does not belong to a run of {steps:,} steps: it is at step {status['step']:,} "
            f"of {status['total']:,}."
        )


def check_events(path: Path, steps: int, checked: Callable[[int], None] = lambda count: None) -> None:
    """BadInput unless every line is an event with the fields that readers of its kind rely on.

    An unfinished last line is ignored, as by readers. `checked(bytes)` is called along the way.
    """
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
            kinds[_kind(line, number, steps)] += 1
            if number % _LOOK == 0:
                checked(done)
            done += len(line)
            if max(kinds[name] for name in _CURVES) > MOST_POINTS:
                raise BadInput(f"{_EVENTS} that can be shown: one of its curves has over {MOST_POINTS:,} points.")


_EVENTS = "The events.jsonl in the zip does not belong to a run"


def _kind(line: bytes, number: int, steps: int) -> str:
    try:
        event = strict(line)
        fault = "" if events.is_sound(event) else "it is no event with the fields of its kind"
        if not fault and not event.get("step", 0) <= steps:
            fault = f"it is at step {event['step']} of {steps}"
    except (TypeError, ValueError) as error:
        fault = str(error)
    if fault:
        raise BadInput(f"{_EVENTS}: line {number:,}: {fault}.")
    return event["event"]


def sheet_of(config: dict[str, Any]) -> tuple[int, int, tuple[int, int, int]]:
    """Classes, images of each, and shape (C, H, W) of an image; for configs that name their dataset."""
    dataset = config["dataset"]
    channels, height, width = dataset["shape"]
    return len(dataset["classes"]), config["settings"]["ipc"], (channels, height, width)


def check_snapshot(path: Path, config: dict[str, Any]) -> int:
    """BadInput unless the snapshot is one of this run; returns how many numbers its labels have."""
    try:
        if config.get("dataset") is None:
            raise ValueError("the config names no dataset")
        return snapshots.check_snapshot(path, sheet_of(config), config["settings"]["steps"])
    except ValueError as error:
        raise BadInput(f"The snapshot {path.name!r} in the zip does not belong to this run: {error}.") from None


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


# -- fields


def _refuse_wrong(what: str, fields: dict[str, Any], tests: dict[str, tuple[Test, str]]) -> None:
    for name, (test, allowed) in tests.items():
        try:
            sound = test(fields.get(name))
        except BadInput as error:
            raise BadInput(f"The {what}: {str(error)[:_LONGEST_NAME]}") from None
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):  # of a value of some other type
            sound = False
        if not sound:
            value = repr(fields.get(name))[:_LONGEST_VALUE]
            raise BadInput(f"The {what}: {name}={value} is not allowed; it must be {allowed}.")


def _has(tests: dict[str, Test]) -> Test:
    return lambda value: isinstance(value, dict) and all(test(value.get(name)) for name, test in tests.items())


def _is_name(value: Any) -> bool:
    """Whether this is a text of one line that fits a table."""
    return is_text(value) and len(value) <= _LONGEST_NAME and not any(end in value for end in "\n\r\t")


def _is_long_text(value: Any) -> bool:
    return is_text(value) and len(value) <= _LONGEST_TEXT


def _is_date(value: Any) -> bool:
    return _is_name(value) and datetime.fromisoformat(value).year in _YEARS


def _is_version(value: Any) -> bool:
    return value is None or (is_count(value) and value > 0)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool) or is_number(value) or _is_name(value)


def _are_settings(value: Any) -> bool:
    sound = isinstance(value, dict) and value.keys() >= _SETTINGS and len(value) <= _MOST_SETTINGS
    return sound and all(map(_is_scalar, value.values())) and bool(DistillSettings(**split(value)[0]))


def _are_classes(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST_CLASSES and all(map(_is_name, value))


def _is_shape(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) == 3 and all(map(is_count, value))):
        return False
    return value[0] in (1, 3) and all(0 < side <= LARGEST_SIDE for side in value[1:])


def _describes(network: Any) -> bool:
    """Whether this is what `Network.describe` gives; runs of earlier versions do not say what kind of network."""
    known = isinstance(network, dict) and network.get("name", "convnet") in NETWORKS.names()
    return known and all(value is not None and _is_scalar(value) for value in network.values())


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_DATASET = {
    "name": _is_name, "hash": _is_name, "classes": _are_classes, "shape": _is_shape, "base": or_null(_is_name),
    "train": or_null(is_count), "test": or_null(is_count),
}  # fmt: skip
_PROTOCOL: dict[str, Test] = {"name": _is_name, "epochs": is_count, "repeats": is_count, "text": _is_long_text}
_BY_ITSELF = {"predictor": _is_name, **dict.fromkeys(("accuracy", "initial_accuracy", "random"), _has(ACCURACY))}
_RESULT = {
    "run": _is_name, "steps": is_count, "seconds": is_number, "protocol": or_null(_is_long_text),
    **dict.fromkeys(("accuracy", "initial_accuracy", "random", "full"), or_null(_has(ACCURACY))),
    "kernel_accuracy": or_null(is_number), "kernel": or_null(_has(_BY_ITSELF)),
}  # fmt: skip
_LINE, _TEXT = f"a line of up to {_LONGEST_NAME} letters", f"a text of up to {_LONGEST_TEXT:,} letters"
_NETWORK = (or_null(_describes), f"one of {', '.join(NETWORKS.names())} with its parameters")
_CONFIG: dict[str, tuple[Test, str]] = {
    "kind": (lambda value: value == "distill", "'distill'"),
    "created": (_is_date, f"a date of the years {_YEARS.start} to {_YEARS.stop - 1}"),
    "settings": (_are_settings, "an object with every setting of a run, each a number or a line of text"),
    "events": (_is_version, "a number from 1 on"),
    "queue": (or_null(_is_name), _LINE),
    "dataset": (
        or_null(_has(_DATASET)),
        f"an object with name, hash, up to {MOST_CLASSES:,} classes, and a shape of 1 or 3 channels and up to "
        f"{LARGEST_SIDE} pixels a side",
    ),
    "network": _NETWORK,
    "student_network": _NETWORK,
    "protocol": (or_null(_has(_PROTOCOL)), "an object with name, epochs, repeats and text"),
    "device": (or_null(_is_name), _LINE),
    "kernel": (or_null(_is_name), _LINE),
    "versions": (or_null(_is_object), "an object"),
    "hardware": (or_null(_is_object), "an object"),
}
_STATES = (*states.LIVE, *states.ENDED)
_STATUS: dict[str, tuple[Test, str]] = {
    "state": (lambda value: value in _STATES, f"one of {', '.join(_STATES)}"),
    "phase": (or_null(_is_name), _LINE),
    "step": (is_count, "a number from 0 on"),
    "total": (is_count, "a number from 0 on"),
    "progress": (
        or_null(_has({"done": is_number, "total": is_number, "note": _is_long_text})),
        "an object with done, total and note",
    ),
    "updated": (or_null(is_number), "a time in seconds"),
    "note": (_is_long_text, _TEXT),
    "error": (or_null(_is_long_text), _TEXT),
    "result": (or_null(_has(_RESULT)), "an object with run, steps, seconds, protocol and accuracies from 0 to 1"),
}  # fmt: skip
