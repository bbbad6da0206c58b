"""Exact copies and near-copies of an image among the training images.

N images of D = H W C values in 0..255. The first look at an image computes all N distances: one
product of the pixels with the image (as float32, chunk by chunk), then exact integers for the close ones.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from pages.parts import selection
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.dataset_choice import opened

NEAR = 0.05  # root mean square difference of near-copies, as a fraction of the range from black to white
SHOWN = 14
_CHUNK = 2048  # images: their pixels as float32 stay small
_LOOSE = 1e-4  # relative error granted to float32 sums of squares


class Copies(NamedTuple):
    """Ids (n,) of the exact copies; ids (m,) and differences (m,) of the nearest others, nearest first."""

    exact: np.ndarray
    others: np.ndarray
    differences: np.ndarray  # root mean square, as fractions of the range

    @property
    def near(self) -> np.ndarray:
        return self.others[self.differences <= NEAR]


@st.cache_data(max_entries=256, show_spinner=False)
def copies_of(dataset_hash: str, id: int) -> Copies:
    """The exact copies of training image `id`, and its `SHOWN` nearest others."""
    images = opened(dataset_hash).train.images
    pixels, norms = images.reshape(len(images), -1), _squared_norms(dataset_hash)
    image = pixels[id].astype(np.float32)
    rough = norms[id] + norms
    for start in range(0, len(pixels), _CHUNK):
        part = slice(start, start + _CHUNK)
        rough[part] -= 2 * (pixels[part].astype(np.float32) @ image)
    tied = np.flatnonzero(rough <= _LOOSE * (norms[id] + 1))
    wanted = min(len(pixels), SHOWN + 1 + len(tied))
    close = np.union1d(tied, np.argpartition(rough, wanted - 1)[:wanted])
    close = close[close != id]
    away = pixels[close].astype(np.int64) - pixels[id].astype(np.int64)
    squared = np.einsum("nd,nd->n", away, away)
    order = np.lexsort((close, squared))
    close, squared = close[order], squared[order]
    others = squared > 0
    differences = np.sqrt(squared[others] / pixels.shape[1]) / 255
    return Copies(close[~others], close[others][:SHOWN], differences[:SHOWN])


@st.cache_resource(max_entries=4, show_spinner=False)
def _squared_norms(dataset_hash: str) -> np.ndarray:
    """(N,) float32."""
    images = opened(dataset_hash).train.images
    pixels = images.reshape(len(images), -1)
    norms = np.empty(len(pixels), np.float32)
    for start in range(0, len(pixels), _CHUNK):
        part = pixels[start : start + _CHUNK].astype(np.float32)
        norms[start : start + _CHUNK] = np.einsum("nd,nd->n", part, part)
    norms.flags.writeable = False
    return norms


def show_copies(dataset: Dataset, id: int) -> int | None:
    """Show how many copies an image has, and the copies;"""
    st.markdown("##### Copies")
    copies, labels = copies_of(dataset.hash, id), dataset.train.labels
    shown = np.concatenate([copies.exact, copies.near])[:SHOWN]
    if len(shown):
        captions = ["exact" if place < len(copies.exact) else "near" for place in range(len(shown))]
        captions = [
            kind if labels[i] == labels[id] else f"{kind}, {dataset.classes[labels[i]]}"
            for kind, i in zip(captions, shown, strict=True)
        ]
        image_sheet(
            dataset.train.images[shown], shown, captions, key="explore_copies", selected=id,
            on_click=partial(selection.make_primary, dataset.hash),
        )  # fmt: skip
    st.caption(copies_in_words(copies))


def copies_in_words(copies: Copies) -> str:
    """ "2 exact copies and 1 near-copy: …"; if there are none, how far the nearest image is."""
    exact, near = len(copies.exact), len(copies.near)
    limit = f"{100 * NEAR:.0f}\u00a0% of the range from black to white"
    if not exact and not near:
        if not len(copies.differences):
            return "This is the only image."
        nearest = f"{100 * copies.differences[0]:.2g}\u00a0%"
        return f"None: the nearest image differs by {nearest} (root mean square over pixels)."
    counts = [f"{exact:,} exact {'copy' if exact == 1 else 'copies'}"] if exact else []
    more = "at least " if near == SHOWN else ""
    counts += [f"{more}{near} near-{'copy' if near == 1 else 'copies'}"] if near else []
    measure = f": pixels differ by at most {limit} (root mean square)" if near else ", pixel for pixel"
    return f"{' and '.join(counts)}{measure}."
