"""What is in a run's `events.jsonl`: the kinds of events, their fields, and the version of both.

One JSON object a line: `event`, `time` (seconds since 1970), and the fields below. Those who write, read and import
events go by this table. More fields than these may stand in a line; lines of kinds that a reader does not know mean
nothing to it.
"""

from collections.abc import Callable
from math import inf
from typing import Any

VERSION = 1
"""Raise it when a kind or a field changes its meaning; runs carry it in their config (none there: version 1)."""


def is_number(value: Any) -> bool:
    """Whether this is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -inf < value < inf


def is_count(value: Any) -> bool:
    """Whether this is a whole number of at least 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_repeats(value: Any) -> bool:
    return is_count(value) and value > 0


def _or_null(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """NaN and infinity are null in the file."""
    return lambda value: value is None or test(value)


_ACCURACY = {"mean": is_number, "std": is_number, "repeats": _is_repeats}
_PERHAPS = {name: _or_null(test) for name, test in _ACCURACY.items()}

FIELDS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "queued": {"ahead": is_count, "note": _is_text},
    "phase": {"phase": _is_text},  # preparing | scoring | initialising | distilling | evaluating | ...
    "progress": {"phase": _or_null(_is_text), "done": is_number, "total": is_number, "note": _is_text},
    "paused": {"step": is_count},
    "resumed": {"step": is_count},
    "initialised": {"init": _is_text, "report": lambda value: isinstance(value, dict)},
    "step": {"step": is_count},  # and what the method measured
    "accuracy": {"step": is_count, **_ACCURACY},  # of students on the set of this step
    "baseline": {"name": _is_text, **_ACCURACY},  # random | full | kernel-random
    # of a kernel method's own predictor; nulls where none was tested
    "kernel": {
        "step": is_count, **_PERHAPS, "images": _or_null(_is_repeats),
        "condition": _or_null(is_number), "certificate": _or_null(is_number),
    },
    "snapshot": {"step": is_count, "file": _is_text},
    "finished": {},
    "stopped": {},
    "failed": {"error": _is_text},
    "unreadable": {"lines": is_count},  # said by who reads the lines, never written
}  # fmt: skip
"""Kind of event -> the fields that readers rely on, and what each must be."""

OPTIONAL: dict[str, dict[str, Callable[[Any], bool]]] = {"step": {"loss": _or_null(is_number)}}
"""The same of fields that are not always there."""


def is_sound(event: Any) -> bool:
    """Whether this is an event, with the fields of its kind."""
    if not (isinstance(event, dict) and _is_text(event.get("event")) and is_number(event.get("time"))):
        return False
    kind = event["event"]
    there = all(name in event and test(event[name]) for name, test in FIELDS.get(kind, {}).items())
    return there and all(test(event.get(name)) for name, test in OPTIONAL.get(kind, {}).items())
