"""What a run reports on its synthetic set as its own predictor; nothing if the method has none.

Events: {"event": "kernel", "step", "mean", "std", "repeats", "images", "condition", "certificate"} at every picture,
by a part of the test images, and at the end for the first and the last step, by all of them; null where nothing is
tested. {"event": "baseline", "name": "kernel-random", ...} for random images.
"""

from typing import Any

from ddcore.distillers.base import State, set_of
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import NOT_TESTED, KernelEvaluation, KernelTest
from ddcore.progress import Progress
from ddcore.runs.confusions import keep_confusion
from ddcore.runs.handle import Job
from ddcore.synthetic import SyntheticSet
from ddcore.training.protocols import Accuracy


class KernelTests:
    """The tests of one run, reported as its events."""

    def __init__(self, job: Job, experiment: Experiment):
        self._job, self._steps = job, experiment.settings.steps
        self._evaluation = KernelEvaluation.of(experiment)

    def tell_kept(self) -> None:
        """Report the baseline if it need not be computed."""
        if self._evaluation is not None and self._evaluation.tests:
            self._tell_baseline(self._evaluation.kept_random())

    def along_the_way(self, step: int, state: State, progress: Progress) -> None:
        """The set as it is after `step`."""
        if self._evaluation is not None:
            self._tell(step, set_of(state), self._evaluation.along_the_way(state, step, progress))

    def catch_up(self, step: int, state: State, progress: Progress) -> None:
        """The same, unless it was reported before."""
        if not any(event["event"] == "kernel" and event["step"] == step for event in self._job.run.events()[0]):
            self.along_the_way(step, state, progress)

    def at_the_end(self, final: SyntheticSet, initial: SyntheticSet) -> dict[str, Any]:
        """Final and initial set and random images on all test images: the entries of the run's result."""
        if self._evaluation is None or not self._evaluation.tests:
            return NOT_TESTED
        after = self._evaluation.test(final, self._job.progress)
        self._tell(self._steps, final, after)
        before = after if initial.equals(final) else self._evaluation.test(initial, self._job.progress)
        self._tell(0, initial, before)
        random = self._evaluation.random_accuracy(self._job.progress)
        self._tell_baseline(random)
        return self._evaluation.result(after.accuracy, before.accuracy, random)

    def _tell(self, step: int, synthetic: SyntheticSet, test: KernelTest) -> None:
        assert self._evaluation is not None  # it made the test
        certificate = self._evaluation.certificate(synthetic)
        if test.accuracy is not None:
            keep_confusion(self._job.run, "kernel", step, test.accuracy)
        self._job.event("kernel", step=step, **test.to_json(), certificate=certificate)

    def _tell_baseline(self, accuracy: Accuracy | None) -> None:
        if accuracy is not None:
            keep_confusion(self._job.run, "kernel-random", None, accuracy)
            self._job.event("baseline", name="kernel-random", **accuracy.to_json())
