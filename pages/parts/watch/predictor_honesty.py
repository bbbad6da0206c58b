"""Accuracies of a set's own kernel predictor beside random images and the start."""

import streamlit as st

from ddcore.runs.gains import Measured, of_predictor
from pages.parts.figure import show_figure
from pages.parts.run_history import RunHistory
from pages.parts.watch.comparing import exact_verdict, letters_to_compare, predictors_comparable, verdict
from pages.parts.words import plain, unbroken

ROWS = {
    "random": "random real images, same budget",
    "initial": "synthetic images at the start",
    "distilled": "distilled images",
}


def predictor_accuracies(history: RunHistory) -> dict[str, Measured | None]:
    """The accuracies so far under the run's predictor: random, initial (step 0), distilled (the last step).

    Only tests on all test images count; those along the way use a part of them.
    """
    config = history.run.config()
    every = config["dataset"].get("test", 0) if config["dataset"] else 0
    points = (history.kernel.get(step) for step in (0, history.about.settings["steps"]))
    first, end = (point.accuracy if point and point.accuracy and point.images >= every else None for point in points)
    return {"random": history.baselines.get("kernel-random"), "initial": first, "distilled": end}


def has_predictor_accuracies(history: RunHistory) -> bool:
    return any(predictor_accuracies(history).values())


def predictor_honesty(history: RunHistory, *, key: str, other: RunHistory | None = None) -> None:
    """Show the accuracies as points, the gain in words, the predictor and how often it was drawn.

    The axis is that of the run `other` beside it, too.
    """
    known = predictor_accuracies(history)
    if not any(known.values()):
        return
    from ddcore.figures.shares import accuracy_bars

    shown = {name: value and value._asdict() for name, value in known.items()}
    beside = [value and value._asdict() for value in (predictor_accuracies(other).values() if other else ())]
    figure = accuracy_bars(**shown, full=None, dark=st.context.theme.type == "dark", beside=beside)
    show_figure(figure, key=f"predictor-{key}")
    if missing := [ROWS[name] for name in known if known[name] is None]:
        st.caption(f"Not measured yet: {', '.join(missing)}.")
    one = history.about.distiller.predictor == "exact"
    if known["random"] and known["distilled"]:
        st.markdown(unbroken(of_predictor(known["distilled"], known["random"], one)))
    st.caption(plain(how_tested(history, one)))


def how_tested(history: RunHistory, one: bool) -> str:
    """Which predictor, on how many test images, and what is random."""
    text = history.about.config.get("kernel")
    images = max((point.images for point in history.kernel.values() if point.images), default=None)
    student = "" if history.about.distiller.predictor == "trained" else ", no student"
    predictor = f"Kernel ridge regression on the set itself{student}: {text}." if text else ""
    tested = f" Accuracy on {images:,} test images." if images else ""
    chance = (
        "A set has one predictor, in which nothing is random (n = 1); each of n repeats draws new random images."
        if one
        else "± is one standard deviation over n predictors; each repeat draws new random images."
    )
    return f"{predictor}{tested} {chance} Not comparable with the accuracy of students."


def predictor_verdict(read: list[RunHistory]) -> str:
    """Compare two runs by their own predictors, or say why not; "" while there is nothing to compare."""
    configs = [history.run.config() for history in read]
    finals = [predictor_accuracies(history)["distilled"] for history in read]
    if None in finals:
        return ""
    if reason := predictors_comparable(*configs):
        return f"The two sets' own predictors cannot be compared: {plain(reason)}."
    letters = letters_to_compare(*configs)
    first, second = (finals["AB".index(letter)] for letter in letters)
    one = all(history.about.distiller.predictor == "exact" for history in read)
    images = min(history.kernel[history.about.settings["steps"]].images for history in read)
    words = exact_verdict(first, second, images, letters) if one else verdict(first, second, letters, "predictor")
    return f"By the same kernel predictor: {words}"
