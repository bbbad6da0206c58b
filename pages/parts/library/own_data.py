"""Adding own data by upload or by path."""

import re
from typing import Any

import streamlit as st

from ddcore.data.catalogue import add_upload
from ddcore.data.reading import Reading
from ddcore.data.specs import KINDS, locate, stem_of, suffix_of
from ddcore.errors import BadInput
from ddcore.parameters import schema
from ddcore.places import uploads_root
from pages.parts.dataset_choice import datasets, preparation
from pages.parts.library.preparing import begin_beside_form, show_beside_form
from pages.parts.parameter_form import field_input

_UPLOADS = "library_data_uploads"  # counts finished uploads: a new key empties the uploader
_UPLOAD, _PATH = "Upload a file", "A path on this computer"
_LAYOUTS = (
    "Class folders of images (optionally within `train/` and `test/`), images with a `.csv` of their labels, Parquet, "
    "or arrays (`.npz`, `.npy`, `.pt`); in a folder, zip or tar."
)
_PLACEHOLDERS = {"size": "original size", "image_column": "automatic", "label_column": "automatic"}


def add_own_data() -> None:
    """Draw the form, and the jobs started with it."""
    st.markdown(_LAYOUTS)
    way = st.segmented_control("How", [_UPLOAD, _PATH], default=_UPLOAD, required=True, label_visibility="collapsed")
    (_by_upload if way == _UPLOAD else _by_path)()
    show_beside_form()


def _by_upload() -> None:
    count = st.session_state.get(_UPLOADS, 0)
    endings = sorted({suffix.rpartition(".")[2] for suffix in KINDS})
    file = st.file_uploader("File", type=endings, key=f"library-upload-{count}")
    stem = re.sub(r"[^A-Za-z0-9 ._-]", "-", stem_of(file.name)) if file else ""
    columns = st.columns([4, 1], vertical_alignment="bottom")
    name = columns[0].text_input(
        "Name", stem, key=f"library-name-{count}-{stem}", placeholder=stem or "name of the dataset"
    )
    options = _options("upload")
    if columns[1].button("Add", key="add-upload", type="primary", disabled=file is None, width="stretch"):
        try:
            Reading(**options)
            spec = add_upload(name or stem, file, suffix_of(file.name) or "")
        except BadInput as error:
            st.error(str(error))
            return
        st.session_state[_UPLOADS] = count + 1
        st.toast(f"Saved as {uploads_root() / spec}.")
        _begin(spec, options)


def _by_path() -> None:
    columns = st.columns([4, 1], vertical_alignment="bottom")
    path = columns[0].text_input("Folder or file", placeholder="/home/me/flowers", key="library-path").strip()
    options = _options("path")
    if columns[1].button("Add", key="add-path", type="primary", disabled=not path, width="stretch"):
        try:
            locate(path)
            Reading(**options)
        except BadInput as error:
            st.error(str(error))
            return
        _begin(path, options)


def _options(key: str) -> dict[str, Any]:
    """Draw an input for each option of reading; returns what was chosen."""
    fields = schema(Reading)
    found = {}
    for column, field in zip(st.columns(len(fields)), fields, strict=True):
        name = field["name"]
        with column:
            value = field_input(field, f"library-{name}-{key}", placeholder=_PLACEHOLDERS.get(name, ""))
            found[name] = (value.strip() or None) if isinstance(value, str) else value
    return found


def _begin(spec: str, options: dict[str, Any]) -> None:
    begin_beside_form(preparation(spec, **options))
    datasets.clear()
    st.rerun()
