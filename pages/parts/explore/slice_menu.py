"""What can be done with the selected images of Explore: keep as a slice, filter by them, bring others."""

import io
import re
import zipfile

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.data.slices import checked_ids, save_slice, slices_of
from ddcore.errors import BadInput
from ddcore.files import reason_of
from pages.parts import selection
from pages.parts.words import plain

_TIMES = "slices_times_closed"  # part of the popover's key: an act that is done closes it
_MOST_BYTES = 20_000_000  # of a file of ids


def slice_menu(dataset: Dataset, ids: np.ndarray, primary: int | None) -> None:
    """The popover: `ids` are the images of the sheet, `primary` that of the card."""
    with st.popover("Slices", help="Keep these images under a name, or bring others", key=_popover_key()):
        chosen = selection.current(dataset.hash)["chosen"] is not None
        with st.container(horizontal=True):
            st.button(
                "Use as a filter", key="slice-filter", on_click=_filter, args=(dataset.hash, ids),
                disabled=not len(ids),
                help=f"Only these {len(ids):,} images pass until you remove the filter below the map.",
            )  # fmt: skip
            st.button("Choose none", key="slice-none", on_click=_choose, args=(dataset.hash, None), disabled=not chosen)
        _save(dataset, ids, primary)
        _kept(dataset)
        _bring(dataset)


def _save(dataset: Dataset, ids: np.ndarray, primary: int | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(f"Keep these {len(ids):,} images as", key="slice-name", placeholder="odd sevens")
        if st.button("Keep", key="slice-keep", type="primary", disabled=not len(ids)):
            try:
                kept = save_slice(name, dataset.hash, len(dataset.train), ids.tolist(), primary)
            except BadInput as error:
                st.error(plain(str(error)))
            except OSError as error:
                st.error(plain(reason_of(error)))
            else:
                st.toast(f"Kept {len(kept.ids):,} images as “{plain(kept.name)}”.")


def _kept(dataset: Dataset) -> None:
    kept = slices_of(dataset.hash)
    if not kept:
        st.caption("No slices of these data yet.")
        return
    st.markdown("**Your slices**")
    with st.container(horizontal=True):
        for one in kept:
            st.button(
                f"{plain(one.name)} · {len(one.ids):,}", key=f"open-slice-{one.name}", on_click=_choose,
                args=(dataset.hash, one.ids, one.primary),
            )  # fmt: skip
    st.page_link("library.py", label="Rename or delete them in the Library")


def _bring(dataset: Dataset) -> None:
    """Ids from elsewhere: typed, or from a file that this page saved."""
    text = st.text_area("Image numbers", key="slice-ids", placeholder="17, 42, 1007", height=68)
    file = st.file_uploader("or a file of them (CSV, NPZ, TXT)", type=["csv", "npz", "txt"], key="slice-file")
    if st.button("Choose these", key="slice-choose", disabled=not (text.strip() or file)):
        try:
            found = ids_of_file(file.name, file.getvalue()) if file else ids_of_text(text)
            _choose(dataset.hash, checked_ids(found, len(dataset.train)))
        except BadInput as error:
            st.error(plain(str(error)))
        else:
            st.rerun()


def ids_of_text(text: str) -> list[int]:
    """Whole numbers between commas, spaces or lines; `BadInput` names the first other thing."""
    words = [word for word in re.split(r"[\s,;]+", text) if word]
    wrong = next((word for word in words if not re.fullmatch(r"[0-9]{1,9}", word)), None)
    if wrong is not None or not words:
        raise BadInput(f"{wrong or text!r} is no image number; write whole numbers with commas, as 17, 42, 1007.")
    return [int(word) for word in words]


def ids_of_file(name: str, data: bytes) -> list[int]:
    """The ids in a CSV with a column `id`, an NPZ with an array `ids`, or a text of numbers."""
    if len(data) > _MOST_BYTES:
        raise BadInput(f"{name} has {len(data):,} bytes; a file of image numbers has at most {_MOST_BYTES:,}.")
    if name.endswith(".npz"):
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                return np.atleast_1d(file["ids"]).tolist()
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise BadInput(f"{name} holds no array “ids” that can be read; choose an NPZ saved here.") from error
    text = data.decode("utf-8-sig", errors="replace")
    head, *lines = text.splitlines() or [""]
    columns = [column.strip().strip('"') for column in head.split(",")]
    if "id" not in columns:
        return ids_of_text(text)
    place = columns.index("id")
    return ids_of_text(",".join(line.split(",")[place] if line.count(",") >= place else "?" for line in lines if line))


def _filter(dataset_hash: str, ids: np.ndarray) -> None:
    selection.keep_only(dataset_hash, ids)
    _close()


def _choose(dataset_hash: str, ids: np.ndarray | None, primary: int | None = None) -> None:
    selection.choose(dataset_hash, ids, primary)
    _close()


def _close() -> None:
    st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1


def _popover_key() -> str:
    return f"slices-{st.session_state.get(_TIMES, 0)}"
