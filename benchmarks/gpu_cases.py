"""What `benchmarks.gpu_check` checks, part by part.

*Contracts*: on the device a method takes finite steps, gives the same bits when it is run again, and the same when it
goes on from a checkpoint; nothing is used that adds in no fixed order (PyTorch raises an error then).
*Agreement*: one step on the CPU and one on the device, from the same images, batches and networks. Compared are the
loss and what the images follow, by length. On a CPU float32 sums in another order stay ten times below the bounds, and
factors rounded to TF32 do not (`tests/benchmarks/test_gpu_check.py`).
*Speed*: steps with the preset `paper` on made-up images of CIFAR-10's size, ten a class; no whitening, and MTT without
its experts: neither changes what a step costs.
*Memory*: what an estimate says beside what the run then takes.
"""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks.gpu_setting import NAME, VARIANTS, Chosen, SameDraws, Size, apart, followed, made_up, same
from ddcore.data.dataset import Dataset
from ddcore.devices import finished_at, on_device
from ddcore.distillers import DISTILLERS
from ddcore.distillers.base import State
from ddcore.errors import full_gpu
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.loop import distill
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.runs.folder import create_run
from ddcore.runs.jobs.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from ddcore.runs.worker import work
from ddcore.training.students import train_students

LOSS, LENGTH = 1e-4, 3e-4
"""How far CPU and GPU may be apart in one step: the loss, and what the images follow, each relative."""
KINKED = {"rfad": 10 * LENGTH}  # the networks of this one have ReLUs whatever is asked for
CONVOLUTION = 1e-5  # of its float64 result; TF32 is off by some 5e-4
MEMORY = (0.7, 1.25)  # what a run takes, in units of what its estimate said
SMOOTH = "convnet:activation=swish"  # at the kink of a ReLU the last bit of a number decides on a whole gradient


class Found(NamedTuple):
    text: str
    held: bool | None = None  # None: a figure without a bound


class Case(NamedTuple):
    part: str
    name: str
    bound: str
    check: Callable[[], Found]


@dataclass(frozen=True)
class Bench:
    """The cases on one device."""

    device: str
    size: Size = Size()

    def cases(self) -> Iterator[Case]:
        """All cases, part by part."""
        methods = DISTILLERS.names()
        trained = [name for name in methods if DISTILLERS.about(name).distills]
        yield Case("device", "a convolution against float64", f"{CONVOLUTION:.0e}", self.convolution)
        yield Case("device", "copies that nobody waits for", "equal", self.copies)
        yield Case("device", "a full GPU is one sentence", "one sentence", self.full)
        for name in methods:
            yield Case("contracts", name, "finite, same bits", partial(self.contract, distiller=name))
        for name, chosen in VARIANTS.items():
            yield Case("contracts", name, "finite, same bits", partial(self.contract, **chosen))
        for name in methods:
            bound = f"loss {LOSS:.0e}, step {KINKED.get(name, LENGTH):.0e}"
            yield Case("agreement", name, bound, partial(self.agreement, name))
        yield Case("students", "side by side and one by one", f"{LENGTH:.0e}", self.students)
        for name in trained:
            yield Case("speed", name, "–", partial(self.speed, name))
        yield Case("speed", "dm, TF32 allowed", "–", partial(self.speed, "dm", tf32=True))
        yield Case("speed", "dm, any order of sums", "–", partial(self.speed, "dm", any_order=True))
        for name in trained:
            yield Case("memory", name, "{} to {} of the estimate".format(*MEMORY), partial(self.memory, name))
        yield Case("memory", "dm, with students", "{} to {} of the estimate".format(*MEMORY), self.with_students)

    # -- the device

    def convolution(self) -> Found:
        generator = torch.Generator().manual_seed(0)
        images, weights = (torch.randn(shape, generator=generator) for shape in ((8, 64, 16, 16), (64, 64, 3, 3)))
        found = torch.nn.functional.conv2d(images.to(self.device), weights.to(self.device), padding=1)
        error = apart(found, torch.nn.functional.conv2d(images.double(), weights.double(), padding=1))
        return Found(f"{error:.1e}", error <= CONVOLUTION)

    def copies(self) -> Found:
        """Many at once, whose sources are gone before they are looked at."""
        arrived = [on_device(np.full(4096, float(number)), self.device) for number in range(200)]
        wrong = sum(not bool((values == number).all()) for number, values in enumerate(arrived))
        return Found(f"{wrong} of {len(arrived)} differ", wrong == 0)

    def full(self) -> Found:
        try:
            torch.empty(2**50, dtype=torch.uint8, device=self.device)
        except RuntimeError as error:
            sentence = full_gpu(error)
            held = None if self.device == "cpu" else bool(sentence)
            return Found(sentence or f"{type(error).__name__}, no GPU", held)
        return Found("a petabyte was there", False)

    # -- contracts

    def contract(self, **chosen: Any) -> Found:
        """Three steps more from a checkpoint after three, beside six at once, twice."""
        experiment = self._experiment("quick", self._small, width=self.size.width, ipc=2, **chosen)
        whole, again = self._ran(experiment, 6), self._ran(experiment, 6)
        run = create_run(experiment.settings_given)
        write_checkpoint(run, Checkpoint(3, self._ran(experiment, 3), 0.0))
        checkpoint = read_checkpoint(run, self.device)
        assert checkpoint is not None  # it was just written
        went_on = self._ran(experiment, 6, checkpoint[:2])
        here = torch.device(self.device)
        wrong = {
            "not finite": not whole["images"].isfinite().all(),
            "elsewhere": any(whole[name].device != here for name in ("images", "targets", "classes")),
            "other bits when run again": not same(whole, again),
            "other bits after a checkpoint": not same(whole, went_on),
        }
        said = [name for name, is_wrong in wrong.items() if is_wrong]
        return Found(", ".join(said) or "held", not said)

    def _ran(self, experiment: Chosen, steps: int, resume_from: tuple[int, State] | None = None) -> State:
        problem, distiller = experiment.given(), experiment.made.distiller
        initial = None if resume_from else experiment.made.initial_set()[0]
        *_, last = distill(problem, distiller, initial, steps, 0, resume_from)
        return last.state

    # -- agreement

    def agreement(self, name: str) -> Found:
        ours, cpu = (self._one_step(name, device) for device in (self.device, "cpu"))
        loss = abs(ours[0] - cpu[0]) / max(abs(cpu[0]), 1e-30)
        step = apart(ours[1], cpu[1])
        return Found(f"loss {loss:.1e}, step {step:.1e}", loss <= LOSS and step <= KINKED.get(name, LENGTH))

    def _one_step(self, name: str, device: str) -> tuple[float, torch.Tensor]:
        """The loss of one step, and what the images followed."""
        chosen = {"distiller": name, "batch_real": self.size.batch, "width": self.size.width, "ipc": 2}
        bench = Bench(device, self.size)
        with SameDraws():
            experiment = bench._experiment("quick", self._small, network=SMOOTH, **chosen)
            problem = experiment.given(pretended=True)
            kind = experiment.made.distiller.kinds_of_step(1)[0][0]
            *_, last = distill(problem, kind, experiment.made.initial_set()[0], 1, 0)
        return last.metrics["loss"], followed(last.state)

    # -- students

    def students(self) -> Found:
        """Three of them together, and one by one."""
        chosen = {"distiller": "dm", "ipc": self.size.ipc, "evaluation": "quick"}
        experiment = self._experiment(self.size.preset, self._few, **chosen).made
        network, protocol = experiment.student_network, replace(experiment.protocol, epochs=self.size.epochs)
        sets = [experiment.random_set(number) for number in range(3)]
        images, targets = (torch.stack(part) for part in zip(*((s.images, s.targets) for s in sets), strict=True))

        def trained(rows: slice) -> dict[str, torch.Tensor]:
            return train_students(
                network, images[rows], targets[rows], protocol, experiment.augmentation, Compute(self.device),
                Randomness(0), first=rows.start,
            ).parameters  # fmt: skip

        trained(slice(0, 1)), trained(slice(0, 3))  # warm up
        began = finished_at(self.device)
        together = trained(slice(0, 3))
        between = finished_at(self.device)
        alone = [trained(slice(number, number + 1)) for number in range(3)]
        ended = finished_at(self.device)
        error = max(apart(values, torch.cat([one[name] for one in alone])) for name, values in together.items())
        text = f"{error:.1e}; one by one takes {(ended - between) / (between - began):.2f} times as long"
        return Found(text, error <= LENGTH)

    # -- speed and memory

    def speed(self, name: str, tf32: bool = False, any_order: bool = False) -> Found:
        """The median second of a step, after two that warm up; what takes one step only is timed in it. What is not
        allowed here is allowed for once, to know what it would be worth."""
        strict, allowed = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.allow_tf32
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.use_deterministic_algorithms(not any_order)
        try:
            return self._speed(name)
        finally:
            torch.use_deterministic_algorithms(strict)
            torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = allowed, False

    def _speed(self, name: str) -> Found:
        experiment = self._experiment(self.size.preset, self._many, distiller=name, ipc=self.size.ipc)
        total, clock = experiment.made.settings.steps, []
        initial, problem = experiment.made.initial_set()[0], experiment.given(pretended=True)
        kind = experiment.made.distiller.kinds_of_step(total)[0][0]
        for _ in distill(problem, kind, initial, max(total, 1), 0):
            clock.append(finished_at(self.device))
            if len(clock) > 5 and clock[-1] - clock[0] > self.size.seconds:
                break
        spent = np.diff(clock)
        second = statistics.median(spent[2:] if len(spent) > 2 else spent)
        return Found(f"{1 / second:.4g} steps/s; {total:,} steps take {second * total / 3600:.2g} h")

    def memory(self, name: str, **more: Any) -> Found:
        few = {"steps": 3, "experts": 1, "evaluation": "none", "sizes": 1} | more
        own = {field: value for field, value in few.items() if self._knows(name, field)}
        chosen = self._experiment(self.size.preset, self._few, distiller=name, ipc=self.size.ipc, **own)
        said = work(create_run(chosen.settings_given, kind="estimate"))
        assert said is not None  # nobody stops it
        run = create_run(chosen.settings_given)
        work(run)
        (took,) = (event["peak_mb"] for event in run.events()[0] if event["event"] == "memory")
        ratio = took / max(1, said["memory_mb"])
        text = f"{took:,} MB of {said['memory_mb']:,} MB estimated, {ratio:.2f}"
        return Found(text, MEMORY[0] <= ratio <= MEMORY[1])

    def with_students(self) -> Found:
        return self.memory("dm", evaluation="quick", repeats=3)

    # -- what they are made of

    @cached_property
    def _few(self) -> Dataset:
        return made_up(self.size.classes, self.size.shape, self.size.few)

    @cached_property
    def _many(self) -> Dataset:
        return made_up(self.size.classes, self.size.shape, self.size.per_class)

    @cached_property
    def _small(self) -> Dataset:
        return made_up(self.size.classes, self.size.small, 60)

    def _experiment(self, preset: str, data: Dataset, **chosen: Any) -> Chosen:
        flat = {"init": "random", "zca": False, "evaluation": "none", "seed": 0} | chosen
        flat = {name: value for name, value in flat.items() if self._knows(flat["distiller"], name)}
        given = resolve({"dataset": NAME, "device": self.device} | flat, preset) | {"dataset": data.hash}
        return Chosen(given, Experiment.of(complete(given), data, self.device))

    def _knows(self, distiller: str, name: str) -> bool:
        """Whether that is a setting of all runs, or of this method's or its batches'."""
        fields = DISTILLERS.get(distiller).__dataclass_fields__
        return name in fields or name not in ("batch_real", "experts", "sizes", "epochs_of_experts")
