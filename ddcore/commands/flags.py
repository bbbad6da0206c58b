"""Flags from parameter fields: written once on the dataclass, offered here with dashes."""

import argparse
from typing import Any

from ddcore.data.reading import Reading
from ddcore.parameters import schema

_TYPES = {"int": int, "float": float, "str": str}


def add_fields(
    parser: argparse.ArgumentParser, fields: list[dict[str, Any]], skip: tuple[str, ...] = (), several: bool = False
) -> None:
    """One flag per field of a schema (see `ddcore.parameters.schema`); an absent flag is None, so that presets show.

    `several`: a flag takes one value or more, and gives a list.
    """
    known = {action.dest for action in parser._actions}
    for field in fields:
        if field["name"] in known or field["name"] in skip:
            continue
        known.add(field["name"])
        flag, about = f"--{field['name'].replace('_', '-')}", _about(field)
        if field["type"] == "bool":
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=about)
        else:
            metavar = "N" if field["type"] == "int" else "X" if field["type"] == "float" else "NAME"
            parser.add_argument(
                flag, type=_TYPES[field["type"]], nargs="+" if several else None, default=None, metavar=metavar,
                help=about,
            )  # fmt: skip


def add_reading_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that say how a source is read (see `ddcore.data.reading.Reading`)."""
    add_fields(parser, schema(Reading))


def reading_flags(options: argparse.Namespace) -> dict[str, Any]:
    """Those that were given."""
    return given(options, schema(Reading))


def _about(field: dict[str, Any]) -> str:
    parts = [field["help"]]
    if field["choices"]:
        parts.append(f"One of {', '.join(map(str, field['choices']))}.")
    if field["default"] is not None:
        parts.append(f"Default {field['default']}.")
    if field["when"]:
        parts.append(f"Only with {' or '.join(_with(name, values) for name, values in field['when'].items())}.")
    return " ".join(parts).replace("%", "%%")


def _with(name: str, values: list[Any]) -> str:
    """ "--labels solved", "--mix-pixels"."""
    flag = f"--{name.replace('_', '-')}"
    return flag if values == [True] else f"{flag} {'|'.join(map(str, values))}"


def given(options: argparse.Namespace, fields: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields that were given on the command line."""
    values = {field["name"]: getattr(options, field["name"], None) for field in fields}
    return {name: value for name, value in values.items() if value is not None}
