"""The choice of a variant: a training set changed on purpose."""

import streamlit as st

from ddcore.data.catalogue import DatasetInfo
from ddcore.data.variants import KINDS, Variant
from pages.parts.words import plain

_AS_IT_IS = "none"
_NOISE = ""  # stands for noise instead of a dataset of outliers
_FILLED = "variant_filled"  # the variant the form was filled in with
_ASKED = "variant_asked"  # (spec, variant) requested with the button
_TIMES = "variant_times_chosen"  # part of the popover's key: a choice closes it


def choose_variant(base: DatasetInfo, sources: list[DatasetInfo]) -> None:
    """A popover that sets the session key "variant" (text or None). `sources`: datasets that outliers may come from."""
    variant = st.session_state["variant"]
    _fill(variant)
    label = Variant.parse(variant).words if variant else "Variant"
    purpose = "Change the training set on purpose, to see when importance helps and when it is misled"
    with st.popover(label, help=purpose, key=f"variant-popover-{st.session_state.get(_TIMES, 0)}"):
        st.fragment(_form)(base, {info.spec: info.title for info in sources if info.spec != base.spec})


def was_asked_for(spec: str, variant: str | None) -> bool:
    """Whether the button was pressed for this variant in this session."""
    return st.session_state.get(_ASKED) == (spec, variant)


def _fill(variant: str | None) -> None:
    """Start the form at the variant in use, even if the address named it."""
    if _FILLED in st.session_state and st.session_state[_FILLED] == variant:
        return
    st.session_state[_FILLED] = variant
    parsed = Variant.parse(variant) if variant else None
    st.session_state["variant_kind"] = parsed.kind if parsed else _AS_IT_IS
    if parsed:
        st.session_state[f"variant_amount_{parsed.kind}"] = parsed.amount
        st.session_state["variant_source"] = parsed.source or _NOISE


def _form(base: DatasetInfo, sources: dict[str, str]) -> None:
    kind = st.radio(
        f"Training images of {plain(base.title)}", [_AS_IT_IS, *KINDS], key="variant_kind", persist_state="session",
        format_func=lambda name: KINDS[name].title if name in KINDS else "Original",
        captions=["As published, or as you added them.", *(about.about for about in KINDS.values())],
    )  # fmt: skip
    variant = None if kind == _AS_IT_IS else str(_variant(kind, sources))
    if kind != _AS_IT_IS:
        tests = "" if KINDS[kind].own_tests else " Test images stay unchanged."
        st.caption(f"`{variant}` is the same everywhere, since one seed draws the changes.{tests}")
    use = "Use this variant" if variant else "Use the original"
    if variant == st.session_state["variant"]:
        return
    if st.button(use, key="variant-use", type="primary"):
        st.session_state["variant"] = st.session_state[_FILLED] = variant
        st.session_state[_ASKED] = (base.spec, variant)
        st.session_state[_TIMES] = st.session_state.get(_TIMES, 0) + 1
        st.rerun()


def _variant(kind: str, sources: dict[str, str]) -> Variant:
    about, key = KINDS[kind], f"variant_amount_{kind}"
    st.session_state.setdefault(key, float(about.default))
    share = about.high < 1
    amount = st.number_input(
        about.amount.capitalize(), about.low, float(about.high), step=0.05 if share else 10.0,
        format="%.3g" if share else "%.6g", key=key, persist_state="session",
    )  # fmt: skip
    if kind != "outliers":
        return Variant(kind, amount)
    chosen = st.session_state.setdefault("variant_source", _NOISE)
    titles = {_NOISE: "Uniform noise"} | sources
    titles.setdefault(chosen, chosen)  # the address may name any
    source = st.selectbox(
        "Outliers are", list(titles), key="variant_source", format_func=titles.get, persist_state="session"
    )
    return Variant(kind, amount, None if source == _NOISE else source)
