"""What a study will take, told first: from finished runs like its own and from estimates. No torch here."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from ddcore.studies.grid import SEED, Cell, Grid
from ddcore.studies.past_runs import Items, PastRuns, Row, Settings, unlike
from ddcore.studies.study import Study
from ddcore.words import duration


@dataclass(frozen=True)
class Cost:
    """Of the cells of a grid. Each counts once: as done, there, repeated or refused, or as a run to be made."""

    cells: int
    done: int
    """Cells whose results are in the study."""
    there: int
    """Cells whose run is finished already, made by hand or by another study: it is not made again."""
    repeated: int
    """Cells whose run is that of a cell before."""
    refused: dict[str, int]
    """Reason -> cells that cannot be run."""
    seconds: float
    """Of all runs of which it is known how long they take."""
    known: dict[str, int]
    """Source ("finished runs", "estimates") -> runs whose seconds come from there."""
    unknown: int
    """Runs of which it is not known."""
    unlike: tuple[Settings, ...]
    """The settings of some of these, of which each of the others takes about as long as one."""

    @property
    def runs(self) -> int:
        """To be made."""
        return sum(self.known.values()) + self.unknown

    def to_json(self) -> dict[str, Any]:
        return {
            "cells": self.cells, "done": self.done, "there": self.there, "repeated": self.repeated,
            "refused": self.refused, "runs": self.runs, "seconds": self.seconds if self.known else None,
            "known": self.known, "unknown": self.unknown,
        }  # fmt: skip

    def sentences(self) -> list[str]:
        """What it takes and where that comes from; then what is there, is the same, or cannot be run."""
        told = [self._time()] if self.runs else ["Nothing is left to be made."]
        if self.done or self.there:
            told.append(f"{_are(self.done + self.there, 'there already')}.")
        if self.repeated:
            told.append(f"{_are(self.repeated, 'the same as another one')} and made only once.")
        return told + [f"{_cells(count)} cannot be run: {reason}" for reason, count in self.refused.items()]

    def _time(self) -> str:
        if not self.known:
            return f"{_cells(self.runs)} to be made; how long they take is unknown."
        sources = " and ".join(f"{count:,} from {source}" for source, count in self.known.items())
        rest = f"; unknown for {self.unknown:,} of {self.runs:,}" if self.unknown else ""
        return f"{_cells(self.runs)} to be made, about {duration(self.seconds)} ({sources}{rest})."


def _cells(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _are(count: int, what: str) -> str:
    """ "1 run is there already", "3 runs are there already"."""
    return f"{_cells(count)} {'is' if count == 1 else 'are'} {what}"


def known_cost(grid: Grid, study: Study | None = None, completed: Callable[[Cell], Settings] = Cell.resolved) -> Cost:
    """What the missing cells of the grid will take.

    `completed`: the complete settings of a cell's run, or BadInput; it is asked for one seed, since no other setting
    depends on it. `Grid.complete` is that where methods may be imported. Without it, only such runs count as there that
    have no parameters of their methods but those that a cell names.
    """
    lines, past = study.found() if study else {}, PastRuns()
    rows = [past.row(cell, completed) for cell in islice(grid.cells(), grid.size // len(grid.axes[SEED]))]
    asked: set[tuple[Items, int]] = set()
    refused, known = Counter[str](), Counter[str]()
    seconds, unknown = 0.0, Counter[Row]()
    done = there = repeated = 0
    for cell, row in zip(grid.cells(), cycle(rows), strict=False):
        line, seed = lines.get(cell.key) if lines else None, cell.choices[SEED]
        if line is not None and line.refused is None:
            done += 1
        elif line is not None or isinstance(row, str):
            refused[str(line.refused if line else row)] += 1
        elif (row.name, seed) in asked:
            repeated += 1
        elif seed in row.there:
            there += 1
        elif row.source is None:
            unknown[row] += 1
        else:
            known[row.source] += 1
            seconds += row.seconds
        if not isinstance(row, str):
            asked.add((row.name, seed))
    return Cost(
        grid.size, done, there, repeated, dict(refused), seconds, dict(known), unknown.total(), unlike(unknown)
    )  # fmt: skip
