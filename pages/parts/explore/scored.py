"""A dataset's training images as Explore shows them: their map, scores and other quantities.

Everything is read from the cache on disk and shared by all sessions under content hashes; arrays are read-only.
N is the number of training images.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.files import read_npz
from ddcore.importance.scoring import kept_importance, unpacked
from ddcore.randomness import numpy_generator
from pages.parts.dataset_choice import opened
from pages.parts.job_view import is_kept

DRAWN = 20_000
"""Points drawn unless the user wants all."""
ALWAYS = 0.25
"""Share of the drawn points that are the most important images."""
_CHUNK = 1024  # images: their pixels as floats fit the processor's cache


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores (N,) of training images, the terms (N,) that they sum, their order and ranks.

    `waiting`: these equal scores are placeholders for scores being computed. `key` is the cache file they were read
    from, to cache what is derived from them; it is empty for others.
    """

    title: str
    scores: np.ndarray
    terms: dict[str, np.ndarray] = field(default_factory=dict)
    waiting: bool = False
    key: str = ""
    order: np.ndarray = field(init=False)  # ids, the most important first
    ranks: np.ndarray = field(init=False)  # 1 is the most important

    def __post_init__(self):
        order = np.argsort(-self.scores, kind="stable")
        ranks = np.empty(len(order), np.int64)
        ranks[order] = np.arange(1, len(order) + 1)
        object.__setattr__(self, "order", _frozen(order))
        object.__setattr__(self, "ranks", _frozen(ranks))

    @property
    def alike(self) -> bool:
        """Whether every image has the same score."""
        return bool(np.ptp(self.scores) <= 1e-12 * abs(self.scores).max())


def are_kept(path: Path, count: int) -> bool:
    """Whether scores of `count` images are kept at `path`."""
    return is_kept(path, partial(kept_importance, count=count))


@st.cache_resource(max_entries=24, show_spinner=False)
def loaded_scores(path: str, title: str) -> Scored:
    importance = unpacked(read_npz(Path(path)))
    terms = {name: _frozen(values) for name, values in importance.terms.items()}
    return Scored(title, _frozen(importance.scores), terms, key=path)


@st.cache_resource(max_entries=12, show_spinner=False)
def uniform_scores(count: int, title: str, waiting: bool = False) -> Scored:
    return Scored(title, _frozen(np.full(count, 1 / count)), waiting=waiting)


@st.cache_resource(max_entries=12, show_spinner=False)
def pixel_quantity(dataset_hash: str, name: str) -> np.ndarray:
    """A quantity (N,) float32 of the pixels, by its name in `PIXEL_QUANTITIES`."""
    dataset = opened(dataset_hash)
    images, labels = dataset.train.images, dataset.train.labels
    measure = PIXEL_QUANTITIES[name]
    values = np.empty(len(labels), np.float32)
    means = _class_means(dataset) if measure is _distance else np.empty(dataset.num_classes)
    for start in range(0, len(labels), _CHUNK):
        part = slice(start, start + _CHUNK)
        pixels = images[part].reshape(len(labels[part]), -1)
        values[part] = measure(pixels, means[labels[part]])
    return _frozen(values)


def _brightness(pixels: np.ndarray, means: np.ndarray) -> np.ndarray:
    return pixels.mean(axis=1, dtype=np.float32) / 255


def _contrast(pixels: np.ndarray, means: np.ndarray) -> np.ndarray:
    return pixels.std(axis=1, dtype=np.float32) / 255


def _distance(pixels: np.ndarray, means: np.ndarray) -> np.ndarray:
    away = pixels - means
    return np.sqrt(np.einsum("nd,nd->n", away, away) / pixels.shape[1]) / 255


PIXEL_QUANTITIES = {"brightness": _brightness, "contrast": _contrast, "distance to class mean": _distance}
"""Mean and standard deviation of an image's pixels, root mean square distance to the mean image of its class.

Pixels are in [0, 1].
"""


def _class_means(dataset: Dataset) -> np.ndarray:
    """(K, H*W*C) float32 mean image of each class, pixels in [0, 255]."""
    images, labels = dataset.train.images, dataset.train.labels
    sums = np.zeros((dataset.num_classes, int(np.prod(images.shape[1:]))), np.float32)
    for start in range(0, len(labels), _CHUNK):
        part = slice(start, start + _CHUNK)
        members = np.eye(dataset.num_classes, dtype=np.float32)[labels[part]]
        sums += members.T @ images[part].reshape(len(members), -1).astype(np.float32)
    return sums / np.bincount(labels, minlength=dataset.num_classes)[:, None]


def thinned(order: np.ndarray, count: int) -> np.ndarray:
    """`count` of the ids in `order` (N,), ascending: a quarter from its beginning, the rest drawn at random.

    The draw is the same every time. All ids if there are no more than `count`.
    """
    if count >= len(order):
        return np.sort(order)
    always = int(ALWAYS * count)
    drawn = numpy_generator(0, "thinning").choice(len(order) - always, count - always, replace=False)
    return np.sort(np.concatenate([order[:always], np.sort(order[always:])[drawn]]))


def rank_in_words(rank: int, count: int, span: str = "", others: int = 0) -> str:
    """ "rank 12 of 1,437, top 0.8 %"; in the lower half "rank 1,079 of 1,438, less important than 75 %".

    `span` follows the rank in brackets: "rank 12 (8 to 31 over 5 seeds) of ...". If `others` have the same score,
    `rank` is the best they share: "shares rank 12 of 1,437 with 2 others, top 1 %" counts them all in that top, and
    only the 11 before them are more important.
    """
    place = f"rank {rank:,}" + (f" ({span})" if span else "") + f" of {count:,}"
    if others:
        place = f"shares {place} with {others:,} other{'s' if others > 1 else ''}"
    if rank + others / 2 > count / 2:
        above = min(100 * (rank - 1) / count, 99.9)
        return f"{place}, less important than {above:{'.0f' if above < 99 else '.3g'}}\u00a0%"
    share = 100 * (rank + others) / count
    return f"{place}, top {share:{'.0f' if share >= 1 else '.1g'}}\u00a0%"


def _frozen(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False
    return values
