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
from numbers import Integral, Real
from typing import Any

from ddcore.errors import BadInput

_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def parameter(
    default: Any,
    help: str,
    min: float | None = None,
    max: float | None = None,
    choices: tuple[str, ...] | None = None,
    when: dict[str, tuple[Any, ...]] | None = None,
) -> Any:
    """Dataclass field of type int, float, bool or str (or one of them `| None`); `min` and `max` are allowed values.

    `when`: another field and the values of it with which this one has an effect (of several fields any will do); forms
    ask for it only then.
    """
    about = {"help": help, "min": min, "max": max, "choices": choices, "when": when}
    return dataclasses.field(default=default, metadata=about)


def schema(cls: type) -> list[dict[str, Any]]:
    """One dict a field, for JSON: name, type ("int", "float", "bool", "str"), default, min, max, choices, help, when.

    A parameter that may be left out (`int | None`) has the default `None`.
    """
    rows = []
    for field, kind, _ in _fields(cls):
        about = field.metadata
        choices = about.get("choices")
        rows.append(
            {
                "name": field.name,
                "type": kind.__name__,
                "default": field.default,
                "min": about.get("min"),
                "max": about.get("max"),
                "choices": list(choices) if choices else None,
                "help": about.get("help", ""),
                "when": {name: list(values) for name, values in (about.get("when") or {}).items()},
            }
        )
    return rows


def matters(field: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether a parameter, as `schema` describes it, has any effect beside these `values` of its class."""
    return not field["when"] or any(values[name] in allowed for name, allowed in field["when"].items())


def check(instance: Any) -> None:
    """Refuse a parameter of the wrong type or out of its bounds with `BadInput`; call it from `__post_init__`."""
    for field, kind, optional in _fields(type(instance)):
        value = getattr(instance, field.name)
        if value is None and optional:
            continue
        if not _fits(value, kind, field.metadata):
            shown = f"{value!r}" if isinstance(value, str) else f"{value}"
            raise BadInput(f"{field.name}={shown} is not allowed; choose {_allowed(kind, field.metadata)}.")


def _fields(cls: type) -> list[tuple[dataclasses.Field, type, bool]]:
    """(field, plain type, whether `None` is allowed) for every field of the constructor."""
    hints = typing.get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        hint, optional = hints[field.name], False
        if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
            kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
            hint, optional = kinds[0], len(kinds) < len(typing.get_args(hint))
        if hint not in _KINDS:
            raise TypeError(f"{cls.__name__}.{field.name}: a parameter is int, float, bool or str, not {hint}")
        found.append((field, hint, optional))
    return found


def _fits(value: Any, kind: type, about: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool)
    if kind is str:
        return isinstance(value, str) and (not about.get("choices") or value in about["choices"])
    number = Integral if kind is int else Real
    if isinstance(value, bool) or not isinstance(value, number) or not math.isfinite(value):
        return False
    low, high, choices = about.get("min"), about.get("max"), about.get("choices")
    return (low is None or value >= low) and (high is None or value <= high) and (not choices or value in choices)


def _allowed(kind: type, about: Any) -> str:
    low, high, choices = about.get("min"), about.get("max"), about.get("choices")
    if choices:
        return "one of " + ", ".join(map(str, choices))
    if low is not None and high is not None:
        return f"{_KINDS[kind]} from {low} to {high}"
    if low is not None:
        return f"{'a finite number' if kind is float else _KINDS[kind]} of at least {low}"
    if high is not None:
        return f"{_KINDS[kind]} of at most {high}"
    return _KINDS[kind]
