"""Dialogs of the Library: the settings of a run, and questions before anything is removed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.kept import clear, stocks
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import run_by_id
from ddcore.runs.removal import forget_prepared, removable_source, remove_source
from pages.parts.dataset_choice import datasets
from pages.parts.library.run_table import ASKED
from pages.parts.settings_words import show_settings
from pages.parts.words import megabytes

_DONE = "library_done"


def open_dialogs() -> None:
    """Open the requested dialog, once. Call it outside fragments."""
    st.session_state.pop(_DONE, None)
    asked = st.session_state.pop(ASKED, None)
    if asked:
        question, subject = asked
        dialogs = {
            "settings": _settings, "delete run": _delete_run, "forget": _forget, "remove file": _remove_file,
            "clear": _clear,
        }  # fmt: skip
        dialogs[question](subject)


@st.dialog("Settings of this run", width="large")
def _settings(id: str) -> None:
    try:
        config = run_by_id(id).config()
    except BadInput as error:
        st.error(str(error))
        return
    st.caption(id)
    show_settings(config)


@st.dialog("Delete this run?")
def _delete_run(id: str) -> None:
    _close_when_done()
    try:
        run = run_by_id(id)
    except BadInput as error:
        st.error(str(error))
        return
    st.markdown(f"`{id}`")
    st.markdown(f"This permanently deletes its images, curves and log ({megabytes(run.size_bytes())}).")
    _confirm("Delete run", partial(delete_run, run))


@st.dialog("Remove this prepared copy?")
def _forget(hash: str) -> None:
    _close_when_done()
    info = next((info for info in datasets() if info.hash == hash), None)
    if info is None:
        st.error("This dataset is already gone.")
        return
    st.markdown(f"This removes the prepared copy of **{info.title}**. Its runs stay, and so does its source:")
    st.code(info.origin, language=None)
    _confirm("Remove copy", partial(forget_prepared, hash))


@st.dialog("Delete this file?")
def _remove_file(spec: str) -> None:
    _close_when_done()
    path = removable_source(spec)
    if path is None:
        st.error("This file is already gone.")
        return
    st.markdown(f"This permanently deletes the file ({megabytes(path.stat().st_size)}):")
    st.code(str(path), language=None)
    _confirm("Delete file", partial(remove_source, spec))


@st.dialog("Clear these results?")
def _clear(title: str) -> None:
    _close_when_done()
    stock = next((stock for stock in stocks() if stock.title == title), None)
    if stock is None:
        st.error("They are already gone.")
        return
    st.markdown(f"**{title}**: {stock.count:,} files, {megabytes(stock.size)}. Runs and datasets stay.")
    _confirm("Clear", partial(clear, title))


def _confirm(verb: str, act: Callable[[], object]) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="dialog-keep"):
            st.rerun()
        st.button(verb, key="dialog-sure", type="primary", on_click=_do, args=(act,))


def _close_when_done() -> None:
    """Close the dialog once its action is done, since its subject is gone then."""
    if st.session_state.pop(_DONE, False):
        st.rerun()


def _do(act: Callable[[], object]) -> None:
    try:
        act()
    except BadInput as error:
        st.toast(str(error))
    except OSError as error:
        st.toast(reason_of(error))
    datasets.clear()
    st.session_state[_DONE] = True
