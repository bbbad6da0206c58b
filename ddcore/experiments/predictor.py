"""Accuracies of the predictor that a kernel method's synthetic set is by itself, beside those of networks.

The set distilled, the set it began with and random real images, under the same predictor and at the same budget. A
predictor that depends on random networks is drawn `repeats` times, the same networks for every set; one that does not
is tested once, and random images anew for every repeat: the very images that the students' baseline learns from.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddcore.distillers.base import Problem, State
from ddcore.distillers.kernel_method import KernelMethod
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.kept_accuracies import keep_accuracy, kept_accuracy
from ddcore.initialisers.report import SetCertificate
from ddcore.kept import KERNEL_RANDOM
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness, numpy_generator
from ddcore.ridge.regression import Predictor, labels_and_weights
from ddcore.synthetic import SyntheticSet
from ddcore.training.confusion import confusion
from ddcore.training.protocols import Accuracy

NOT_TESTED: dict[str, Any] = {"kernel_accuracy": None, "kernel": None}
"""The entries of a result where there is no predictor, or nothing is tested."""

MOST_TESTED = 1000  # test images of a test along the way
_ROWS = 1000  # test images between two words of progress


@dataclass(frozen=True)
class KernelTest:
    """What one test found. With evaluation "none" nothing is tested: `accuracy` and `images` are None."""

    accuracy: Accuracy | None
    images: int | None  # test images
    condition: float  # condition number of the matrix solved; of several predictors the largest

    def to_json(self) -> dict[str, Any]:
        accuracy = dict.fromkeys(("mean", "std", "repeats")) if self.accuracy is None else self.accuracy.to_json()
        return {**accuracy, "images": self.images, "condition": self.condition}


@dataclass(frozen=True)
class KernelEvaluation:
    """Tests of one experiment's predictors."""

    experiment: Experiment

    @classmethod
    def of(cls, experiment: Experiment) -> "KernelEvaluation | None":
        """None if the distiller's sets are no predictors by themselves."""
        return cls(experiment) if experiment.about.predictor else None

    @cached_property
    def problem(self) -> Problem:
        """Not that of the distillation: nothing done with it can change a step."""
        return self.experiment.problem(None)

    @property
    def method(self) -> KernelMethod:
        distiller = self.experiment.distiller
        assert isinstance(distiller, KernelMethod)  # as its entry says
        return distiller

    @property
    def predictor_in_words(self) -> str:
        return self.method.predictor_in_words

    @property
    def tests(self) -> bool:
        """Whether anything is tested at all."""
        return self.experiment.settings.evaluation != "none"

    @property
    def repeats(self) -> int:
        """Predictors per set."""
        return 1 if self.experiment.about.predictor == "exact" else self.experiment.protocol.repeats

    def along_the_way(self, state: State, step: int, progress: Progress = silent) -> KernelTest:
        """The set as it is after `step`, by the predictor that the next step sees, on a fixed part of the test images.

        Does not change the distillation.
        """
        rng = Randomness(self.experiment.settings.seed).at(step + 1)
        predictor = self.method.current_predictor(self.problem, state, rng)
        if not self.tests:
            return KernelTest(None, None, predictor.condition)
        found = self._confusion(predictor, self._part, progress)
        return KernelTest(Accuracy.of([found]), len(self._part), predictor.condition)

    def test(self, synthetic: SyntheticSet, progress: Progress = silent) -> KernelTest:
        """`synthetic` by `repeats` predictors, each on all test images."""
        found = [self._tested(synthetic, repeat, self.repeats, progress) for repeat in range(self.repeats)]
        confusions, conditions = zip(*found, strict=True)
        return KernelTest(Accuracy.of(confusions), len(self._all), max(conditions))

    def random_accuracy(self, progress: Progress = silent) -> Accuracy:
        """Random real images at the same budget, new images for every repeat; kept."""
        if (kept := self.kept_random()) is not None:
            return kept
        count = self.experiment.protocol.repeats
        sets = ((repeat, self.experiment.random_set(repeat)) for repeat in range(count))
        found = Accuracy.of(self._tested(synthetic, repeat, count, progress)[0] for repeat, synthetic in sets)
        keep_accuracy(KERNEL_RANDOM, self._kept, found)
        return found

    def kept_random(self) -> Accuracy | None:
        """`random_accuracy` where it is on disk."""
        return kept_accuracy(KERNEL_RANDOM, self._kept)

    def result(self, accuracy: Accuracy | None, initial: Accuracy | None, random: Accuracy) -> dict[str, Any]:
        """The entries of a run's result and of `evaluate`: `kernel_accuracy` is the mean of the set itself."""
        assert accuracy is not None  # the set was tested
        return {
            "kernel_accuracy": accuracy.mean,
            "kernel": {
                "predictor": self.predictor_in_words,
                "accuracy": accuracy.to_json(),
                "initial_accuracy": initial and initial.to_json(),
                "random": random.to_json(),
            },
        }

    def certificate(self, synthetic: SyntheticSet) -> float:
        """eps of the set for ridge regression, see `ddcore.initialisers.report.SetCertificate`."""
        synthetic = synthetic.decode()
        labels, weights = labels_and_weights(synthetic.targets.cpu())
        images, classes = synthetic.images.cpu().numpy(), synthetic.classes.cpu().numpy()
        return self._certificates.of(images, labels.numpy(), classes, weights.numpy())

    def _confusion(self, predictor: Predictor, rows: torch.Tensor, progress: Progress) -> np.ndarray:
        """(K,K) counts of the test images `rows` by their class and that of their largest prediction."""
        dataset, predicted, done = self.experiment.dataset, [], 0
        for part in rows.split(_ROWS):
            predicted.append(predictor(self.experiment.test_images[part]).argmax(1))
            done += len(part)
            progress(done, len(rows), "testing by kernel regression")
        labels = np.asarray(dataset.test.labels)[rows.cpu().numpy()]
        return confusion(labels, torch.cat(predicted).cpu().numpy(), dataset.num_classes)

    def _tested(
        self, synthetic: SyntheticSet, repeat: int, repeats: int, progress: Progress
    ) -> tuple[np.ndarray, float]:
        """(confusion on all test images, condition number) of predictor number `repeat`."""
        note = f"kernel regression {repeat + 1} of {repeats}"

        def tell(done: float, total: float, _: str) -> None:
            progress(repeat + done / total, repeats, note)

        predictor = self.method.predictor(self.problem, synthetic.decode(), self._rng.at(repeat))
        return self._confusion(predictor, self._all, tell), predictor.condition

    @cached_property
    def _rng(self) -> Randomness:
        """A seed of its own: not the networks of the distillation, whatever stream and step a method draws from."""
        return Randomness(int(numpy_generator(self.experiment.settings.seed, "kernel-evaluation").integers(2**31)))

    @cached_property
    def _all(self) -> torch.Tensor:
        """Rows of all test images, ascending."""
        return torch.arange(len(self.experiment.dataset.test), device=self.experiment.device)

    @cached_property
    def _part(self) -> torch.Tensor:
        """Those of the tests along the way, ascending: the same for every run on the dataset; of a closed form, which
        takes few steps, all."""
        if self.experiment.about.closed_form:
            return self._all
        drawn = numpy_generator(0, "kernel-test-part").permutation(len(self._all))[:MOST_TESTED]
        return self._all[torch.as_tensor(np.sort(drawn), device=self.experiment.device)]

    @cached_property
    def _certificates(self) -> SetCertificate:
        return SetCertificate(self.experiment.train_set)

    @property
    def _kept(self) -> Path:
        experiment, whitening = self.experiment, self.experiment.whitening
        return KERNEL_RANDOM.path(
            experiment.dataset.hash, repr(self.method), experiment.network.identity,
            experiment.settings.ipc, experiment.protocol.repeats, experiment.settings.seed,
            whitening and whitening.identity,
        )  # fmt: skip
