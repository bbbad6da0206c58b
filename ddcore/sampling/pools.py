"""What a sampling rule is, what it looks through, and what it leaves behind.

Before step 1 a rule chooses a *pool* of training images, and all batches come from it. One that follows the synthetic
set chooses again every `refresh_every` steps. The pool is the only thing that changes, so it is all that a checkpoint
has to hold.

Letters: N training images, P images of a pool, B images of a batch, F features, K classes.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from ddcore.data.device_images import DeviceImages
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness

ROWS = 1024  # images looked at between two words of progress


@dataclass(frozen=True, eq=False)
class Pool:
    """The training images that batches are drawn from, at least one a class.

    With an `order` batches are stratified along it (see `ddcore.sampling.strata`); else with `scores` they are drawn by
    the sampling law of their scores within each class; without, uniformly and without replacement.
    """

    indices: np.ndarray  # (P,) int64 rows of the training set
    scores: np.ndarray | None = None  # (P,) float32, finite and >= 0
    order: np.ndarray | None = None  # (P,) numbers; images of a class with neighbouring ones are similar


class View(Protocol):
    """What a rule may look through when it chooses. The default is `ddcore.distillers.views.NetworkView`; a distiller
    may offer its own (see `ddcore.distillers.base`)."""

    def losses(self, images: torch.Tensor, labels: torch.Tensor, student_steps: int) -> torch.Tensor:
        """(B,) >= 0: how badly what the synthetic set teaches does on real images (B,C,H,W) of classes (B,) int64.

        `student_steps` says how long a student is trained; a set that predicts by itself needs none and ignores it.
        """
        ...

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """(B,F) of images (B,C,H,W), as the current network sees them, without augmentation."""
        ...


@dataclass(frozen=True)
class Rule:
    """The base of all sampling rules: frozen dataclasses whose fields are the rule's parameters, with `choose`."""

    def due(self, step: int) -> bool:
        """Whether the pool must be chosen before this step."""
        return step == 1

    def choices(self, steps: int) -> int:
        """How often it is chosen in so many steps."""
        return 1

    def for_batches(self, batch_real: int) -> "Rule":
        """This rule for batches of `batch_real` images per class, where it depends on that."""
        return self

    def choose(
        self, view: View, images: DeviceImages, labels: np.ndarray, rng: Randomness, progress: Progress = silent
    ) -> Pool:
        """The pool until the next choice, from training `images` and `labels` (N,); random by `rng` alone."""
        raise NotImplementedError


@dataclass(frozen=True)
class Follower(Rule):
    """A rule that follows the synthetic set, and the parameters that all of them have.

    1,000 candidates keep a choice affordable without a GPU: on Fashion-MNIST, where all would be 6,000, a choice took
    as long as 15 (representative) and 25 (student-loss) steps of DM with 64 real images a class, width 32, one thread.
    """

    refresh_every: int = parameter(
        20,
        "Steps between updates of the pool that batches are drawn from.",
        1,
        1_000_000,
        title="Steps between refreshes",
    )
    candidates: int = parameter(
        1000,
        "Candidates per class, drawn again for each update; 0 takes all images and their time.",
        0,
        1_000_000,
        title="Candidates per class (0: all)",
    )

    def __post_init__(self):
        check(self)

    def due(self, step: int) -> bool:
        return (step - 1) % self.refresh_every == 0  # steps 1, 1 + R, 1 + 2 R, ...

    def choices(self, steps: int) -> int:
        return math.ceil(steps / self.refresh_every)

    def looked_at(self, labels: np.ndarray, rng: Randomness) -> np.ndarray:
        """The candidates (P,) int64, ascending: uniform without replacement within each class of `labels` (N,)."""
        generator, chosen = rng.numpy("candidates"), []
        for label in np.unique(labels):
            members = np.flatnonzero(labels == label)
            few = 0 < self.candidates < len(members)
            chosen.append(generator.choice(members, self.candidates, replace=False) if few else members)
        return np.sort(np.concatenate(chosen))
