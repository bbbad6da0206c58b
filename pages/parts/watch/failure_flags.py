"""What has gone wrong with the synthetic images: exploded, saturated, collapsed, exploding frequencies, near-copies."""

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.inspection.flags import COLLAPSED, EXPLODING, NEAR_COPY, SATURATED, Flag
from ddcore.inspection.pixels import BOUND
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.run_dataset import dataset_of
from pages.parts.run_history import RunHistory
from pages.parts.watch.inspected import Snapshot, flags_of, images_of, neighbours_of, snapshot_at
from pages.parts.watch.picking import Picked
from pages.parts.watch.real_sheet import SPACE
from pages.parts.words import percent, plain

_SHOWN = 4  # images of a flag
_WIDTH = 48  # CSS pixels of an image, at least
_WHAT = {
    "exploded": "beyond all bounds",
    "black": "saturated with black",
    "white": "saturated with white",
    "collapsed": "alike within their class",
    "exploding": "far noisier than real ones",
    "copies": "near-copies of training images",
}
_CUT = (
    "An image is flagged if its share of {0} values is {1:.0f} points above that of 99 in 100 real images of its class."
)
_WHY = {
    "exploded": f"The run has exploded. An image is flagged if one of its values is over {BOUND:,.0f} standard "
    "deviations from the mean of real pixels; it is compared, and placed on the map, as it is shown.",
    "black": _CUT.format("black", 100 * SATURATED),
    "white": _CUT.format("white", 100 * SATURATED),
    "collapsed": f"A class is flagged if the mean distance between two of its images is below {COLLAPSED:g} times that "
    f"between two real ones. {SPACE}",
    "exploding": "An image is flagged if its power in the upper half of frequencies, divided by that in the lower "
    f"half, is over {EXPLODING:g} times that of 99 in 100 real images of its class.",
    "copies": f"An image is flagged if a training image is nearer than {NEAR_COPY:g} times the typical distance from a "
    f"training image to its nearest other one. {SPACE}",
}


def failure_flags(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Say each failure of the images at step `cursor` in a sentence with the image; nothing if there is none.

    Without the real images, or for a snapshot that cannot be read, nothing is drawn: the panel below says which.
    """
    for place, history in enumerate(read):
        dataset = dataset_of(history)
        if dataset is None:
            continue
        try:
            snapshot = snapshot_at(history, cursor)
            found = flags_of(snapshot, dataset)
        except BadInput:
            continue
        if history.about.selects:  # they are training images, as the page says
            found = [flag for flag in found if flag.kind != "copies"]
        name = f"{'AB'[place]}: " if len(read) > 1 else ""
        if found and snapshot.step == 0:
            st.caption(plain(name) + _start_words(found, len(images_of(snapshot, dataset).view)))
        else:
            for flag in found:
                _show(flag, name, history.run.id, snapshot, dataset)


def _start_words(found: list[Flag], count: int) -> str:
    """What the start looks like, in one sentence: it is no failure."""
    parts = [f"{_of(len(flag.images), count)} {_WHAT[flag.kind]}" for flag in found]
    return f"At the start, {'; '.join(parts)}."


def _of(some: int, count: int) -> str:
    """ "3 of 10 images are", "the image is"."""
    if count == 1:
        return "the image is"
    return (
        f"all {count:,} images are" if some == count else f"{some:,} of {count:,} images {'is' if some == 1 else 'are'}"
    )


def _show(flag: Flag, name: str, run: str, snapshot: Snapshot, dataset: Dataset) -> None:
    """The worst images beside their sentence."""
    images = images_of(snapshot, dataset)
    pictures, captions = _pictures(flag, images.view, snapshot, dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        width = images.view.shape[2]
        scale = max(1, -(-_WIDTH // width))
        with st.container(width=len(pictures) * (scale * width + 10) + 2):
            image_sheet(pictures, range(len(pictures)), captions, key=f"flag-{flag.kind}-{run}", scale=scale)
        count = len(images.view)
        label = plain(dataset.classes[images.classes[flag.images[0] * images.tiles]])
        with st.container(width="stretch"):
            words = f"**{_of(len(flag.images), count).capitalize()} {_WHAT[flag.kind]}**: "
            st.markdown(f":orange[⚠] {name}{words}{_worst_words(flag, label)}", help=_WHY[flag.kind])


def _pictures(flag: Flag, view: np.ndarray, snapshot: Snapshot, dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """The worst images, of copies with the training image that the worst is nearest to."""
    shown = list(flag.images[:_SHOWN])
    if flag.kind != "copies":
        return view[shown], [""] * len(shown)
    found = neighbours_of(snapshot, dataset)
    tiles = len(found.away) // len(view)
    own = slice(shown[0] * tiles, (shown[0] + 1) * tiles)
    real = int(found.nearest[own][found.away[own].argmin()])
    return np.concatenate([view[shown[:1]], dataset.train.images[[real]]]), ["image", "training"]


def _worst_words(flag: Flag, label: str) -> str:
    """The worst of them in numbers; `label`: its class, as Markdown."""
    number, usual = f"{round(flag.number, 2):.2g}", f"{flag.usual:.2g}"  # a distance of rounding alone is 0
    single = len(flag.images) == 1
    worst = "it" if single else "the first"
    match flag.kind:
        case "exploded":
            return f"{worst} has values over {flag.usual:,.0f} standard deviations from the mean of real pixels."
        case "black" | "white":
            return (
                f"{percent(flag.number)} of {'its values' if single else 'the values of the first'} are {flag.kind}; "
                f"99 in 100 real images of {label} have at most {percent(flag.usual)}."
            )
        case "collapsed":
            return f"those of {label} are {number} apart on average, real ones {usual}."
        case "exploding":
            return (
                f"{worst} has {number} times as much power in fine detail as in coarse shapes; "
                f"99 in 100 real images of {label} have at most {usual} times as much."
            )
        case _:
            return (
                f"{worst} is {number} from a training image; training images are typically "
                f"{usual} from their nearest other one."
            )
