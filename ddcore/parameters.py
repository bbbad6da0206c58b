"""Hyper-parameters of a method, written once: forms, JSON and the command line follow from the dataclass's fields.

@dataclass(frozen=True)
class Method:
    clusters: int = parameter(100, "Number of centres.", min=1, max=4096)

    def __post_init__(self):
        check(self)
"""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from numbers import Integral, Real
from typing import Any

from ddcore.errors import BadInput

_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}


def parameter(
    default: Any,
    help: str,
    min: float | None = None,
    max: float | None = None,
    choices: Iterable[str] | Mapping[str, str | tuple[str, str]] | None = None,
    when: dict[str, tuple[Any, ...]] | None = None,
    title: str | None = None,
    later: bool = False,
    before: Any = dataclasses.MISSING,
    examples: Mapping[str, str] | None = None,
    valid: Callable[[str], Any] | None = None,
) -> Any:
    """Dataclass field of type int, float, bool or str (or one of them `| None`); `min` and `max` are allowed values.

    `choices`: the values of a text; as a mapping, each with its title or with (title, what it means). `when`: another
    field and the values of it with which this one has an effect (of several fields any will do); forms ask for it only
    then. `title`: what a form calls it, if that is not its name. `later`: it was added when things were kept already;
    where it is as it was `before`, at its default unless that is given, it is left out of the names of what is kept, so
    that they stay valid (of a method: also in `ddcore.experiments.settings.LATER`). `examples`: values of a text
    that a form offers, with their titles; any is allowed that `valid` does not refuse with `BadInput`.
    """
    about = {
        "help": help, "min": min, "max": max, "choices": choices, "when": when, "title": title, "later": later,
        "before": default if before is dataclasses.MISSING else before, "examples": examples, "valid": valid,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=about)


def schema(cls: type) -> list[dict[str, Any]]:
    """One dict a parameter, for JSON: name, title, type ("int", "float", "bool", "str"), optional, default, min, max,
    choices, titles and meanings of the choices, help, later, before, examples, when.

    A parameter that may be left out (`int | None`) has the default `None`.
    """
    return [dict(row) for row in _rows(cls)]


@cache
def _rows(cls: type) -> list[dict[str, Any]]:
    """What `schema` gives, made once for each class: a study resolves thousands of settings."""
    rows = []
    for field, kind, optional in _fields(cls):
        about = field.metadata
        choices = {value: _titled(value, said) for value, said in _choices(about).items()}
        rows.append(
            {
                "name": field.name,
                "title": about.get("title") or field.name.replace("_", " ").capitalize(),
                "type": kind.__name__,
                "optional": optional,
                "default": field.default,
                "min": about.get("min"),
                "max": about.get("max"),
                "choices": list(choices) or None,
                "titles": {value: title for value, (title, _) in choices.items()},
                "meanings": {value: meaning for value, (_, meaning) in choices.items() if meaning},
                "help": about.get("help", ""),
                "later": about.get("later", False),
                "before": about.get("before", field.default),
                "examples": dict(about.get("examples") or {}),
                "when": {name: list(values) for name, values in (about.get("when") or {}).items()},
            }
        )
    return rows


def _choices(about: Any) -> dict[str, str | tuple[str, str]]:
    given = about.get("choices") or {}
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given, "")


def _titled(value: str, said: str | tuple[str, str]) -> tuple[str, str]:
    title, meaning = (said, "") if isinstance(said, str) else said
    return title or str(value).replace("-", " ").replace("_", " ").capitalize(), meaning


def named(rows: list[dict[str, Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a class, described by `rows` (see `schema`), as they name what is kept of it: all but the
    device, and those that came `later` only where they are not as they were before."""
    return {
        row["name"]: values[row["name"]]
        for row in rows
        if row["name"] != "device" and not (row["later"] and values[row["name"]] == row["before"])
    }


def as_before(rows: list[dict[str, Any]], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """`recorded` values of parameters described by `rows`; what an earlier version did not record is as it was then,
    where that is not today's default."""
    return {row["name"]: row["before"] for row in rows if row["before"] != row["default"]} | dict(recorded)


def named_by(instance: Any) -> dict[str, Any]:
    """`named` for a given method."""
    return named(schema(type(instance)), vars(instance))


def matters(field: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether a parameter, as `schema` describes it, has any effect beside these `values` of its class."""
    return not field["when"] or any(values[name] in allowed for name, allowed in field["when"].items())


def check(instance: Any) -> None:
    """Refuse a parameter of the wrong type or out of its bounds with `BadInput`; call it from `__post_init__`."""
    cls: type = type(instance)
    for row, (field, _, _) in zip(_rows(cls), _fields(cls), strict=True):
        value = getattr(instance, field.name)
        if sentence := fault(row, value):
            raise BadInput(sentence)
        if value is not None and (valid := field.metadata.get("valid")):
            valid(value)


def fault(row: dict[str, Any], value: Any) -> str | None:
    """The sentence about a value that the parameter described by `row` (see `schema`) does not allow; else None."""
    if (value is None and row["optional"]) or _fits(row, value):
        return None
    shown = f"{value!r}" if isinstance(value, str) else f"{value}"
    return f"{row['name']}={shown} is not allowed; choose {_allowed(row)}."


@cache
def _fields(cls: type) -> list[tuple[dataclasses.Field, type, bool]]:
    """(field, plain type, whether `None` is allowed) for every parameter; a field without a default is none: it is
    given, not chosen."""
    hints = typing.get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        if not field.init or field.default is dataclasses.MISSING:
            continue
        if "help" not in field.metadata:
            raise TypeError(f"{cls.__name__}.{field.name} has a default but no help: make it with parameter(...)")
        hint, optional = hints[field.name], False
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
            kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
            hint, optional = kinds[0], len(kinds) < len(typing.get_args(hint))
        if hint not in (int, float, bool, str):
            raise TypeError(f"{cls.__name__}.{field.name}: a parameter is int, float, bool or str, not {hint}")
        found.append((field, hint, optional))
    return found


def _fits(row: dict[str, Any], value: Any) -> bool:
    if row["type"] == "bool":
        return isinstance(value, bool)
    if row["type"] == "str":
        return isinstance(value, str) and (not row["choices"] or value in row["choices"])
    number = Integral if row["type"] == "int" else Real
    if isinstance(value, bool) or not isinstance(value, number) or not math.isfinite(value):
        return False
    low, high, choices = row["min"], row["max"], row["choices"]
    return (low is None or value >= low) and (high is None or value <= high) and (not choices or value in choices)


def _allowed(row: dict[str, Any]) -> str:
    low, high, kind = row["min"], row["max"], _KINDS[row["type"]]
    if row["choices"]:
        return "one of " + ", ".join(map(str, row["choices"]))
    if low is not None and high is not None:
        return f"{kind} from {low} to {high}"
    if low is not None:
        return f"{'a finite number' if row['type'] == 'float' else kind} of at least {low}"
    if high is not None:
        return f"{kind} of at most {high}"
    return kind
