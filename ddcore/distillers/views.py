"""What followers look through when the distiller has no view of its own: networks at their random start, and students
of the current synthetic set.

Letters: B images, F features, K classes.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
import torch.nn.functional as F

from ddcore.networks.base import Network, Parameters, Trained, calibrated
from ddcore.networks.compute import Compute
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import Augmentation
from ddcore.training.protocols import Protocol
from ddcore.training.students import one_of, train_students


class NetworkView:
    """Features of the network of this step, and losses of a student trained on `synthetic`.

    The network is drawn from the stream "network" of the step, so for DM it is the very network of that step; a method
    that looks through another gives its `parameters`. The
    student's network, batches and augmentation depend on the run's seed and the step alone; it is trained when it is
    first asked for, by the evaluation protocol (SGD 0.01, a tenth after half, batches of 256) cut short to as many
    epochs as make `student_steps` steps.
    """

    def __init__(
        self,
        network: Network,
        augmentation: Augmentation,
        compute: Compute,
        synthetic: SyntheticSet,
        rng: Randomness,
        progress: Progress = silent,
        parameters: Parameters | None = None,
    ):
        """`parameters`: the network whose features are shown, where it is not a fresh one."""
        self._network, self._compute, self._augmentation = network, compute, augmentation
        self._synthetic, self._rng, self._progress = synthetic.decode(), rng, progress
        self._parameters = parameters
        self._students: dict[int, Trained] = {}
        self._parameters = parameters

    @torch.no_grad()
    def features(self, images: torch.Tensor) -> torch.Tensor:
        return self._compute.features(self._network, self._drawn.parameters, images, self._drawn.buffers)

    @cached_property
    def _drawn(self) -> Trained:
        """Where statistics are needed, they are those of the synthetic images (ours): all classes are among them."""
        parameters = self._parameters or self._network.init(self._rng.torch("network", self._compute.device))
        return calibrated(self._network, parameters, self._synthetic.images)

    @torch.no_grad()
    def losses(self, images: torch.Tensor, labels: torch.Tensor, student_steps: int) -> torch.Tensor:
        """Cross-entropy (B,)."""
        parameters, buffers = self._student(student_steps)
        parts = images.split(self._compute.chunk(self._network))
        logits = [self._network.logits(parameters, part, buffers) for part in parts]
        return F.cross_entropy(torch.cat(logits), labels, reduction="none")

    def _student(self, steps: int) -> Trained:
        if steps not in self._students:
            with torch.enable_grad():
                self._students[steps] = self._trained(steps)
        return self._students[steps]

    def _trained(self, steps: int) -> Trained:
        batch = Protocol.batch
        epochs = math.ceil(steps / math.ceil(len(self._synthetic.images) / batch))
        protocol = Protocol("student", epochs, repeats=1).for_set(self._synthetic.lr_student)
        own = Randomness(int(self._rng.numpy("student").integers(2**31)))  # not the students of the evaluation
        students = train_students(
            self._network, self._synthetic.images[None], self._synthetic.probabilities[None],
            protocol, self._augmentation, self._compute, own, progress=self._progress,
        )  # fmt: skip
        return one_of(students, 0)
