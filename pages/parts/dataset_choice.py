"""The dataset of all pages: chosen once, kept for the session, and named in the address."""

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.data.catalogue import DatasetInfo, catalogue
from ddcore.data.dataset import Dataset, open_dataset
from ddcore.data.reading import Reading, asked_of
from ddcore.data.specs import find_hash, find_variant
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.runs.folder import job_folder
from pages.parts.address import Choice, add_to_link, follow, held, note
from pages.parts.job_view import result_of_job
from pages.parts.spelling import Spelling, one_of
from pages.parts.variant_choice import choose_variant, was_asked_for

DEFAULT = "digits"
_CONTENT = "data"  # name in a copied link: the first digits of the dataset's content hash
_DIGITS = 8


def choose_dataset(place: DeltaGenerator | None = None) -> Dataset | None:
    """Draw the selectbox of datasets and the popover of variants; returns the chosen dataset once it is prepared.

    Session keys "dataset" (its spec) and "variant" (text, or None for the dataset as it is), in the address as
    `?dataset=` and `?variant=`. Until the dataset is prepared the result is None, and the page shows a button to
    prepare or download it, then the progress. Digits need no download and are prepared unasked. Call it once per page,
    outside fragments. The choice goes to `place`; everything else is drawn at the current position.
    """
    listed = datasets()
    known = {info.spec: info for info in listed if info.kind != "variant"}
    _follow_link(known, {info.spec: info for info in listed if info.kind == "variant"})
    if st.session_state.get("dataset") not in known:
        st.session_state["dataset"], st.session_state["variant"] = DEFAULT, None
    with (place or st).container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        spec = st.selectbox(
            "Dataset",
            list(known),
            key="dataset",
            format_func=lambda spec: _title(known[spec], known),
            persist_state="session",
        )
        info = known[spec]
        choose_variant(info, [info for info in known.values() if info.present])
    variant = st.session_state["variant"]
    hash = _prepared_hash(info, variant)
    if hash is None:
        if not _prepare(info, variant, known):
            return None
        datasets.clear()
        st.rerun()
    if hash not in {info.hash for info in listed}:  # it has become ready since the list was made
        datasets.clear()
    try:
        dataset = opened(hash)
    except BadInput as error:
        st.error(str(error))
        return None
    _compare_content(dataset)
    return dataset


@st.cache_data(ttl=5, show_spinner=False)
def datasets() -> list[DatasetInfo]:
    """The catalogue, at most five seconds old: looking through folders of own data takes time."""
    return catalogue()


@st.cache_resource(max_entries=4, show_spinner=False)
def opened(hash: str) -> Dataset:
    """A prepared dataset, memory-mapped and shared by all sessions."""
    return open_dataset(hash)


def preparation(spec: str, size: int | None = None, variant: str | None = None, **options: Any) -> dict[str, Any]:
    """Settings of the job that prepares a dataset: the same wherever it is started, so that it runs once.

    `options`: the other fields of `Reading`; those at their defaults are left out.
    """
    return {"dataset": spec, "size": size, "variant": variant} | asked_of(Reading(size=size, **options))


def _follow_link(known: dict[str, DatasetInfo], variants: dict[str, DatasetInfo]) -> None:
    """Take the choice from the address, where a variant may go by its own name, as on the command line."""
    st.session_state.setdefault("variant", None)

    def put(spec: str) -> None:
        info = variants.get(spec)
        st.session_state["dataset"] = info.base if info else spec
        if "variant" not in st.query_params:
            st.session_state["variant"] = info.variant if info else None

    named = [*known, *(spec for spec, info in variants.items() if info.base is not None)]
    follow(
        Choice("dataset", one_of(named), None, lambda: st.session_state.get("dataset"), put),
        held("variant", "variant", Spelling(lambda text: str(Variant.parse(text)), str, "")),
    )


def _compare_content(dataset: Dataset) -> None:
    """Tell if a link was made where the data had another content: image numbers would mean other images."""
    content = Choice(_CONTENT, Spelling(str, str, ""), "", lambda: "", lambda text: _compare(dataset, text))
    follow(content)
    add_to_link(_CONTENT, dataset.hash[:_DIGITS])


def _compare(dataset: Dataset, text: str) -> None:
    if not dataset.hash.startswith(text):
        here = dataset.hash[:_DIGITS]
        note(
            f"The link was made with other data: {dataset.name} has the content {here} on this computer, not "
            f"{text[:_DIGITS]}, so its images may be others."
        )


def _title(info: DatasetInfo, known: dict[str, DatasetInfo]) -> str:
    """The option's text, which the browser sends back: unique per dataset, and the same before and after preparing."""
    named = [other for other in known.values() if other.title == info.title]
    return info.title if len(named) == 1 else f"{info.title} ({info.spec})"


def _prepared_hash(info: DatasetInfo, variant: str | None) -> str | None:
    if variant is None or info.hash is None:
        return info.hash if variant is None else None
    return find_variant(info.hash, Variant.parse(variant))


def _prepare(info: DatasetInfo, variant: str | None, known: dict[str, DatasetInfo]) -> bool:
    """Whether the dataset has become ready; until then show how to get it, or its progress."""
    settings = preparation(info.spec, variant=variant)
    parsed = Variant.parse(variant) if variant else None
    needed = [info, *([known[parsed.source]] if parsed and parsed.source in known else [])]
    absent = [one for one in needed if not one.present]
    title = f"{info.title}, {parsed.words}" if parsed else info.title
    asked = info.spec == DEFAULT or was_asked_for(info.spec, variant)
    start, place = asked and not absent, st.empty()
    if not start and not (job_folder("prepare", settings).path / "config.json").exists():
        with place.container(border=True):
            start = st.button(_offered(title, absent), type="primary", key=f"prepare-{info.spec}")
        if start:
            place.empty()
    return result_of_job(
        "prepare", settings, lambda: find_hash(info.spec, None, variant) is not None, label=f"Preparing {title}",
        start=start,
    )  # fmt: skip


def _offered(title: str, absent: list[DatasetInfo]) -> str:
    """Say what is missing; returns the label of the button that gets it."""
    if not absent:
        st.markdown(f"**{title}** is on this computer but not prepared yet.")
        return "Prepare"
    for one in absent:
        st.markdown(f"**{one.title}** is not on this computer yet: {one.how}.")
    megabytes = sum(one.download_mb for one in absent)
    return "Download" + (f" ({megabytes:.0f} MB)" if megabytes else "")
