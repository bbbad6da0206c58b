"""Which real images a synthetic set stands for, and which classes and regions nobody covers."""

from typing import NamedTuple

import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.inspection.coverage import Coverage
from ddcore.inspection.usual import APART
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.figure import show_figure
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.watch.inspected import Snapshot, coverage_of, images_of, snapshot_at
from pages.parts.watch.picking import LETTERS, Picked
from pages.parts.watch.real_sheet import SPACE, class_marks, scale_of, show_real
from pages.parts.words import percent, plain

_MOST_IMAGES = 200  # synthetic images in a sheet
_WORST = 24  # real images in a sheet
_MOST_VALUES = 4_000_000  # pixel values in a sheet
_FEW, _HEIGHT = 30, 330  # images of a sheet that need no scrolling; CSS pixels of one that scrolls
_LIMIT = (
    "The limit is the 99th percentile of the distance from a real image to its nearest other one, over a sample of "
    f"{APART}: an image beyond it has nothing like it in the set. {SPACE}"
)


class _Covered(NamedTuple):
    """What the set of one run covers at a snapshot."""

    history: RunHistory
    dataset: Dataset
    snapshot: Snapshot
    coverage: Coverage


def coverage_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the sets of the runs at step `cursor`."""
    found = [_covered(history, cursor, LETTERS[i] if len(read) > 1 else "") for i, history in enumerate(read)]
    there = [covered for covered in found if covered is not None]
    if not there:
        return
    if len({covered.dataset.hash for covered in there}) == 1:
        _show_classes(there)
    for place, (column, covered) in enumerate(zip(st.columns(len(found), gap="large"), found, strict=True)):
        if covered is not None:
            with column:
                name = f"{LETTERS[place]}: " if len(read) > 1 else ""
                if len({covered.dataset.hash for covered in there}) > 1:
                    _show_classes([covered])
                _show_counts(covered, name)
                _show_worst(covered, name)


def _covered(history: RunHistory, cursor: int, letter: str) -> _Covered | None:
    """None, once it is said why, if there is nothing to compare."""
    dataset, name = dataset_of(history), f"{letter}: " if letter else ""
    if dataset is None:
        st.caption(plain(name + why_no_dataset(history)))
        return None
    try:
        snapshot = snapshot_at(history, cursor)
        return _Covered(history, dataset, snapshot, coverage_of(snapshot, dataset))
    except BadInput as error:
        st.warning(plain(name + str(error)))
        return None


def _show_classes(there: list[_Covered]) -> None:
    """Each class of real images: how far it is from the set, and how often it is taken for another."""
    from ddcore.figures.inspection import class_dots

    dataset, dark = there[0].dataset, st.context.theme.type == "dark"
    key = "-".join(covered.history.run.id for covered in there)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Distance of each class**")
        values = [covered.coverage.mean for covered in there]
        figure = class_dots(values, dataset.classes, "mean distance to the nearest synthetic image", dark=dark)
        show_figure(figure, key=f"coverage-mean-{key}")
        st.caption("How far real images of a class are from the nearest synthetic image, on average.", help=SPACE)
    with right:
        st.markdown("**Nearer to another class**")
        values = [covered.coverage.astray for covered in there]
        figure = class_dots(values, dataset.classes, "nearest image is of another class", dark=dark, percent=True)
        show_figure(figure, key=f"coverage-astray-{key}")
        st.caption(
            "Share of the real images of a class whose nearest synthetic image is of another class.",
            help="A rule that gives each image the class of the nearest synthetic image is wrong for these.",
        )


def _show_counts(covered: _Covered, name: str) -> None:
    """The synthetic images with the number of real images that each stands for."""
    images, counts = images_of(covered.snapshot, covered.dataset), covered.coverage.counts
    stored, each = images.classes[:: images.tiles], counts.sum(axis=1)
    most = max(1, min(_MOST_IMAGES, _MOST_VALUES // images.view[0].size))
    ids = stored.argsort(kind="stable") if len(stored) <= most else (-each).argsort(kind="stable")[:most]
    captions = [f"{each[i]:,}\n{100 * counts[i, stored[i]] / each[i]:.0f} % own" if each[i] else "0" for i in ids]
    st.markdown(f"**{name}Real images for which each is the nearest**")
    with st.container(height=_HEIGHT if len(ids) > _FEW else "content", border=False):
        image_sheet(
            images.view[ids], ids, captions, key=f"coverage-{covered.history.run.id}",
            marks=class_marks(covered.dataset, stored[ids]), scale=scale_of(images.view.shape[2]),
        )  # fmt: skip
    compared, total = int(each.sum()), len(covered.dataset.train)
    sample = f", counted on a random sample of {compared:,}" if compared < total else ""
    which = "" if len(ids) == len(stored) else f" The {len(ids)} images with the most are shown, of {len(stored):,}."
    st.caption(
        f"How many of {total:,} training images have this one as the nearest{sample}, and the share of its own class "
        f"among them.{which}",
        help="Each tile counts, enlarged as students see it." if images.tiles > 1 else None,
    )


def _show_worst(covered: _Covered, name: str) -> None:
    """The real images that are farthest from every synthetic one."""
    found = covered.coverage
    compared = int(found.counts.sum())
    st.markdown(f"**{name}Real images left uncovered**")
    if not len(found.bare):
        st.caption(f"There are none: every real image is within {found.limit:.3g} of a synthetic one.", help=_LIMIT)
        return
    ids = found.bare[:_WORST]
    key = f"coverage-worst-{covered.history.run.id}"
    show_real(covered.dataset, ids, [f"{distance:.2f}" for distance in found.bare_distances[:_WORST]], key)
    share = percent(len(found.bare) / compared)
    st.caption(
        f"The {len(ids)} farthest of {len(found.bare):,} real images ({share}) that are more than {found.limit:.3g} "
        "from every synthetic image.",
        help=_LIMIT,
    )
