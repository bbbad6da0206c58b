"""The settings of a run in words: what a form calls each of them, and its value as a person writes it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from ddcore.commands.schema_cache import SchemaUnreadable, schema
from ddcore.data.reading import Reading
from ddcore.experiments.settings import DistillSettings
from ddcore.parameters import matters
from ddcore.parameters import schema as fields_of
from ddcore.runs.sets import settings_of
from ddcore.sampling.law import SamplingLaw
from pages.parts.method_description import MethodDescription
from pages.parts.schema import method_fields
from pages.parts.words import megabytes, moment, plain

LEFT_OUT = {
    "size": "original size",
    "variant": "none",
    "student_network": "the network that distills",
    "repeats": "by protocol",
    "until": "never",
    "evaluate_every": "a quarter of the run",
    "snapshot_every": "a fortieth of the run",
}
"""Setting -> what an empty one stands for; of the others it is automatic."""
_LAW, _READING = (tuple(field["name"] for field in fields_of(kind)) for kind in (SamplingLaw, Reading))
_NAMING = ("dataset", "ipc", "seed")  # every run chooses them: none of its own is a departure
_RECORD = {"device": "Ran on", "kernel": "Predictor"}
_VERSIONS = {"python": "Python", "numpy": "NumPy", "scipy": "SciPy", "torch": "PyTorch", "torchvision": "torchvision"}


class SettingRow(NamedTuple):
    """A setting in words. `differs`: whether its value is not the default; None if that is unknown."""

    title: str
    value: str
    differs: bool | None


def settings_table(config: dict[str, Any]) -> list[SettingRow]:
    """One row per setting of the run that has an effect, what it does before how its data were read; a run's `config`,
    or just `{"settings": ...}`.

    What an earlier version did not record is as those runs had it. The fields of methods come from the schema that is
    kept; until it is read, and for methods and settings this version does not know, names stand for titles.
    """
    settings = settings_of(config)
    common, fields = _common(settings), _fields(settings)
    values = {name: field["default"] for name, field in fields.items()} | settings
    idle = {name for name, field in fields.items() if not matters(field, values)} | _idle(settings)
    last = (*_READING, *_LAW)
    order = [name for name in (*common, *fields, *settings) if name not in last]
    place = order.index("importance") + 1
    order = [*order[:place], *_LAW, *order[place:], *_READING]
    return [
        _row(name, settings[name], fields.get(name)) for name in dict.fromkeys(order) if name in settings.keys() - idle
    ]


def setting_words(name: str, values: Sequence[Any], configs: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """The title of a setting that several runs have, and the value of each in words; "–" where a run has none of it."""
    settings = [settings_of(config) for config in configs]
    known = [_fields(one).get(name) for one in settings]
    title = next((field["title"] for field in known if field), name.replace("_", " ").capitalize())
    said = (
        _in_words(name, value, field) if name in one or value is not None else "–"
        for value, field, one in zip(values, known, settings, strict=True)
    )
    return title, *said


def record_table(config: dict[str, Any]) -> list[tuple[str, str]]:
    """(title, value in words) of what a run recorded beside its settings: where, when and with what it ran. What an
    earlier version did not record is missing."""
    rows = [("Started", moment(config["created"]))] if config.get("created") else []
    rows += [(title, str(config[name])) for name, title in _RECORD.items() if config.get(name)]
    if protocol := (config.get("protocol") or {}).get("text"):
        rows.append(("Protocol", protocol))
    hardware = config.get("hardware") or {}
    if hardware:
        memory = f", {megabytes(hardware['memory'])} of memory" if hardware.get("memory") else ""
        rows.append(("Machine", f"{hardware.get('cpus')} CPUs{memory}, {hardware.get('platform')}"))
    versions = config.get("versions") or {}
    if versions:
        known = (f"{_VERSIONS.get(name, name)} {number}" for name, number in versions.items() if number)
        rows.append(("Versions", ", ".join(known)))
    return rows


def show_settings(config: dict[str, Any]) -> None:
    """Draw the settings as a table, departures from the defaults in bold, and below them what else was recorded."""
    rows = settings_table(config)
    lines = [f"| {plain(row.title)} | {_strong(row)} |" for row in rows]
    st.markdown("\n".join(["| Setting | Value |", "| --- | --- |", *lines]))
    said = ["Bold: not the default."] if any(row.differs for row in rows) else []
    if unknown := [plain(row.title) for row in rows if row.differs is None]:
        said.append(f"Not known here: the defaults of {', '.join(unknown)}.")
    if said:
        st.caption(" ".join(said))
    if recorded := record_table(config):
        lines = [f"| {plain(title)} | {plain(value)} |" for title, value in recorded]
        st.markdown("\n".join(["| Recorded | |", "| --- | --- |", *lines]))


def _strong(row: SettingRow) -> str:
    return f"**{plain(row.value)}**" if row.differs else plain(row.value)


def _common(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name -> field of the settings of every run."""
    common = {field["name"]: field for field in fields_of(DistillSettings)}
    return common | {"init": common["init"] | {"default": MethodDescription(settings).distiller.init}}


def _fields(settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name -> field of all settings of a run."""
    return _common(settings) | {field["name"]: field for field in _own_fields(settings)}


def _own_fields(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The parameters of the run's methods; none while the schema is being read or cannot be: pages that need it say
    so."""
    try:
        known = schema()
    except SchemaUnreadable:
        return []
    return method_fields(settings, known) if known else []


def _idle(settings: dict[str, Any]) -> set[str]:
    """Settings without effect on this run, which its methods decide."""
    run = MethodDescription(settings)
    idle = set() if run.under_law else set(_LAW)
    if not run.draws_batches:
        idle |= {"importance", *_LAW}
    if settings["init_score"] is None:
        idle.add("init_score")
    return idle


def _row(name: str, value: Any, field: dict[str, Any] | None) -> SettingRow:
    title = field["title"] if field else name.replace("_", " ").capitalize()
    differs = None if field is None else name not in _NAMING and value != field["default"]
    return SettingRow(title, _in_words(name, value, field), differs)


def _in_words(name: str, value: Any, field: dict[str, Any] | None) -> str:
    if value is None or value == "auto":
        return LEFT_OUT.get(name, "automatic")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and name != "seed":
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    titles = (field["titles"] | field["examples"]) if field else {}
    return str(titles.get(value, value))
