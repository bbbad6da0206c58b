"""A study on disk: a folder with its grid and what each cell found, a line of JSON a cell.

    <runs root>/.studies/<id>/study.json    name, question, created, grid
                              cells.jsonl   {"key", "choices", "found"} a line; only ever added to

A line copies what its run found, so a study outlives its runs, and a recorded study has the same form. The last line of
a key counts. Adding values to an axis keeps all lines: a key says what was asked for, not where in the grid it stands.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ddcore.errors import BadInput
from ddcore.files import append, digest, read_json, write_json
from ddcore.places import runs_root
from ddcore.runs.folder import check_id
from ddcore.studies.found import Found
from ddcore.studies.grid import Cell, Grid

VERSION = 1
EXAMPLES = Path(__file__).parents[2] / "examples" / "studies"


@dataclass(frozen=True)
class Study:
    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @cached_property
    def _written(self) -> dict[str, Any]:
        return read_json(self.path / "study.json")

    @property
    def name(self) -> str:
        return self._written["name"]

    @property
    def question(self) -> str:
        """What it asks, a sentence; may be empty."""
        return self._written["question"]

    @property
    def recorded(self) -> bool:
        """Whether it came with the project: it is looked at, not run."""
        return self.path.parent == EXAMPLES

    @cached_property
    def grid(self) -> Grid:
        return Grid.from_json(self._written["grid"])

    def found(self) -> dict[str, Found]:
        """Key of a cell -> what it found; a line that is not finished yet is left out."""
        path = self.path / "cells.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.exists() else []
        return {line["key"]: Found.from_json(line["found"]) for line in map(json.loads, lines)}

    def missing(self) -> list[Cell]:
        """The cells that have no line, in the order in which they are to be run."""
        known = self.found()
        return [cell for cell in self.grid.cells() if cell.key not in known]

    def add(self, cell: Cell, found: Found) -> None:
        line = {"key": cell.key, "choices": cell.choices, "found": found.to_json()}
        append(self.path / "cells.jsonl", json.dumps(line, allow_nan=False) + "\n")


def studies_root() -> Path:
    return runs_root() / ".studies"


def create_study(name: str, grid: Grid, question: str = "") -> Study:
    """The study of this grid; the one that is there already, if its grid is the same."""
    study = Study(studies_root() / f"study-{digest(grid.to_json())}")
    if not (study.path / "study.json").exists():
        _write(study, name, grid, question, datetime.now(UTC).isoformat())
    return study


def extend(study: Study, grid: Grid) -> Study:
    """`study` with another grid, most often a larger one; its lines stay."""
    if study.recorded:
        raise BadInput(f"Study {study.id!r} came with the project; make a copy of your own to add runs to it.")
    _write(study, study.name, grid, study.question, study._written["created"])
    return Study(study.path)


def _write(study: Study, name: str, grid: Grid, question: str, created: str) -> None:
    written = {"version": VERSION, "name": name, "question": question, "created": created, "grid": grid.to_json()}
    write_json(study.path / "study.json", written, durable=True)


def open_study(text: str) -> Study:
    """The study with this id, a person's own or a recorded one; BadInput if there is none."""
    for root in (studies_root(), EXAMPLES):
        if (root / check_id(text) / "study.json").is_file():
            return Study(root / text)
    raise BadInput(f"There is no study {text!r} in {studies_root()}, nor among the recorded ones.")


def list_studies() -> list[Study]:
    """A person's own studies, newest first, then the recorded ones."""
    own, recorded = (
        [Study(file.parent) for file in sorted(root.glob("*/study.json"))] for root in (studies_root(), EXAMPLES)
    )
    return sorted(own, key=lambda study: study._written["created"], reverse=True) + recorded
