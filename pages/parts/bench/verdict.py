"""The verdict of the Bench page: one sentence, the schemes one by one, and the rule."""

import streamlit as st

from ddcore.bench import verdict
from ddcore.bench.figures import MARKS
from ddcore.bench.results import BenchResult
from ddcore.bench.settings import OWN, RIVAL, SCHEMES, goes_by
from pages.parts.words import plain

_CHANCE = (
    "Chance is the draw of the coreset only: images, features and scores stay the same. *Representative* is one set a "
    "size: its interval knows the chance of uniform's draws, not that of its own clustering, which another seed begins "
    "elsewhere. Intervals are corrected for the number of sizes where sizes are judged one by one (the sentence at the "
    "top), not for the number of schemes."
)


def show_verdict(result: BenchResult) -> None:
    """Sensitivity sampling against uniform, in words; for exact errors, from which size on there is a guarantee."""
    own, uniform = result.of(OWN), result.of(RIVAL)
    told = verdict.sentence("sensitivity sampling", own, uniform, result.sizes)
    with st.container(border=True):
        end = (_guarantee(result) if result.exact else "") + _smallest(result)
        st.markdown(f"On {plain(result.about['dataset'])}, {told}{end}")


def _smallest(result: BenchResult) -> str:
    """The scheme whose error is the smallest, where that is another one than sensitivity."""
    found = {name: verdict.compare(result.of(name), result.of(RIVAL)) for name in SCHEMES[1:]}
    better = [name for name in found if found[name].word == "better"]
    name = min(better, key=lambda scheme: found[scheme].ratio, default=OWN)
    if name == OWN:
        return ""
    return f" The smallest errors here are those of *{name}*: {verdict.in_words(found[name].ratio)} times uniform's."


def _guarantee(result: BenchResult) -> str:
    starts = {name: verdict.guaranteed_from(result.of(name), result.sizes) for name in (OWN, RIVAL)}
    told = {name: f"from m = {m:,} on" if m else f"at no size up to {result.sizes[-1]:,}" for name, m in starts.items()}
    own, uniform = told[OWN], told[RIVAL]
    both = f"{own} with either" if own == uniform else f"{own} with sensitivity sampling, {uniform} with uniform"
    return f" A typical draw (median ε below 1) guarantees something in both directions {both}."


def show_comparisons(result: BenchResult, *, dark: bool) -> None:
    """Every scheme's error as a multiple of uniform's, with its interval and the word for it."""
    st.markdown("##### Each scheme against uniform")
    rows = ["| scheme | ratio (95 % interval) | verdict |", "|:--|:--|:--|"]
    for name in SCHEMES[1:]:
        found = verdict.compare(result.of(name), result.of(RIVAL))
        ratio, low, high = (verdict.in_words(value) for value in found)
        span = "not known" if found.word == "unknown" else f"{low}\u2060–\u2060{high}"
        rows.append(f"| {_mark(name, dark)}\u00a0{name} | {ratio} ({span}) | {found.word} |")
    st.markdown("\n".join(rows), unsafe_allow_html=True)  # for the colours of the lines
    st.caption(_rule(result) + left_out(result))
    with st.expander("What is chance here, and what is not"):
        st.caption(_CHANCE)
    with st.expander("What the schemes go by"):
        told = [f"- {_mark(name, dark)} **{name}**: {goes_by(name, result.settings)}" for name in SCHEMES]
        st.markdown("\n".join(told), unsafe_allow_html=True)
        st.caption(
            "All but *representative* draw independently with replacement and weigh an image by 1/(m p), p its "
            "probability, so that every estimated cost is unbiased."
        )


def _mark(name: str, dark: bool) -> str:
    """The marker of a scheme's line, in its colour."""
    _, letter, light, night = MARKS[name]
    return f'<span style="color:{night if dark else light}">{letter}</span>'


def _rule(result: BenchResult) -> str:
    return (
        f"Error over uniform's error: ratio of geometric means over {len(result.sizes)} sizes, {result.settings.draws} "
        "draws each. The rule: where the 95 % interval of the mean difference of log errors (Welch) holds a ratio of "
        "1, the two are not distinguishable; so 1 in 20 comparisons of equal schemes looks different by chance."
    )


def left_out(result: BenchResult) -> str:
    """Which sizes a ratio passes over, because a coreset of that size has no error at all."""
    told = []
    for name in SCHEMES:
        sizes = result.sizes[verdict.exact_at(result.of(name))]
        if len(sizes):
            told.append(f"*{name}* at m = {', '.join(f'{m:,}' for m in sizes)}")
    return f" An error of 0 has no ratio and no place on the axes; left out: {'; '.join(told)}." if told else ""
