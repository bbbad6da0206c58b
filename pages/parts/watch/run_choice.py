"""The choice of the run to watch and of one to compare it with: two lists."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.runs.folder import RunFolder, list_runs, run_by_id, unreadable_runs
from pages.parts.routes import EXAMPLES
from pages.parts.run_description import RunDescription
from pages.parts.run_words import state_words
from pages.parts.sound_runs import sound_runs, trouble
from pages.parts.watch.addressed import ASKED, follow_watch, forget_place
from pages.parts.words import plain

NOTHING = "nothing"


def known_runs() -> dict[str, RunFolder]:
    """Id -> run: the user's own, newest first, then the bundled examples.

    Unreadable runs are left out (see `left_out`); the Library shows them.
    """
    return {run.id: run for run in [*sound_runs(), *examples()]}


def examples() -> list[RunFolder]:
    return sound_runs(EXAMPLES)


def left_out() -> str:
    """How many runs cannot be watched, and where to see why; "" if all can."""
    count = sum(trouble(run) != "" for run in [*list_runs(), *unreadable_runs()])
    return f"{count} run{'s are' if count > 1 else ' is'} not readable. The Library says why." if count else ""


def only_examples(runs: dict[str, RunFolder]) -> bool:
    return all(run.path.parent == EXAMPLES for run in runs.values())


def choose_runs(runs: dict[str, RunFolder]) -> tuple[RunFolder | None, RunFolder | None]:
    """The run that the address asks for as `run` (default: the newest) and that of `beside`, with lists of others.

    If the address names an unknown run, the page says so and the result is None.
    """
    follow_watch(set(runs))
    asked = st.session_state.get(ASKED["run"]) or next(iter(runs))
    left, right = st.columns(2)
    words = {id: _words(run) for id, run in runs.items()}
    with left:
        chosen = _choice("Run", "run", words, asked, runs)
    if chosen is None:
        st.error(f"{plain(_reason(asked))} Choose one above.")
        return None, None
    others = {NOTHING: "Compare with another run"} | {id: line for id, line in words.items() if id != chosen}
    asked = st.session_state.get(ASKED["beside"]) or NOTHING
    asked = NOTHING if asked == chosen else asked
    with right:
        beside = _choice("Compare with", "beside", others, asked, runs)
    if beside is None:
        st.warning(f"There is no run “{plain(asked)}” to compare with. Choose another above.")
    return runs[chosen], runs.get(beside)


def _reason(id: str) -> str:
    """Why the run of this id cannot be chosen."""
    try:
        return trouble(run_by_id(id)) or f"Run “{id}” has just appeared."
    except BadInput:
        return (
            f"There is no run “{id}” here. If the link is from another computer, download the run in the Library "
            "there and add it in the Library here."
        )


def _choice(label: str, name: str, words: dict[str, str], asked: str, runs: dict[str, RunFolder]) -> str | None:
    """A list of what is asked for as `name`; None if that is something else.

    `words`: id -> text that is unique and never changes; the list shows it after the state.
    """
    key = f"watch-{name}"
    st.session_state[key] = asked if asked in words else None
    st.selectbox(
        label,
        list(words),
        key=key,
        format_func=lambda id: f"{_mark(runs[id].state())} {words[id]}" if id in runs else words[id],
        placeholder="Choose a run",
        label_visibility="collapsed",  # images come first: the place says it, and the empty choice
        on_change=_remember,
        args=(name, key, words),
    )
    if asked not in words:
        return None
    st.session_state[ASKED[name]] = None if asked == NOTHING else asked
    return asked


def _remember(name: str, key: str, words: dict[str, str]) -> None:
    """Ask for the choice from now on.

    The browser sends an option as the text it showed. If a run's state has changed since, Streamlit does not know that
    text and passes it on: its constant part identifies the run.
    """
    value = st.session_state[key]
    chosen = value if value in words else _meant(value, words)
    if chosen is not None:
        st.session_state[ASKED[name]] = None if chosen == NOTHING else chosen
        forget_place()


def _meant(text: str | None, words: dict[str, str]) -> str | None:
    return next((id for id, line in words.items() if text is not None and text.endswith(f" {line}")), None)


def _mark(state: str) -> str:
    """Before a run's name: what it is doing, or a tick."""
    return f"{state_words(state)} ·" if state != "finished" else state_words(state).split()[0]


def _words(run: RunFolder) -> str:
    """The end of its id, which makes the text unique and which no narrow list cuts; what the run is; when it began."""
    config = run.config()
    when = "example" if run.path.parent == EXAMPLES else config["created"][5:16].replace("T", " ")
    return f"{run.id.rpartition('-')[2]} · {RunDescription(config).brief} · {when}"
