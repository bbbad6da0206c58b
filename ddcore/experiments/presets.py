"""Named groups of settings for each distiller. No torch here: the server and the command line's parser read it.

`presets.json` holds them: distiller -> name -> title, help and `settings`. A published setting depends on the dataset
and on the images per class; its `cases` say how. A case applies where all that its `when` names holds: `dataset`, a
list of names (of a path the last part counts), `ipc`, [least, most] with null for no bound. Later cases win.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput


@cache
def presets() -> dict[str, dict[str, dict]]:
    """distiller -> preset name -> {"title", "help", "settings", "cases" where there are some}; a distiller without
    presets of its own has a first look."""
    own = json.loads((Path(__file__).parent / "presets.json").read_text())
    usual = own.pop("usual")
    return {name: own.get(name, usual) for name in DISTILLERS.names()}


def find_preset(distiller: str, name: str) -> dict[str, Any]:
    """One of `presets()`; BadInput lists those that the distiller has."""
    known = presets().get(distiller, {})
    if name not in known:
        allowed = f"choose one of {', '.join(known)}" if known else f"{distiller} has no presets"
        raise BadInput(f"preset={name!r} is unknown for {distiller}; {allowed}.")
    return known[name]


def settings_of(preset: dict[str, Any], dataset: str, ipc: int | None = None) -> dict[str, Any]:
    """What the preset sets for this dataset and ipc; without an ipc, for the preset's own."""
    settings = {**preset["settings"], **({} if ipc is None else {"ipc": ipc})}
    for case in preset.get("cases", []):
        if _applies(case["when"], dataset, settings["ipc"]):
            settings |= case["settings"]
    return settings


def _applies(when: dict[str, Any], dataset: str, ipc: int) -> bool:
    if "dataset" in when and Path(dataset).name not in when["dataset"]:
        return False
    least, most = when.get("ipc", (None, None))
    return (least is None or ipc >= least) and (most is None or ipc <= most)
