"""Students trained from scratch on a frozen synthetic set by a `Protocol`, and tested once.

Letters: S students side by side, B images of a batch, M synthetic images, K classes.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.data.device_images import DeviceImages
from ddcore.devices import on_device
from ddcore.networks.base import Network, Trained
from ddcore.networks.compute import Compute
from ddcore.networks.vectors import count as count_parameters
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation, Draw
from ddcore.training.confusion import confusion
from ddcore.training.optimisers import sgd
from ddcore.training.protocols import FEWEST, Accuracy, Protocol
from ddcore.training.testing import predictions, probabilities
from ddcore.training.trainer import Step, Trainer, plain, side_by_side, trained

_TOGETHER = 2**14
"""Floats in the widest activation of a batch, for each of the students side by side, up to which they take less
processor time together than one after another: calls are what costs there, and they share them. Measured for 2 to 10
students, see `benchmarks/student_epoch.py`."""
_LIGHT = 300_000
"""Parameters of a network up to which that is so: more of them are moved in every step than calls cost."""
_FEWEST_TOGETHER, _MOST_TOGETHER = 5, 10  # fewer share too little to pay for it, whatever a network is made of


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
    so training them together or one by one is the same computation up to rounding, which grows over epochs: accuracies
    then differ by some hundredths of a point.
    """
    streams = [_stream(rng, first + s) for s in range(len(images))]
    drawn = [network.init(stream.torch("student-network", compute.device)) for stream in streams]
    buffers = network.fresh_buffers(compute.device)
    steps = _steps(images, targets, protocol, augmentation, streams)
    optimiser = sgd(protocol.momentum, protocol.weight_decay)
    if len(drawn) > 1:
        trainer = Trainer(side_by_side(network), optimiser, _cross_entropies)
        state = trainer.begin(_stacked(drawn), _stacked([buffers] * len(drawn)))
    else:
        trainer = Trainer(plain(network), optimiser, F.cross_entropy)
        state = trainer.begin(drawn[0], buffers)
        steps = (step._replace(images=step.images[0], targets=step.targets[0]) for step in steps)
    per_epoch = -(-images.shape[1] // protocol.batch)
    for done, _ in enumerate(trainer.run(state, steps), start=1):
        if done % per_epoch == 0:
            progress(done // per_epoch, protocol.epochs, "training students")
    parameters, learned = trained(state)
    if len(drawn) > 1:
        return Trained(parameters, learned)
    return Trained(_stacked([parameters]), learned and _stacked([learned]))


class _Plan(NamedTuple):
    """One step before its images are taken: (S, B) which of them, and what happens to each of these S x B."""

    order: np.ndarray
    draw: Draw | None
    lr: float
    restart: bool


def _steps(
    images: torch.Tensor,
    targets: torch.Tensor,
    protocol: Protocol,
    augmentation: Augmentation | None,
    streams: list[Randomness],
) -> Iterator[Step]:
    """Epoch after epoch in shuffled batches, each student's by its own stream; the step size falls half way.

    Of small sets the images of several steps are taken and augmented at once, as many as a full batch has.
    """
    count, size = images.shape[:2]
    several = max(1, protocol.batch // size)
    plans = _plans(size, protocol, augmentation, streams)
    while group := list(islice(plans, several)):
        owners = np.concatenate([np.repeat(np.arange(count), plan.order.shape[1]) for plan in group])
        rows = np.concatenate([plan.order.ravel() for plan in group])
        chosen = [on_device(indices, images.device) for indices in (owners, rows)]
        x, y = images[*chosen], targets[*chosen]
        if augmentation is not None:
            x = augmentation.apply(x, _joined([plan.draw for plan in group if plan.draw is not None]))
        sizes = [plan.order.size for plan in group]
        for plan, own, labels in zip(group, x.split(sizes), y.split(sizes), strict=True):
            yield Step(own.unflatten(0, (count, -1)), labels.unflatten(0, (count, -1)), plan.lr, plan.restart)


def _plans(
    size: int, protocol: Protocol, augmentation: Augmentation | None, streams: list[Randomness]
) -> Iterator[_Plan]:
    """What `_steps` does with sets of `size` images."""
    half = protocol.epochs // 2 + 1
    for epoch in range(protocol.epochs):
        lr = protocol.lr_student * (0.1 if epoch >= half else 1.0)
        generators = [stream.at(epoch).numpy("student-epoch") for stream in streams]
        orders = np.stack([generator.permutation(size) for generator in generators])
        for start in range(0, size, protocol.batch):
            order, draw = orders[:, start : start + protocol.batch], None
            if augmentation is not None:
                draw = _joined([augmentation.draw_batch(generator, order.shape[1]) for generator in generators])
            yield _Plan(order, draw, lr, restart=epoch == half and start == 0)


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
    shown: torch.Tensor | None = None,
) -> Accuracy:
    """One student for each (images (M,C,H,W), targets (M,K)) of `sets`, trained and tested in their order.

    Give one set several times for repeats, or several sets (new random images for every repeat). With `until` in the
    protocol the first of them may be enough: how many does not depend on how many trained at once. The accuracy has
    the confusion of all of them and, of images that are `shown` to them (M,C,H,W), their mean probabilities.
    """
    rng, found = Randomness(seed), Accuracy((), protocol.until)
    size = students_at_once(network, min(len(sets[0][0]), protocol.batch), protocol, compute, len(sets))
    for first in range(0, len(sets), size):
        group = sets[first : first + size]
        images, targets = torch.stack([s[0] for s in group]), torch.stack([s[1] for s in group])

        def tell(done: float, total: float, note: str, first: int = first, size: int = len(group)) -> None:
            progress(first + size * done / total, len(sets), f"student {first + 1} of {len(sets)}")

        stacked = train_students(
            network, images, targets, protocol, augmentation, compute, rng, first=first, progress=tell
        )
        students = [one_of(stacked, place) for place in range(len(group))]
        for student, predicted in zip(students, predictions(network, students, test, compute), strict=True):
            counts = confusion(test_labels, predicted, targets.shape[-1])
            given = None if shown is None else probabilities(network, student, shown, compute)
            found = found.with_one_more(counts, given)
            if found.enough:
                return found
    return found


def students_at_once(network: Network, batch: int, protocol: Protocol, compute: Compute, count: int) -> int:
    """How many of `count` students train side by side on batches of `batch` images; a function of shapes only.

    A GPU takes as many as fit into a chunk; a CPU takes several where batches are small, else one at a time. With
    `until` there are no more than are needed for its first look.
    """
    most = count if protocol.until is None else min(count, FEWEST)
    if compute.kind == "cpu":
        size = min(most, _MOST_TOGETHER)
        small = batch * network.cost <= _TOGETHER * size and count_parameters(network) <= _LIGHT
        return size if size >= _FEWEST_TOGETHER and small else 1
    return min(most, max(1, compute.chunk(network) // batch))
