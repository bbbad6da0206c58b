"""Accuracies of a set's own kernel predictor beside those of random images and of the start."""

import streamlit as st

from pages.parts.run_history import Measured, RunHistory
from pages.parts.watch.comparing import exact_verdict, interval, letters_to_compare, predictors_comparable, verdict
from pages.parts.words import signed

ROWS = {
    "random": "random real images, same budget",
    "initial": "synthetic images at the start",
    "distilled": "synthetic images now distilled",
}


def predictor_accuracies(history: RunHistory) -> dict[str, Measured | None]:
    """What is known so far, under the run's predictor: random, initial (step 0), distilled (the last step).

    Of all test images only: what was found along the way by a part of them stays out.
    """
    config = history.run.config()
    every = config["dataset"].get("test", 0) if config["dataset"] else 0
    points = (history.kernel.get(step) for step in (0, config["settings"]["steps"]))
    first, end = (point.accuracy if point and point.accuracy and point.images >= every else None for point in points)
    return {"random": history.baselines.get("kernel-random"), "initial": first, "distilled": end}


def has_predictor_accuracies(history: RunHistory) -> bool:
    return any(predictor_accuracies(history).values())


def predictor_honesty(history: RunHistory, *, key: str) -> None:
    """The accuracies as points, the gain in words, which predictor it is and how often it was drawn."""
    found = predictor_accuracies(history)
    if not any(found.values()):
        return
    from ddcore.figures.shares import accuracy_bars

    shown = {name: value and value._asdict() for name, value in found.items()}
    figure = accuracy_bars(**shown, full=None, dark=st.context.theme.type == "dark")
    st.plotly_chart(figure, theme=None, key=f"predictor-{key}", config={"displayModeBar": False})
    if missing := [ROWS[name] for name in found if found[name] is None]:
        st.caption(f"Not measured yet: {', '.join(missing)}.")
    one = history.about.distiller.predictor == "exact"
    if found["random"] and found["distilled"]:
        st.markdown(predictor_gain(found["distilled"], found["random"], one))
    st.caption(how_tested(history, one))


def predictor_gain(distilled: Measured, random: Measured, one: bool) -> str:
    """The distilled images against random ones under one predictor; `one`: it has no chance in it."""
    points = 100 * (distilled.mean - random.mean)
    told = "Under the same predictor, the distilled images"
    if random.repeats < 2 or (distilled.repeats < 2 and not one):
        return f"{told} are {signed(points)} points from random images of the same number (chance is not known)."
    margin = 100 * interval(distilled, random)
    span = f"95 % interval: ± {margin:.1f}" + (", over draws of random images" if one else "")
    if abs(points) <= margin:
        return f"{told} are not distinguishable from random images: {signed(points)} points ({span})."
    where = "above" if points > 0 else "below"
    return f"{told} are **{abs(points):.1f} points {where}** random images of the same number ({span})."


def how_tested(history: RunHistory, one: bool) -> str:
    """Which predictor, on how many test images, with how much chance."""
    text = history.about.config.get("kernel")
    images = max((point.images for point in history.kernel.values() if point.images), default=None)
    student = "" if history.about.distiller.predictor == "trained" else ", no student"
    predictor = f"Kernel ridge regression on the set itself{student}: {text}." if text else ""
    tested = f" Accuracy on {images:,} test images." if images else ""
    chance = (
        "Of a set there is one predictor, no chance in it (n = 1); random images are new for each of n repeats."
        if one
        else "± is one standard deviation over n predictors; random images are new for each repeat."
    )
    return f"{predictor}{tested} {chance} Not comparable with what students reach."


def predictor_verdict(read: list[RunHistory]) -> str:
    """Two runs by their own predictors, or why these cannot be compared; "" while there is nothing to compare."""
    configs = [history.run.config() for history in read]
    finals = [predictor_accuracies(history)["distilled"] for history in read]
    if None in finals:
        return ""
    if reason := predictors_comparable(*configs):
        return f"By their own predictors the two sets cannot be compared: {reason}."
    letters = letters_to_compare(*configs)
    first, second = (finals["AB".index(letter)] for letter in letters)
    one = all(history.about.distiller.predictor == "exact" for history in read)
    images = min(history.kernel[history.run.config()["settings"]["steps"]].images for history in read)
    told = exact_verdict(first, second, images, letters) if one else verdict(first, second, letters, "predictor")
    return f"By the same kernel predictor: {told}"
