"""A kind of method by name: one line an entry, imported only when asked for.

A listing of names must not import torch or scikit-learn, and one method's import must not pay for another's.
"""

import dataclasses
import importlib
from typing import Any

from ddcore.errors import BadInput
from ddcore.parameters import schema


class Registry:
    """`entries` maps a name to "module:Class"; every class is a dataclass whose fields are its parameters."""

    def __init__(self, kind: str, entries: dict[str, str]):
        self.kind = kind
        self._entries = dict(entries)

    def names(self) -> list[str]:
        """Known names in the order they were written."""
        return list(self._entries)

    def get(self, name: str) -> type:
        """The class behind `name`; `BadInput` lists the known names."""
        if name not in self._entries:
            raise BadInput(f"{self.kind} {name!r} is unknown; choose one of {', '.join(self._entries)}.")
        module, _, attribute = self._entries[name].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def make(self, name: str, **fields: Any) -> Any:
        """An instance with `fields` over its defaults; `BadInput` for an unknown name or field or a bad value."""
        cls = self.get(name)
        known = [field.name for field in dataclasses.fields(cls) if field.init]
        unknown = [field for field in fields if field not in known]
        if unknown:
            choose = f"choose from {', '.join(known)}" if known else "it has none"
            raise BadInput(f"{self.kind} {name!r} has no parameter {unknown[0]!r}; {choose}.")
        return cls(**fields)

    def schema(self) -> dict[str, list[dict[str, Any]]]:
        """Every name's parameters (see `ddcore.parameters.schema`); imports every entry."""
        return {name: schema(self.get(name)) for name in self._entries}
