"""The synthetic set as a predictor: its learned labels at the cursor, and how well its matrix and its cost behave."""

from collections.abc import Callable

import streamlit as st

from pages.parts.browser.player import cursor_step
from pages.parts.run_history import KernelPoint, RunHistory
from pages.parts.watch.label_shots import LabelShot, label_shots, labels_change
from pages.parts.watch.player_words import drawn_along_the_way

_LETTERS = "AB"
_BARE = {"displayModeBar": False}


def predictor_panel(read: list[RunHistory], cursor: int) -> None:
    """Of one run or two, at step `cursor`; nothing where neither has a predictor of its own."""
    changing = [history for history in read if labels_change(history)]
    if not changing and not any(history.kernel for history in read):
        return
    st.subheader("What does the set say by itself?")
    if changing:
        _labels(read, cursor)
    if any(history.kernel for history in read):
        _diagnostics(read, cursor)


def _labels(read: list[RunHistory], cursor: int) -> None:
    """One run: map and curve beside each other; two: a column each, in the same colours."""
    shots = [label_shots(history) for history in read]
    most = max((abs(shot.rows).max() for found in shots for shot in found.values()), default=1.0)
    if len(read) == 1:
        left, right = st.columns([3, 2], gap="large")
        with left:
            _map(read[0], shots[0], cursor, most, wide=True)
        with right:
            _weights(read[0], shots[0], cursor)
        return
    for letter, column, history, found in zip(_LETTERS, st.columns(2, gap="large"), read, shots, strict=True):
        with column:
            st.markdown(f"**{letter}**")
            if labels_change(history):
                _map(history, found, cursor, most, wide=False)
                _weights(history, found, cursor)
            else:
                st.caption("Its labels are not learned: each image stands for its class alone.")


def _map(history: RunHistory, shots: dict[int, LabelShot], cursor: int, most: float, *, wide: bool) -> None:
    if not shots:
        st.caption("The labels are shown as soon as there is a snapshot that holds them.")
        return
    from ddcore.figures.kernel import label_map

    step = cursor_step(list(shots), cursor)
    shot, names = shots[step], [str(name) for name in history.run.config()["dataset"]["classes"]]
    kind = history.run.config()["settings"]["labels"].capitalize()
    st.markdown(f"**{kind} labels at step {step:,}**")
    figure = label_map(shot.rows, shot.classes, names, most, dark=_dark(), wide=wide)
    st.plotly_chart(figure, theme=None, key=f"labels-{history.run.id}", config=_BARE)
    rows = "the mean label of a class's images" if shot.averaged else "one synthetic image"
    shown = cursor_step(history.run.snapshot_steps(), cursor)
    earlier = "" if step == shown else f" Of step {shown:,} no labels were kept; these are the last before it."
    st.caption(
        f"A row is {rows}: how much it counts for (blue) or against (orange) each class; a row sums to 1, and a fixed "
        f"label is 1 on its own class. Students learn from the blue part only. Colours are by square root, so that "
        f"small weights show. The map follows the player once its cursor rests.{earlier}"
    )


def _weights(history: RunHistory, shots: dict[int, LabelShot], cursor: int) -> None:
    if len(shots) < 2:
        return
    from ddcore.figures.kernel import Curve, label_weights

    own = Curve("own class", list(shots), [shot.own for shot in shots.values()])
    other = Curve("largest other class", list(shots), [shot.other for shot in shots.values()], 1)
    st.markdown("**How the labels change**")
    figure = label_weights(own, other, cursor, dark=_dark())
    st.plotly_chart(figure, theme=None, key=f"weights-{history.run.id}", config=_BARE)
    st.caption("Mean over all synthetic images of a label's weight on its own class, and of its largest weight on "
               "another class; fixed labels have 1 and 0.")  # fmt: skip


def _diagnostics(read: list[RunHistory], cursor: int) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Condition number of the matrix that is solved**")
        _chart(read, cursor, "condition number", lambda point: point.condition, None)
        st.caption("Largest over smallest eigenvalue, no unit, log axis. Solving with a condition number of 10ᵏ costs "
                   f"about k of the 16 digits that float64 has; a larger ridge lowers it.{_drawn(read)}")  # fmt: skip
    with right:
        st.markdown("**Certificate ε of the set**")
        _chart(read, cursor, "ε", lambda point: point.certificate, (1.0, "ε = 1"))
        st.caption("For ridge regression on 200 random Fourier features, whatever the fit: its cost on the set (each "
                   "image counted for its share of the real ones) lies within 1 − ε and 1 + ε times that on the real "
                   "images. ε ≥ 1 gives no lower guarantee, and so few images are nearly always above. A rising "
                   "ε says that such regressions are served worse, whatever its own predictor gains.")  # fmt: skip


def _drawn(read: list[RunHistory]) -> str:
    """Of which predictors the condition number is, where one point of a curve has more of them than another."""
    several = [history for history in read if len({point.accuracy.repeats for point in _tested(history)}) > 1]
    methods = {history.about.method: history.about.distiller.predictor for history in several}
    made = {"drawn": "drawn", "trained": "trained on the set"}
    return "".join(
        f" {method}: of {drawn_along_the_way(predictor)} along the way, at the start and at the end of the worst of "
        f"several that are {made[predictor]} for the test."
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
    from ddcore.figures.kernel import Curve, over_steps

    curves = []
    for run, history in enumerate(read):
        steps = sorted(history.kernel)
        name = _LETTERS[run] if len(read) > 1 else ""
        curves.append(Curve(name, steps, [value(history.kernel[step]) for step in steps], run))
    figure = over_steps(curves, f"{title}, log axis", cursor, dark=_dark(), limit=limit)
    st.plotly_chart(figure, theme=None, key=f"{title}-{'-'.join(history.run.id for history in read)}", config=_BARE)


def _dark() -> bool:
    return st.context.theme.type == "dark"
