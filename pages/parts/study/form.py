"""The form of a new study: a question to begin with, what varies, and what all runs share."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.commands.schema_cache import Schema
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.studies.grid import Grid
from ddcore.studies.names import value_words
from pages.parts.address import follow, held
from pages.parts.parameter_form import Field, field_input
from pages.parts.spelling import Spelling, chosen_of, number, of_field, one_of
from pages.parts.study.templates import FIRST, TEMPLATES
from pages.parts.study.typed_numbers import spelling_of, typed_numbers
from pages.parts.words import plain

MOST_SEEDS = 100
_TITLES = {"distiller": "Methods", "init": "Starts", "importance": "Real batches are drawn by"}
_SHARED = ("width", "evaluation", "repeats")
_MORE = ("student_network", "evaluate_every", "uniform", "temperature", "mode", "direction", "device")
_NO_PRESET = "none: the defaults"


def study_form(schema: Schema, others: Mapping[str, str]) -> Grid | None:
    """Draw the form; the grid it describes, or None with what is wrong with it on the page.

    `others`: spec -> title of the datasets that a study may have besides the one chosen.
    """
    common = {field["name"]: field for field in schema["settings"]}
    _templates()
    _bind(schema, common, others)
    with st.container(border=True):
        st.markdown("**What varies**")
        axes = _axes(schema, common, others)
    with st.container(border=True):
        st.markdown("**What all runs share**")
        fixed, preset = _shared(schema, common, axes["distiller"])
    asked = {} if "dataset" in axes else {"dataset": st.session_state["dataset"]}
    asked |= {"variant": st.session_state.get("variant")}
    fixed = {name: value for name, value in (asked | fixed).items() if value is not None}
    titles = _TITLES | {"ipc": common["ipc"]["title"]}
    if empty := [titles[name] for name, values in axes.items() if not values]:
        st.error(f"Choose at least one value for {' and '.join(f'*{title}*' for title in empty)}.")
        return None
    try:
        return Grid({name: tuple(values) for name, values in axes.items()}, fixed, preset=preset)
    except BadInput as error:
        st.error(plain(str(error)))
        return None


def key_of(name: str) -> str:
    """The session key of a field of the form."""
    return f"study_{name}"


def _templates() -> None:
    """A button per question; it fills in what varies, and the rest stays."""
    if key_of("distiller") not in st.session_state:
        _fill(FIRST)
    for column, (name, template) in zip(st.columns(len(TEMPLATES)), TEMPLATES.items(), strict=True):
        with column.container(border=True, height="stretch"):
            chosen = all(st.session_state.get(key_of(field)) == value for field, value in template.values.items())
            st.button(
                template.title, key=f"study-template-{name}", on_click=_fill, args=(name,), width="stretch",
                type="primary" if chosen else "secondary",
            )  # fmt: skip
            st.caption(template.about)


def _fill(name: str) -> None:
    for field, value in TEMPLATES[name].values.items():
        st.session_state[key_of(field)] = list(value) if isinstance(value, list) else value


def _bind(schema: Schema, common: dict[str, Field], others: Mapping[str, str]) -> None:
    """Bind the form to the address, which leaves out what the first template sets alike."""
    first = TEMPLATES[FIRST].values
    for name, choices in _named(schema, common).items():
        follow(held(name, key_of(name), chosen_of(choices), first[name]))
    presets = {"none": None} | {name: name for name in _all_presets(schema)}
    for name in ("ipc", "steps"):
        field = common[name]
        follow(held(name, key_of(name), spelling_of(field), first[name]))
    follow(
        held("also", key_of("also"), chosen_of(list(others)), first["also"]),
        held("seeds", key_of("seeds"), number(1, MOST_SEEDS, whole=True), first["seeds"]),
        held("first_seed", key_of("first_seed"), number(0, _last_first(common), whole=True), 0),
        held("preset", key_of("preset"), one_of(presets), first["preset"]),
        *(held(name, key_of(name), _spelling_of_shared(common[name])) for name in _SHARED),
        *(held(name, key_of(name), of_field(common[name]), common[name]["default"]) for name in _MORE),
    )


def _named(schema: Schema, common: dict[str, Field]) -> dict[str, list[str]]:
    return {
        "distiller": list(schema["distillers"]),
        "init": common["init"]["choices"],
        "importance": common["importance"]["choices"],
    }


def _spelling_of_shared(field: Field) -> Spelling:
    """What is left to the preset has no spelling where a field has choices: "none" is one of them, not offered here."""
    return one_of(_offered(field)) if field["choices"] else of_field(_optional(field))


def _axes(schema: Schema, common: dict[str, Field], others: Mapping[str, str]) -> dict[str, Sequence[Any]]:
    """Axis -> its values; empty where some must be chosen and none are."""
    empty = {"distiller": "Choose one or more", "init": "each method's own", "importance": "Choose one or more"}
    values: dict[str, Sequence[Any]] = {}
    for column, (name, choices) in zip(st.columns(3), _named(schema, common).items(), strict=True):
        about = {"help": common[name]["help"], "placeholder": empty[name], "persist_state": "session"}
        values[name] = column.multiselect(
            _TITLES[name], choices, key=key_of(name), format_func=lambda value, name=name: _title(name, value), **about
        )
    ipc, steps, seeds, first, *more = st.columns(5 if others else 4)
    with ipc:
        values["ipc"] = typed_numbers(common["ipc"], key_of("ipc"), common["ipc"]["title"], "one or more, as 1, 10, 50")
    with steps:
        values["steps"] = typed_numbers(common["steps"], key_of("steps"), "Steps", _usual())
    values["seed"] = _seeds(common, seeds, first)
    for column in more:
        with column:
            values["dataset"] = _datasets(others)
    return {name: found for name, found in values.items() if found or name not in ("init", "steps", "dataset")}


def _seeds(common: dict[str, Field], left: DeltaGenerator, right: DeltaGenerator) -> range:
    count = left.number_input(
        "Seeds", 1, MOST_SEEDS, key=key_of("seeds"), persist_state="session",
        help="Every choice runs with the same seeds, and is compared seed by seed. Five give a first answer.",
    )  # fmt: skip
    first = right.number_input(
        "From seed", 0, _last_first(common), key=key_of("first_seed"), persist_state="session",
        help="The seeds are this number and those that follow.",
    )  # fmt: skip
    return range(first, first + count)


def _last_first(common: dict[str, Field]) -> int:
    """The largest seed that a study may begin with."""
    return common["seed"]["max"] - MOST_SEEDS


def _datasets(others: Mapping[str, str]) -> list[str]:
    """The one chosen above and more of them; empty for that one alone."""
    key = key_of("also")
    # The one above may be among them.
    st.session_state[key] = [spec for spec in st.session_state[key] if spec in others]
    more = st.multiselect(
        "More datasets", list(others), key=key, format_func=others.get, placeholder="none", persist_state="session",
        help="Every choice runs on each dataset. Those prepared on this computer are offered.",
    )  # fmt: skip
    return [st.session_state["dataset"], *more] if more else []


def _title(name: str, value: str) -> str:
    """Methods by their abbreviation and title, all else by its short name: chips are narrow."""
    short = value_words(name, value)
    if name != "distiller" or not DISTILLERS.about(value).distills:
        return short
    return f"{short}: {DISTILLERS.about(value).title.partition(' (')[0]}"


def _shared(schema: Schema, common: dict[str, Field], distillers: Sequence[str]) -> tuple[dict[str, Any], str | None]:
    """What is fixed, and the preset."""
    presets = _presets(schema, distillers or list(schema["presets"]))  # while no method is chosen, the preset stays
    if (asked := st.session_state[key_of("preset")]) not in presets.values():
        st.session_state[key_of("preset")] = None
        st.toast(f"Not all of these methods have the preset {plain(asked)}: none is chosen now.", duration="long")
    known = _all_presets(schema)
    titles = {value: known[value]["title"] if value else _NO_PRESET for value in presets.values()}
    columns = st.columns(4)
    preset = columns[0].selectbox(
        "Preset", list(presets.values()), key=key_of("preset"), format_func=titles.get, persist_state="session",
        help="What is not chosen here comes from this preset of each method.",
    )  # fmt: skip
    fixed = {}
    for column, name in zip(columns[1:], _SHARED, strict=True):
        with column:
            fixed[name] = _optional_input(common[name])
    with st.expander("More settings"):
        for place, name in enumerate(_MORE):
            if place % 3 == 0:
                columns = st.columns(3)
            with columns[place % 3]:
                value = field_input(common[name], key_of(name))
                if value != common[name]["default"]:
                    fixed[name] = value
    return fixed, preset


def _presets(schema: Schema, distillers: Sequence[str]) -> dict[str, str | None]:
    """Spelling -> name of each preset that all these methods have, and of none."""
    owned = [schema["presets"].get(name, {}) for name in distillers]
    return {"none": None} | {name: name for name in owned[0] if all(name in one for one in owned)}


def _all_presets(schema: Schema) -> dict[str, dict[str, Any]]:
    """Name -> what the first method that has it says of it."""
    return {name: preset for owned in reversed(schema["presets"].values()) for name, preset in owned.items()}


def _optional(field: Field) -> Field:
    return field | {"default": None, "optional": True}


def _optional_input(field: Field) -> Any:
    """An input that may be left to the preset."""
    if not field["choices"]:
        return field_input(_optional(field), key_of(field["name"]), placeholder=_usual())
    return st.selectbox(
        field["title"], [None, *_offered(field)], key=key_of(field["name"]),
        format_func=lambda name: field["titles"][name] if name else _usual(), help=field["help"],
        persist_state="session",
    )  # fmt: skip


def _offered(field: Field) -> list[str]:
    """A study without accuracies would answer nothing."""
    return [name for name in field["choices"] if name != "none"]


def _usual() -> str:
    """What stands for a setting that is not chosen."""
    return "the preset's" if st.session_state[key_of("preset")] else "the default"
