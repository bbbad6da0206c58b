"""What a study asks, in words, and its rows for lists, tables and captions."""

from collections.abc import Mapping, Sequence
from typing import Any

from ddcore.studies import names
from ddcore.studies.budget import SELECTION
from ddcore.studies.grid import ARM, Grid
from ddcore.studies.names import axis_words, value_words


def row_words(choices: Mapping[str, Any]) -> str:
    """ "DM · ipc 10 · uniform": the values of a cell but for its seed; "all runs" where nothing is varied."""
    return names.row_words(choices) or "all runs"


def question_of(grid: Grid) -> str:
    """What a study of this grid asks, one sentence, from the axes that it varies."""
    varied, told = grid.varied, {axis: values[0] for axis, values in grid.axes.items() if len(values) == 1}
    of = _listed(varied.get("distiller", ())) or _method(told.get("distiller"))
    at = [value_words("ipc", told["ipc"])] if "ipc" in told else []
    where = "".join([*(f" at {words}" for words in at), f" on {dataset_of(grid)}"])
    if {"init", "importance"} <= set(varied):
        return f"Which half of importance helps {of}{where}: the start or the batches?"
    if "importance" in varied:
        return f"Does importance help {of}{where}?"
    if set(varied) == {"init"}:
        return f"Which start helps {of}{where}?"
    if "ipc" in varied:
        return _next_image(grid.axes.get("distiller", ()), of, where)
    if set(varied) == {"distiller"}:
        return f"Which method is best{where}?"
    if set(varied) == {ARM}:
        return f"Which settings are better{where}?"
    if not varied:
        return f"How much does the seed matter to {of}{where}?"
    return f"Which {' and '.join(map(axis_words, varied))} helps {_method(told.get('distiller'))}{where}?"


def dataset_of(grid: Grid) -> str:
    """The dataset's name, or how many there are."""
    names = grid.axes.get("dataset") or (grid.fixed.get("dataset", "digits"),)
    name = str(names[0]).rstrip("/").rpartition("/")[2] if len(names) == 1 else f"{len(names)} datasets"
    variant = grid.fixed.get("variant")
    return f"{name} ({variant})" if variant else name


def _next_image(distillers: tuple[Any, ...], of: str, where: str) -> str:
    """What the next image is worth to methods; selection has images of its own to add."""
    if SELECTION not in distillers:
        return f"What is the next image worth to {of}{where}?"
    if others := _listed([value for value in distillers if value != SELECTION], "or"):
        return f"What is the next image worth{where}, selected or distilled by {others}?"
    return f"What is the next selected image worth{where}?"


def _method(distiller: Any) -> str:
    """A method as the object of a sentence."""
    if distiller is None:
        return "distillation"
    return "image selection" if distiller == SELECTION else value_words("distiller", distiller)


def _listed(distillers: Sequence[Any], word: str = "and") -> str:
    *most, last = map(_method, distillers) if distillers else [""]
    return f"{', '.join(most)} {word} {last}" if most else last
