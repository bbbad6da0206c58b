"""Start: a finished example run replays once, with a sentence on what it shows and links to five pages."""

import streamlit as st

from pages.parts import address
from pages.parts.browser.player import player
from pages.parts.run_description import loss_words
from pages.parts.run_history import RunHistory
from pages.parts.run_words import headline, story
from pages.parts.spelling import number
from pages.parts.tracks import track
from pages.parts.watch.run_choice import examples
from pages.parts.words import unbroken

WAYS = (
    (
        "learn.py",
        "Learn in two minutes",
        "Drag points and move sliders to see what a coreset and sensitivity are.",
    ),
    ("explore.py", "Explore which points matter", "A map of real images, coloured by importance."),
    ("bench.py", "Put sampling to the test", "Does importance sampling beat uniform? By how much, and when not?"),
    ("distill.py", "Distill your own", "Choose data and a method, and see the cost before you start."),
    ("library.py", "Open the library", "Your runs and datasets, to download or add."),
)
_STEP = "start_step"  # session key of the step under the cursor; None: the last


def replay() -> None:
    """Show the newest bundled run: a sentence, its pictures and curves, and how its numbers were measured."""
    run = examples()[0]
    config, result = run.config(), run.status()["result"]
    st.title(headline(config))
    st.markdown(unbroken(story(config, result)))
    history = RunHistory(run).update()
    shown = track(history, "distilled images")
    address.follow(address.held("step", _STEP, number(0, whole=True)))
    step, newest = st.session_state.get(_STEP), shown.steps[-1]
    event = player([shown], total_steps=result["steps"], key="example", step=step, autoplay=step is None, seconds=8.0)
    st.session_state[_STEP] = event.cursor if event.cursor < newest else None
    final = result["accuracy"]
    st.caption(
        f"A recorded run of {history.about.method} on {config['dataset']['name']}; {history.about.drawn}: "
        f"{result['steps']:,} steps in {result['seconds']:.0f} s; final test accuracy {100 * final['mean']:.1f} ± "
        f"{100 * final['std']:.1f} % over {final['repeats']} students.",
        help=f"Test accuracy on {config['dataset']['test']:,} images, mean ± standard deviation; points along the way "
        f"are one student each. {loss_words([config])}",
    )


replay()
address.settle()
for column, (page, label, words) in zip(st.columns(len(WAYS), gap="small"), WAYS, strict=True):
    with column, st.container(border=True, height="stretch", key=f"way-{page.removesuffix('.py')}"):
        st.page_link(page, label=f"**{label}**\u00a0→")
        st.caption(words)
