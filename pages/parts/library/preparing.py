"""Preparing own data: progress, why it failed, and what the user can do then.

It is shown where it was started: below the form that adds data, or in the dataset's row of the table.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.data.reading import LARGEST_SIDE, RESIZE_HINT, SMALLEST_SIDE, options_in
from ddcore.data.specs import find_hash
from ddcore.errors import BadInput
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.launch import ensure_job
from ddcore.runs.removal import removable_source
from pages.parts.dataset_choice import datasets
from pages.parts.job_view import result_of_job
from pages.parts.library.rows import removal
from pages.parts.library.run_table import ask

Settings = dict[str, Any]
_BESIDE_FORM = "library_wanted"  # settings of the prepare jobs shown beside the form
_OPTIONS = "library_options"  # spec -> options with which a row of the table prepares it
_SIZE = 32  # pixels, proposed where images differ


def begin_beside_form(settings: Settings) -> None:
    ensure_job("prepare", settings, restart=True)
    if settings not in (wanted := st.session_state.get(_BESIDE_FORM, [])):
        st.session_state[_BESIDE_FORM] = [*wanted, settings]


def is_beside_form(spec: str) -> bool:
    return any(settings["dataset"] == spec for settings in st.session_state.get(_BESIDE_FORM, []))


def options_in_row(spec: str) -> dict[str, Any]:
    """The options with which a row prepares its dataset, where they were asked for in that row."""
    return st.session_state.get(_OPTIONS, {}).get(spec, {})


def prepare_in_row(spec: str, options: dict[str, Any]) -> None:
    """Make a row prepare its dataset with these options."""
    st.session_state.setdefault(_OPTIONS, {})[spec] = options


def forget_options(spec: str) -> None:
    """Forget them: the copy now has its own row."""
    st.session_state.get(_OPTIONS, {}).pop(spec, None)


def show_beside_form() -> None:
    """Show every job started with the form, until it is done or dismissed."""
    for settings in list(st.session_state.get(_BESIDE_FORM, [])):
        if not (job_folder("prepare", settings).path / "config.json").exists():  # removed with its file
            _drop(settings)
            continue
        spec, size = settings["dataset"], settings["size"]
        if prepared(settings, f"Preparing {Path(spec).name}" + (f" at {size} pixels" if size else "")):
            _drop(settings)
            st.toast(f"{Path(spec).name} is ready.")
            st.rerun()
        key = job_folder("prepare", settings).id
        st.button("Dismiss", key=f"dismiss-{key}", on_click=_drop, args=(settings,), type="tertiary")


def prepared(settings: Settings, label: str) -> bool:
    """Whether the dataset is prepared (then the list of datasets is reloaded); until then its job is shown."""
    ready = partial(is_prepared, settings)
    try:
        done = result_of_job("prepare", settings, ready, label=label, remedy=partial(_remedy, settings))
    except BadInput as error:
        st.error(str(error))
        return False
    if done:
        datasets.clear()
    return done


def is_prepared(settings: Settings) -> bool:
    """Whether it is prepared now; the catalogue may be some seconds old."""
    return find_hash(settings["dataset"], **options_in(settings)) is not None


def _drop(settings: Settings) -> None:
    wanted = st.session_state.get(_BESIDE_FORM, [])
    st.session_state[_BESIDE_FORM] = [other for other in wanted if other != settings]


def _remedy(settings: Settings, failed: RunFolder) -> None:
    """Offer another size or a column if that would help, and to remove an upload."""
    spec, reason = settings["dataset"], failed.status()["error"] or ""
    columns = [name for name in ("image", "label") if f"--{name}-column" in reason]
    named = {
        f"{name}_column": st.text_input(f"{name.capitalize()} column", key=f"{name}-column-{failed.id}", width=200)
        for name in columns
    }
    missing = not all(map(str.strip, named.values()))
    if columns and st.button("Use these columns", key=f"columns-{failed.id}", disabled=missing, type="primary"):
        _again(settings, {name: value.strip() for name, value in named.items()}, failed)
        st.rerun()
    if RESIZE_HINT in reason:
        size = st.number_input(
            "Resize to (pixels)", SMALLEST_SIDE, LARGEST_SIDE, _SIZE, key=f"resize-{failed.id}", width=160,
            help="Each image's shorter side is scaled to this many pixels, and its centre is cropped.",
        )  # fmt: skip
        if st.button("Resize", key=f"resized-{failed.id}", type="primary"):
            _again(settings, {"size": size}, failed)
            st.rerun()
    if removable_source(spec) is not None and st.button(key=f"discard-{failed.id}", **removal("Remove …")):
        ask("remove file", spec)
        st.rerun()


def _again(settings: Settings, options: dict[str, Any], failed: RunFolder) -> None:
    """Prepare the dataset with other options, in the place of the job that failed."""
    changed = settings | options
    if is_beside_form(settings["dataset"]):
        _drop(settings)
        begin_beside_form(changed)
    else:
        prepare_in_row(settings["dataset"], options_in(changed))
        ensure_job("prepare", changed, restart=True)
    with suppress(BadInput):  # another tab was quicker
        delete_run(failed)
    datasets.clear()
