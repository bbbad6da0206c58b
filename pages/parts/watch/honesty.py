"""Accuracies of a run beside their baselines, never one alone."""

import streamlit as st

from pages.parts.run_history import Measured, RunHistory
from pages.parts.watch.comparing import interval
from pages.parts.watch.several_sets import over_sets
from pages.parts.words import number_word, percent, plain, signed

ROWS = {
    "random": "Random real images, same budget",
    "initial": "Synthetic images at the start",
    "distilled": "Distilled images",
    "full": "All training images",
}

_FEW = 5  # up to so many repeats a standard deviation is itself uncertain


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


def honesty_panel(history: RunHistory, *, key: str) -> None:
    """Show the accuracies as points with their spread, the gain in words, and the protocol."""
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
    figure = accuracy_bars(
        **shown, dark=st.context.theme.type == "dark", start="selected images" if selected else "start"
    )
    st.plotly_chart(figure, theme=None, key=f"accuracies-{key}", config={"displayModeBar": False})
    wanted = [name for name in found if not (selected and name == "distilled")]
    if missing := [ROWS[name].lower() for name in wanted if found[name] is None]:
        st.caption(f"Not measured yet: {', '.join(missing)}.")
    if found["random"] and (reached := final(history)):
        st.markdown(gain(reached, found["random"], found["full"], "selected" if selected else "distilled"))
        if found["initial"] and not selected:
            st.markdown(against_start(reached, found["initial"], by_itself=bool(config.get("kernel"))))
    if words := over_sets(history):
        st.markdown(words)
    if protocol := config.get("protocol"):
        st.caption(
            "Test accuracy of students trained from scratch; ± is one standard deviation over n students of this set.",
            help=f"Every student has this protocol: {plain(protocol['text'])}. Each repeat draws new random images. "
            "To see how much the seed of the set matters, run other seeds.",
        )
        if words := step_size_words(history):
            st.caption(words)


def step_size_words(history: RunHistory) -> str:
    """What differs in how students are trained where the method learned their step size; "" where it did not."""
    if history.lr_student is None:
        return ""
    return (
        f"Students of this set use the step size that {plain(history.about.method)} learned "
        f"({history.lr_student:.3g}); those of random images and of all training images use the protocol's."
    )


def against_start(distilled: Measured, initial: Measured, *, by_itself: bool) -> str:
    """The distilled images against the images they started from; `by_itself`: the set has its own predictor."""
    points, surely, span = _difference(distilled, initial)
    gained = f"{signed(points)} points from the images they started from"
    if surely is None:
        return f"{gained} ({span})."
    if not surely:
        return f"Not distinguishable from the images they started from: {signed(points)} points ({span})."
    why = " What suits the set's own predictor need not suit a network." if by_itself and points < 0 else ""
    return f"{gained} ({span}).{why}"


def gain(distilled: Measured, random: Measured, full: Measured | None, called: str = "distilled") -> str:
    """The distilled (or otherwise `called`) images against random ones, and against all the data if that is known."""
    points, surely, span = _difference(distilled, random)
    rest = f"; all the data give {percent(full.mean)}." if full else "."
    if full and full.mean < distilled.mean:
        rest = rest.removesuffix(".") + " (short training)."
    images = f"The {called} images"
    if surely is None:
        return f"{images} give {signed(points)} points against as many random ones ({span}){rest}"
    if not surely:
        why = _since(distilled, random, called)
        return f"{images} are not distinguishable from as many random ones: {signed(points)} points ({span}){why}{rest}"
    word = "better" if points > 0 else "worse"
    return f"{images} are **{abs(points):.1f} points {word}** than as many random ones ({span}){rest}"


def _since(one: Measured, random: Measured, called: str) -> str:
    """Why an interval is wide, as the end of a sentence: which side varies most, and over how few repeats.

    `called`: the name of the images of `one`. Empty if nothing varies.
    """
    part, who = max(
        (random, f"{number_word(random.repeats)} random sets of this size"),
        (one, f"{number_word(one.repeats)} students of the {called} images"),
        key=lambda side: side[0].std ** 2 / side[0].repeats,
    )
    if part.std == 0:
        return ""
    few = f", and {number_word(part.repeats)} are few" if part.repeats <= _FEW else ""
    return f", since {who} vary by ± {100 * part.std:.1f} points{few}"


def _difference(one: Measured, other: Measured) -> tuple[float, bool | None, str]:
    """Points between two accuracies, whether that is more than chance (None: unknown), and the interval in words."""
    points = 100 * (one.mean - other.mean)
    if min(one.repeats, other.repeats) < 2:
        return points, None, "one student, so no interval"
    margin = 100 * interval(one, other)
    return points, abs(points) > margin, f"95 % interval: ± {margin:.1f}"
