"""The dataset all pages talk about: chosen once, kept while the session lasts, and named in the address."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.data.catalogue import DatasetInfo, catalogue
from ddcore.data.dataset import Dataset, open_dataset
from ddcore.data.specs import find_hash
from ddcore.errors import BadInput
from ddcore.runs.folder import job_folder
from pages.parts.job_view import result_of_job

DEFAULT = "digits"
_LINKED = "dataset_in_address"  # what this session wrote into the address last


def choose_dataset(place: DeltaGenerator | None = None) -> Dataset | None:
    """The selectbox of datasets (session key "dataset", in the address as `?dataset=`), and the chosen one when ready.

    Until it is prepared: a button to prepare or download it, then the progress of that; the result is None. Digits,
    which need no download, are prepared unasked. Call it once a page, outside fragments. `place` is where the selectbox
    goes; what else there is to show comes where the page is now.
    """
    known = {info.spec: info for info in datasets()}
    _follow_link(known)
    if st.session_state.get("dataset") not in known:
        st.session_state["dataset"] = DEFAULT
    spec = (place or st).selectbox(
        "Dataset",
        list(known),
        key="dataset",
        format_func=lambda spec: _title(known[spec], known),
        persist_state="session",
    )
    st.session_state[_LINKED] = st.query_params["dataset"] = spec
    info = known[spec]
    if info.hash is None:
        if not _prepare(info):
            return None
        datasets.clear()
        st.rerun()
    try:
        return opened(info.hash)
    except BadInput as error:
        st.error(str(error))
        return None


@st.cache_data(ttl=5, show_spinner=False)
def datasets() -> list[DatasetInfo]:
    """The catalogue, at most five seconds old: looking through folders of own data takes time."""
    return catalogue()


@st.cache_resource(max_entries=4, show_spinner=False)
def opened(hash: str) -> Dataset:
    """A prepared dataset, memory-mapped and shared by all sessions."""
    return open_dataset(hash)


def _follow_link(known: dict[str, DatasetInfo]) -> None:
    """An address that names another dataset than the one this session wrote there was typed, or is a link."""
    linked = st.query_params.get("dataset")
    if linked is None or linked == st.session_state.get(_LINKED):
        return
    if linked in known:
        st.session_state["dataset"] = linked
    else:
        st.warning(f"The address names a dataset {linked!r}, which is not here.")


def _title(info: DatasetInfo, known: dict[str, DatasetInfo]) -> str:
    """What the browser sends back as the choice: one for each dataset, and the same before and after preparing it."""
    named = [other for other in known.values() if other.title == info.title]
    return info.title if len(named) == 1 else f"{info.title} ({info.spec})"


def _prepare(info: DatasetInfo) -> bool:
    """Whether the dataset has become ready; until then what can be done about it, or how far it is."""
    settings = {"dataset": info.spec, "size": None}
    place = st.empty()
    start = info.spec == DEFAULT
    if not start and not (job_folder("prepare", settings).path / "config.json").exists():
        with place.container(border=True):
            state = "is here, but not prepared yet" if info.present else f"is not on this computer yet: {info.how}"
            st.markdown(f"**{info.title}** {state}.")
            size = f" ({info.download_mb:.0f} MB)" if info.download_mb else ""
            verb = "Prepare it" if info.present else f"Download it{size}"
            start = st.button(verb, type="primary", key=f"prepare-{info.spec}")
        if start:
            place.empty()
    return result_of_job(
        "prepare", settings, lambda: find_hash(info.spec) is not None, label=f"Preparing {info.title}", start=start
    )
