"""The job of a study: its missing runs, one after another, each an ordinary run that is found again and resumed."""

import errno
import os
import time
from dataclasses import dataclass, field
from typing import Any

from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.data.reading import options_in
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.files import digest
from ddcore.loop import Diverged
from ddcore.networks.compute import available_devices, resolve_device
from ddcore.progress import Stopped
from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.handle import Job
from ddcore.runs.queue import queue_of
from ddcore.runs.sets import run_to_make
from ddcore.runs.worker import one_line, work
from ddcore.studies.found import Found, found_in
from ddcore.studies.grid import Cell
from ddcore.studies.names import cell_words
from ddcore.studies.study import Study, open_study

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_LOOK = 0.2  # seconds between two looks at a run that another process works on
_TELL = 1.0  # seconds between two words on how far a run is


def study(job: Job) -> dict[str, Any]:
    """Settings: study (an id). Adds a line for each missing cell, the cells that it gets meanwhile among them.

    What its settings or the sizes of its data forbid, and a run that diverges, is recorded with its reason. A run that
    fails otherwise is left out and tried again the next time: the study fails with its reason once all others are
    there. A full disk ends it at once, and a folder of its own that may not be written.
    """
    id, work_of = job.config["settings"]["study"], _Work(job)
    open_study(id).refuse_change()
    job.phase("running")
    failed: dict[str, str] = {}
    while True:
        asked = open_study(id)  # anew each time: its grid may have grown
        missing = [cell for cell in asked.missing() if cell.key not in failed]
        if not missing:
            break
        cell = missing[0]
        try:
            asked.add(cell, work_of.cell(asked, cell, len(missing)))
        except Stopped:
            raise
        except Exception as error:
            if isinstance(error, OSError) and _fails_all(error, asked):
                raise
            failed[cell.key] = one_line(error)
    if failed:
        first, runs = next(iter(failed.values())), f"{len(failed)} run{'' if len(failed) == 1 else 's'}"
        raise BadInput(f"{runs} of the study failed and will be tried again when it goes on: {first}")
    job.progress(asked.grid.size, asked.grid.size, "all runs are there")
    return {"study": id, "cells": asked.grid.size}


def _fails_all(error: OSError, asked: Study) -> bool:
    """Whether no other run of the study can be made or kept either."""
    return error.errno in _FULL or not os.access(asked.path, os.W_OK)


@dataclass
class _Work:
    """Cells as they are worked on in this process: datasets are opened once, and paces are kept."""

    job: Job
    datasets: dict[str, Dataset] = field(default_factory=dict)
    made: list[float] = field(default_factory=list)  # seconds of each run that was worked on
    told: float = 0.0  # when

    def cell(self, asked: Study, cell: Cell, left: int) -> Found:
        """What the cell finds; `left` cells are missing, it among them."""
        size, words = asked.grid.size, cell_words(asked.grid, cell)
        done = size - left
        note = f"run {done + 1} of {size}: {words}"
        self.job.progress(done, size, note, self._seconds(left))
        try:
            settings = asked.grid.complete(cell)
        except BadInput as refusal:
            return Found(refused=str(refusal))
        dataset, device = self._dataset(settings), resolve_device(settings["device"])
        try:
            experiment = Experiment.of(settings, dataset, device)
        except BadInput as refusal:
            return Found(refused=str(refusal))
        self.told = 0.0

        def report(event: dict[str, Any]) -> None:
            share = event["step"] / settings["steps"] if event["event"] == "step" else 0.0
            if share and time.monotonic() - self.told > _TELL:
                self.told = time.monotonic()
                self.job.show(done + share, size, note, self._seconds(left - share))

        while True:
            run = run_to_make(
                settings, dataset.hash, experiment.tested_in_words, queue_of(settings["device"], available_devices())
            )
            self.job.event("cell", key=cell.key, run=run.id, note=words)
            if (found := self._run(run, report)) is not None:
                return found

    def _run(self, run: RunFolder, report: Any) -> Found | None:
        """Work on the run, unless it is finished; None if another process works on it and has ended now."""
        if (state := run.state()) == "finished":
            return found_in(run)
        if state in states.LIVE and state != "starting":
            self._wait(run)
            return None
        since = time.monotonic()
        try:
            if work(run, report, self.job) is None:  # whoever stopped it, here or in Watch, wants no more of them
                raise Stopped
        except Diverged as error:
            return Found(refused=str(error))
        except BadInput:
            if run.state() not in (*states.LIVE, "finished"):  # else another process was quicker
                raise
            self._wait(run)
            return None
        except OSError:
            if run.path.exists():
                raise
            raise BadInput(f"Run {run.id} was deleted while it was made.") from None
        self.made.append(time.monotonic() - since)
        return found_in(run)

    def _wait(self, run: RunFolder) -> None:
        """Until it is no longer another process's."""
        note = f"waiting for run {run.id}, which another process works on"
        self.job.status.write(note=note)
        while run.state() in states.LIVE:
            time.sleep(_LOOK)
            self.job.check()
        self.job.status.write(note="")

    def _dataset(self, settings: dict[str, Any]) -> Dataset:
        named = {"variant": settings["variant"], **options_in(settings)}
        key = digest(settings["dataset"], named)
        if key not in self.datasets:
            self.datasets[key] = load_dataset(settings["dataset"], progress=self.job.progress, **named)
        return self.datasets[key]

    def _seconds(self, runs: float) -> float | None:
        """How long so many runs take, by those that were made here; None before the first."""
        return runs * sum(self.made) / len(self.made) if self.made else None
