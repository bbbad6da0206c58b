"""Accuracies of a run beside what they have to be compared with, never one alone."""

import streamlit as st

from pages.parts.run_history import Measured, RunHistory
from pages.parts.watch.comparing import interval
from pages.parts.words import number_word, percent, signed

ROWS = {
    "random": "Random real images, same budget",
    "initial": "Synthetic images at the start",
    "distilled": "Synthetic images now distilled",
    "full": "All training images",
}

_FEW = 5  # repeats up to which a standard deviation itself is little known


def accuracies(history: RunHistory, last_step: int) -> dict[str, Measured | None]:
    """What is known so far: random, initial (step 0), distilled (step `last_step`, None where none is), full."""
    first, last = history.accuracy.get(0), history.accuracy.get(last_step)
    selected = history.about.selects
    return {
        "random": history.baselines.get("random"),
        "initial": first or last if selected else first,
        "distilled": None if selected else last,
        "full": history.baselines.get("full"),
    }


def final(history: RunHistory) -> Measured | None:
    """The accuracy a run ended with: of its distilled images, or of those it selected."""
    found = accuracies(history, history.about.settings["steps"])
    return found["initial" if history.about.selects else "distilled"]


def honesty_panel(history: RunHistory, *, key: str) -> None:
    """The accuracies as points with their spread, the gain in words, and the protocol they were taken by."""
    config = history.run.config()
    if config["settings"]["evaluation"] == "none":
        st.caption("This run was asked not to test its images (evaluation: none).")
        return
    found = accuracies(history, config["settings"]["steps"])
    if not any(found.values()):
        ended = history.run.state() in ("stopped", "failed", "lost")
        st.caption("The run ended before its test." if ended else "Tests come at the end of the run.")
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
    if protocol := config.get("protocol"):
        st.caption(f"Students are trained from scratch by one protocol, {protocol['text']}. Test accuracy; ± is one "
                   f"standard deviation over n repeats; random images are new for each repeat.")  # fmt: skip


def against_start(distilled: Measured, initial: Measured, *, by_itself: bool) -> str:
    """The distilled images against those they were made of; `by_itself`: the set is a predictor of its own."""
    points, surely, span = _difference(distilled, initial)
    told = f"Against the images they started from, they teach {signed(points)} points"
    if surely is None:
        return f"{told} ({span})."
    if not surely:
        return f"{told}, which may be chance ({span})."
    why = " What suits a set's own predictor need not suit a network." if by_itself and points < 0 else ""
    return f"{told} ({span}).{why}"


def gain(distilled: Measured, random: Measured, full: Measured | None, called: str = "distilled") -> str:
    """The distilled images (or what they are `called`) against random ones, and all the data where that is known."""
    points, surely, span = _difference(distilled, random)
    rest = f"; all the data teaches {percent(full.mean)}." if full else "."
    if full and full.mean < distilled.mean:
        rest = rest.removesuffix(".") + ", trained by a short schedule (stated below)."
    told = f"Against random images of the same number, the {called} ones"
    if surely is None:
        return f"{told} teach {signed(points)} points ({span}){rest}"
    if not surely:
        return f"{told} cannot be told apart: {signed(points)} points ({span}){_since(distilled, random, called)}{rest}"
    return f"{told} teach **{signed(points)} points** ({span}){rest}"


def _since(one: Measured, random: Measured, called: str) -> str:
    """Why an interval is as wide as it is, as the end of a sentence: which side varies most, and over how few repeats.

    `called`: what the images of `one` are called. Empty where nothing varies.
    """
    part, who = max(
        (random, f"{number_word(random.repeats)} random sets of this size"),
        (one, f"{number_word(one.repeats)} students of the {called} ones"),
        key=lambda side: side[0].std ** 2 / side[0].repeats,
    )
    if part.std == 0:
        return ""
    few = f", and {number_word(part.repeats)} are few" if part.repeats <= _FEW else ""
    return f", since {who} differ among themselves by ± {100 * part.std:.1f} points{few}"


def _difference(one: Measured, other: Measured) -> tuple[float, bool | None, str]:
    """Points between two accuracies, whether that is more than chance (None: not known), and how sure, in words."""
    points = 100 * (one.mean - other.mean)
    if min(one.repeats, other.repeats) < 2:
        return points, None, "one student: chance is not known"
    margin = 100 * interval(one, other)
    return points, abs(points) > margin, f"95 % interval: ± {margin:.1f}"
