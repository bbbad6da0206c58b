"""What students trained on the set take one of its images for."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.runs import confusions
from pages.parts.figure import show_figure
from pages.parts.watch.image_choice import Chosen
from pages.parts.words import percent, plain


def show_students(chosen: Chosen) -> None:
    """The class probabilities of the image at the last test up to its step, or a sentence on why there are none."""
    from ddcore.figures.inspection import class_probabilities

    run = chosen.history.run
    st.markdown("**What students take it for**")
    try:
        step = max((step for step in confusions.steps(run, "students") if step <= chosen.snapshot.step), default=None)
        found = None if step is None else confusions.probabilities(run, step)
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    if found is None or chosen.image >= len(found):
        st.caption(
            f"No test up to step {chosen.snapshot.step:,} recorded what students make of the images: none was made, or "
            "by an earlier version."
        )
        return
    values, names = found[chosen.image], chosen.class_names
    figure = class_probabilities(values, names, chosen.label, dark=st.context.theme.type == "dark")
    show_figure(figure, key="made_of_students")
    own = f": {percent(float(values[chosen.label]))} for its class, {plain(chosen.class_name)}"
    st.caption(
        f"Class probabilities of this image at step {step:,}, by students trained on the set of that step{own}.",
        help="The mean softmax of all students of that test. They were trained on this very image, so that a low "
        "probability of its own class means that the set contradicts itself there.",
    )
