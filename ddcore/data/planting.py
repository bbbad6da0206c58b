"""How a variant is made from its base (worker side).

Every choice is drawn from one fixed seed, which is part of the definition: a variant is the same dataset everywhere.
A larger amount changes the same rows and more. One image of every class is never touched, so no class becomes empty.
N is the number of training images of the base, K that of classes.
"""

import numpy as np

from ddcore.data.dataset import Change, Dataset, Split
from ddcore.data.sources.images import conformed
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.randomness import numpy_generator

SEED = 0


def plant(variant: Variant, base: Dataset, others: np.ndarray | None = None) -> tuple[Split, Split, Change]:
    """The training set, the test set, and what was changed. `others` (M,h,w,c) uint8: images that outliers are taken
    from.

    `BadInput` if the change would change nothing, or leave no image of a class untouched.
    """
    labels, classes, test = base.train.labels, base.num_classes, base.test
    origins, planted, true_labels = np.arange(len(labels)), np.zeros(len(labels), bool), None
    if variant.kind == "long-tail":
        origins = long_tail(labels, classes, variant.amount)
        if len(origins) == len(labels):
            raise BadInput(f"variant={str(variant)!r} removes none of the {len(labels):,} training images.")
    elif variant.kind == "held-out":
        aside = _aside(variant, labels)
        origins, test = np.delete(origins, aside), Split(base.train.images[aside], labels[aside])
    else:
        rows = _touched(variant, labels)
        planted[rows] = True
    if variant.kind == "duplicates":
        origins = _copies(labels, planted)
    images, labels = base.train.images[origins], labels[origins]
    if variant.kind == "label-noise":
        true_labels, labels = labels, _flipped(labels, planted, classes)
    elif variant.kind == "outliers":
        images[rows] = _strangers(len(rows), images.shape[1:], others)
        origins[rows] = -1
    marks = planted if planted.any() else None
    return Split(images, labels), test, Change(str(variant), base.hash, origins, marks, true_labels)


def long_tail(labels: np.ndarray, num_classes: int, factor: float) -> np.ndarray:
    """Rows kept, ascending: of class k the number n_max * factor^(-k/(K-1)), rounded down, at least 1.

    n_max is the size of the largest class; a class that has fewer images than its number keeps them all. The profile
    of the long-tailed CIFAR of Cui et al. (2019) and Cao et al. (2019).
    """
    largest, kept = int(np.bincount(labels).max()), []
    for k in range(num_classes):
        members = np.flatnonzero(labels == k)
        count = max(1, int(largest * factor ** (-k / (num_classes - 1)) + 1e-9))  # 60, where floats say 59.999...
        kept.append(numpy_generator(SEED, "variant long-tail", k).permutation(members)[:count])
    return np.sort(np.concatenate(kept))


def _aside(variant: Variant, labels: np.ndarray) -> np.ndarray:
    """The rows that test, ascending: of each class the share `variant.amount`, rounded, at least 1 and never all."""
    rng, aside = numpy_generator(SEED, "held-out"), []
    for members in (np.flatnonzero(labels == k) for k in np.unique(labels)):
        if len(members) < 2:
            raise BadInput(
                f"variant={str(variant)!r} needs at least 2 training images of every class; the smallest has 1."
            )
        count = min(max(1, round(variant.amount * len(members))), len(members) - 1)
        aside.append(rng.permutation(members)[:count])
    return np.sort(np.concatenate(aside))


def _touched(variant: Variant, labels: np.ndarray) -> np.ndarray:
    """The rows to change, a share `variant.amount` of N, rounded; never the last of a class in the drawn order."""
    order = numpy_generator(SEED, f"variant {variant.kind}").permutation(len(labels))
    _, last = np.unique(labels[order[::-1]], return_index=True)
    free = np.delete(order, len(order) - 1 - last)
    count = round(variant.amount * len(labels))
    if len(free) == 0:
        raise BadInput(
            f"variant={str(variant)!r} needs a class of at least 2 training images; the largest of this dataset has 1."
        )
    if not 0 < count <= len(free):
        affected = "none" if count == 0 else "all images of a class"
        raise BadInput(
            f"variant={str(variant)!r} would change {affected} of {len(labels):,} training images; choose a share from "
            f"{1 / len(labels):.2g} to {len(free) / len(labels):.2g}."
        )
    return free[:count]


def _copies(labels: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Origins (N,): every planted row copies one of the rows of its class that are left."""
    rng, origins = numpy_generator(SEED, "variant duplicates", 1), np.arange(len(labels))
    for k in np.unique(labels):
        copied = np.flatnonzero((labels == k) & planted)
        origins[copied] = rng.choice(np.flatnonzero((labels == k) & ~planted), len(copied))
    return origins


def _flipped(labels: np.ndarray, planted: np.ndarray, num_classes: int) -> np.ndarray:
    shifts = numpy_generator(SEED, "variant label-noise", 1).integers(1, num_classes, len(labels))
    return np.where(planted, (labels + shifts) % num_classes, labels)


def _strangers(count: int, shape: tuple[int, int, int], others: np.ndarray | None) -> np.ndarray:
    """(count,H,W,C) uint8: uniform noise, or a draw from `others`, without repetition as long as they last."""
    rng = numpy_generator(SEED, "variant outliers", 1)
    if others is None:
        return rng.integers(0, 256, (count, *shape), dtype=np.uint8)
    return conformed(others[np.resize(rng.permutation(len(others)), count)], shape)
