"""Start: a finished example run replays once, one sentence says what it shows, and four ways lead on."""

import streamlit as st

from pages.parts.browser.player import player
from pages.parts.run_description import loss_words
from pages.parts.run_history import RunHistory
from pages.parts.run_words import headline, story
from pages.parts.tracks import track
from pages.parts.watch.run_choice import examples
from pages.parts.words import percent

WAYS = (
    ("explore.py", "Explore which points matter", "See real data as a map, coloured by how important each image is."),
    ("bench.py", "Put sampling to the test", "Does importance beat uniform, by how much, and when not?"),
    ("distill.py", "Distill your own", "Choose data and a method, and see the cost before you start."),
    ("library.py", "Open the library", "Runs and data you have, to take away or to bring in."),
)


def replay() -> None:
    """The newest bundled run: what it is in a sentence, its pictures and curves, and how its numbers were taken."""
    run = examples()[0]
    config, result = run.config(), run.status()["result"]
    st.title(headline(config))
    st.markdown(story(config, result))
    history = RunHistory(run).update()
    shown = track(history, "distilled images")
    player([shown], total_steps=result["steps"], key="example", autoplay=True, seconds=8.0)
    final = result["accuracy"]
    st.caption(
        f"A recorded run, as it happened: {history.about.method} on {config['dataset']['name']}, "
        f"{result['steps']:,} steps in {result['seconds']:.0f} s of computing. Test accuracies on "
        f"{config['dataset']['test']:,} images: mean ± standard deviation "
        f"{percent(final['mean'])} ± {100 * final['std']:.1f} over {final['repeats']} students; points along the way "
        f"are one student each. {loss_words([config])}"
    )


replay()
for column, (page, label, words) in zip(st.columns(len(WAYS), gap="medium"), WAYS, strict=True):
    with column, st.container(border=True, height="stretch"):
        st.page_link(page, label=f"**{label}** →")
        st.caption(words)
