"""The fields of a run's config.json and status.json: each with a test of its value, and with what is allowed."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ddcore.data.reading import LARGEST_SIDE, OPTIONS
from ddcore.errors import BadInput, shortened, shown
from ddcore.experiments.settings import COMMON, DistillSettings, split
from ddcore.networks import NETWORKS
from ddcore.runs import states
from ddcore.runs.events import ACCURACY, is_count, is_number, is_text, or_null

MOST_CLASSES = 2000
_LONGEST_NAME = 300
_LONGEST_TEXT = 4000
_LONGEST_VALUE = 80  # characters of a wrong value that a message quotes
_MOST_SETTINGS = 200
_YEARS = range(1970, 3000)
_SETTINGS = (
    set(COMMON)
    - {"variant", "init_score", "zca", "network", "student_network", "factor", "until"}
    - (set(OPTIONS) - {"size"})
)
"""Settings that readers of a run rely on; the earliest runs have no others."""

Test = Callable[[Any], bool]


def refuse_wrong(what: str, fields: dict[str, Any], tests: dict[str, tuple[Test, str]]) -> None:
    """BadInput, in a sentence about `what`, unless every field passes its test in `tests` (`CONFIG` or `STATUS`)."""
    for name, (test, allowed) in tests.items():
        try:
            sound = test(fields.get(name))
        except BadInput as error:
            raise BadInput(f"The {what}: {shortened(str(error))}") from None
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):  # of a value of some other type
            sound = False
        if not sound:
            value = shown(repr(fields.get(name)), _LONGEST_VALUE)
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


def _are_shares(value: Any) -> bool:
    """Whether this is a list of numbers, null for a class without test images."""
    return (
        isinstance(value, list) and len(value) <= MOST_CLASSES and all(one is None or is_number(one) for one in value)
    )


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
    "per_class": or_null(_are_shares),
}  # fmt: skip
_LINE, _TEXT = f"a line of up to {_LONGEST_NAME} letters", f"a text of up to {_LONGEST_TEXT:,} letters"
_NETWORK = (or_null(_describes), f"one of {', '.join(NETWORKS.names())} with its parameters")
CONFIG: dict[str, tuple[Test, str]] = {
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
STATUS: dict[str, tuple[Test, str]] = {
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
