"""What is in a run's `events.jsonl`: the kinds of events, their fields, and the version of both.

One JSON object a line: `event`, `time` (seconds since 1970), and the fields below. Those who write, read and import
events go by this table. More fields than these may stand in a line; lines of kinds that a reader does not know mean
nothing to it.
"""

from collections.abc import Callable, Collection
from sys import float_info
from typing import Any

from ddcore.runs.strict_json import LARGEST_WHOLE

VERSION = 1
"""Raise it when a kind or a field changes its meaning; runs carry it in their config (none there: version 1)."""


def is_number(value: Any) -> bool:
    """Whether this is a finite number that fits a float."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -float_info.max <= value <= float_info.max


def is_count(value: Any) -> bool:
    """Whether this is a whole number of at least 0 that a browser can count to."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_WHOLE


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_fraction(value: Any) -> bool:
    return is_number(value) and 0 <= value <= 1


def _is_repeats(value: Any) -> bool:
    return is_count(value) and value > 0


def or_null(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """NaN and infinity are null in the file."""
    return lambda value: value is None or test(value)


ACCURACY: dict[str, Callable[[Any], bool]] = {"mean": _is_fraction, "std": _is_fraction, "repeats": _is_repeats}
"""The fields of a test accuracy, in events as in results."""

_PERHAPS = {name: or_null(test) for name, test in ACCURACY.items()}

FIELDS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "queued": {"ahead": is_count, "note": is_text},
    "phase": {"phase": is_text},  # preparing | scoring | initialising | distilling | evaluating | ...
    "progress": {"phase": or_null(is_text), "done": is_number, "total": is_number, "note": is_text},
    "paused": {"step": is_count},
    "resumed": {"step": is_count},
    "initialised": {"init": is_text, "report": lambda value: isinstance(value, dict)},
    "step": {"step": is_count},  # and what the method measured, see `are_metrics`
    "accuracy": {"step": is_count, **ACCURACY},  # of students on the set of this step
    "baseline": {"name": is_text, **ACCURACY},  # random | full | kernel-random
    # of a kernel method's own predictor; nulls where none was tested
    "kernel": {
        "step": is_count, **_PERHAPS, "images": or_null(_is_repeats),
        "condition": or_null(is_number), "certificate": or_null(is_number),
    },
    "snapshot": {"step": is_count, "file": is_text},
    "cell": {"key": is_text, "run": is_text, "note": is_text},  # a study goes on with this one
    "memory": {"peak_mb": is_count},  # the most that the process held: of the GPU, or of the computer
    "finished": {},
    "stopped": {},
    "failed": {"error": is_text},
    "unreadable": {"lines": is_count},  # said by who reads the lines, never written
}  # fmt: skip
"""Kind of event -> the fields that readers rely on, and what each must be."""

OPTIONAL: dict[str, dict[str, Callable[[Any], bool]]] = {
    "step": {"loss": or_null(is_number)}, "accuracy": {"until": or_null(is_number)},
    "progress": {"left": or_null(is_number)},  # seconds, by the job's own estimate
}  # fmt: skip
"""The same of fields that are not always there."""


def is_sound(event: Any) -> bool:
    """Whether this is an event, with the fields of its kind."""
    if not (isinstance(event, dict) and is_text(event.get("event")) and is_number(event.get("time"))):
        return False
    kind = event["event"]
    there = all(name in event and test(event[name]) for name, test in FIELDS.get(kind, {}).items())
    return there and all(test(event.get(name)) for name, test in OPTIONAL.get(kind, {}).items())


def are_metrics(event: dict[str, Any], keys: Collection[str]) -> bool:
    """Whether everything that the event calls like one of `keys`, or "key/name", is a number or null.

    `keys` are those of the curves that the run's method declares: what a step measured beside its loss.
    """
    return all(_is_metric(value) for field, value in event.items() if field.partition("/")[0] in keys)


_is_metric = or_null(is_number)
