"""One study: draw coresets of every size by every scheme, and measure how far each is off."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ddcore.bench.contests import PICTURES, Contest, Coreset, contest
from ddcore.bench.results import BenchResult
from ddcore.bench.schemes import representatives, scores_of
from ddcore.bench.settings import DETERMINISTIC, SCHEMES, BenchSettings, most_images
from ddcore.coresets.subsets import sensitivity_coreset
from ddcore.data.dataset import Dataset
from ddcore.data.train_set import TrainSet
from ddcore.features.making import make_features
from ddcore.progress import Progress, silent
from ddcore.randomness import numpy_generator

_COMPONENTS = 50  # principal components of the pixels in which representatives are chosen
_ROUNDING = 1e-6  # an error below is that of a coreset which holds everything: no draw comes near it


def study(dataset: Dataset, settings: BenchSettings, progress: Progress = silent, device: str = "cpu") -> BenchResult:
    """Errors of every scheme at every size, on at most `most_images` images of `dataset.train`."""
    began = time.perf_counter()
    most = most_images(settings, dataset.train.images[0].size)
    train = studied(dataset, settings.seed, most)
    family = contest(train, settings, device, progress)
    draw = _draws(train, family, settings, progress)
    errors, worst = _errors(family, settings, draw, progress)
    pictures, numbers, labels = _queries(family, settings, worst, train.images.shape[1:], progress)
    about = {
        "dataset": dataset.name, "hash": dataset.hash, "total": len(dataset.train), "count": len(train.images),
        "classes": list(dataset.classes), "seconds": round(time.perf_counter() - began, 1),
    }  # fmt: skip
    return BenchResult(settings, about, settings.points, errors, pictures, numbers, labels)


def studied(dataset: Dataset, seed: int, most: int) -> TrainSet:
    """The training images of a study: all, or `most` of them drawn without replacement, in their order."""
    rows: slice | np.ndarray = slice(None)
    if len(dataset.train) > most:
        rows = np.sort(numpy_generator(seed, "bench images").choice(len(dataset.train), most, replace=False))
    images, labels = dataset.train.images[rows], dataset.train.labels[rows]
    return TrainSet(images, labels, dataset.mean, dataset.std, dataset.num_classes, dataset.flip)


Draw = Callable[[str, int, int], Coreset]
"""`draw(scheme, place, number)`: coreset `number` of size `settings.points[place]`."""
Worst = dict[tuple[int, int], tuple[float, Coreset, Any]]
"""(scheme, size) -> error, coreset and witness of the worst draw."""


def _draws(train: TrainSet, family: Contest, settings: BenchSettings, progress: Progress) -> Draw:
    sizes, seed = settings.points, settings.seed
    scores = scores_of(train, family.own, family.leverage, settings.mixture, seed)
    points = make_features("pca", train, _COMPONENTS, seed, progress=progress)
    chosen = list(representatives(points, sizes, numpy_generator(seed, "bench representatives"), progress))

    def draw(scheme: str, place: int, number: int) -> Coreset:
        if scheme in DETERMINISTIC:
            return chosen[place]
        rng = numpy_generator(seed, f"bench {scheme} {sizes[place]}", number)
        return sensitivity_coreset(scores[scheme], int(sizes[place]), rng)

    return draw


def _tasks(settings: BenchSettings) -> Iterator[tuple[str, int, int]]:
    for place in range(len(settings.points)):
        for scheme in SCHEMES:
            for number in range(1 if scheme in DETERMINISTIC else settings.draws):
                yield scheme, place, number


def _errors(family: Contest, settings: BenchSettings, draw: Draw, progress: Progress) -> tuple[np.ndarray, Worst]:
    """Errors (S, M, R), and the worst draws. A search begins with the same random numbers for every scheme."""
    errors = np.empty((len(SCHEMES), len(settings.points), settings.draws))
    worst: Worst = {}
    tasks = list(_tasks(settings))
    for done, (scheme, place, number) in enumerate(tasks):
        progress(done, len(tasks), "measuring coresets")
        row, coreset = SCHEMES.index(scheme), draw(scheme, place, number)
        rng = numpy_generator(settings.seed, f"bench search {settings.points[place]}", number)
        error, witness = family.error(coreset, rng)
        error = error if error > _ROUNDING else 0.0
        errors[row, place, slice(None) if scheme in DETERMINISTIC else number] = error
        if (row, place) not in worst or error > worst[row, place][0]:
            worst[row, place] = error, coreset, witness
    return errors, worst


def _queries(
    family: Contest, settings: BenchSettings, worst: Worst, shape: tuple[int, ...], progress: Progress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures (S,M,P,H,W,C), numbers (S,M,P,2) and classes (S,M,P) of the worst query of every worst draw."""
    count = settings.k if settings.cost == "kmeans" else PICTURES
    outer = (len(SCHEMES), len(settings.points), min(PICTURES, count))
    pictures, labels = np.zeros((*outer, *shape), np.uint8), np.full(outer, -1)
    numbers = np.full((*outer, 2), np.nan)
    for done, (where, (error, coreset, witness)) in enumerate(worst.items()):
        progress(done, len(worst), "looking at the worst queries")
        if error == 0:
            continue
        found = family.query(coreset, witness)
        shown = (*where, slice(len(found.pictures)))
        pictures[shown], numbers[shown], labels[shown] = found.pictures, found.numbers, found.labels
    return pictures, numbers, labels
