"""The experts of a run: made with its importance, kept for all runs that need the same.

An expert is kept under everything that determines its first epochs, but neither under their number nor under that of
experts: a run that needs more of either goes on with what is there.

Importance: p is the sampling law of the run's scores over the whole training set. With `weights` the loss of image i
counts N p_i in shuffled epochs. With `batches` images are drawn by p, as many an epoch as there are; under the regime
"corrected" each then counts 1/(N p_i), so that the gradient is that of plain epochs in expectation. With equal scores
and weights it is plain epochs, exactly.
Letters: N training images.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.growing import grown, rows_in
from ddcore.kept import TRAJECTORIES
from ddcore.progress import Progress, silent
from ddcore.sampling.law import SamplingLaw, corrections
from ddcore.training.trajectories import ExpertImportance, ExpertPlan, ExpertTraining, Trajectories


def expert_importance(scores: np.ndarray | None, law: SamplingLaw, plan: ExpertPlan) -> ExpertImportance:
    """How `scores` (N,) enter under `law`; None: all images count alike."""
    if scores is None:
        return ExpertImportance()
    refuse_law(law, plan)
    chances = law.of(scores)
    if plan.importance == "weights":
        return ExpertImportance(chances * len(chances))
    return ExpertImportance(corrections(chances) if law.mode == "corrected" else None, chances)


def refuse_law(law: SamplingLaw, plan: ExpertPlan) -> None:
    """BadInput for a regime that would do nothing: weights undone by corrections, strata of batches that none draws."""
    if law.mode == "stratified":
        raise BadInput(
            "mode='stratified' has no effect on experts, whose epochs take every image once; choose mode='emphasis'."
        )
    if plan.importance == "weights" and law.mode == "corrected":
        raise BadInput(
            "mode='corrected' undoes the weights of expert_importance='weights'; choose mode='emphasis' or "
            "expert_importance='batches'."
        )


@dataclass(frozen=True, eq=False)
class Experts:
    """The experts that `training` makes, of images that the `data` parts name."""

    training: ExpertTraining
    data: tuple[Any, ...]

    @cached_property
    def paths(self) -> list[Path]:
        """Where each is kept, or will be."""
        about, plan = self.training, self.training.plan
        parts = (about.network.identity, plan.lr, plan.batch, about.augmentation.operations)
        mine = (*parts, about.importance.fingerprint, about.seed)
        return [TRAJECTORIES.path(self.data, *mine, number) for number in range(plan.experts)]

    @property
    def missing(self) -> int:
        """Rows that are not there yet: epochs, and random starts."""
        rows = self.training.plan.epochs + 1
        return sum(max(0, rows - rows_in(path, self.training.row_length)) for path in self.paths)

    def made(self, progress: Progress = silent) -> Trajectories:
        """All of them, made as far as they are not there; BadInput if the disk is too small.

        `progress` counts what is missing and may stop at any step: an unfinished epoch is learned again.
        """
        self.refuse_small_disk()
        training, missing, done = self.training, self.missing, 0
        rows = []
        for number, path in enumerate(self.paths):
            note = f"expert {number + 1} of {len(self.paths)}"

            def more(first: int, last: np.ndarray | None, number: int = number, note: str = note) -> Iterator:
                nonlocal done

                def tell(share: float, _total: float, _note: str) -> None:
                    progress(min(done + share, missing), missing, note)

                for row in training.rows(number, first, last, tell):
                    yield row
                    done += 1

            def wait(note: str = note) -> None:
                progress(done, missing, f"{note}: waiting for another run that makes it")

            rows.append(grown(path, training.row_length, training.plan.epochs + 1, more, wait))
        return Trajectories(rows, training.images.device)

    def refuse_small_disk(self) -> None:
        """BadInput if what is missing does not fit on the disk."""
        plan, root = self.training.plan, TRAJECTORIES.root
        place = next(folder for folder in (root, *root.parents) if folder.exists())
        needed, free = 4 * self.training.row_length * self.missing, shutil.disk_usage(place).free
        if needed > free:
            raise BadInput(
                f"{plan.experts} experts of {plan.epochs} epochs need {needed / 1e9:.2f} GB more in {root}, where "
                f"{free / 1e9:.2f} GB are free; choose fewer experts or epochs or a smaller network, or clear what is "
                "kept in the Library."
            )
