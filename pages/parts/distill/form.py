"""The form of a distillation run: presets, then every setting, most of them generated from the schema."""

from dataclasses import fields
from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.data.reading import Reading
from ddcore.experiments.presets import settings_of
from ddcore.importance import UNIFORM
from ddcore.sampling.law import SamplingLaw
from pages.parts.address import follow, held
from pages.parts.distill.methods import USUAL, common_input, common_key, importance_form, method_form, own_key
from pages.parts.distill.preset_times import measure_times, time_words, timed_settings
from pages.parts.parameter_form import Field, as_typed
from pages.parts.run_description import RunDescription
from pages.parts.schema import method_fields
from pages.parts.settings_words import LEFT_OUT
from pages.parts.spelling import one_of

_STARTING_PRESET = "quick"
_BEFORE, _LEFT = "distill_before", "distill_left"  # the distiller of the last rerun; distiller -> what it was left with
_STANDING = "distill_standing"  # (distiller, preset, its settings) that the form stood at in the last rerun, or None
_PRESET = "distill_preset"  # the preset in the address
_METHOD = ("init", "importance")  # choices that outlive a preset, unless the preset itself made them
_OWN = {
    "dataset", "variant", "distiller", *_METHOD, "init_score", "device", "seed", "evaluate_every", "snapshot_every",
    *(field.name for kind in (Reading, SamplingLaw) for field in fields(kind)),
}  # fmt: skip
"""Settings that are the user's: a preset sets those of them that it names. All others that it does not name get their
defaults, as on the command line."""


def preset_cards(schema: Schema) -> None:
    """Draw a card per preset of the chosen distiller; a card fills in the form.

    It keeps start, importance, device, seed and what is recorded along the way, unless it names them as a published
    setting does; all else becomes what it is on the command line. The card of a preset that the form stands at is lit,
    and a published setting that it stands at goes with the dataset and the number of images per class.
    """
    names = list(schema["distillers"])
    follow(held("distiller", common_key("distiller"), one_of(names), _distiller_at_first(schema)))
    distiller = _distiller(schema)
    presets, settings = schema["presets"].get(distiller, {}), _filled_in(schema, distiller)
    _turn_to(schema, distiller)
    _follow(schema, distiller)
    here = _filled_in(schema, distiller, st.session_state.get(common_key("ipc")))
    standing = next((name for name in presets if _stands_at(schema, distiller, here[name])), None)
    st.session_state[_STANDING] = standing and (distiller, standing, here[standing])
    usual = {"init": schema["own_initialiser"][distiller], "importance": UNIFORM}
    undone = {name: usual[name] for name in _METHOD if standing and name in here[standing]}
    data = st.session_state["dataset"], st.session_state.get("variant")
    timed = {name: timed_settings(schema, distiller, preset, *data) for name, preset in settings.items()}
    for column, (name, preset) in zip(st.columns(len(presets) or 1), presets.items(), strict=False):
        with column.container(border=True, height="stretch"):
            st.button(
                preset["title"], key=f"preset-{name}", width="stretch",
                type="primary" if name == standing else "secondary",
                on_click=_fill, args=(schema, distiller, undone | settings[name]),
            )  # fmt: skip
            no_gpu = name == "paper" and schema["devices"] == ["cpu"]
            what, _, rest = preset["help"].partition(". ")
            st.markdown(time_words(timed[name]))
            needs = " Made for a GPU, and there is none here." if no_gpu else ""
            st.caption(f"{what.removesuffix('.')}.{needs}", help=rest or None)
    measure_times(schema, list(timed.values()))
    _bind_preset(schema, distiller, settings, standing or _STARTING_PRESET)


def _bind_preset(schema: Schema, distiller: str, settings: dict[str, dict[str, Any]], standing: str) -> None:
    """Bind the preset that the form stands at, and let the address name only what differs from it."""
    st.session_state[_PRESET] = standing
    if follow(held("preset", _PRESET, one_of(list(settings)), _STARTING_PRESET)):
        _fill(schema, distiller, settings.get(st.session_state[_PRESET], {}))
    st.session_state[USUAL] = settings.get(st.session_state[_PRESET], {})


def settings_form(schema: Schema, spec: str, variant: str | None, dataset: Dataset) -> dict[str, Any]:
    """Draw the form for a dataset, which settings name by `spec` and `variant`; returns flat settings that are not yet
    checked against each other."""
    common = {field["name"]: field for field in schema["settings"]}
    distiller = _distiller(schema)
    settings = {"dataset": spec, "size": None, "variant": variant}
    with st.container(border=True):
        st.subheader("Method", anchor=False)
        settings |= method_form(schema, common, distiller)
    about = RunDescription({"settings": settings})
    if not about.draws_batches:
        settings["importance"] = UNIFORM
    else:
        with st.container(border=True):
            st.subheader("Importance of real images", anchor=False)
            settings |= importance_form(schema, common, settings, dataset)
    with st.container(border=True):
        st.subheader("Budget and network", anchor=False)
        settings |= _budget(schema, common, about)
    with st.container(border=True):
        st.subheader("Evaluation", anchor=False)
        settings |= _evaluation(common, along=about.own_steps is None)
    for field in method_fields(settings, schema):  # those without effect, which the form leaves out
        settings.setdefault(field["name"], field["default"])
    order = [*common, *settings]
    return dict(sorted(settings.items(), key=lambda item: order.index(item[0])))


def _budget(schema: Schema, common: dict[str, Field], about: RunDescription) -> dict[str, Any]:
    devices = ["auto", *schema["devices"]]
    names = {"auto": f"Automatic: {schema['devices'][0]}"}
    own = about.own_steps
    values = _row(common, [name for name in ("ipc", "factor", "steps") if own is None or name != "steps"])
    if own is not None:
        values["steps"] = own
        selected = "Nothing is distilled: the chosen images are tested unchanged."
        steps = "there is one step" if own == 1 else f"one step for each of {own} coreset sizes"
        st.caption(selected if about.selects else f"Solved in closed form: {steps}.")
    values |= _row(common, ["network", "width", "depth"])
    left, right = st.columns([2, 1])
    with left:
        device = common["device"] | {"choices": devices}
        values["device"] = common_input(device, format_func=lambda name: names.get(name, name))
    with right:
        values["seed"] = common_input(common["seed"])
    values["zca"] = common_input(common["zca"])
    return values


def _row(common: dict[str, Field], names: list[str]) -> dict[str, Any]:
    values = {}
    for column, name in zip(st.columns(3, vertical_alignment="bottom"), names, strict=False):
        with column:
            values[name] = common_input(common[name], placeholder=LEFT_OUT.get(name, "automatic"))
    return values


def _evaluation(common: dict[str, Field], *, along: bool) -> dict[str, Any]:
    evaluation, (left, right) = common["evaluation"], st.columns([2, 1])
    with left:
        protocol = common_input(
            evaluation, format_func=lambda name: f"{evaluation['titles'][name]}: {evaluation['meanings'][name]}"
        )
    with right:
        repeats = common_input(common["repeats"], placeholder=LEFT_OUT["repeats"], disabled=protocol == "none")
    left, right = st.columns([2, 1])
    with left:
        students = common_input(
            common["student_network"], placeholder=LEFT_OUT["student_network"], disabled=protocol == "none"
        )  # fmt: skip
    with right:
        until = common_input(common["until"], placeholder=LEFT_OUT["until"], disabled=protocol == "none")
    values = {"evaluation": protocol, "repeats": repeats, "student_network": students, "until": until}
    if not along:  # no students are tested along the way, and every step has its picture
        return values | {"evaluate_every": None, "snapshot_every": None}
    with st.expander("Along the way"):
        columns = st.columns(2)
        with columns[0]:
            every = common_input(
                common["evaluate_every"], placeholder=LEFT_OUT["evaluate_every"], disabled=protocol == "none"
            )
        with columns[1]:
            pictures = common_input(common["snapshot_every"], placeholder=LEFT_OUT["snapshot_every"])
    return values | {"evaluate_every": every, "snapshot_every": pictures}


def _key(schema: Schema, name: str, distiller: str) -> str:
    """The session key of a setting: each distiller has its own keys for its own parameters."""
    common = any(field["name"] == name for field in schema["settings"])
    return common_key(name) if common else own_key(name, distiller)


def _filled_in(schema: Schema, distiller: str, ipc: int | None = None) -> dict[str, dict[str, Any]]:
    """All settings of each preset on the dataset chosen, but for those of `_OWN` that it does not name. Published
    settings are those for `ipc`, if one is given, else for their own."""
    presets, dataset = schema["presets"].get(distiller, {}), st.session_state.get("dataset", "")
    all_fields = [*schema["settings"], *schema["distillers"][distiller]]
    defaults = {field["name"]: field["default"] for field in all_fields if field["name"] not in _OWN}
    return {
        name: defaults | settings_of(preset, dataset, ipc if "cases" in preset else None)
        for name, preset in presets.items()
    }


def _stands_at(schema: Schema, distiller: str, settings: dict[str, Any]) -> bool:
    """Whether the form holds just these values."""
    return all(st.session_state.get(_key(schema, name, distiller)) == value for name, value in settings.items())


def _follow(schema: Schema, distiller: str) -> None:
    """If the form stood at a published setting and only the dataset or the ipc is another now, go along with them."""
    before, name, settings = st.session_state.get(_STANDING) or (None, None, {})
    if before != distiller or "cases" not in schema["presets"][distiller][name]:
        return
    if _stands_at(schema, distiller, {key: value for key, value in settings.items() if key != "ipc"}):
        ipc = st.session_state.get(common_key("ipc"))
        _fill(schema, distiller, _filled_in(schema, distiller, ipc)[name])


def _distiller(schema: Schema) -> str:
    chosen = st.session_state.get(common_key("distiller"))
    return chosen if chosen in schema["distillers"] else _distiller_at_first(schema)


def _distiller_at_first(schema: Schema) -> str:
    return next(field["default"] for field in schema["settings"] if field["name"] == "distiller")


def _turn_to(schema: Schema, distiller: str) -> None:
    """When the distiller changes, fill in its quick preset, or the values it had when the user left it.

    The start changes likewise, unless the user had chosen another start than the former distiller's own.
    """
    before, kept = st.session_state.get(_BEFORE), st.session_state.setdefault(_LEFT, {})
    if before == distiller:
        return
    st.session_state[_BEFORE] = distiller
    now = kept.get(distiller, _filled_in(schema, distiller).get(_STARTING_PRESET, {}))
    if before in schema["distillers"]:
        filled = [name for values in _filled_in(schema, before).values() for name in values]
        names = {"init", *filled} - {"importance"}
        places = {name: _key(schema, name, before) for name in names}
        kept[before] = {name: st.session_state[key] for name, key in places.items() if key in st.session_state}
        own = schema["own_initialiser"]
        chosen = st.session_state.get(_STANDING)  # a start that a preset chose is not the user's
        start = own[before] if chosen and "init" in chosen[2] else kept[before].get("init", own[before])
        now = {"init": own[distiller]} | now if start == own[before] else now | {"init": start}
    _fill(schema, distiller, now)


def _fill(schema: Schema, distiller: str, settings: dict[str, Any]) -> None:
    for field in [*schema["settings"], *schema["distillers"][distiller]]:
        if field["name"] in settings:
            st.session_state[_key(schema, field["name"], distiller)] = as_typed(field, settings[field["name"]])
