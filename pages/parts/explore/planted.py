"""What was planted in a variant of a dataset, and which scores find it. N is the number of training images."""

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.data.variants import KINDS, Variant
from ddcore.figures.scores import finding_curves
from ddcore.importance.agreement import average_precision, precision_recall
from pages.parts.explore.all_scores import offer_missing, scores_there
from pages.parts.explore.on_the_map import Colouring
from pages.parts.explore.scored import Scored
from pages.parts.figure import show_figure

_LIMITS = {
    "copies": " A copy has the same score as its original, so no score can tell which of the two was planted.",
}
_AS_GOOD = 0.01  # average precisions this close count as equal
_BETTER = 0.5  # of the base rate, and ...
_GAIN = 0.2  # ... of the gap between it and 1: a score that gains less than both finds nothing to speak of


class Found(NamedTuple):
    """How well a score finds the planted images: average precision, and the curve of the better end."""

    title: str
    high: float  # looking from the highest score on
    low: float  # ... from the lowest on
    recall: np.ndarray
    precision: np.ndarray

    @property
    def best(self) -> float:
        return max(self.high, self.low)

    @property
    def end(self) -> str:
        return "lowest" if self.low > self.high else "highest"

    @property
    def name(self) -> str:
        return f"{self.title}, lowest first" if self.low > self.high else self.title


def called(dataset: Dataset) -> tuple[str, str]:
    """The name of a planted image, singular and plural."""
    return KINDS[Variant.parse(dataset.variant).kind].planted


def planted_colouring(dataset: Dataset) -> Colouring | None:
    if dataset.planted is None:
        return None
    groups = np.asarray(dataset.planted).astype(np.int64)
    return Colouring("planted", None, groups, ("all others", called(dataset)[1]), focus=(1,))


def about_planted(dataset: Dataset, id: int, *, asked: bool) -> str:
    """What the card says of what was planted; empty where nothing was.

    Unless `asked`, when nobody chose this image, it says of every image how to find out: who looks for what was planted
    must not be met by the answer.
    """
    if dataset.planted is None:
        return ""
    one, several = called(dataset)
    if not asked:
        return f":gray[{one.capitalize()}? Click an image to see.]"
    if not dataset.planted[id]:
        return f":gray[not one of the {several}]"
    if dataset.true_labels is not None:
        return f":red[**wrong label**], truly **{dataset.classes[dataset.true_labels[id]]}**"
    words = f":red[**planted {one}**]"
    if (origin := int(dataset.origins[id])) >= 0:
        words += f" of image {origin:,}"
    return words


def found_by(scored: Scored, planted: np.ndarray) -> Found:
    """How well `scored` finds the images `planted` (N,) bool, searching from the better end."""
    high, low = (average_precision(sign * scored.scores, planted) for sign in (1, -1))
    return Found(scored.title, high, low, *precision_recall(-scored.scores if low > high else scored.scores, planted))


@st.cache_resource(max_entries=64, show_spinner=False)
def _found_by(key: str, _scored: Scored, _planted: np.ndarray) -> Found:
    """`found_by`; `key` is that of the scores, which belong to one dataset."""
    return found_by(_scored, _planted)


@st.cache_resource(max_entries=8, show_spinner=False)
def _figure(keys: tuple[str, ...], dark: bool, _there: list[Found], _base: float, _several: str) -> go.Figure:
    """The curves of `_there`, cached by `keys`."""
    curves = {found.name: (found.recall, found.precision) for found in _there}
    return finding_curves(curves, _base, _several, dark=dark)


def show_finders(dataset: Dataset, schema: Schema | None, *, dark: bool) -> None:
    """Show how well each computed score finds the planted images (precision and recall), and which is best."""
    if dataset.planted is None or schema is None:
        return
    planted, (_, several) = np.asarray(dataset.planted), called(dataset)
    st.markdown(f"##### Which score finds the {several}?")
    base = float(planted.mean())
    scores = scores_there(dataset, schema).values()
    there = [_found_by(scored.key, scored, planted) for scored in scores]
    there.sort(key=lambda found: -found.best)
    if not there:
        st.caption("No score of this dataset has been computed yet.")
        offer_missing(dataset, schema, "planted")
        return
    st.markdown(best_in_words(there, base, several))
    left, right = st.columns([7, 5], gap="large")
    with left:
        figure = _figure(tuple(scored.key for scored in scores), dark, there, base, several)
        show_figure(figure, key="explore_finding")
    with right:
        st.markdown(table(there, base))
        st.caption(
            f"Average precision for finding the {int(planted.sum()):,} {several} among {len(planted):,} images, "
            "searching from the highest or from the lowest score; bold and in the curves: the better end."
            + _LIMITS.get(several, "")
        )
        offer_missing(dataset, schema, "planted")


def best_in_words(there: list[Found], base: float, several: str) -> str:
    """Which score finds the planted images best; `there`: best first; `base`: share of planted images."""
    best, alone = there[0], len(there) == 1
    if best.best < base + min(_BETTER * base, _GAIN * (1 - base)):
        who = f"{best.title} does not find" if alone else f"None of the {len(there)} scores computed finds"
        which = "its" if alone else "the best"
        return (
            f"**{who} the {several} much better than chance**: {which} average precision is {best.best:.3f} "
            f"({best.title}, {best.end} first); random order has {base:.3f}."
        )
    others = [found.title for found in there[1:] if best.best - found.best <= _AS_GOOD]
    equal = f" ({_listed(others)} within {_AS_GOOD:g} of it)" if others else ""
    who = (
        f"{best.title}, the only score computed, finds"
        if alone
        else f"Of the {len(there)} scores computed, {best.title} finds"
    )
    return (
        f"**{who} the {several}{'' if alone else ' best'}**: average precision **{best.best:.3f}**{equal}, "
        f"{best.end} scores first; random order has {base:.3f}."
    )


def _listed(titles: list[str]) -> str:
    """ "EL2N, GraNd and margin"."""
    return " and ".join(filter(None, [", ".join(titles[:-1]), titles[-1]]))


def table(there: list[Found], base: float) -> str:
    """A Markdown table, best first."""
    rows = ["| score | highest first | lowest first |", "|:--|--:|--:|"]
    for found in there:
        high, low = f"{found.high:.3f}", f"{found.low:.3f}"
        high, low = (high, f"**{low}**") if found.low > found.high else (f"**{high}**", low)
        rows.append(f"| {found.title} | {high} | {low} |")
    return "\n".join([*rows, f"| *chance* | {base:.3f} | {base:.3f} |"])
