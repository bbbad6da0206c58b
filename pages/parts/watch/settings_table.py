"""A run's settings in words: what was chosen, and what of it differs from the default."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import SchemaUnreadable, schema
from ddcore.experiments.settings import COMMON, DistillSettings
from ddcore.parameters import schema as fields_of
from pages.parts.run_description import RunDescription
from pages.parts.words import plain

_METHODS = {"distiller": "distillers", "init": "initialisers", "init_score": "scores", "importance": "scores"}
_WORDS = {None: "as usual", True: "yes", False: "no", "": "–"}


def settings_table(config: dict[str, Any]) -> None:
    """Show the settings of a run's `config` in two columns, common ones and its methods', and what it ran on."""
    settings = config["settings"]
    fields = {row["name"]: row for row in fields_of(DistillSettings)}
    fields["init"]["default"] = RunDescription(config).distiller.init  # the method's own
    methods = {row["name"]: row for row in _method_fields(settings)}
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(_rows({name: value for name, value in settings.items() if name in COMMON}, fields))
    with right:
        own = {name: value for name, value in settings.items() if name not in COMMON}
        if own:
            st.markdown(_rows(own, methods))
        st.markdown(_table("Ran on", [(name, plain(value)) for name, value in _surroundings(config)]))
    known = "" if methods or not own else " The methods' defaults are still being read."
    st.caption(f"**Bold**: differs from the default.{known}")


def _rows(settings: dict[str, Any], fields: dict[str, dict]) -> str:
    rows = []
    for name, value in settings.items():
        field = fields.get(name)
        title = field["title"] if field else name.replace("_", " ").capitalize()
        said = plain(_said(value, field))
        differs = field is not None and value != field["default"]
        rows.append((plain(title), f"**{said}**" if differs else said))
    return _table("Setting", rows)


def _table(heading: str, rows: list[tuple[str, str]]) -> str:
    return "\n".join([f"| {heading} | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _said(value: Any, field: dict | None) -> str:
    if field and value in field["titles"]:
        return field["titles"][value]
    if value is None or isinstance(value, bool) or value == "":
        return _WORDS[value]
    return f"{value:,}" if isinstance(value, int) else str(value)


def _method_fields(settings: dict[str, Any]) -> list[dict]:
    """The fields of the run's methods; empty until they are read, which this starts."""
    try:
        known = schema()
    except SchemaUnreadable:  # Distill says why
        return []
    found = [] if known is None else [known[kind].get(settings.get(role)) for role, kind in _METHODS.items()]
    return [row for method in found if method for row in method]


def _surroundings(config: dict[str, Any]) -> list[tuple[str, str]]:
    """What the run records beside its settings, in words."""
    dataset, hardware = config.get("dataset") or {}, config.get("hardware") or {}
    versions = ", ".join(f"{name} {version}" for name, version in (config.get("versions") or {}).items())
    machine = ", ".join(f"{name} {value}" for name, value in hardware.items())
    protocol = (config.get("protocol") or {}).get("text")
    found = {
        "Data": " · ".join(str(dataset[name]) for name in ("name", "hash") if dataset.get(name)),
        "Device": config.get("device"),
        "Test protocol": protocol,
        "Predictor": config.get("kernel"),
        "Begun": config.get("created", "")[:19].replace("T", " "),
        "Versions": versions,
        "Machine": machine,
    }
    return [(name, str(value)) for name, value in found.items() if value]
