"""What Watch has in its address: the runs, the step under the cursor, the image looked at, what is open beside it."""

import streamlit as st

from pages.parts.address import arrived, follow, held, note
from pages.parts.browser.player import Track, comparable, cursor_step, known_image
from pages.parts.spelling import Spelling, number, one_of
from pages.parts.watch.class_accuracy import class_choices
from pages.parts.watch.film_map import map_choices
from pages.parts.watch.image_choice import TILE
from pages.parts.watch.looks import LOOKS
from pages.parts.watch.one_step import NEAREST, RECORDED
from pages.parts.watch.picking import PICKED, Picked

ASKED = {"run": "watch_asked_run", "beside": "watch_asked_beside"}
"""Name in the address -> session key of the id asked for; None: the newest run, no second run."""
STEP = "watch_step"
"""Session key of the snapshot's step under the cursor; None: the newest."""
DIFFERENCE = "watch_difference"
"""Session key: whether the difference of a pair is shown."""
_ID = Spelling(str, str, "the id of a run")


def follow_watch(runs: set[str]) -> None:
    """Bind them; `runs`: ids that can be watched. An unknown run that the address asks for is left to the page."""
    beside = held("beside", ASKED["beside"], _ID)
    if follow(held("run", ASKED["run"], _ID)):  # a link to one run: without what belongs to the run watched before
        forget_place()
        beside.put(None)
    elif arrived() and st.session_state.get(ASKED["run"]) not in runs:  # deleted meanwhile
        st.session_state[ASKED["run"]] = None
    follow(
        beside,
        held("step", STEP, number(0, whole=True)),
        held("picked", PICKED, _picked()),
        held("difference", DIFFERENCE, one_of({"on": True, "off": False}), False),
        held("look", "watch_look", one_of(list(LOOKS)), "image"),
        held("tile", TILE, number(1, whole=True), 1),
        held("recorded", RECORDED, number(1, whole=True), NEAREST),
        *class_choices(),
        *map_choices(),
    )


def forget_place() -> None:
    """Other runs are watched: their newest step, and none of their images, tiles or recorded steps is chosen."""
    st.session_state[STEP] = st.session_state[PICKED] = None
    st.session_state.update({DIFFERENCE: False, TILE: 1, RECORDED: NEAREST})


def place_in(tracks: list[Track]) -> tuple[int | None, Picked | None]:
    """(step, picked image) of the session; what the tracks do not have is told above the page, and dropped."""
    steps = sorted({step for track in tracks for step in track.steps})
    step, picked = st.session_state.get(STEP), st.session_state.get(PICKED)
    if step is not None and step not in steps:
        nearest = cursor_step(steps, step) if steps else None
        shown = "there is none yet" if nearest is None else f"that of step {nearest:,} is shown"
        note(f"There is no snapshot of step {step:,}; {shown}.")
        st.session_state[STEP] = step = nearest
    if picked is not None and known_image(picked, tracks) is None:
        note(f"There is no image {_picked().write(picked)} on this page; none is picked.")
        st.session_state[PICKED] = picked = None
    waiting = len(tracks) == 2 and not all(track.steps for track in tracks)
    if st.session_state.get(DIFFERENCE) and not waiting and not comparable(tracks):
        note("A difference needs two runs with images of one size and class by class; none is shown.")
        st.session_state[DIFFERENCE] = False
    return step, picked


def _picked() -> Spelling:
    """ "A12": image 12 of the first run, "B0": the first image of the second."""

    def read(text: str) -> Picked:
        return Picked("AB".index(text[:1] or "?"), number(0, whole=True).read(text[1:]))

    return Spelling(read, lambda picked: f"{'AB'[picked[0]]}{picked[1]}", "A or B and the number of an image, as A12")
