"""Results under keys, a line of JSON each: what a line is there for is not run again."""

import json
from pathlib import Path
from typing import Any


class Lines:
    """`{"key": ..., "found": ...}` a line. Lines are only ever added, so two processes may share the file."""

    def __init__(self, path: Path):
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self._known = {_text(row["key"]): row["found"] for row in map(json.loads, lines)}

    def __contains__(self, key: dict[str, Any]) -> bool:
        return _text(key) in self._known

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        return self._known.get(_text(key))

    def add(self, key: dict[str, Any], found: dict[str, Any]) -> None:
        self._known[_text(key)] = found
        with self._path.open("a") as file:
            file.write(json.dumps({"key": key, "found": found}) + "\n")


def _text(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)
