"""A study on disk: a folder with its grid and what each cell found, a line of JSON a cell.

    <runs root>/.studies/<id>/study.json    version, name, question, created, grid
                              cells.jsonl   a line for each cell: `ddcore.studies.cell_lines`

A line copies what its run found, so a study outlives its runs, and a recorded study has the same form. Adding values to
an axis keeps all lines: a key says what was asked for, not where in the grid it stands. What cannot be read is a
BadInput of one sentence, or of single lines, one of `troubles`; nothing is thrown away.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from ddcore.errors import BadInput, shown
from ddcore.files import digest, read_bytes, write_json
from ddcore.leftovers import remove_tree, sweep_folders
from ddcore.locks import locked
from ddcore.places import runs_root
from ddcore.runs.damage import Damaged, json_object, refuse_changing, refuse_reading
from ddcore.runs.folder import check_id
from ddcore.studies.cell_lines import Lines, add_line, drop_lines, read_lines
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

    @property
    def called(self) -> str:
        return f"study {self.id!r}"

    @cached_property
    def _written(self) -> dict[str, Any]:
        try:
            written = json_object(self.path / "study.json", self.called)
        except FileNotFoundError:
            raise BadInput(f"There is no study {self.id!r} in {self.path.parent}.") from None
        if isinstance(version := written.get("version"), int) and version > VERSION:
            raise BadInput(
                f"Study {self.id!r} was written by a newer version of the explorer (its format is {version}, this one "
                f"reads up to {VERSION}); open it there."
            )
        if not all(isinstance(written.get(name), str) for name in ("name", "question", "created")):
            raise Damaged(f"The study.json of {self.called} is damaged: name, question or created is missing.")
        try:
            Grid.from_json(written.get("grid"))
        except BadInput as error:
            raise Damaged(f"The study.json of {self.called} is damaged: {error}") from None
        return written

    @property
    def name(self) -> str:
        return self._written["name"]

    @property
    def question(self) -> str:
        """What it asks, a sentence; may be empty."""
        return self._written["question"]

    @property
    def created(self) -> str:
        """ISO, UTC."""
        return self._written["created"]

    @property
    def recorded(self) -> bool:
        """Whether it came with the project: it is looked at, not run."""
        return self.path.parent == EXAMPLES

    @property
    def edition(self) -> str:
        """Another text as soon as its name or its grid is another on disk; "" if it is gone or cannot be read."""
        try:
            return digest(read_bytes(self.path / "study.json").decode(errors="replace"))
        except OSError:
            return ""

    @cached_property
    def grid(self) -> Grid:
        return Grid.from_json(self._written["grid"])

    def found(self) -> dict[str, Found]:
        """Key of a cell -> what it found; lines that cannot be read are left out, and `troubles` says so."""
        return self._lines().found

    def troubles(self) -> list[str]:
        """A sentence for each kind of lines that cannot be read."""
        _, damaged, newer = self._lines()
        again = "their runs are looked up again when the study goes on"
        return [
            f"{_lines(number)} of the cells of {self.called} {why}; {again}."
            for number, why in ((damaged, "cannot be read"), (newer, "came from a newer version and cannot be read"))
            if number
        ]

    def _lines(self) -> Lines:
        return read_lines(self.path / "cells.jsonl", self.called)

    def missing(self) -> list[Cell]:
        """The cells that have no line, in the order in which they are to be run."""
        known = self.found()
        return [cell for cell in self.grid.cells() if cell.key not in known]

    def add(self, cell: Cell, found: Found) -> None:
        """Add a line; BadInput for one that could not be read again."""
        add_line(self.path / "cells.jsonl", cell, found)

    def forget_refused(self) -> int:
        """Drop the lines of the cells that could not be run, which are missing then; returns their number.

        Nobody may work on the study meanwhile: `ddcore.studies.running.retry` sees to that.
        """
        self.refuse_change()
        keys = {key for key, found in self.found().items() if found.refused}
        if keys:
            drop_lines(self.path / "cells.jsonl", self.called, keys)
        return len(keys)

    def refuse_change(self) -> None:
        """BadInput if the study came with the project, or is another user's."""
        if self.recorded:
            raise BadInput(f"Study {self.id!r} came with the project and stays as it is; make one of your own.")
        if self.path.is_dir() and not os.access(self.path, os.W_OK):
            refuse_changing(self.path, self.called)


def _lines(number: int) -> str:
    return f"{number:,} line{'' if number == 1 else 's'}"


def studies_root() -> Path:
    return runs_root() / ".studies"


def study_of(grid: Grid) -> Study | None:
    """The newest study of one's own with just this grid."""
    return next((study for study in list_studies() if not study.recorded and study.grid == grid), None)


def create_study(name: str, grid: Grid, question: str = "") -> Study:
    """A study of this grid: the one that is there already, or a new one."""
    if (known := study_of(grid)) is not None:
        return known
    first = f"study-{digest(grid.to_json())}"
    ids = (first if number == 1 else f"{first}-{number}" for number in count(1))  # an older one may have grown since
    study = Study(next(path for id in ids if not os.path.lexists(path := studies_root() / id)))
    _write(study, name.strip(), grid, question, datetime.now(UTC).isoformat())
    return study


def extend(study: Study, grid: Grid) -> Study:
    """`study` with the values of `grid` beside those it has on disk by now; its lines stay. One that is at work goes on
    with the new cells. BadInput if `grid` fixes something else than the study does."""
    with _changing(study) as known:
        _write(known, known.name, known.grid.together(grid), known.question, known.created)
    return Study(study.path)


def rename(study: Study, name: str) -> Study:
    """`study` with another name; BadInput for an empty one."""
    with _changing(study) as known:
        _write(known, name.strip(), known.grid, known.question, known.created)
    return Study(study.path)


@contextmanager
def _changing(study: Study) -> Iterator[Study]:
    """The study as it is on disk now, which may be more than `study` has read, while nobody else changes it."""
    study.refuse_change()
    _ = Study(study.path).grid  # BadInput if it is gone
    with locked(study.path / ".lock"):
        yield Study(study.path)


def _write(study: Study, name: str, grid: Grid, question: str, created: str) -> None:
    if not name:
        raise BadInput("A study needs a name; give it one of at least one letter.")
    written = {"version": VERSION, "name": name, "question": question, "created": created, "grid": grid.to_json()}
    write_json(study.path / "study.json", written, durable=True)


def remove_study(study: Study) -> None:
    """Remove its folder; the runs stay. `ddcore.studies.running.delete` refuses one that is at work."""
    study.refuse_change()
    grave = study.path.parent / f".deleted-{secrets.token_hex(4)}"
    study.path.rename(grave)
    remove_tree(grave)
    sweep_folders(study.path.parent, ".deleted-")


def open_study(text: str) -> Study:
    """The study with this id, a person's own or a recorded one; BadInput if there is none, or it cannot be read."""
    for root in (studies_root(), EXAMPLES):
        if os.path.lexists(root / check_id(text, "study")):
            study = Study(root / text)
            _ = study.grid
            return study
    raise BadInput(f"There is no study {shown(text)!r} in {studies_root()}, nor among the recorded ones.")


def list_studies() -> list[Study]:
    """A person's own studies that can be read, newest first, then the recorded ones."""
    return _listed()[0]


def unreadable_studies() -> list[Study]:
    """Folders beside those of `list_studies` that are damaged, newer or another user's: `open_study` says what."""
    return _listed()[1]


def _listed() -> tuple[list[Study], list[Study]]:
    own, unreadable = _readable(studies_root())
    recorded, damaged = _readable(EXAMPLES)
    return sorted(own, key=lambda study: study.created, reverse=True) + recorded, unreadable + damaged


def _readable(root: Path) -> tuple[list[Study], list[Study]]:
    try:
        paths = [path for path in sorted(root.iterdir()) if not path.name.startswith(".") and path.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except PermissionError:
        refuse_reading(root, f"the folder of studies {root}")
    readable: list[Study] = []
    unreadable: list[Study] = []
    for study in map(Study, paths):
        try:
            _ = study.grid
            readable.append(study)
        except BadInput:
            unreadable.append(study)
    return readable, unreadable
