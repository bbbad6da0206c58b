"""Adding one's own data, by upload or by a path on this computer, and runs from elsewhere."""

import re
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.data.catalogue import add_upload
from ddcore.data.specs import LARGEST_SIDE, SMALLEST_SIDE, check_size, find_hash, locate
from ddcore.errors import BadInput
from ddcore.runs.archive import import_run
from ddcore.runs.launch import ensure_job
from pages.parts.dataset_choice import datasets
from pages.parts.job_view import result_of_job

_WANTED = "library_wanted"  # settings of the prepare jobs begun here that no row of the datasets shows
_UPLOADS = "library_uploads"  # counts finished uploads: a new key empties the uploader
_UPLOAD, _PATH = "Upload a file", "A path on this computer"
_LAYOUTS = (
    "A folder or zip of class folders (or `train/` and `test/` of them), Parquet as on the Hugging Face hub "
    "(`image` or `img`, and `label`), or an `.npz` of `images` and `labels`."
)


def add_own_data() -> None:
    """The form, and the jobs begun with it."""
    st.markdown(_LAYOUTS)
    way = st.segmented_control("How", [_UPLOAD, _PATH], default=_UPLOAD, required=True, label_visibility="collapsed")
    (_by_upload if way == _UPLOAD else _by_path)()
    for settings in list(st.session_state.get(_WANTED, [])):
        _show_wanted(settings)


def _by_upload() -> None:
    count = st.session_state.get(_UPLOADS, 0)
    file = st.file_uploader("File", type=["zip", "npz", "parquet"], key=f"library-upload-{count}")
    stem = re.sub(r"[^A-Za-z0-9 ._-]", "-", Path(file.name).stem) if file else ""
    columns = st.columns([2, 1, 1], vertical_alignment="bottom")
    name = columns[0].text_input("Name", stem, key=f"library-name-{count}-{stem}", placeholder="as the file")
    size = _size_input(columns[1], "upload")
    if columns[2].button("Add", key="add-upload", type="primary", disabled=file is None, width="stretch"):
        try:
            spec = add_upload(name, file, Path(file.name).suffix.lower())
        except BadInput as error:
            st.error(str(error))
            return
        st.session_state[_UPLOADS] = count + 1
        _begin(spec, size, listed=size is None)


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
        _begin(path, size, listed=False)


def _size_input(column: Any, key: str) -> int | None:
    return column.number_input(
        "Resize to (pixels)", SMALLEST_SIDE, LARGEST_SIDE, None, key=f"library-size-{key}", placeholder="as they are",
        help="Images of several sizes are refused unless they are resized and cropped to one.",
    )  # fmt: skip


def _begin(spec: str, size: int | None, *, listed: bool) -> None:
    """Start preparing. `listed`: the dataset has a row of its own, which shows the progress."""
    settings = {"dataset": spec, "size": size}
    ensure_job("prepare", settings, restart=True)
    wanted = st.session_state.get(_WANTED, [])
    if not listed and settings not in wanted:
        st.session_state[_WANTED] = [*wanted, settings]
    datasets.clear()
    st.rerun()


def _show_wanted(settings: dict[str, Any]) -> None:
    spec, size = settings["dataset"], settings["size"]
    name = Path(spec).name + (f" at {size} pixels" if size else "")
    try:
        done = result_of_job("prepare", settings, lambda: find_hash(spec, size) is not None, label=f"Preparing {name}")
    except BadInput as error:
        st.error(str(error))
        done = False
    if done:
        _drop(settings)
        datasets.clear()
        st.toast(f"{name} is ready.")
        st.rerun()
    st.button("Dismiss", key=f"dismiss-{spec}-{size}", on_click=_drop, args=(settings,))


def _drop(settings: dict[str, Any]) -> None:
    st.session_state[_WANTED] = [other for other in st.session_state.get(_WANTED, []) if other != settings]


def add_run() -> None:
    """A run from a zip that this explorer, here or elsewhere, has made."""
    count = st.session_state.get(_UPLOADS, 0)
    file = st.file_uploader("Zip of a run", type=["zip"], key=f"library-run-{count}")
    if st.button("Add this run", key="add-run", disabled=file is None):
        try:
            run = import_run(file)
        except BadInput as error:
            st.error(str(error))
            return
        st.session_state[_UPLOADS] = count + 1
        st.toast(f"Added as {run.id}.")
        st.rerun()
