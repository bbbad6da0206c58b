"""Adding own data by upload or by path."""

import re
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.data.catalogue import add_upload
from ddcore.data.specs import LARGEST_SIDE, SMALLEST_SIDE, check_size, locate
from ddcore.errors import BadInput
from pages.parts.dataset_choice import datasets, preparation
from pages.parts.library.preparing import begin_beside_form, show_beside_form

_UPLOADS = "library_uploads"  # counts finished uploads: a new key empties the uploader
_UPLOAD, _PATH = "Upload a file", "A path on this computer"
_LAYOUTS = (
    "A folder or zip of class folders (optionally within `train/` and `test/`), Parquet as on the Hugging Face hub "
    "(`image` or `img`, and `label`), or an `.npz` with `images` and `labels`."
)


def add_own_data() -> None:
    """Draw the form, and the jobs started with it."""
    st.markdown(_LAYOUTS)
    way = st.segmented_control("How", [_UPLOAD, _PATH], default=_UPLOAD, required=True, label_visibility="collapsed")
    (_by_upload if way == _UPLOAD else _by_path)()
    show_beside_form()


def _by_upload() -> None:
    count = st.session_state.get(_UPLOADS, 0)
    file = st.file_uploader("File", type=["zip", "npz", "parquet"], key=f"library-upload-{count}")
    stem = re.sub(r"[^A-Za-z0-9 ._-]", "-", Path(file.name).stem) if file else ""
    columns = st.columns([2, 1, 1], vertical_alignment="bottom")
    name = columns[0].text_input("Name", stem, key=f"library-name-{count}-{stem}", placeholder="file name")
    size = _size_input(columns[1], "upload")
    if columns[2].button("Add", key="add-upload", type="primary", disabled=file is None, width="stretch"):
        try:
            spec = add_upload(name, file, Path(file.name).suffix.lower())
        except BadInput as error:
            st.error(str(error))
            return
        st.session_state[_UPLOADS] = count + 1
        _begin(spec, size)


def _by_path() -> None:
    columns = st.columns([2, 1, 1], vertical_alignment="bottom")
    path = columns[0].text_input("Folder or file", placeholder="/home/me/flowers", key="library-path").strip()
    size = _size_input(columns[1], "path")
    if columns[2].button("Add", key="add-path", type="primary", disabled=not path, width="stretch"):
        try:
            locate(path)
            check_size(size)
        except BadInput as error:
            st.error(str(error))
            return
        _begin(path, size)


def _size_input(column: Any, key: str) -> int | None:
    return column.number_input(
        "Resize to (pixels)", SMALLEST_SIDE, LARGEST_SIDE, None, key=f"library-size-{key}", placeholder="original size",
        help="Images of different sizes must be resized and cropped to one size.",
    )  # fmt: skip


def _begin(spec: str, size: int | None) -> None:
    begin_beside_form(preparation(spec, size))
    datasets.clear()
    st.rerun()
