"""How choices are spelled in an address: from a value to a text and back, and in words what is allowed."""

import base64
import binascii
import zlib
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np

from pages.parts.parameter_form import Field

MOST_LISTED = 12  # allowed values that a sentence names
_NONE = "none"  # spells an optional parameter without a value
_PIECE = 1 << 16  # bytes that are unpacked at most for each 1,000 images


class PartlyUnknown(ValueError):
    """Some names of a list are unknown: the message lists them, and `known` are the others."""

    def __init__(self, unknown: Sequence[str], known: list[str]):
        super().__init__(_joined(unknown))
        self.known = known


class Spelling(NamedTuple):
    """`read` raises ValueError for a text that spells nothing; `allowed` completes "it can be ..."."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]
    allowed: str


def one_of(values: Mapping[str, Any] | Sequence[Any]) -> Spelling:
    """One of a few values, spelled by the keys of a mapping, or as they are."""
    named = dict(values) if isinstance(values, Mapping) else {str(value): value for value in values}

    def read(text: str) -> Any:
        if text not in named:
            raise ValueError(text)
        return named[text]

    def write(value: Any) -> str:
        return next((text for text, one in named.items() if one == value), str(value))

    listed = list(named)[:MOST_LISTED]
    beyond = f" or one of {len(named) - len(listed)} others" if len(named) > len(listed) else ""
    return Spelling(read, write, (", ".join(listed) + beyond) if listed else "nothing here")


def number(low: float | None = None, high: float | None = None, *, whole: bool = False) -> Spelling:
    """A number from `low` to `high`, both allowed."""

    def read(text: str) -> float:
        value = int(text) if whole else float(text)
        if not isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
            raise ValueError(text)
        return value

    kind = "a whole number" if whole else "a number"
    bounds = [f"from {_short(low)}"] if low is not None else []
    bounds += [f"to {_short(high)}"] if high is not None else []
    return Spelling(read, _short, " ".join([kind, *bounds]))


def span(low: float, high: float) -> Spelling:
    """Two numbers in order: "10..90"."""
    end = number(low, high)

    def read(text: str) -> tuple[float, float]:
        first, last = map(end.read, text.split(".."))
        if first > last:
            raise ValueError(text)
        return first, last

    return Spelling(read, lambda value: "..".join(map(_short, value)), f"two numbers from {_short(low)} to "
                    f"{_short(high)}, as {_short(low)}..{_short(high)}")  # fmt: skip


def several(count: int, *, most: int | None = None) -> Spelling:
    """A list of different whole numbers below `count`: "3,7"; at most `most` of them."""
    place = number(0, count - 1, whole=True)

    def read(text: str) -> list[int]:
        found = [place.read(part) for part in _parts(text)]
        if len(set(found)) < len(found) or (most is not None and len(found) > most):
            raise ValueError(text)
        return found

    many = f"at most {most} different" if most is not None else "different"
    return Spelling(read, _joined, f"{many} numbers from 0 to {count - 1}, as 0,1")


def chosen_of(values: Sequence[str]) -> Spelling:
    """Some of a few names, in any order: "dm,dc". `PartlyUnknown` is raised where some are known and some are not."""

    def read(text: str) -> list[str]:
        parts = _parts(text)
        known, unknown = [part for part in parts if part in values], [part for part in parts if part not in values]
        if unknown:
            raise PartlyUnknown(unknown, known) if known else ValueError(text)
        return known

    return Spelling(read, _joined, f"some of {one_of(values).allowed}")


def numbers(count: int) -> Spelling:
    """`count` finite numbers with five significant digits: "0.25,-1.5,2"."""

    def read(text: str) -> tuple[float, ...]:
        found = tuple(number().read(part) for part in text.split(","))
        if len(found) != count:
            raise ValueError(text)
        return found

    return Spelling(read, lambda value: ",".join(f"{one:.5g}" for one in value), f"{count} numbers with commas")


def of_field(field: Field) -> Spelling:
    """The value of a parameter, as its row in a schema bounds it."""
    if field["choices"]:
        inner = one_of(field["choices"])
    elif field["type"] == "bool":
        inner = one_of({"on": True, "off": False})
    elif field["type"] == "str":
        inner = Spelling(str, str, "a text")
    else:
        inner = number(field["min"], field["max"], whole=field["type"] == "int")
    if not field["optional"]:
        return inner
    return Spelling(
        lambda text: None if text == _NONE else inner.read(text),
        lambda value: _NONE if value is None else inner.write(value),
        f"{inner.allowed} or {_NONE}",
    )


def record(fields: Sequence[Field], defaults: Mapping[str, Any]) -> Spelling:
    """Several parameters in one text, those at their default left out: "clusters:50;seed:3"."""
    spelled = {field["name"]: of_field(field) for field in fields}

    def read(text: str) -> dict[str, Any]:
        values = dict(defaults)
        for part in filter(None, text.split(";")):
            name, _, value = part.partition(":")
            if name not in spelled:
                raise ValueError(text)
            values[name] = spelled[name].read(value)
        return values

    def write(values: Mapping[str, Any]) -> str:
        changed = [name for name in spelled if name in values and values[name] != defaults[name]]
        return ";".join(f"{name}:{spelled[name].write(values[name])}" for name in changed)

    return Spelling(read, write, "; ".join(f"{name}: {one.allowed}" for name, one in spelled.items()))


def ids(count: int) -> Spelling:
    """A set of ids below `count`, ascending: the differences or one bit for each id, deflated, whichever is shorter."""

    def read(text: str) -> list[int]:
        try:
            return unpacked(text, count)
        except (binascii.Error, zlib.error, ValueError) as error:
            raise ValueError(text) from error

    return Spelling(read, packed, f"a code of images from 0 to {count - 1:,} that this page wrote")


def packed(chosen: Sequence[int]) -> str:
    """The code of a set of ids."""
    found = np.unique(np.asarray(chosen, np.int64))
    bits = np.zeros(int(found[-1]) + 1 if len(found) else 0, bool)
    bits[found] = True
    codes = {"d": _varints(np.diff(found, prepend=-1) - 1), "b": np.packbits(bits, bitorder="little").tobytes()}
    texts = [kind + base64.urlsafe_b64encode(_deflated(raw)).decode().rstrip("=") for kind, raw in codes.items()]
    return min(texts, key=len)


def unpacked(text: str, count: int) -> list[int]:
    """The ids below `count` of a code; ValueError if it is none."""
    kind, code = text[:1], text[1:]
    inflate = zlib.decompressobj(-15)
    most = _PIECE * (1 + count // 1000)
    raw = inflate.decompress(base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True), most)
    if kind == "b":
        found = np.flatnonzero(np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little"))
    elif kind == "d":
        found = np.cumsum(_integers(raw) + 1) - 1
    else:
        raise ValueError("no code of images")
    if not inflate.eof or (len(found) and not 0 <= found[0] <= found[-1] < count):
        raise ValueError("no code of images of this dataset")
    return found.tolist()


def _parts(text: str) -> list[str]:
    return [] if text == _NONE else text.split(",")


def _joined(values: Sequence[Any]) -> str:
    return ",".join(map(str, values)) or _NONE


def _deflated(raw: bytes) -> bytes:
    deflate = zlib.compressobj(9, wbits=-15)
    return deflate.compress(raw) + deflate.flush()


def _varints(values: np.ndarray) -> bytes:
    """Whole numbers in bytes of seven bits, the lowest first; the eighth bit says that more follow."""
    out = bytearray()
    for value in values.tolist():
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)


def _integers(raw: bytes) -> np.ndarray:
    found, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if shift > 35:
            raise ValueError("a number that no id is")
        if not byte & 128:
            found.append(value)
            value = shift = 0
    if shift:
        raise ValueError("the code ends within a number")
    return np.asarray(found, np.int64)


def _short(value: float | None) -> str:
    """12, 0.5: a number that reads back as the same."""
    return str(int(value)) if isinstance(value, int) or float(value).is_integer() else repr(float(value))
