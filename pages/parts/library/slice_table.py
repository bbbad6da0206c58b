"""The slices on this computer: what each holds, and opening, renaming and deleting them."""

from collections.abc import Callable

import streamlit as st

from ddcore.data.catalogue import DatasetInfo
from ddcore.data.slices import Slice, all_slices, delete_slice, rename_slice
from ddcore.errors import BadInput
from ddcore.files import reason_of
from pages.parts import selection
from pages.parts.dataset_choice import datasets
from pages.parts.library.rows import heading, row
from pages.parts.words import plain

_HEADINGS = ("Slice", "Dataset", "Images", "Created", "")
_WIDTHS = [2.4, 2.0, 1.2, 1.6, 2.2]


def show_slices() -> None:
    """Draw a row for each slice, and a sentence for each file that cannot be read."""
    found, wrong = all_slices()
    for line in wrong:
        st.warning(plain(line))
    if not found:
        st.info("No slices yet. Select images on Explore and keep them under “Slices”.")
        return
    known = {info.hash: info for info in datasets() if info.hash}
    with st.container(border=True):
        heading(_WIDTHS, _HEADINGS)
        for one in found:
            _row(one, known)


def _row(one: Slice, known: dict[str, DatasetInfo]) -> None:
    key = f"{one.dataset}-{one.name}"
    info = known.get(one.dataset)
    title, data, count, created, actions = row(_WIDTHS)
    title.markdown(f"**{plain(one.name)}**")
    data.markdown(plain(info.title) if info else f"not on this computer: `{one.dataset}`")
    count.markdown(f"{len(one.ids):,} of {one.count:,}")
    created.markdown(f":small[{plain(one.created[:16])}]")
    with actions.container(horizontal=True, vertical_alignment="center", gap="small"):
        if info and st.button("Open →", key=f"slice-open-{key}", type="tertiary"):
            selection.choose(one.dataset, one.ids, one.primary)
            st.switch_page("explore.py", query_params=_data(info))
        with st.popover("More", key=f"slice-more-{key}", help="Rename, delete"):
            name = st.text_input("Name", one.name, key=f"slice-name-{key}")
            if st.button("Rename", key=f"slice-rename-{key}"):
                _act(lambda: rename_slice(one, name))
            if st.button("Delete", key=f"slice-delete-{key}"):
                _act(lambda: delete_slice(one))


def _data(info: DatasetInfo) -> dict[str, str]:
    """The dataset as the address names it."""
    of_variant = info.base is not None and info.variant is not None
    return {"dataset": info.base, "variant": info.variant} if of_variant else {"dataset": info.spec}


def _act(act: Callable[[], object]) -> None:
    try:
        act()
    except BadInput as error:
        st.error(plain(str(error)))
    except OSError as error:
        st.error(plain(reason_of(error)))
    else:
        st.rerun()
