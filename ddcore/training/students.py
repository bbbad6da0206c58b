"""Students trained from scratch on a frozen synthetic set, and tested once.

The protocol is the field's (Zhao & Bilen's public one, as restated in Cui et al.'s DC-BENCH): a fresh network, SGD
with momentum, weight decay, batches of 256, DSA augmentation per image, learning rate divided by ten half way
(momentum restarts), the accuracy of the last epoch, mean and standard deviation over repeats. `quick` differs only
in its number of epochs.
Letters: S students side by side, M synthetic images, K classes.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.data.device_images import DeviceImages
from ddcore.kept import Shelf
from ddcore.networks.base import Network, Trained
from ddcore.networks.compute import Compute
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation, Draw
from ddcore.training.optimisers import sgd
from ddcore.training.trainer import Step, Trainer, side_by_side, trained


@dataclass(frozen=True)
class Protocol:
    """How students are trained. `epochs` passes over the set; `lr_student` is divided by ten half way."""

    name: str
    epochs: int
    repeats: int
    lr_student: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 5e-4
    batch: int = 256

    def for_set(self, lr_student: float | None) -> "Protocol":
        """This protocol for a set that brings its own step size, where it does."""
        return self if lr_student is None else replace(self, lr_student=lr_student)

    def describe(self) -> str:
        return (
            f"{self.name}: {self.epochs} epochs, SGD {self.lr_student:g} (a tenth after half), "
            f"momentum {self.momentum:g}, weight decay {self.weight_decay:g}, batch {self.batch}, DSA augmentation"
        )

    def to_json(self) -> dict:
        return {**asdict(self), "text": self.describe()}


PROTOCOLS = {
    "quick": Protocol("quick", epochs=300, repeats=3),
    "published": Protocol("published", epochs=1000, repeats=5),
}


@dataclass(frozen=True)
class Accuracy:
    """Fractions of test images classified correctly, one per student."""

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        """Standard deviation over the repeats (n-1); 0 for a single one."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else 0.0

    def to_json(self) -> dict:
        return {"mean": self.mean, "std": self.std, "repeats": len(self.values)}


def kept_accuracy(shelf: Shelf, path: Path) -> Accuracy | None:
    """The accuracy kept at `path`; None if there is no usable one, which is then taken again."""

    def understood(values: Any) -> Accuracy | None:
        shares = isinstance(values, list) and all(isinstance(value, float) and 0 <= value <= 1 for value in values)
        return Accuracy(tuple(values)) if shares and values else None

    return shelf.read(path, understood)


def train_students(
    network: Network,
    images: torch.Tensor,
    targets: torch.Tensor,
    protocol: Protocol,
    augmentation: Augmentation | None,
    compute: Compute,
    rng: Randomness,
    first: int = 0,
    progress: Progress = silent,
) -> Trained:
    """Train S students at once: `images` (S,M,C,H,W), `targets` (S,M,K) -> networks stacked along a first axis S.

    Student s is number `first + s`: its network, batches and augmentation depend on that number and on `rng` alone,
    so training them together or one by one is the same computation.
    """
    streams = [_stream(rng, first + s) for s in range(len(images))]
    optimiser = sgd(protocol.momentum, protocol.weight_decay)
    trainer = Trainer(side_by_side(network), optimiser, _cross_entropies)
    drawn = [network.init(stream.torch("student-network", compute.device)) for stream in streams]
    state = trainer.begin(_stacked(drawn), _stacked([network.fresh_buffers(compute.device)] * len(images)))
    per_epoch = -(-images.shape[1] // protocol.batch)
    steps = _steps(images, targets, protocol, augmentation, streams)
    for done, _ in enumerate(trainer.run(state, steps), start=1):
        if done % per_epoch == 0:
            progress(done // per_epoch, protocol.epochs, "training students")
    return trained(state)


def _steps(
    images: torch.Tensor,
    targets: torch.Tensor,
    protocol: Protocol,
    augmentation: Augmentation | None,
    streams: list[Randomness],
) -> Iterator[Step]:
    """Epoch after epoch in shuffled batches, each student's by its own stream; the step size falls half way."""
    count, size = images.shape[:2]
    half = protocol.epochs // 2 + 1
    for epoch in range(protocol.epochs):
        lr = protocol.lr_student * (0.1 if epoch >= half else 1.0)
        generators = [stream.at(epoch).numpy("student-epoch") for stream in streams]
        orders = torch.as_tensor(np.stack([g.permutation(size) for g in generators]), device=images.device)
        for start in range(0, size, protocol.batch):
            chosen = orders[:, start : start + protocol.batch]
            x = torch.stack([images[s, chosen[s]] for s in range(count)])
            y = torch.stack([targets[s, chosen[s]] for s in range(count)])
            if augmentation is not None:
                draws = [augmentation.draw_batch(g, chosen.shape[1]) for g in generators]
                x = augmentation.apply(x.flatten(0, 1), _joined(draws)).view_as(x)
            yield Step(x, y, lr, restart=epoch == half and start == 0)


def _cross_entropies(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum over students of their mean cross-entropies, of (S,B,K) and (S,B,K)."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(0, 1)) * len(logits)


def _stacked(several: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    return {name: torch.stack([one[name] for one in several]) for name in several[0]}


def one_of(students: Trained, place: int) -> Trained:
    """One of several stacked networks."""
    parameters, buffers = ({name: value[place] for name, value in (part or {}).items()} for part in students)
    return Trained(parameters, buffers or None)


def _stream(rng: Randomness, number: int) -> Randomness:
    """The randomness of student `number`: students differ from one another whatever the seed of the run."""
    return Randomness(rng.seed * 1_000_003 + number, rng.step)


def _joined(draws: list[Draw]) -> Draw:
    return Draw(np.concatenate([d.operations for d in draws]), np.concatenate([d.uniforms for d in draws]))


@torch.no_grad()
def accuracies(
    network: Network, students: list[Trained], test: DeviceImages, labels: np.ndarray, compute: Compute
) -> tuple[float, ...]:
    """Share of test images that each of the `students` gets right."""
    classes = torch.as_tensor(np.asarray(labels), device=test.device)
    right = torch.zeros(len(students), dtype=torch.int64, device=test.device)
    for part, images in test.chunks(compute.chunk(network)):
        for place, (parameters, buffers) in enumerate(students):
            right[place] += (network.logits(parameters, images, buffers).argmax(1) == classes[part]).sum()
    return tuple(count / len(test) for count in right.tolist())


def at_once(network: Network, compute: Compute, protocol: Protocol, images: int, students: int) -> int:
    """How many of so many `students`, each on so many `images`, train side by side: on a GPU as many as have their
    batches in one chunk, so that their number does not fill its memory."""
    if compute.kind == "cpu":
        return 1
    return min(students, max(1, compute.chunk(network) // min(images, protocol.batch)))


def evaluate(
    network: Network,
    sets: list[tuple[torch.Tensor, torch.Tensor]],
    test: DeviceImages,
    test_labels: np.ndarray,
    protocol: Protocol,
    augmentation: Augmentation | None,
    compute: Compute,
    seed: int,
    progress: Progress = silent,
) -> Accuracy:
    """One student for each (images (M,C,H,W), targets (M,K)) of `sets`, trained and tested.

    Give one set several times for repeats, or several sets (new random images for every repeat).
    A GPU trains as many at once as `at_once` says; on a CPU side by side measured slower than one by one (227 ms
    against 147 ms a step for three students of width 32 on 100 images), so there they take turns.
    """
    rng = Randomness(seed)
    found: list[float] = []
    together = at_once(network, compute, protocol, len(sets[0][0]), len(sets))
    for first in range(0, len(sets), together):
        group = sets[first : first + together]
        images, targets = torch.stack([s[0] for s in group]), torch.stack([s[1] for s in group])

        def tell(done: float, total: float, note: str, first: int = first, size: int = len(group)) -> None:
            progress(first + size * done / total, len(sets), f"student {first + 1} of {len(sets)}")

        stacked = train_students(
            network, images, targets, protocol, augmentation, compute, rng, first=first, progress=tell
        )
        students = [one_of(stacked, place) for place in range(len(group))]
        found += accuracies(network, students, test, test_labels, compute)
    return Accuracy(tuple(found))
