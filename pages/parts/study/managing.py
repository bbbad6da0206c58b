"""What is done with a whole study: rename it, delete it, or make a recorded one again."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.studies.running import delete, is_at_work
from ddcore.studies.study import Study, rename
from pages.parts.study.addressed import ASKED
from pages.parts.words import plain

_DONE = "study_done"
_ASKED_TO_DELETE = "study_asked_to_delete"


def manage(study: Study) -> None:
    """Draw a popover with a new name and Delete."""
    live = is_at_work(study)
    with st.popover("More", help="Rename or delete this study", key=f"study-more-{study.id}"):
        key = f"study-name-{study.id}"
        st.text_input("Name", value=study.name, key=key, on_change=_rename, args=(study, key))
        removal_button(study, disabled=live, help="Stop it first." if live else None)


def removal_button(study: Study, **options) -> None:
    """Draw a button that asks, and then deletes the study."""
    st.button(
        ":red[Delete …]", icon=":material/delete:", key=f"study-delete-{study.id}", on_click=_ask, args=(study,),
        **options,
    )  # fmt: skip


def show_command(study: Study) -> None:
    """Say where a recorded study comes from, and how to make it again."""
    st.caption("Recorded with the project: nothing runs here. This command makes it again, with runs of your own:")
    st.code(f"python -m ddcore study examples/studies/{study.id}/study.json", language=None)


def open_dialog() -> None:
    """Ask whether to delete, if a button asked for it. Call it outside fragments."""
    st.session_state.pop(_DONE, None)
    if (study := st.session_state.pop(_ASKED_TO_DELETE, None)) is not None:
        _delete(study)


def _ask(study: Study) -> None:
    st.session_state[_ASKED_TO_DELETE] = study


@st.dialog("Delete this study?")
def _delete(study: Study) -> None:
    if st.session_state.pop(_DONE, False):
        st.rerun()
    st.markdown(f"`{study.id}`")
    st.markdown("This permanently deletes the study and what it found. Its runs stay in the Library.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="dialog-keep"):
            st.rerun()
        st.button("Delete study", key="dialog-sure", type="primary", on_click=_do_delete, args=(study,))


def _do_delete(study: Study) -> None:
    try:
        delete(study)
    except BadInput as error:
        st.toast(plain(str(error)))
    except OSError as error:
        st.toast(reason_of(error))
    else:
        if st.session_state.get(ASKED) == study.id:
            st.session_state[ASKED] = None
    st.session_state[_DONE] = True


def _rename(study: Study, key: str) -> None:
    try:
        rename(study, st.session_state[key])
    except BadInput as error:
        st.toast(plain(str(error)))
    except OSError as error:
        st.toast(reason_of(error))
