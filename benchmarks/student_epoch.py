"""What a student's epoch costs beside the same loop in its plain form, and how often intervals hold with `--until`.

    OMP_NUM_THREADS=1 python -m benchmarks.student_epoch [--rounds 7]
    OMP_NUM_THREADS=1 python -m benchmarks.student_epoch --together
    python -m benchmarks.student_epoch --stopping

The plain form is the protocol written down once more: a student after another, its batch copied out of a stack, an
optimiser that goes from tensor to tensor. Both take the same networks, batches and augmentation, in turn; CPU seconds
on one thread, medians. Images are noise of the sizes of `digits` and Fashion-MNIST, ten classes: what is in them costs
nothing. *Bare* is forward and backward of the network alone, *batches* is drawing and augmenting.

`--together`: students side by side against one after another, by the number of students and the floats of a batch in
the widest activation: where the rule of `students_at_once` comes from. `--stopping`: how often a 95 % interval holds
the mean where `--until` ended an evaluation, for students whose accuracies are normal.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.environment import describe
from ddcore.networks.base import Network, make_network
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.training import students
from ddcore.training.augmentation import WITH_FLIP, WITHOUT_FLIP, Augmentation
from ddcore.training.protocols import FEWEST, PROTOCOLS, Accuracy, Protocol

DIGITS, FASHION = (1, 8, 8), (1, 28, 28)
CASES = [
    (DIGITS, 32, 10, 60), (DIGITS, 32, 100, 30), (FASHION, 32, 10, 30), (FASHION, 32, 100, 6),
    (FASHION, 128, 10, 6), (FASHION, 128, 100, 2),
]  # fmt: skip
"""(shape, width, images, epochs to a reading)."""


def plain(network: Network, images: torch.Tensor, targets: torch.Tensor, protocol: Protocol, augmentation, number: int):
    """Train one student: the protocol as a plain loop."""
    stream = students._stream(Randomness(0), number)
    parameters = {n: v[None].clone() for n, v in network.init(stream.torch("student-network")).items()}
    velocities = {name: torch.zeros_like(value) for name, value in parameters.items()}
    for epoch in range(protocol.epochs):
        half = protocol.epochs // 2 + 1
        lr = protocol.lr_student * (0.1 if epoch >= half else 1)
        if epoch == half:
            velocities = {name: torch.zeros_like(value) for name, value in parameters.items()}
        generator = stream.at(epoch).numpy("student-epoch")
        order = torch.as_tensor(np.stack([generator.permutation(len(images))]))
        for start in range(0, len(images), protocol.batch):
            chosen = order[:, start : start + protocol.batch]
            x, y = (torch.stack([values[None][0, chosen[0]]]) for values in (images, targets))
            draw = augmentation.draw_batch(generator, chosen.shape[1])
            x = augmentation.apply(x.flatten(0, 1), draw).view_as(x)
            leaves = {name: value.detach().requires_grad_(True) for name, value in parameters.items()}
            logits = network.logits({name: value[0] for name, value in leaves.items()}, x[0])[None]
            loss = F.cross_entropy(logits.flatten(0, 1), y.flatten(0, 1)) * 1
            gradients = torch.autograd.grad(loss, list(leaves.values()))
            for (name, value), gradient in zip(parameters.items(), gradients, strict=True):
                velocities[name].mul_(protocol.momentum).add_(gradient).add_(value, alpha=protocol.weight_decay)
                value.sub_(velocities[name], alpha=lr)
    return parameters


class Case:
    """One network, set and number of epochs."""

    def __init__(self, shape: tuple[int, int, int], width: int, images: int, epochs: int):
        self.network = make_network(shape, 10, "convnet", width=width)
        generator = torch.Generator().manual_seed(0)
        self.images = torch.randn(images, *shape, generator=generator)
        self.targets = F.one_hot(torch.arange(images) % 10, 10).float()
        self.augmentation = Augmentation(WITHOUT_FLIP if shape == DIGITS else WITH_FLIP)
        self.protocol = Protocol("timed", epochs, repeats=1)
        self.name = f"{shape[1]}x{shape[2]}, width {width:>3}, {images:>3} images"

    def plain(self, number: int = 0):
        return plain(self.network, self.images, self.targets, self.protocol, self.augmentation, number)

    def ours(self, count: int = 1, first: int = 0):
        stacked = (values.expand(count, *values.shape) for values in (self.images, self.targets))
        given = self.protocol, self.augmentation, Compute(), Randomness(0)
        return students.train_students(self.network, *stacked, *given, first=first)

    def one_by_one(self, count: int) -> None:
        for first in range(count):
            self.ours(1, first)

    def at_once(self, count: int) -> int:
        batch = min(len(self.images), self.protocol.batch)
        return students.students_at_once(self.network, batch, self.protocol, Compute(), count)

    def difference(self) -> float:
        """The largest of any parameter."""
        mine, theirs = self.ours().parameters, self.plain()
        return max(float((mine[name] - theirs[name]).abs().max()) for name in mine)

    def by_rule(self, count: int) -> None:
        """`count` students as an evaluation trains them."""
        size = self.at_once(count)
        for first in range(0, count, size):
            self.ours(min(size, count - first), first)

    def bare(self) -> None:
        parameters = {n: v.requires_grad_() for n, v in self.network.init(torch.Generator().manual_seed(0)).items()}
        for _ in range(self.protocol.epochs):
            loss = F.cross_entropy(self.network.logits(parameters, self.images), self.targets)
            torch.autograd.grad(loss, list(parameters.values()))

    def batches(self) -> None:
        streams = [students._stream(Randomness(0), 0)]
        for _ in students._steps(self.images[None], self.targets[None], self.protocol, self.augmentation, streams):
            pass


def medians(epochs: int, rounds: int, **works: tuple[int, Callable[[], object]]) -> dict[str, float]:
    """CPU milliseconds of an epoch of one student by each of `works` (students, work), taken in turn."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):  # the first warms up
        for name, (count, work) in works.items():
            began = time.process_time()
            work()
            found[name].append(1000 * (time.process_time() - began) / epochs / count)
    return {name: statistics.median(values[1:]) for name, values in found.items()}


def epochs(rounds: int) -> None:
    few, many = PROTOCOLS["published"].repeats, 20
    print(f"milliseconds of an epoch of one student; of {few} and {many} students as an evaluation trains them")
    for given in CASES:
        case = Case(*given)
        difference = case.difference()
        works = {"plain": (1, case.plain), "ours": (1, case.ours), "bare": (1, case.bare), "batches": (1, case.batches)}
        for count in (few, many) if case.at_once(many) > 1 else ():
            works[f"of {count}"] = (count, partial(case.by_rule, count))
        found = medians(case.protocol.epochs, rounds, **works)
        shown = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
        ratios = {name: found["plain"] / found[name] for name in found if name not in ("plain", "bare", "batches")}
        print(f"{case.name}: {shown}; plain over ours {', '.join(f'{k} {v:.2f}' for k, v in ratios.items())}", end="")
        print(f"; largest difference after {case.protocol.epochs} epochs {difference:.1e}", flush=True)


def together(rounds: int) -> None:
    print("one after another over side by side, by students; [in brackets: what the rule of shapes does not choose]")
    for shape, width, images in _shapes():
        case = Case(shape, width, images, epochs=20)
        cells = []
        for count in (2, 3, 5, 10):
            works = {"alone": (count, partial(case.one_by_one, count)), "side": (count, partial(case.ours, count))}
            found = medians(20, rounds, **works)
            ratio = f"{found['alone'] / found['side']:.2f}"
            cells.append(f"{count}: {ratio}" if case.at_once(count) > 1 else f"{count}: [{ratio}]")
        print(f"{case.name}, {images * case.network.cost:>7,} floats: {', '.join(cells)}", flush=True)


def _shapes() -> Iterator[tuple[tuple[int, int, int], int, int]]:
    for width, images in ((16, 10), (32, 10), (64, 10), (128, 10), (16, 50), (32, 50), (32, 100)):
        yield DIGITS, width, images
    for width in (4, 8, 16, 32):
        yield FASHION, width, 10


def stopping(evaluations: int = 20_000, most: int = 20) -> None:
    print(f"{evaluations:,} evaluations of {FEWEST} to {most} students, seed 0; until, in standard deviations of one")
    rng = np.random.default_rng(0)
    for until in (2.0, 1.0, 0.75, 0.5, 0.25):
        held, counts = 0, []
        for values in rng.normal(0, 0.01, (evaluations, most)):  # one percentage point
            found = next(
                (a for n in range(FEWEST, most + 1) if (a := Accuracy(tuple(values[:n]), until)).enough),
                Accuracy(tuple(values), until),
            )
            held += abs(found.mean) <= found.margin
            counts.append(len(found.values))
        share = held / evaluations
        print(f"until {until}: {np.mean(counts):.1f} students, 95 % intervals hold the mean in {share:.1%}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--together", action="store_true", help="students side by side against one after another")
    parser.add_argument("--stopping", action="store_true", help="how often intervals hold where an evaluation stopped")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(describe("cpu"))
    if options.stopping:
        stopping()
    elif options.together:
        together(options.rounds)
    else:
        epochs(options.rounds)


if __name__ == "__main__":
    main()
