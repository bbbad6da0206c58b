"""One run or two as Watch shows them; the view reruns by itself."""

from functools import partial

import streamlit as st

from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.launch import enforce_stop
from pages.parts import address, run_words
from pages.parts.browser.player import film_places, player
from pages.parts.run_history import RunHistory
from pages.parts.settings_words import setting_words
from pages.parts.sound_runs import trouble
from pages.parts.tracks import track
from pages.parts.watch import comparing
from pages.parts.watch.addressed import DIFFERENCE, STEP, place_in
from pages.parts.watch.failure_flags import failure_flags
from pages.parts.watch.film_map import film_map, film_map_is_busy
from pages.parts.watch.honesty import final, honesty_panel, protocol_caption
from pages.parts.watch.looks import show_looks
from pages.parts.watch.metric_panel import metric_panel
from pages.parts.watch.parting import parting_of
from pages.parts.watch.picking import LETTERS, PICKED, Picked
from pages.parts.watch.player_words import player_help, player_words, titles
from pages.parts.watch.predictor_honesty import has_predictor_accuracies, predictor_honesty, predictor_verdict
from pages.parts.watch.predictor_panel import predictor_panel
from pages.parts.watch.real_selection import follow_real
from pages.parts.watch.repeating import repeat_button
from pages.parts.watch.run_controls import possible, run_controls
from pages.parts.watch.run_details import show_details, show_log
from pages.parts.words import plain

LIVE_LOOK = 1.0  # seconds between two looks at a live run
CALM_LOOK = 5.0  # ... at one that has ended: another tab, or the command line, may resume it
_SMALL = "<style>.stMain [class*='st-key-head-'] p {font-size: 0.9rem; line-height: 1.35}</style>"  # images come first


def histories(runs: list[RunFolder]) -> list[RunHistory]:
    """The runs' histories, kept between looks and dropped when other runs are watched."""
    before = st.session_state.get("watched", {})
    kept = {str(run.path): before.get(str(run.path)) or RunHistory(run) for run in runs}
    st.session_state["watched"] = kept
    return [history.update() for history in kept.values()]


def watch(runs: list[RunFolder]) -> None:
    """Draw the runs (one, or two on one cursor). Do not call it within a fragment: it is a rerunning one itself."""
    found = [run.state() for run in runs]
    every = LIVE_LOOK if any(state in states.LIVE for state in found) or film_map_is_busy() else CALM_LOOK
    follow_real(RunHistory(runs[0]))
    st.fragment(_look, run_every=every, key="watch")(runs, found)


def _look(runs: list[RunFolder], before: list[str]) -> None:
    if any(trouble(run) for run in runs):  # deleted, or damaged meanwhile: the page says so
        st.rerun()
    found = [enforce_stop(run) for run in runs]
    if found != before:
        st.rerun()  # the list of runs shows states too, and the interval between looks may change
    read = histories(runs)
    _heads(read, found)
    cursor, picked = _film(read, found)
    if cursor is not None:
        failure_flags(read, cursor, picked)
        show_looks(read, cursor, picked)
        predictor_panel(read, cursor)
        metric_panel(read, cursor)
    _results(read, found)
    address.write()  # the cursor and the panels below it belong to this fragment


def _heads(read: list[RunHistory], found: list[str]) -> None:
    if len(read) > 1:
        st.html(_SMALL)
    columns = st.columns(len(read), gap="medium")
    for place, (column, history, state) in enumerate(zip(columns, read, found, strict=True)):
        with column, st.container(gap="xsmall", key=f"head-{place}"):
            _head(history, state, LETTERS[place] if len(read) > 1 else "")


def _head(history: RunHistory, state: str, letter: str) -> None:
    """Show what the run is, its progress, and its buttons."""
    run, status = history.run, history.run.status()
    asked = run.control().get("action")
    waking = state == "running" and not status["phase"]  # its process exists but has not reported a phase
    mark, word, colour = run_words.STATES["starting" if waking else state]
    badge = f":{colour}-badge[{letter + ' · ' if letter else ''}{mark} {word}]"
    what = st.container()
    if possible(state, asked):
        what, buttons = st.columns([2, 1] if letter else [4, 1], vertical_alignment="center")
        with buttons:
            run_controls(run, state)
    what.markdown(f"{badge} {history.about.sentence}")
    if state in states.LIVE:
        share, words = run_words.progress(status, state, history)
        st.progress(share, text=plain(words))
    if line := run_words.waiting_words(status, state, asked):
        st.caption(plain(line))
    if silence := run.health():
        st.warning(f"{silence.capitalize()}.")
    if state == "lost" and status["error"]:
        st.warning(plain(status["error"]))
    if history.damage:
        st.warning(plain(history.damage))
    if state == "failed":
        st.error(plain(status["error"] or "The worker ended without an error message."))
        show_log(run)


def _film(read: list[RunHistory], found: list[str]) -> tuple[int | None, Picked | None]:
    """Draw images, map and curves; returns the step of the cursor, None while there is nothing to show, and the image
    picked."""
    called = titles([history.run.config() for history in read])
    others = read[::-1] if len(read) > 1 else [None]
    tracks = [track(history, title, other) for history, title, other in zip(read, called, others, strict=True)]
    if None in tracks:
        live = sum(state in states.LIVE for state in found)
        ended = f"The run{'s' if len(read) > 1 else ''} ended before there were images to show."
        one = "One of the runs ended before there were images to show; those of the other appear here."
        soon = "Images appear here as soon as the data are ready."
        st.info(soon if live == len(read) else one if live else ended)
        return None, None
    total = max(history.about.settings["steps"] for history in read)
    places, key = film_places(), "player-" + "-".join(history.run.id for history in read)
    step, picked = place_in(tracks)
    ringed = picked or Picked(0, 0)
    cursor, clicked, st.session_state[DIFFERENCE] = player(
        tracks, total_steps=total, key=key, parting=parting_of(read), places=places, step=step, picked=ringed,
        difference=st.session_state.get(DIFFERENCE, False),
    )  # fmt: skip
    newest = max((step for shown in tracks for step in shown.steps), default=0)
    st.session_state[STEP] = None if cursor == newest else cursor
    if clicked is not None and clicked != ringed:
        picked = ringed = st.session_state[PICKED] = Picked(*clicked)
    with places.map:
        said = film_map(read, cursor, ringed)
    about = f"{player_help(read) or ''} {said.help}".strip()
    st.caption(f"{player_words(read)} {said.words}".strip(), help=about or None)
    return cursor, picked


def _results(read: list[RunHistory], found: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Accuracy")
        repeat_button([history.run for history in read])
    if len(read) == 2:
        _verdict(read)
    if len(read) == 1:
        _accuracies(read[0], st.columns(2, gap="large") if has_predictor_accuracies(read[0]) else None)
    else:
        configs = [history.run.config() for history in read]
        called, columns = titles(configs), st.columns(2, gap="large")
        agreed = configs[0].get("protocol") == configs[1].get("protocol")
        for letter, title, column, history, other in zip(LETTERS, called, columns, read, read[::-1], strict=True):
            with column:
                st.markdown(f"**{letter}** · {plain(title)}")
                _accuracies(history, other=other, protocol=not agreed)
        if agreed:
            protocol_caption(read)
    for history, state in zip(read, found, strict=True):
        show_details(history, state)


def _accuracies(
    history: RunHistory, beside: list | None = None, other: RunHistory | None = None, protocol: bool = True
) -> None:
    """Show the accuracies of students and, separately, of the set's own predictor; in the columns `beside`, if any.

    `other`: the other run of a pair, whose accuracies have the same axis; `protocol`: whether how students are trained
    is said here.
    """
    predicted = has_predictor_accuracies(history)
    of_students = partial(honesty_panel, protocol=protocol)
    for place, panel in enumerate((of_students, predictor_honesty)[: 1 + predicted]):
        with beside[place] if beside else st.container():
            if predicted:
                st.markdown(("**Students trained on the set**", "**The set's own predictor**")[place])
            panel(history, key=history.run.id, other=other)


def _verdict(read: list[RunHistory]) -> None:
    """Compare the two final accuracies, and list the settings that differ."""
    configs = [history.run.config() for history in read]
    finals = [final(history) for history in read]
    known = all(config["dataset"] for config in configs)  # else the test data are not recorded yet
    if known and (reason := comparing.comparable(*configs)):
        st.warning(f"The two accuracies cannot be compared: {plain(reason)}.")
    elif None in finals:
        st.caption("The comparison appears once both runs have had their final test.")
    else:
        letters = comparing.letters_to_compare(*configs)
        first, second = (finals[LETTERS.index(letter)] for letter in letters)
        st.markdown(comparing.verdict(first, second, letters))
        other = "the choice of images" if all(history.about.selects for history in read) else "distillation"
        if min(first.repeats, second.repeats) > 1:  # else there is no interval
            st.caption(f"The interval covers student training only; run more seeds to include {other}.")
    if words := predictor_verdict(read):
        st.markdown(words)
    rows = comparing.differences(*configs)
    if not rows:
        st.caption("The two runs have the same settings.")
        return
    cells = ([plain(text) for text in setting_words(name, values, configs)] for name, *values in rows)
    lines = [f"| {title} | {a} | {b} |" for title, a, b in cells]
    st.markdown("\n".join(["| Setting | A | B |", "|---|---|---|", *lines]))
