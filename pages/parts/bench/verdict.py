"""The verdict of the Bench page: one sentence, then the schemes one by one."""

import streamlit as st

from ddcore.bench import verdict
from ddcore.bench.figures import MARKS
from ddcore.bench.results import BenchResult
from ddcore.bench.settings import OWN, RIVAL, SCHEMES, goes_by
from pages.parts.words import plain

_CHANCE = (
    "Only the draw of the coreset is random: images, features and scores stay the same. *Representative* is one set "
    "per size: its interval covers uniform's draws but not its own clustering, which another seed would start "
    "elsewhere. Where sizes are judged one by one (the sentence at the top), intervals are corrected for the number of "
    "sizes; they are never corrected for the number of schemes."
)


def show_verdict(result: BenchResult) -> None:
    """Say how sensitivity sampling compares with uniform and, for exact errors, from which size on it guarantees."""
    own, uniform = result.of(OWN), result.of(RIVAL)
    sentence = verdict.sentence("sensitivity sampling", own, uniform, result.sizes)
    with st.container(border=True):
        end = (_guarantee(result) if result.exact else "") + _smallest(result)
        st.markdown(f"On {plain(result.about['dataset'])}, {sentence}{end}")


def _smallest(result: BenchResult) -> str:
    """The scheme with the smallest error, unless that is sensitivity; "" then."""
    comparisons = {name: verdict.compare(result.of(name), result.of(RIVAL)) for name in SCHEMES[1:]}
    better = [name for name in comparisons if comparisons[name].word == "better"]
    name = min(better, key=lambda scheme: comparisons[scheme].ratio, default=OWN)
    if name == OWN:
        return ""
    ratio = verdict.in_words(comparisons[name].ratio)
    return f" *{name.capitalize()}* has the smallest errors here: {ratio} times uniform's."


def _guarantee(result: BenchResult) -> str:
    starts = {name: verdict.guaranteed_from(result.of(name), result.sizes) for name in (OWN, RIVAL)}
    where = {
        name: f"from m = {m:,} on" if m else f"at no size up to {result.sizes[-1]:,}" for name, m in starts.items()
    }
    own, uniform = where[OWN], where[RIVAL]
    both = f"{own} with either" if own == uniform else f"{own} with sensitivity sampling, {uniform} with uniform"
    return f" A typical draw (median ε below 1) has an upper and a lower guarantee {both}."


def show_comparisons(result: BenchResult, *, dark: bool) -> None:
    """Show every scheme's error as a multiple of uniform's, with its interval and verdict."""
    st.markdown("##### Each scheme against uniform")
    rows = ["| scheme | ratio (95\u00a0%\u00a0interval) | verdict |", "|:--|:--|:--|"]
    for name in SCHEMES[1:]:
        comparison = verdict.compare(result.of(name), result.of(RIVAL))
        ratio, low, high = (verdict.in_words(value) for value in comparison)
        span = "not known" if comparison.word == "unknown" else f"{low}\u2060–\u2060{high}"
        rows.append(f"| {_mark(name, dark)}\u00a0{name} | {ratio} ({span}) | {comparison.word} |")
    st.markdown("\n".join(rows), unsafe_allow_html=True)  # for the colours of the lines
    st.caption(_ratio(result) + left_out(result), help=_RULE)
    with st.expander("What is random here, and what is not"):
        st.caption(_CHANCE)
    with st.expander("How each scheme draws"):
        lines = [f"- {_mark(name, dark)} **{name}**: {goes_by(name, result.settings)}" for name in SCHEMES]
        st.markdown("\n".join(lines), unsafe_allow_html=True)
        st.caption(
            "All but *representative* draw with replacement and weight an image of probability p by 1/(m p), "
            "so every estimated cost is unbiased."
        )


def _mark(name: str, dark: bool) -> str:
    """The marker of a scheme's line, in its colour."""
    _, letter, light, night = MARKS[name]
    return f'<span style="color:{night if dark else light}">{letter}</span>'


_RULE = (
    "Two schemes are not distinguishable if the 95 % interval of the mean difference of their log errors (Welch) "
    "contains a ratio of 1; so 1 in 20 comparisons of equal schemes looks different by chance."
)


def _ratio(result: BenchResult) -> str:
    return (
        f"Error divided by uniform's error: ratio of geometric means over {len(result.sizes)} sizes, "
        f"{result.settings.draws} draws each."
    )


def left_out(result: BenchResult) -> str:
    """Which sizes a ratio leaves out, because a coreset of that size has an error of 0."""
    places = []
    for name in SCHEMES:
        sizes = result.sizes[verdict.exact_at(result.of(name))]
        if len(sizes):
            places.append(f"*{name}* at m = {', '.join(f'{m:,}' for m in sizes)}")
    return f" Left out, as an error of 0 has no ratio: {'; '.join(places)}." if places else ""
