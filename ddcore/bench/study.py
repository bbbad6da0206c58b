"""One study: draw coresets of every size by every scheme, and measure how far each is off."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from ddcore.bench.contests import PICTURES, Contest, Coreset, Query, contest
from ddcore.bench.results import BenchResult
from ddcore.bench.schemes import representatives, scores_of
from ddcore.bench.settings import DETERMINISTIC, MOST_IMAGES, SCHEMES, BenchSettings
from ddcore.coreset import sensitivity_coreset
from ddcore.data.dataset import Dataset
from ddcore.features import make_features
from ddcore.importance.base import TrainSet
from ddcore.progress import Progress, silent
from ddcore.randomness import numpy_generator

_COMPONENTS = 50  # principal components of the pixels in which representatives are chosen


def study(dataset: Dataset, settings: BenchSettings, progress: Progress = silent, device: str = "cpu") -> BenchResult:
    """Errors of every scheme at every size, on at most `MOST_IMAGES` images of `dataset.train`."""
    began = time.perf_counter()
    train = studied(dataset, settings.seed)
    family = contest(train, settings, device, progress)
    draw = _draws(train, family, settings, progress)
    errors, worst = _errors(family, settings, draw, progress)
    pictures, numbers, labels = _queries(family, settings, draw, worst, train.images.shape[1:], progress)
    about = {
        "dataset": dataset.name, "hash": dataset.hash, "total": len(dataset.train), "count": len(train.images),
        "classes": list(dataset.classes), "seconds": round(time.perf_counter() - began, 1),
    }  # fmt: skip
    return BenchResult(settings, about, settings.points, errors, pictures, numbers, labels)


def studied(dataset: Dataset, seed: int, most: int = MOST_IMAGES) -> TrainSet:
    """The training images of the study: all, or `most` of them drawn without replacement, in their order."""
    rows: slice | np.ndarray = slice(None)
    if len(dataset.train) > most:
        rows = np.sort(numpy_generator(seed, "bench images").choice(len(dataset.train), most, replace=False))
    images, labels = dataset.train.images[rows], dataset.train.labels[rows]
    return TrainSet(images, labels, dataset.mean, dataset.std, dataset.num_classes, dataset.flip)


Draw = Callable[[str, int, int], Coreset]
"""`draw(scheme, place, number)`: coreset `number` of size `settings.points[place]`, the same at every call."""


def _draws(train: TrainSet, family: Contest, settings: BenchSettings, progress: Progress) -> Draw:
    sizes, seed = settings.points, settings.seed
    scores = scores_of(train, family.own, family.leverage, seed)
    points = make_features("pca", train, _COMPONENTS, seed, progress=progress)
    chosen = list(representatives(points, sizes, numpy_generator(seed, "bench representatives"), progress))

    def draw(scheme: str, place: int, number: int) -> Coreset:
        if scheme in DETERMINISTIC:
            return chosen[place]
        rng = numpy_generator(seed, f"bench {scheme} {sizes[place]}", number)
        return sensitivity_coreset(scores[scheme], int(sizes[place]), rng)

    return draw


def _search(settings: BenchSettings, place: int, number: int) -> np.random.Generator:
    """For the search of a worst query: the same for all schemes."""
    return numpy_generator(settings.seed, f"bench search {settings.points[place]}", number)


def _tasks(settings: BenchSettings) -> Iterator[tuple[str, int, int]]:
    for place in range(len(settings.points)):
        for scheme in SCHEMES:
            for number in range(1 if scheme in DETERMINISTIC else settings.draws):
                yield scheme, place, number


def _errors(family: Contest, settings: BenchSettings, draw: Draw, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    """Errors (S, M, R), and the number (S, M) of the worst draw."""
    errors = np.empty((len(SCHEMES), len(settings.points), settings.draws))
    tasks = list(_tasks(settings))
    for done, (scheme, place, number) in enumerate(tasks):
        progress(done, len(tasks), "measuring coresets")
        found = family.error(draw(scheme, place, number), _search(settings, place, number))
        where = slice(None) if scheme in DETERMINISTIC else number
        errors[SCHEMES.index(scheme), place, where] = found
    return errors, errors.argmax(axis=2)


def _queries(
    family: Contest, settings: BenchSettings, draw: Draw, worst: np.ndarray, shape: tuple[int, ...], progress: Progress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures (S,M,P,H,W,C), numbers (S,M,P,2) and classes (S,M,P) of the worst query of every worst draw."""
    count = settings.k if settings.cost == "kmeans" else PICTURES
    outer = (*worst.shape, min(PICTURES, count))
    pictures, labels = np.zeros((*outer, *shape), np.uint8), np.full(outer, -1)
    numbers = np.full((*outer, 2), np.nan)
    for done, (row, place) in enumerate(np.ndindex(*worst.shape)):
        progress(done, worst.size, "looking at the worst queries")
        number = int(worst[row, place])
        found: Query = family.worst(draw(SCHEMES[row], place, number), _search(settings, place, number))
        shown = len(found.pictures)
        pictures[row, place, :shown], labels[row, place, :shown] = found.pictures, found.labels
        numbers[row, place, :shown] = found.numbers
    return pictures, numbers, labels
