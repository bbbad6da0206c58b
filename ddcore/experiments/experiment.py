"""A run's settings on its dataset, with the accuracies of its sets and what they stand beside."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddcore.experiments.assembly import Assembly
from ddcore.experiments.kept_accuracies import keep_accuracy, kept_accuracy
from ddcore.kept import FULL, RANDOM, Shelf
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness, numpy_generator
from ddcore.synthetic import SyntheticSet
from ddcore.training.confusion import confusion
from ddcore.training.experts import ExpertSchedule, finished_expert, train_expert
from ddcore.training.protocols import PROTOCOLS, Accuracy, Protocol
from ddcore.training.students import evaluate
from ddcore.training.testing import predictions

MOST_PASSES = 20
FULL_SCHEDULES = {"quick": ExpertSchedule(600), "published": ExpertSchedule(12_000)}
"""The full-data baseline's own short schedule (ours): 1.3 and 26 passes over 60,000 images."""


@dataclass(frozen=True)
class Experiment(Assembly):
    """What a run needs, and its accuracies: test data is touched by these only."""

    @property
    def protocol(self) -> Protocol:
        """The evaluation protocol with this run's repeats."""
        return PROTOCOLS[self.settings.evaluation].asked(self.settings.repeats, self.settings.until)

    @property
    def full_schedule(self) -> ExpertSchedule:
        """The full-data network's schedule, no more than `MOST_PASSES` over a small dataset."""
        schedule = FULL_SCHEDULES[self.protocol.name]
        per_pass = -(-len(self.dataset.train) // schedule.batch)
        return replace(schedule, steps=min(schedule.steps, MOST_PASSES * per_pass))

    @property
    def protocol_in_words(self) -> str:
        """How students and the full-data network are trained."""
        return f"{self.protocol.describe()}; full data: {self.full_schedule.describe()}, same augmentation"

    @property
    def tested_in_words(self) -> str | None:
        """The same of a run that is tested; None of one that is not."""
        return None if self.settings.evaluation == "none" else self.protocol_in_words

    def accuracy(self, synthetic: SyntheticSet, progress: Progress = silent, repeats: int | None = None) -> Accuracy:
        """Students trained on `synthetic`: `repeats`, or as many as the protocol says; with what they make of it.

        What they make of an image that holds several is the mean over those.
        """
        protocol = self.protocol if repeats is None else replace(self.protocol, repeats=repeats, until=None)
        whole = synthetic.decode()
        found = self._students([whole] * protocol.repeats, protocol, progress, whole.images)
        assert found.probabilities is not None  # the images were shown
        by_image = found.probabilities.reshape(len(synthetic.images), synthetic.factor**2, -1)
        return replace(found, probabilities=by_image.mean(1))

    def random_accuracy(self, progress: Progress = silent) -> Accuracy:
        """Students on random real images at the same budget, new images for every repeat; kept.

        Every repeat is made, whatever `until` says: what is kept is the full protocol's.
        """
        if (kept := kept_accuracy(RANDOM, self._kept_random)) is not None:
            return kept
        sets = [self.random_set(repeat) for repeat in range(self.protocol.repeats)]
        found = self._students(sets, replace(self.protocol, until=None), progress)
        keep_accuracy(RANDOM, self._kept_random, found)
        return found

    def random_set(self, repeat: int) -> SyntheticSet:
        """The random real images of one repeat, as many of each class as the synthetic set has."""
        labels = self.dataset.train.labels
        rng = numpy_generator(self.settings.seed, "random-baseline", repeat)
        members = [np.flatnonzero(labels == c) for c in range(self.dataset.num_classes)]
        chosen = np.concatenate([rng.choice(m, self.settings.ipc, replace=False) for m in members])
        images = self.train_images[torch.as_tensor(chosen, device=self.device)]
        return SyntheticSet.of_classes(images, labels[chosen], self.dataset.num_classes, self.device)

    def full_accuracy(self, progress: Progress = silent) -> Accuracy:
        """One network trained on all training images by its own short schedule, always from seed 0; kept."""
        if (kept := kept_accuracy(FULL, self._kept_full)) is not None:
            return kept
        schedule, data = self.full_schedule, self.dataset
        network, images, rng = self.student_network, self.train_images, Randomness(0)
        training = train_expert(network, images, data.train.labels, schedule, self.augmentation, rng, "full-data")
        (predicted,) = predictions(
            network, [finished_expert(training, schedule, progress)], self.test_images, self.compute
        )
        found = Accuracy.of([confusion(data.test.labels, predicted, data.num_classes)])
        keep_accuracy(FULL, self._kept_full, found)
        return found

    def kept_baselines(self) -> dict[str, Accuracy]:
        """The baselines that need not be computed: they are on disk."""
        found = {"random": kept_accuracy(RANDOM, self._kept_random), "full": kept_accuracy(FULL, self._kept_full)}
        return {name: accuracy for name, accuracy in found.items() if accuracy is not None}

    def _kept(self, shelf: Shelf, schedule: ExpertSchedule | None, *parts: Any) -> Path:
        protocol = replace(self.protocol, repeats=0)
        if self.whitening is not None:
            parts = (*parts, "zca", self.whitening.identity)
        return shelf.path(self.dataset.hash, self.student_network.identity, repr(protocol), repr(schedule), *parts)

    @property
    def _kept_random(self) -> Path:
        return self._kept(RANDOM, None, self.settings.ipc, self.protocol.repeats, self.settings.seed)

    @property
    def _kept_full(self) -> Path:
        return self._kept(FULL, self.full_schedule)

    def _students(
        self, sets: list[SyntheticSet], protocol: Protocol, progress: Progress, shown: torch.Tensor | None = None
    ) -> Accuracy:
        """Students on whole images of one kind: random ones, or one set several times."""
        given = [(synthetic.images, synthetic.probabilities) for synthetic in sets]
        return evaluate(
            self.student_network, given, self.test_images, self.dataset.test.labels,
            protocol.for_set(sets[0].lr_student), self.augmentation, self.compute, self.settings.seed, progress,
            shown,
        )  # fmt: skip
