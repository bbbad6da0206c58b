"""What the tests of a kernel method's own predictor will cost: one of each kind, timed, and multiplied out."""

from ddcore.devices import finished_at
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import MOST_TESTED, KernelEvaluation
from ddcore.randomness import Randomness
from ddcore.runs.handle import Job
from ddcore.synthetic import SyntheticSet


def kernel_tests(job: Job, experiment: Experiment) -> dict[str, float]:
    """{"kernel tests": seconds}, timed on random images; nothing if the distiller has no predictor.

    One at every picture; at the end those of the final and the initial set and, unless they are kept, of random images.
    """
    settings, kernel = experiment.settings, KernelEvaluation.of(experiment)
    if kernel is None:
        return {}
    random = experiment.random_set(0)
    pictures = {0, settings.steps, *settings.evaluation_steps, *range(0, settings.steps, settings.snapshot_interval)}
    seconds = _along_the_way(job, kernel, random, len(pictures))
    if kernel.tests:
        count = 2 * kernel.repeats + (kernel.kept_random() is None) * experiment.protocol.repeats
        seconds += _one_test(kernel, random) * count
    return {"kernel tests": seconds}


def _along_the_way(job: Job, kernel: KernelEvaluation, random: SyntheticSet, count: int) -> float:
    """Seconds of `count` tests along the way; the first prepares what the certificates of all need."""
    state = kernel.method.init(kernel.problem, random, Randomness(0))
    device = kernel.experiment.device
    began = finished_at(device)
    kernel.certificate(random)
    preparing = finished_at(device) - began
    kernel.along_the_way(state, 0, job.progress)  # warms up
    began = finished_at(device)
    kernel.along_the_way(state, 0, job.progress)
    kernel.certificate(random)
    return preparing + (finished_at(device) - began) * count


def _one_test(kernel: KernelEvaluation, random: SyntheticSet) -> float:
    """Seconds of one predictor on all test images, from a part of them."""
    images, device = kernel.experiment.test_images, kernel.experiment.device
    part = images[slice(0, MOST_TESTED)]
    began = finished_at(device)
    predictor = kernel.method.predictor(kernel.problem, random, Randomness(0))
    making = finished_at(device) - began
    predictor(part)
    return making + (finished_at(device) - began - making) * len(images) / len(part)
