"""The synthetic set as a predictor: its learned labels at the cursor, condition number and certificate."""

from collections.abc import Callable

import streamlit as st

from ddcore.runs.certified import HELP as CERTIFIED
from pages.parts.browser.player import cursor_step
from pages.parts.figure import show_figure
from pages.parts.run_history import KernelPoint, RunHistory
from pages.parts.watch.label_shots import LabelShot, label_shots, labels_change
from pages.parts.watch.picking import LETTERS
from pages.parts.watch.player_words import drawn_along_the_way


def predictor_panel(read: list[RunHistory], cursor: int) -> None:
    """Draw it for one run or two at step `cursor`; nothing if neither has its own predictor."""
    changing = [history for history in read if labels_change(history)]
    if not changing and not any(history.kernel for history in read):
        return
    st.subheader("The set as a predictor")
    _certified(read, cursor)
    if changing:
        _labels(read, cursor)
    if any(history.kernel and not history.certified for history in read):  # two points, and a proof in their place
        _diagnostics(read, cursor)


def _certified(read: list[RunHistory], cursor: int) -> None:
    """What runs in closed form prove at the cursor, a sentence each."""
    for letter, history in zip(LETTERS, read, strict=False):
        name, proved = f"{letter}: " if len(read) > 1 else "", history.certified
        if history.coresets and cursor < min(proved):
            st.markdown(f"{name}This is the start, before the first fit; the certificate begins at step {min(proved)}.")
        elif proved:
            images = (history.about.config["dataset"] or {}).get("train")
            st.markdown(name + proved[cursor_step(sorted(proved), cursor)].words(images), help=CERTIFIED)


def _labels(read: list[RunHistory], cursor: int) -> None:
    """One run: map and curve side by side; two: a column each, in the same colours."""
    shots = [label_shots(history) for history in read]
    most = max((abs(shot.rows).max() for found in shots for shot in found.values()), default=1.0)
    if len(read) == 1:
        left, right = st.columns([3, 2], gap="large")
        with left:
            _map(read[0], shots[0], cursor, most, wide=True)
        with right:
            _weights(read[0], shots[0], cursor)
        return
    for letter, column, history, found in zip(LETTERS, st.columns(2, gap="large"), read, shots, strict=True):
        with column:
            st.markdown(f"**{letter}**")
            if labels_change(history):
                _map(history, found, cursor, most, wide=False)
                _weights(history, found, cursor)
            else:
                st.caption("Its labels are fixed: 1 on the image's own class.")


def _map(history: RunHistory, shots: dict[int, LabelShot], cursor: int, most: float, *, wide: bool) -> None:
    if not shots:
        st.caption("Labels appear with the first snapshot that has them.")
        return
    from ddcore.figures.kernel import label_map

    step = cursor_step(list(shots), cursor)
    shot, names = shots[step], [str(name) for name in history.run.config()["dataset"]["classes"]]
    kind = history.run.config()["settings"]["labels"].capitalize()
    st.markdown(f"**{kind} labels at step {step:,}**")
    figure = label_map(shot.rows, shot.classes, names, most, dark=_dark(), wide=wide)
    show_figure(figure, key=f"labels-{history.run.id}")
    rows = "the mean label of a class" if shot.averaged else "one synthetic image"
    shown = cursor_step(history.run.snapshot_steps(), cursor)
    earlier = "" if step == shown else f" Step {shown:,} has no saved labels; these are the last before it."
    st.caption(
        f"Each row is {rows}: its weight for (blue) or against (orange) each class.{earlier}",
        help="A row sums to 1; a fixed label is 1 on its own class. Students learn from the blue part only. Colours "
        "show the square root, so that small weights are visible. The map follows the player once its cursor rests.",
    )


def _weights(history: RunHistory, shots: dict[int, LabelShot], cursor: int) -> None:
    if len(shots) < 2:
        return
    from ddcore.figures.kernel import label_weights
    from ddcore.figures.lines import Line

    own = Line("own class", list(shots), [shot.own for shot in shots.values()])
    other = Line("largest other class", list(shots), [shot.other for shot in shots.values()], 1)
    st.markdown("**Label weights**")
    figure = label_weights(own, other, cursor, dark=_dark())
    show_figure(figure, key=f"weights-{history.run.id}")
    st.caption("Mean over all synthetic images: a label's weight on its own class, and its largest weight on another "
               "class; fixed labels have 1 and 0.")  # fmt: skip


def _diagnostics(read: list[RunHistory], cursor: int) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Condition number of the solved matrix**")
        _chart(read, cursor, "condition number", lambda point: point.condition, None)
        st.caption(
            "Largest eigenvalue divided by the smallest (no unit, log axis).",
            help="Solving with a condition number of 10ᵏ costs about k of the 16 digits of float64; a larger ridge "
            f"lowers it.{_drawn(read)}",
        )
    with right:
        st.markdown("**Certificate ε of the set**")
        _chart(read, cursor, "ε", lambda point: point.certificate, (1.0, "ε = 1"))
        st.caption(
            "Every ridge regression's cost on the set is 1 − ε to 1 + ε times its cost on the real images.",
            help="The regressions are on 200 random Fourier features; each synthetic image is weighted by its share of "
            "the real ones. ε ≥ 1 gives no lower guarantee, and so few images are nearly always above 1. A rising ε "
            "means that the set serves such regressions worse, whatever its own predictor gains.",
        )


def _drawn(read: list[RunHistory]) -> str:
    """Which predictors the condition number belongs to, if the points of a curve differ in that."""
    several = [history for history in read if len({point.accuracy.repeats for point in _tested(history)}) > 1]
    methods = {history.about.method: history.about.distiller.predictor for history in several}
    made = {"drawn": "drawn", "trained": "trained on the set"}
    return "".join(
        f" {method}: along the way of {drawn_along_the_way(predictor)}; at the start and the end, the worst of several "
        f"{made[predictor]} for the test."
        for method, predictor in methods.items()
    )


def _tested(history: RunHistory) -> list[KernelPoint]:
    return [point for point in history.kernel.values() if point.accuracy]


def _chart(
    read: list[RunHistory],
    cursor: int,
    title: str,
    value: Callable[[KernelPoint], float],
    limit: tuple[float, str] | None,
) -> None:
    from ddcore.figures.lines import Line, over_steps

    lines = []
    for run, history in enumerate(read):
        steps = sorted(history.kernel)
        name = LETTERS[run] if len(read) > 1 else ""
        lines.append(Line(name, steps, [value(history.kernel[step]) for step in steps], run))
    figure = over_steps(lines, title, cursor, dark=_dark(), limit=limit)
    show_figure(figure, key=f"{title}-{'-'.join(history.run.id for history in read)}")


def _dark() -> bool:
    return st.context.theme.type == "dark"
