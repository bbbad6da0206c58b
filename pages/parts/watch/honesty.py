"""Accuracies of a run beside their baselines, never one alone."""

import streamlit as st

from ddcore.runs.gains import Measured, against_random, against_start
from pages.parts.figure import show_figure
from pages.parts.run_history import RunHistory
from pages.parts.watch.several_sets import over_sets
from pages.parts.words import plain, unbroken

ROWS = {
    "random": "Random real images, same budget",
    "initial": "Synthetic images at the start",
    "distilled": "Distilled images",
    "full": "All training images",
}


def accuracies(history: RunHistory, last_step: int) -> dict[str, Measured | None]:
    """The accuracies so far: random, initial (step 0), distilled (step `last_step`; None for a selection), full."""
    first, last = history.accuracy.get(0), history.accuracy.get(last_step)
    selected = history.about.selects
    return {
        "random": history.baselines.get("random"),
        "initial": first or last if selected else first,
        "distilled": None if selected else last,
        "full": history.baselines.get("full"),
    }


def final(history: RunHistory) -> Measured | None:
    """The final accuracy of a run: of its distilled or its selected images."""
    found = accuracies(history, history.about.settings["steps"])
    return found["initial" if history.about.selects else "distilled"]


def honesty_panel(history: RunHistory, *, key: str, other: RunHistory | None = None, protocol: bool = True) -> None:
    """Show the accuracies as points with their spread, the gain in words, and, unless told otherwise, the protocol.

    The axis is that of the run `other` beside it, too.
    """
    config = history.run.config()
    settings = history.about.settings
    if settings["evaluation"] == "none":
        st.caption("This run does not test its images (evaluation: none).")
        return
    found = accuracies(history, settings["steps"])
    if not any(found.values()):
        ended = history.run.state() in ("stopped", "failed", "lost")
        st.caption("The run ended before its test." if ended else "Accuracies appear at the end of the run.")
        return
    from ddcore.figures.shares import accuracy_bars

    shown = {name: value and value._asdict() for name, value in found.items()}
    selected = history.about.selects
    there = accuracies(other, other.about.settings["steps"]).values() if other else ()
    figure = accuracy_bars(
        **shown,
        dark=st.context.theme.type == "dark",
        start="selected images" if selected else "start",
        beside=[value and value._asdict() for value in there],
    )
    show_figure(figure, key=f"accuracies-{key}")
    wanted = [name for name in found if not (selected and name == "distilled")]
    if missing := [ROWS[name].lower() for name in wanted if found[name] is None]:
        st.caption(f"Not measured yet: {', '.join(missing)}.")
    if found["random"] and (reached := final(history)):
        images = "selected" if selected else "distilled"
        st.markdown(unbroken(against_random(reached, found["random"], found["full"], images)))
        if found["initial"] and not selected:
            st.markdown(unbroken(against_start(reached, found["initial"], by_itself=bool(config.get("kernel")))))
    if words := over_sets(history):
        st.markdown(words)
    if protocol:
        protocol_caption([history])
    if words := step_size_words(history):
        st.caption(words)


def protocol_caption(read: list[RunHistory]) -> None:
    """Say once how the students of these runs were trained and tested, if any were; all have the protocol of the
    first."""
    tested = any(any(accuracies(history, history.about.settings["steps"]).values()) for history in read)
    if tested and (protocol := read[0].run.config().get("protocol")):
        st.caption(
            "Test accuracy of students trained from scratch; ± is one standard deviation over n students of "
            f"{'this set' if len(read) == 1 else 'each set'}.",
            help=f"Every student has this protocol: {plain(protocol['text'])}. Each repeat draws new random images. "
            "To see how much the seed of the set matters, run other seeds.",
        )


def step_size_words(history: RunHistory) -> str:
    """What differs in how students are trained where the method learned their step size; "" where it did not."""
    if history.lr_student is None:
        return ""
    return (
        f"Students of this set use the step size that {plain(history.about.method)} learned "
        f"({history.lr_student:.3g}); those of random images and of all training images use the protocol's."
    )
