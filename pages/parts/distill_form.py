"""The form of a distillation run: presets, then every setting, generated from the schema where it can be."""

from typing import Any

import streamlit as st

from ddcore.schema_cache import Schema
from pages.parts.parameter_form import Field, as_typed, field_input, title_of
from pages.parts.words import name_of

_STARTING_PRESET = "quick"
_REGIMES = {
    "emphasis": "Important images come more often, and what is aimed at moves towards them.",
    "corrected": "They come more often but weigh less, 1/(n p): what is aimed at stays the class mean.",
}
_SCORES = {
    "uniform": "Every real image is equally likely.",
    "kmeans": "Far from its centre, or in a spread-out or small cluster: a provable bound on what an image can cost.",
    "loss": "Images that a small network, trained on the real data for a moment, finds hard.",
}
_PARAMETERS = {  # of scores, as a sentence says them; what is off goes unsaid
    "clusters": "{} clusters",
    "per_class": "clusters of each class apart",
    "proxy_steps": "a proxy network of {} steps",
    "passes": "the mean of {} passes",
    "proxy_width": "width {}",
    "proxy_depth": "depth {}",
}
_EVALUATIONS = {
    "quick": "students trained for fewer epochs",
    "published": "the papers' 1,000 epochs",
    "none": "images and loss only",
}


def preset_cards(schema: Schema) -> None:
    """One card a preset of the chosen distiller; pressing one fills in the form and leaves the method as chosen."""
    distiller = _distiller(schema)
    presets = schema["presets"].get(distiller, {})
    _start_with_a_preset(schema, distiller)
    for column, (name, preset) in zip(st.columns(len(presets) or 1), presets.items(), strict=False):
        chosen = all(st.session_state.get(_key(schema, n, distiller)) == v for n, v in preset["settings"].items())
        with column.container(border=True, height="stretch"):
            st.button(
                preset["title"], key=f"preset-{name}", width="stretch", type="primary" if chosen else "secondary",
                on_click=_fill, args=(schema, distiller, preset["settings"]),
            )  # fmt: skip
            no_gpu = "GPU" in preset["title"] and schema["devices"] == ["cpu"]
            st.caption(preset["help"] + (" :orange[No GPU here: hours on this CPU.]" if no_gpu else ""))


def settings_form(schema: Schema, dataset: str) -> dict[str, Any]:
    """Draw the form; the flat settings it stands for, not checked against each other."""
    common = {field["name"]: field for field in schema["settings"]}
    distiller = _distiller(schema)
    settings = {"dataset": dataset, "size": None}
    with st.container(border=True):
        st.subheader("Method", anchor=False)
        settings |= _method(schema, common, distiller)
    with st.container(border=True):
        st.subheader("Importance of real images", anchor=False)
        settings |= _importance(schema, common)
    with st.container(border=True):
        st.subheader("Budget and network", anchor=False)
        settings |= _budget(schema, common)
    with st.container(border=True):
        st.subheader("Evaluation", anchor=False)
        settings |= _evaluation(common)
    order = [*common, *settings]
    return dict(sorted(settings.items(), key=lambda item: order.index(item[0])))


def _method(schema: Schema, common: dict[str, Field], distiller: str) -> dict[str, Any]:
    left, right = st.columns(2)
    init = common["init"] | {"default": schema["own_initialiser"].get(distiller)}
    with left:
        chosen = _input(common["distiller"], "Distiller", format_func=name_of)
    with right:
        start = _input(init, "The synthetic images start from", format_func=name_of)
    own = schema["distillers"][distiller]
    with st.expander(f"Settings of {name_of(distiller)}"):
        columns = st.columns(3)
        values = {}
        for place, field in enumerate(own):
            with columns[place % 3]:
                values[field["name"]] = field_input(field, _key(schema, field["name"], distiller), bounded=False)
    return {"distiller": chosen, "init": start, **values}


def _importance(schema: Schema, common: dict[str, Field]) -> dict[str, Any]:
    left, right = st.columns(2)
    with left:
        score = _input(common["importance"], "Real batches are drawn by", format_func=name_of)
        if about := _SCORES.get(score):
            st.caption(about)
        if computed := _computed_with(schema["scores"].get(score, [])):
            st.caption(computed)
    idle = score == "uniform"
    with right:
        key = _common_key("mode")
        st.session_state.setdefault(key, common["mode"]["default"])
        modes = common["mode"]["choices"]
        mode = st.radio(
            "Regime", modes, key=key, format_func=name_of, captions=[_REGIMES.get(name, "") for name in modes],
            disabled=idle, persist_state="session",
        )  # fmt: skip
    if idle:
        st.caption("With uniform batches the regime, the share, the temperature and the direction have no effect.")
    with st.expander("More"):
        columns = st.columns(3)
        values = {}
        names = {"uniform": "Uniform share", "temperature": "Temperature", "direction": "Direction"}
        for column, (name, label) in zip(columns, names.items(), strict=True):
            with column:
                values[name] = _input(common[name], label, format_func=name_of, disabled=idle)
    return {"importance": score, "mode": mode, **values}


def _computed_with(fields: list[Field]) -> str:
    """With which parameters a run computes the score: the defaults, whatever Explore stands at."""
    told = []
    for field in fields:
        value = field["default"]
        if field["name"] in _PARAMETERS and value:
            told.append(_PARAMETERS[field["name"]].format(value))
        elif field["name"] not in (*_PARAMETERS, "device"):
            told.append(f"{title_of(field['name']).lower()} {value}")
    return f"A run computes it with {', '.join(told)}; Explore may be set to others." if told else ""


def _budget(schema: Schema, common: dict[str, Field]) -> dict[str, Any]:
    devices = ["auto", *schema["devices"]]
    names = {"auto": f"Automatic: {schema['devices'][0]}"}
    labels = {"ipc": "Images per class (ipc)", "steps": "Steps", "seed": "Seed"}
    network = {"width": "Network width", "depth": "Network depth"}
    values = {}
    for column, (name, label) in zip(st.columns(3), labels.items(), strict=True):
        with column:
            values[name] = _input(common[name], label)
    columns = st.columns(3)
    for column, (name, label) in zip(columns, network.items(), strict=False):
        with column:
            values[name] = _input(common[name], label, placeholder="by image size")
    with columns[2]:
        device = common["device"] | {"choices": devices}
        values["device"] = _input(device, "Device", format_func=lambda name: names.get(name, name))
    return values


def _evaluation(common: dict[str, Field]) -> dict[str, Any]:
    left, right = st.columns([2, 1])
    with left:
        protocol = _input(
            common["evaluation"], "Protocol",
            format_func=lambda name: f"{name_of(name)}: {_EVALUATIONS[name]}" if name in _EVALUATIONS else name,
        )  # fmt: skip
    with right:
        repeats = _input(common["repeats"], "Students", placeholder="by protocol", disabled=protocol == "none")
    with st.expander("Along the way"):
        columns = st.columns(2)
        with columns[0]:
            every = _input(
                common["evaluate_every"], "Steps between accuracies", placeholder="a quarter of the run",
                disabled=protocol == "none",
            )  # fmt: skip
        with columns[1]:
            pictures = _input(common["snapshot_every"], "Steps between pictures", placeholder="a fortieth of the run")
    return {"evaluation": protocol, "repeats": repeats, "evaluate_every": every, "snapshot_every": pictures}


def _input(field: Field, label: str, **about: Any) -> Any:
    """Numbers out of range come through: the page says what is wrong with them, where a bounded input would quietly
    keep its last value."""
    return field_input(field, _common_key(field["name"]), label=label, bounded=False, **about)


def _common_key(name: str) -> str:
    return f"distill_{name}"


def _key(schema: Schema, name: str, distiller: str) -> str:
    """Where the form keeps a setting: a distiller's own ones apart from those of others."""
    common = any(field["name"] == name for field in schema["settings"])
    return _common_key(name) if common else f"distill_{distiller}_{name}"


def _distiller(schema: Schema) -> str:
    known = list(schema["distillers"])
    chosen = st.session_state.get(_common_key("distiller"))
    return chosen if chosen in known else known[0]


def _start_with_a_preset(schema: Schema, distiller: str) -> None:
    """Before anyone has chosen anything the form stands at the quick preset."""
    preset = schema["presets"].get(distiller, {}).get(_STARTING_PRESET)
    if preset and not st.session_state.get(f"distill_{distiller}_begun"):
        st.session_state[f"distill_{distiller}_begun"] = True
        _fill(schema, distiller, preset["settings"])


def _fill(schema: Schema, distiller: str, settings: dict[str, Any]) -> None:
    for field in [*schema["settings"], *schema["distillers"][distiller]]:
        if field["name"] in settings:
            st.session_state[_key(schema, field["name"], distiller)] = as_typed(field, settings[field["name"]])
