"""What a study will take, told first: from finished runs like its own and from estimates. No torch here.

A run like another differs from it in its seed, in what draws its real batches and in its start only, and was made on a
computer like this one.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

from ddcore.errors import BadInput
from ddcore.experiments.settings import COMMON, split
from ddcore.files import digest
from ddcore.runs.folder import RunFolder, list_jobs, list_runs
from ddcore.runs.sets import settings_of
from ddcore.runs.surroundings import hardware
from ddcore.studies.found import found_in
from ddcore.studies.grid import Cell, Grid
from ddcore.studies.study import Study
from ddcore.words import duration

Settings = dict[str, Any]
_FREE = (
    "seed", "importance", "direction", "mode", "uniform", "temperature", "init", "init_score", "snapshot_every",
)  # fmt: skip
_MACHINE = ("platform", "machine", "cpus")
_MOST_RUNS = 5  # whose median counts


@dataclass(frozen=True)
class Cost:
    """Of the cells of a grid. Cells that ask for one and the same run count once among those to be made."""

    cells: int
    done: int
    """Cells that have a line in the study."""
    there: int
    """Runs that are finished already, made by hand or by another study: nothing is made again."""
    repeated: int
    """Cells whose run is that of another cell."""
    refused: dict[str, int]
    """Reason -> cells that cannot be run."""
    seconds: float
    """Of all runs of which it is known how long they take."""
    known: dict[str, int]
    """Source ("finished runs", "estimates") -> runs whose seconds come from there."""
    unknown: tuple[Settings, ...]
    """Settings of the runs of which it is not known."""

    @property
    def runs(self) -> int:
        """To be made."""
        return sum(self.known.values()) + len(self.unknown)

    def to_json(self) -> dict[str, Any]:
        return {
            "cells": self.cells, "done": self.done, "there": self.there, "repeated": self.repeated,
            "refused": self.refused, "runs": self.runs, "seconds": self.seconds if self.known else None,
            "known": self.known, "unknown": len(self.unknown),
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
        rest = f"; unknown for {len(self.unknown):,} of {self.runs:,}" if self.unknown else ""
        return f"{_cells(self.runs)} to be made, about {duration(self.seconds)} ({sources}{rest})."


def _cells(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _are(count: int, what: str) -> str:
    """ "1 run is there already", "3 runs are there already"."""
    return f"{_cells(count)} {'is' if count == 1 else 'are'} {what}"


def known_cost(grid: Grid, study: Study | None = None, completed: Callable[[Cell], Settings] = Cell.resolved) -> Cost:
    """What the missing cells of the grid will take.

    `completed`: the settings of a cell's run, `Grid.complete` where methods may be imported. Without it, parameters
    that a cell does not name may be any in the runs it is compared with.
    """
    lines = study.found() if study else {}
    refused: Counter[str] = Counter(
        found.refused for cell in grid.cells() if (found := lines.get(cell.key)) and found.refused
    )
    asked: dict[str, Settings] = {}
    repeated = done = 0
    for cell in grid.cells():
        done += cell.key in lines
        try:
            settings = completed(cell)
        except BadInput as refusal:
            refused[str(refusal)] += cell.key not in lines
            continue
        name = digest(settings)
        repeated += name in asked
        if name not in asked:
            asked[name] = {} if cell.key in lines else settings
    return _told(grid.size, done, repeated, +refused, [settings for settings in asked.values() if settings])


def _told(cells: int, done: int, repeated: int, refused: Counter[str], missing: list[Settings]) -> Cost:
    runs, estimates = _finished(), _estimates()
    there, seconds, known = 0, 0.0, Counter[str]()
    unknown: list[Settings] = []
    for settings in missing:
        like = [run for run in runs.get(_kind(settings), []) if _alike(settings, settings_of(run.config()))]
        if any(_same(settings, settings_of(run.config())) for run in like):
            there += 1
            continue
        sources = {
            "finished runs": [spent for run in like[:_MOST_RUNS] if (spent := _seconds(run)) is not None],
            "estimates": [spent for own, spent in estimates.get(_kind(settings), []) if _alike(settings, own)],
        }
        source = next((name for name, found in sources.items() if found), None)
        if source is None:
            unknown.append(settings)
        else:
            known[source] += 1
            seconds += median(sources[source])
    return Cost(cells, done, there, repeated, dict(refused), seconds, dict(known), tuple(unknown))


def _kind(settings: Settings) -> str:
    """The same for runs that may be alike."""
    return digest({name: value for name, value in settings.items() if name in COMMON and name not in _FREE})


def _alike(asked: Settings, other: Settings) -> bool:
    """Whether the methods' own parameters that both have are the same, those of scores and starts among them."""
    own, others = split(asked)[1], split(other)[1]
    return all(own[name] == others[name] for name in own.keys() & others.keys())


def _same(asked: Settings, other: Settings) -> bool:
    """Whether a run of settings `other` is the one that is asked for, as far as that is known without its methods."""
    return asked.items() <= other.items()


def _finished() -> dict[str, list[RunFolder]]:
    """Finished runs of a computer like this one, newest first, by their kind."""
    here, found = {name: hardware().get(name) for name in _MACHINE}, dict[str, list[RunFolder]]()
    for run in list_runs():
        config = run.config()
        there = config.get("hardware") or {}
        if config["kind"] == "distill" and here.items() <= there.items() and run.state() == "finished":
            found.setdefault(_kind(settings_of(config)), []).append(run)
    return found


def _estimates() -> dict[str, list[tuple[Settings, float]]]:
    found: dict[str, list[tuple[Settings, float]]] = {}
    for job in list_jobs("estimate"):
        if job.state() == "finished" and (result := job.status()["result"]):
            settings = settings_of(job.config())
            found.setdefault(_kind(settings), []).append((settings, result["total"]))
    return found


def _seconds(run: RunFolder) -> float | None:
    return _elapsed(run, run.status()["updated"])


@lru_cache(maxsize=4096)
def _elapsed(run: RunFolder, updated: float | None) -> float | None:
    """Seconds that a finished run took in all: read once."""
    try:
        return found_in(run).elapsed
    except (BadInput, KeyError):  # damaged: another run will do
        return None
