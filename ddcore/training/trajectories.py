"""Expert trajectories: the parameters that networks went through, epoch after epoch, while they learned the real data.

Trained as in Cazenavette et al., "Dataset Distillation by Matching Training Trajectories", CVPR 2022: shuffled epochs
of plain gradient descent, augmented, without momentum or decay. So the parameters after an epoch are all there is to
know of a network, and one that goes on from them learns as if it had never stopped.

Ours: experts can be made with importance. Images count by weights, or are drawn by a law, epochs being as long.

A trajectory is one file of raw float32 (see `ddcore.growing`), a row an epoch from the random start on: P
parameters, then mean loss and share of right answers in that epoch, on the augmented images while it learned (0 for
the start). What is read is memory-mapped: of many gigabytes a step of distilling touches two rows.
Letters: N training images, P parameters, E epochs, K classes.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.data.device_images import DeviceImages
from ddcore.devices import on_device
from ddcore.errors import BadInput
from ddcore.networks.base import Network
from ddcore.networks.vectors import count, flattened, unflattened
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation
from ddcore.training.optimisers import sgd
from ddcore.training.trainer import Step, Trainer, plain

_MEASURED = 2  # numbers of a row behind the parameters
_NOTHING = 1e-30  # a weight that float32 loses in any sum, and that still says which class is the right answer


@dataclass(frozen=True)
class ExpertPlan:
    """How many experts a method needs, and how each is trained."""

    experts: int
    epochs: int  # over the training images
    lr: float = 0.01
    batch: int = 256  # real images in a training step
    importance: str = "weights"  # of the images' losses, or "batches" that are drawn by it


@dataclass(frozen=True, eq=False)
class ExpertImportance:
    """How importance enters: `weights` (N,) multiply the images' losses; `law` (N,) is the probability with which each
    is drawn. Without them all images count alike, and epochs are shuffled."""

    weights: np.ndarray | None = None
    law: np.ndarray | None = None

    @property
    def fingerprint(self) -> str:
        """What distinguishes two of them, "" where all count alike."""
        parts = [(name, array) for name, array in vars(self).items() if array is not None]
        return "".join(f"{name}:{hashlib.sha256(array.tobytes()).hexdigest()[:16]} " for name, array in parts)


@dataclass(frozen=True, eq=False)
class Trajectories:
    """What a method that matches trajectories is given: `rows`, an array (E+1, P+2) for every expert."""

    rows: Sequence[np.ndarray]
    device: str = "cpu"

    def __len__(self) -> int:
        """How many experts there are."""
        return len(self.rows)

    def parameters(self, expert: int, epoch: int) -> torch.Tensor:
        """(P,) after `epoch`, on the device."""
        return on_device(np.array(self.rows[expert][epoch, :-_MEASURED]), self.device)

    def accuracy(self, expert: int, epoch: int) -> float:
        """Share of augmented training images that the expert got right while it learned in `epoch`, counted from 1."""
        return float(self.rows[expert][epoch, -1])


@dataclass(frozen=True, eq=False)
class ExpertTraining:
    """The training of all experts of one plan, dataset and seed; each is a number from 0."""

    network: Network
    images: DeviceImages
    labels: np.ndarray  # (N,) int64
    augmentation: Augmentation
    plan: ExpertPlan
    seed: int
    importance: ExpertImportance = ExpertImportance()

    @property
    def row_length(self) -> int:
        return count(self.network) + _MEASURED

    @property
    def batches(self) -> int:
        """Steps of an epoch."""
        return -(-len(self.images) // self.plan.batch)

    def rows(
        self, number: int, first: int, last: np.ndarray | None, progress: Progress = silent
    ) -> Iterator[np.ndarray]:
        """Yield the rows (P+2,) of expert `number` from epoch `first` on up to the plan's last, 0 being the random
        start; `last` is the row before `first`. `progress` is told of the steps of every epoch."""
        rng, purpose = Randomness(self.seed), f"trajectory-{number}"
        if last is None:
            vector = flattened(self.network.init(rng.torch(purpose, self.images.device)))
            yield self._row(vector, 0.0, 0.0)
            first = 1
        else:
            vector = on_device(np.array(last[:-_MEASURED]), self.images.device)
        trainer = Trainer(plain(self.network), sgd(momentum=0.0, weight_decay=0.0), tally := _Tally())
        state = trainer.begin(unflattened(self.network, vector), {})
        for epoch in range(first, self.plan.epochs + 1):
            generator = rng.at(epoch).numpy(f"{purpose}-epoch")
            for done, step in enumerate(self._steps(generator)):
                progress(done / self.batches, 1, "")
                trainer.step(state, step)
            loss, accuracy = tally.taken()
            if not np.isfinite(loss) or not vector.isfinite().all():
                raise BadInput(
                    f"Expert {number + 1} has no finite loss in epoch {epoch}; choose a smaller step size of experts "
                    f"than {self.plan.lr:g}."
                )
            yield self._row(vector, loss, accuracy)

    def _row(self, vector: torch.Tensor, loss: float, accuracy: float) -> np.ndarray:
        return np.concatenate([vector.cpu().numpy(), np.array([loss, accuracy], np.float32)])

    def _steps(self, generator: np.random.Generator) -> Iterator[Step]:
        """Yield the training steps of one epoch."""
        given = self.importance.weights
        weights = (np.ones(len(self.labels)) if given is None else given).clip(_NOTHING)
        labels = np.asarray(self.labels, np.int64)
        classes, shares = (on_device(part, self.images.device) for part in (labels, weights.astype(np.float32)))
        for rows in on_device(self._order(generator), self.images.device).split(self.plan.batch):
            targets = F.one_hot(classes[rows], self.network.num_classes).float() * shares[rows, None]
            draw = self.augmentation.draw_batch(generator, len(rows))
            images = self.augmentation.apply(self.images[rows], draw)
            yield Step(images, targets, self.plan.lr)

    def _order(self, generator: np.random.Generator) -> np.ndarray:
        """(N,) the images of one epoch: each once, or as many drawn with replacement."""
        if self.importance.law is None:
            return generator.permutation(len(self.images))
        cumulative = np.cumsum(self.importance.law)
        drawn = np.searchsorted(cumulative, generator.random(len(cumulative)) * cumulative[-1], side="right")
        return np.minimum(drawn, len(cumulative) - 1)


class _Tally:
    """The mean cross-entropy of (B, K) outputs and targets, which remembers how an epoch went.

    What it remembers stays on the device until it is taken: to read it in every step would wait for every step.
    """

    def __init__(self):
        self._losses: list[torch.Tensor] = []
        self._right: list[torch.Tensor] = []
        self._sizes: list[int] = []

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        loss = F.cross_entropy(outputs, targets)
        self._losses.append(loss.detach())
        self._right.append((outputs.argmax(1) == targets.argmax(1)).sum())
        self._sizes.append(len(outputs))
        return loss

    def taken(self) -> tuple[float, float]:
        """(mean loss, share of right answers) since it was last taken."""
        losses, right, seen = torch.stack(self._losses).tolist(), torch.stack(self._right).tolist(), sum(self._sizes)
        loss = sum(loss * size for loss, size in zip(losses, self._sizes, strict=True))
        self._losses, self._right, self._sizes = [], [], []
        return loss / seen, sum(right) / seen
