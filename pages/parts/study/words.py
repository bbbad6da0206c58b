"""What a study asks, in words, and its rows for lists, tables and captions."""

from collections.abc import Mapping
from typing import Any

from ddcore.studies import names
from ddcore.studies.grid import ARM, Grid
from ddcore.studies.names import axis_words, value_words


def row_words(choices: Mapping[str, Any]) -> str:
    """ "DM · ipc 10 · uniform": the values of a cell but for its seed; "all runs" where nothing is varied."""
    return names.row_words(choices) or "all runs"


def question_of(grid: Grid) -> str:
    """What a study of this grid asks, one sentence, from the axes that it varies."""
    varied, told = grid.varied, {axis: values[0] for axis, values in grid.axes.items() if len(values) == 1}
    of = value_words("distiller", told["distiller"]) if "distiller" in told else "distillation"
    at = [value_words("ipc", told["ipc"])] if "ipc" in told else []
    where = "".join([*(f" at {words}" for words in at), f" on {dataset_of(grid)}"])
    if {"init", "importance"} <= set(varied):
        return f"Which half of importance helps {of}{where}: the start or the batches?"
    if "importance" in varied:
        return f"Does importance help {_listed(varied.get('distiller', ()), of)}{where}?"
    if set(varied) == {"init"}:
        return f"Which start helps {of}{where}?"
    if "ipc" in varied:
        return f"What is the next image worth to {_listed(varied.get('distiller', ()), of)}{where}?"
    if set(varied) == {"distiller"}:
        return f"Which method is best{where}?"
    if set(varied) == {ARM}:
        return f"Which settings are better{where}?"
    if not varied:
        return f"How much does the seed matter to {of}{where}?"
    return f"Which {' and '.join(map(axis_words, varied))} helps {of}{where}?"


def dataset_of(grid: Grid) -> str:
    """The dataset's name, or how many there are."""
    names = grid.axes.get("dataset") or (grid.fixed.get("dataset", "digits"),)
    name = str(names[0]).rstrip("/").rpartition("/")[2] if len(names) == 1 else f"{len(names)} datasets"
    variant = grid.fixed.get("variant")
    return f"{name} ({variant})" if variant else name


def _listed(distillers: tuple[Any, ...], otherwise: str) -> str:
    return " and ".join(value_words("distiller", value) for value in distillers) or otherwise
