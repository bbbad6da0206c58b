"""JSON from elsewhere, held to what our own writers write: pages and browsers trust the values they are given."""

import json
import math
import re
from typing import Any

from ddcore.errors import printable

LARGEST_WHOLE = 2**53  # beyond it a browser's numbers skip some
MOST_LEVELS = 16  # of lists and objects within one another
_LONGEST_NUMBER = 17  # characters of a whole number: all up to LARGEST_WHOLE fit
_UNWELCOME = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters and terminal escapes, but for tab and line ends
    "\ud800-\udfff"  # halves of a character, which no page can be sent
    "\u202a-\u202e\u2066-\u2069]"  # marks that turn the direction of text, so that it reads as another
)


def strict(text: bytes) -> Any:
    """The value of a JSON text in UTF-8; ValueError if it is none that one of our writers could have written.

    Refused are NaN and infinity (1e999 too), whole numbers beyond 2**53, and more than 16 levels. In texts, control
    characters, lone surrogates and marks of direction become their escapes, as in `ddcore.errors.printable`. Pages
    escape what means something in Markdown (`pages.parts.words.plain`).
    """
    try:
        value = json.loads(text.decode(), parse_constant=_refuse, parse_int=_whole, parse_float=_real)
    except RecursionError:
        raise ValueError("too many levels") from None
    _check_levels(value)
    return _printable(value)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER or abs(value := int(digits)) > LARGEST_WHOLE:
        raise ValueError(f"{digits[:20]} is too large a number")
    return value


def _real(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:20]} is too large a number")
    return value


def _check_levels(value: Any) -> None:
    """Level by level, since a walk that calls itself would be as deep as the value."""
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += item.values()
            elif isinstance(item, list):
                inner += item
        if not inner:
            return
        level = inner
    raise ValueError("too many levels")


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNWELCOME.sub(lambda found: printable(found[0]), value)
    if isinstance(value, dict):
        return {_printable(name): _printable(item) for name, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list) else value
