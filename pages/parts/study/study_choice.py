"""The choice of a study: a person's own, newest first, then what was recorded with the project; or a new one."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.studies.study import Study, list_studies, open_study, unreadable_studies
from pages.parts.address import follow
from pages.parts.study.addressed import ASKED, NEW, open_new, study_choice
from pages.parts.study.managing import open_dialog, removal_button
from pages.parts.study.measured import Table, measured_tables
from pages.parts.words import plain

_KEY = "study_open"


def choose_study() -> Study | Table | None:
    """Draw the list and the button for a new one; None while the form is open, or with the reason on the page."""
    follow(study_choice())
    open_dialog()
    known: dict[str, Study | Table] = {study.id: study for study in list_studies()}
    known |= measured_tables()
    asked = st.session_state.get(ASKED) or next((id for id in known if isinstance(known[id], Study)), NEW)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    words = _words(known)
    st.session_state[_KEY] = asked if asked in words else None
    left.selectbox(
        "Study", list(words), key=_KEY, format_func=words.get, placeholder="Open a study", on_change=_remember,
        disabled=not words,
    )  # fmt: skip
    right.button(
        "New study", icon=":material/add:", on_click=open_new, disabled=asked == NEW, width="stretch", key="study_new"
    )
    unreadable = {study.id: study for study in unreadable_studies()}
    for id, study in unreadable.items():
        if id != asked:
            _show_unreadable(study)
    st.session_state[ASKED] = asked
    if asked == NEW:
        return None
    try:
        return known.get(asked) or open_study(asked)
    except BadInput as error:
        st.error(f"{plain(str(error))} Choose one above, or begin a new one.")
        if asked in unreadable and not unreadable[asked].recorded:
            removal_button(unreadable[asked])
        return None


def making() -> bool:
    """Whether the form of a new study is open."""
    return st.session_state.get(ASKED) == NEW


def _show_unreadable(study: Study) -> None:
    """Say what is wrong with a folder that cannot be read, with a button that deletes it."""
    try:
        open_study(study.id)
    except BadInput as error:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(plain(str(error)), width="stretch")
            if not study.recorded:
                removal_button(study)


def _words(known: dict[str, Study | Table]) -> dict[str, str]:
    """Id -> what the list shows: unique, and the same as long as the study has its name."""
    marked = {id: study.name + _mark(study) for id, study in known.items()}
    texts = list(marked.values())
    return {id: text if texts.count(text) == 1 else f"{text} · {id[-4:]}" for id, text in marked.items()}


def _mark(study: Study | Table) -> str:
    if isinstance(study, Table):
        return " · recorded table"
    return " · recorded" if study.recorded else ""


def _remember() -> None:
    if (chosen := st.session_state[_KEY]) is not None:
        st.session_state[ASKED] = chosen
