"""Students trained from scratch on a frozen synthetic set, and tested once.

The protocol is the field's (Zhao & Bilen's public one, as restated in Cui et al.'s DC-BENCH): a fresh network, SGD
with momentum, weight decay, batches of 256, DSA augmentation per image, learning rate divided by ten half way
(momentum restarts), the accuracy of the last epoch, mean and standard deviation over repeats. `quick` differs only
in its number of epochs.
Letters: S students side by side, M synthetic images, K classes.
"""

from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.data.device_images import DeviceImages
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet, Parameters
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation, Draw


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
    """Fractions of test images told right, one a student."""

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


def train_students(
    network: ConvNet,
    images: torch.Tensor,
    targets: torch.Tensor,
    protocol: Protocol,
    augmentation: Augmentation | None,
    compute: Compute,
    rng: Randomness,
    first: int = 0,
    progress: Progress = silent,
) -> Parameters:
    """Train S students at once: `images` (S,M,C,H,W), `targets` (S,M,K) -> parameters stacked along a first axis S.

    Student s is number `first + s`: its network, batches and augmentation depend on that number and on `rng` alone,
    so training them together or one by one is the same computation.
    """
    numbers = range(first, first + len(images))
    drawn = [network.init(_stream(rng, number).torch("student-network", compute.device)) for number in numbers]
    parameters = {name: torch.stack([p[name] for p in drawn]).requires_grad_(True) for name in drawn[0]}
    size, count = images.shape[1], len(images)
    velocity, lr = None, protocol.lr_student
    for epoch in range(protocol.epochs):
        if velocity is None or epoch == protocol.epochs // 2 + 1:
            velocity = {name: torch.zeros_like(value) for name, value in parameters.items()}
            lr = protocol.lr_student * (1.0 if epoch == 0 else 0.1)
        generators = [_stream(rng, number).at(epoch).numpy("student-epoch") for number in numbers]
        orders = torch.as_tensor(np.stack([g.permutation(size) for g in generators]), device=images.device)
        for start in range(0, size, protocol.batch):
            chosen = orders[:, start : start + protocol.batch]
            x = torch.stack([images[s, chosen[s]] for s in range(count)])
            y = torch.stack([targets[s, chosen[s]] for s in range(count)])
            if augmentation is not None:
                draws = [augmentation.draw_batch(g, chosen.shape[1]) for g in generators]
                x = augmentation.apply(x.flatten(0, 1), _joined(draws)).view_as(x)
            loss = F.cross_entropy(_logits(network, parameters, x).flatten(0, 1), y.flatten(0, 1)) * count
            gradients = torch.autograd.grad(loss, list(parameters.values()))
            with torch.no_grad():
                for (name, value), gradient in zip(parameters.items(), gradients, strict=True):
                    velocity[name].mul_(protocol.momentum).add_(gradient).add_(value, alpha=protocol.weight_decay)
                    value.sub_(velocity[name], alpha=lr)
        progress(epoch + 1, protocol.epochs, "training students")
    return {name: value.detach() for name, value in parameters.items()}


def _stream(rng: Randomness, number: int) -> Randomness:
    """The randomness of student `number`: students differ from one another whatever the seed of the run."""
    return Randomness(rng.seed * 1_000_003 + number, rng.step)


def _joined(draws: list[Draw]) -> Draw:
    return Draw(np.concatenate([d.operations for d in draws]), np.concatenate([d.uniforms for d in draws]))


def _logits(network: ConvNet, parameters: Parameters, images: torch.Tensor) -> torch.Tensor:
    """(S,B,C,H,W) -> (S,B,K), each student on its own images."""
    if len(images) == 1:
        return network.logits({name: value[0] for name, value in parameters.items()}, images[0])[None]
    return torch.vmap(network.logits)(parameters, images)


@torch.no_grad()
def accuracies(
    network: ConvNet, parameters: Parameters, test: DeviceImages, labels: np.ndarray, compute: Compute
) -> tuple[float, ...]:
    """Share of test images each of the S stacked students gets right."""
    labels = torch.as_tensor(np.asarray(labels), device=test.device)
    students = len(next(iter(parameters.values())))
    right = torch.zeros(students, dtype=torch.int64, device=test.device)
    for part, images in test.chunks(compute.chunk(network)):
        for s in range(students):
            one = {name: value[s] for name, value in parameters.items()}
            right[s] += (network.logits(one, images).argmax(1) == labels[part]).sum()
    return tuple(count / len(test) for count in right.tolist())


def evaluate(
    network: ConvNet,
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
    A GPU trains all of them at once; on a CPU side by side measured slower than one by one (227 ms against 147 ms a
    step for three students of width 32 on 100 images), so there they take turns.
    """
    rng, found = Randomness(seed), []
    at_once = 1 if compute.kind == "cpu" else len(sets)
    for first in range(0, len(sets), at_once):
        group = sets[first : first + at_once]
        images, targets = torch.stack([s[0] for s in group]), torch.stack([s[1] for s in group])

        def tell(done: float, total: float, note: str, first: int = first, size: int = len(group)) -> None:
            progress(first + size * done / total, len(sets), f"student {first + 1} of {len(sets)}")

        students = train_students(
            network, images, targets, protocol, augmentation, compute, rng, first=first, progress=tell
        )
        found += accuracies(network, students, test, test_labels, compute)
    return Accuracy(tuple(found))
