"""Training the arms of `ddcore.studies.leaving_out`: in closed form on frozen features, or a network each.

On features: ridge regression of one-hot labels on 500 random Fourier features of the pixels (Rahimi & Recht 2007: a
network of one random layer), new ones for each seed. The sums of all images are taken once a seed; those of an arm are
these minus those of what it leaves out, which is exact. The penalty is 0.1 in every arm and for every number of
images, an image's features having length 1: it was fixed on held-out training images of digits and Fashion-MNIST, 100
to 48,000 of them with and without wrong labels, and no test image chose anything.

On a network: a ConvNet of width 32 by the short schedule of the full-data baseline, as many steps in every arm, without
augmentation.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch

from ddcore.data.device_images import DeviceImages
from ddcore.data.train_set import TrainSet, train_set
from ddcore.experiments.experiment import FULL_SCHEDULES, MOST_PASSES
from ddcore.features.network import small_network
from ddcore.features.rbf_kernel import median_distance
from ddcore.features.rff import rff_features
from ddcore.networks.compute import Compute
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness, numpy_generator
from ddcore.ridge.regression import centred_one_hot
from ddcore.ridge.sums import RidgeSums, Rows
from ddcore.studies.leaving_out import ALL, ONLY, ONLY_RANDOM, WITHOUT, WITHOUT_RANDOM, LeavingOut
from ddcore.training.experts import ExpertSchedule, finished_expert, train_expert
from ddcore.training.testing import predictions

FEATURES, RIDGE = 500, 0.1
_ROWS = 4096  # images whose features are there at a time


def train_arms(study: LeavingOut, progress: Progress = silent, device: str = "cpu") -> None:
    """Train and test every arm of every seed that is not kept yet, and keep it at once."""
    train, test = train_set(study.dataset), _test_set(study)
    missing = study.missing()
    by_seed = {seed: [arm for one, arm in missing if one == seed] for seed, _ in missing}
    done = 0
    for seed, arms in by_seed.items():
        if study.settings.by == "features":
            trained = _on_features(study, train, test, seed, arms, _within(progress, done, len(arms), len(missing)))
        else:
            trained = _on_networks(study, train, test, seed, arms, progress, done, len(missing), device)
        began = time.perf_counter()
        for number, (arm, predicted) in enumerate(trained, start=1):
            right = study.dataset.test.labels[predicted == study.dataset.test.labels]
            study.keep(arm, seed, np.bincount(right, minlength=study.dataset.num_classes))
            study.keep_pace((time.perf_counter() - began) / number)
        done += len(arms)
        progress(done, len(missing), _NOTE)


_NOTE = "training with and without them"


def _within(progress: Progress, done: int, part: int, total: int) -> Progress:
    """The progress of one part, which is `part` of `total`, after `done`."""

    def tell(now: float, end: float, _: str) -> None:
        progress(done + part * now / end, total, _NOTE)

    return tell


def _test_set(study: LeavingOut) -> TrainSet:
    """Test images in training space."""
    test = study.dataset.test
    return replace(train_set(study.dataset), images=test.images, labels=test.labels)


# -- on features


def _on_features(
    study: LeavingOut, train: TrainSet, test: TrainSet, seed: int, arms: list[str], progress: Progress
) -> Iterator[tuple[str, np.ndarray]]:
    """(arm, predicted classes (N,) of the test images)."""
    seen, to_see = 0, len(train.images) + 2 * len(study.ids)
    bandwidth = median_distance(train.pixels, numpy_generator(seed, "leave-out-bandwidth"))

    def features(points: np.ndarray) -> torch.Tensor:
        rng = numpy_generator(seed, "leave-out-features")  # the same features of every part
        return torch.from_numpy(rff_features(points, FEATURES, bandwidth, rng).astype(np.float64))

    def parts(rows: np.ndarray) -> Iterator[Rows]:
        nonlocal seen
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            labels = centred_one_hot(torch.as_tensor(train.labels[part]), train.num_classes)
            yield features(train.pixels[part]), labels, torch.ones(len(part), dtype=torch.float64)
            seen += len(part)
            progress(seen, to_see, "")

    sums = arm_sums(study, seed, lambda rows: RidgeSums.of(parts(rows)))
    maps = torch.cat([sums[arm].solution(RIDGE) for arm in arms], 1)
    parts_of_test = [test.pixels[start : start + _ROWS] for start in range(0, len(test.images), _ROWS)]
    scores = torch.cat([features(part) @ maps for part in parts_of_test]).reshape(len(test.images), len(arms), -1)
    yield from zip(arms, scores.argmax(2).numpy().T, strict=True)


def arm_sums(study: LeavingOut, seed: int, sums_of: Callable[[np.ndarray], RidgeSums]) -> dict[str, RidgeSums]:
    """The sums of each arm, from those of all, of the chosen and of the random images: `sums_of(rows)`."""
    chosen, random = sums_of(study.ids), sums_of(study.random_ids(seed))
    every = sums_of(study.rows(ALL, seed))
    return {
        ALL: every, WITHOUT: every.without(chosen), WITHOUT_RANDOM: every.without(random), ONLY: chosen,
        ONLY_RANDOM: random,
    }  # fmt: skip


# -- on networks


def schedule_of(study: LeavingOut) -> ExpertSchedule:
    """The schedule of every arm: at most `MOST_PASSES` over all images."""
    schedule = FULL_SCHEDULES["quick"]
    per_pass = -(-len(study.dataset.train) // schedule.batch)
    return replace(schedule, steps=min(schedule.steps, MOST_PASSES * per_pass))


def _on_networks(
    study: LeavingOut, train: TrainSet, test: TrainSet, seed: int, arms: list[str], progress: Progress, done: int,
    total: int, device: str,
) -> Iterator[tuple[str, np.ndarray]]:  # fmt: skip
    """The same."""
    network, schedule, compute = small_network(train, "convnet"), schedule_of(study), Compute(device)
    tested = DeviceImages.of(test, device)
    for place, arm in enumerate(arms):
        rows = study.rows(arm, seed)
        own = replace(train, images=train.images[rows], labels=train.labels[rows])
        images = DeviceImages.of(own, device)
        training = train_expert(network, images, own.labels, schedule, None, Randomness(seed), "leave-out")
        trained = finished_expert(training, schedule, _within(progress, done + place, 1, total))
        yield arm, predictions(network, [trained], tested, compute)[0]
