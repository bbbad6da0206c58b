"""The selection in a link: the code of the chosen ids or, if that is too long, the name of a slice that holds them."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.data.slices import Slice, checked_ids, save_slice, slices_of
from ddcore.errors import BadInput
from ddcore.files import digest, reason_of
from pages.parts import selection
from pages.parts.address import LONGEST, Choice, tell_with_link
from pages.parts.spelling import Spelling, ids, number
from pages.parts.words import plain

_SLICE = "slice:"  # no code of ids begins so


def selection_choices(dataset: Dataset) -> list[Choice]:
    """The chosen training images and the one looked at, in the words of every page that shows them.

    A selection in other data stays until the address asks for one in these.
    """
    hash = dataset.hash

    def choose(chosen: list[int] | None) -> None:
        if chosen is not None or selection.is_of(hash):
            selection.choose(hash, chosen)

    def look_at(id: int | None) -> None:
        if id is not None or selection.is_of(hash):
            selection.make_primary(hash, id)

    return [
        Choice(
            "chosen", linked_ids(dataset), None,
            lambda: selection.current(hash)["chosen"] if selection.is_of(hash) else None, choose,
            words="the chosen images",
        ),
        Choice(
            "image", number(0, len(dataset.train) - 1, whole=True), None, lambda: selection.primary_of(hash), look_at
        ),
    ]  # fmt: skip


def linked_ids(dataset: Dataset) -> Spelling:
    """A set of ids, ascending: "slice:odd sevens" if their code is too long and a slice holds just these images."""
    count = len(dataset.train)
    code = ids(count)

    def read(text: str) -> list[int]:
        if not text.startswith(_SLICE):
            return code.read(text)
        name = text.removeprefix(_SLICE)
        kept = next((one for one in slices_of(dataset.hash) if one.name == name), None)
        if kept is None:
            raise BadInput(
                f"images are named as the slice “{name}”, which this computer does not have; ask for them as a file, "
                "and choose it under “Slices”."
            )
        return checked_ids(kept.ids, count).tolist()

    def write(chosen: Sequence[int]) -> str:
        text = code.write(chosen)
        kept = _slice_with(dataset.hash, chosen) if len(text) > LONGEST else None
        return text if kept is None else f"{_SLICE}{kept.name}"

    return Spelling(read, write, f"{code.allowed}, or {_SLICE} and the name of a slice")


def offer_slice(dataset: Dataset, among: Sequence[int] | None = None) -> None:
    """If the chosen images, or those of the filter, are too many for a link: say so, and offer to keep a slice.

    `among`: the ids that the filter by images keeps, where the page has it.
    """
    code = ids(len(dataset.train))
    for name, chosen in (("chosen", selection.chosen_of(dataset.hash)), ("filter", among)):
        if chosen is None or len(code.write(chosen)) <= LONGEST:
            continue
        if (kept := _slice_with(dataset.hash, chosen)) is not None:
            tell_with_link(f"The link names the slice “{kept.name}”; to other computers, send the images as a file.")
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            what = "selected images" if name == "chosen" else "images of the filter"
            st.caption(f"The {len(chosen):,} {what} are too many for a link.", width="content")
            if st.button(
                "Keep as a slice", key=f"slice-for-link-{name}",
                help="The link then names the slice, which only this computer has. You can rename it in the Library.",
            ):  # fmt: skip
                _keep(dataset, chosen)


def _keep(dataset: Dataset, chosen: Sequence[int]) -> None:
    chosen = np.asarray(chosen, np.int64)
    name = f"{len(chosen)} images {digest(chosen.tobytes())[:6]}"
    try:
        save_slice(name, dataset.hash, len(dataset.train), chosen, selection.primary_of(dataset.hash))
    except OSError as error:
        st.error(plain(reason_of(error)))
    else:
        st.rerun()


def _slice_with(dataset_hash: str, chosen: Sequence[int]) -> Slice | None:
    """A slice with just these images."""
    return next((one for one in slices_of(dataset_hash) if np.array_equal(one.ids, chosen)), None)
