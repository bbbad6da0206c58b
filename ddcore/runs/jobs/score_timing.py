"""What a score will cost on a whole training set, from timing it on parts of it.

A score takes a + b n seconds for n images, and one by proxy networks b' t more for t training steps of each: three
short timings say what a, b and b' are. Measured (Fashion-MNIST, seconds of CPU time on one thread): k-means 5.3 for the
5.0 it takes, ridge by 200 random Fourier features 2.0 for 1.1.
"""

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.importance.base import Score
from ddcore.progress import Progress, silent

CLOSED_FORM = 2000, 8000  # images of the two parts; fewer would show what only small sets cost
BY_PROXY = 500, 2000  # a network takes the same for every image
MORE_STEPS = 8  # of a proxy network


def seconds_of(score: Score, train: TrainSet, seed: int, progress: Progress = silent) -> float:
    """Seconds that `score` takes on all of `train`, by what it takes on parts of it; the first use warms up."""
    score = score.for_size(len(train.images), math.prod(train.images.shape[1:]))  # not for the parts
    by_proxy = score.proxy_steps > 0
    few, many = (part_of(train, count) for count in (BY_PROXY if by_proxy else CLOSED_FORM))
    short = shortened(score, 0)
    _seconds(short, few, seed, progress)
    least = _seconds(short, few, seed, progress)
    total = least + _beyond(least, _seconds(short, many, seed, progress), few, many, train)
    if by_proxy:
        longer = shortened(score, MORE_STEPS)
        steps = longer.proxy_steps - short.proxy_steps
        if steps:
            each = max(0.0, _seconds(longer, few, seed, progress) - least) / steps
            total += each * (score.proxy_steps - short.proxy_steps)
    return total * score.networks


def part_of(train: TrainSet, count: int) -> TrainSet:
    """About `count` images, of each class its share and at least one."""
    share, order = min(1.0, count / len(train.labels)), np.argsort(train.labels, kind="stable")
    sizes = np.bincount(train.labels)
    rows = [members[: max(1, round(share * len(members)))] for members in np.split(order, np.cumsum(sizes)[:-1])]
    chosen = np.sort(np.concatenate(rows))
    return replace(train, images=train.images[chosen], labels=train.labels[chosen])


def shortened(score: Any, more: int) -> Any:
    """One proxy network of as many steps as it is looked at, and `more`; a score without networks as it is."""
    if not score.proxy_steps:
        return score
    return replace(score, proxy_steps=min(score.proxy_steps, score.passes + more), networks=1)


def _beyond(least: float, most: float, few: TrainSet, many: TrainSet, train: TrainSet) -> float:
    """Seconds for the images that `few` lacks, at the pace of those that `many` has more."""
    few_, many_, all_ = len(few.labels), len(many.labels), len(train.labels)
    return max(0.0, most - least) / (many_ - few_) * (all_ - few_) if many_ > few_ else 0.0


def _seconds(score: Score, train: TrainSet, seed: int, progress: Progress) -> float:
    fresh = replace(train)  # without the pixels that an earlier use may have kept
    began = time.perf_counter()
    score.compute(fresh, seed, progress)
    return time.perf_counter() - began
