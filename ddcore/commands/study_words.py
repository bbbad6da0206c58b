"""What a study says, on the command line: as text, or as one JSON object."""

from typing import Any

from ddcore.commands import print_json
from ddcore.commands.accuracies import ascii_words
from ddcore.errors import BadInput
from ddcore.studies.comparing import Comparison, accuracies_of, by_place, comparisons, overall, place_of, rows_of
from ddcore.studies.comparing import together as with_interval
from ddcore.studies.study import Study, list_studies, unreadable_studies
from ddcore.studies.tables import level_text
from ddcore.studies.verdict import sentence, together

_NAMES = {"accuracy": "students of the distilled set", "kernel": "the set's own predictor"}


def print_studies(as_json: bool) -> None:
    """All studies, those that cannot be read with their reason."""
    rows, broken = [], [{"study": study.id, "error": _reason(study)} for study in unreadable_studies()]
    for study in list_studies():
        try:
            rows.append(_row(study))
        except BadInput as error:  # its cells cannot be read
            broken.append({"study": study.id, "error": str(error)})
    if as_json:
        print_json({"studies": rows, "unreadable": broken})
        return
    for row in rows:
        done = f"{row['done']:,} of {row['cells']:,} runs"
        done += f", {row['refused']:,} cannot be run" if row["refused"] else ""
        print(f"{row['study']:<24} {done:<18} {row['name']}{' (recorded)' if row['recorded'] else ''}")
    for one in broken:
        print(f"{one['study']:<24} {one['error']}")


def _row(study: Study) -> dict[str, Any]:
    found = study.found()
    lines = [found[cell.key] for cell in study.grid.cells() if cell.key in found]
    refused = sum(line.refused is not None for line in lines)
    return {
        "study": study.id, "name": study.name, "question": study.question, "cells": study.grid.size,
        "done": len(lines) - refused, "refused": refused, "recorded": study.recorded,
    }  # fmt: skip


def _reason(study: Study) -> str:
    try:
        _ = study.grid
    except BadInput as reason:
        return str(reason)
    return ""


def study_lines(study: Study, axes: list[str], base: Any, measure: str) -> list[str]:
    """Levels, then each axis' values against one of them."""
    row, grid, found = _row(study), study.grid, study.found()
    lines = [f"{study.name} ({study.id}): {row['done']:,} of {row['cells']:,} runs"]
    lines += [study.question] if study.question else []
    lines.append(f"accuracy of {_NAMES.get(measure, measure)}, mean +- standard deviation over seeds")
    places = by_place(grid, found)
    for place in rows_of(grid):
        level = level_text(accuracies_of(places.get(place_of(grid, place), {}), measure))
        lines.append(f"  {_words(place) or 'all'}: {ascii_words(level)}")
    for axis in axes:
        compared = comparisons(grid, found, axis, base, measure)
        lines += [f"{axis}. {together(with_interval(compared))}", *_compared_lines(compared)]
        if len({_words(one.row) for one in compared}) > 1:
            pooled = overall(grid, found, axis, base, measure)
            lines += [f"{axis} over all rows, each seed the mean of its rows", *_compared_lines(pooled)]
    return lines


def _compared_lines(compared: list[Comparison]) -> list[str]:
    count = with_interval(compared)
    rows = (f"{_words(one.row)}: " if one.row else "" for one in compared)
    return [f"  {row}{ascii_words(sentence(one, count))}" for row, one in zip(rows, compared, strict=True)]


def _words(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {'default' if value is None else value}" for name, value in row.items())


def study_json(study: Study, axes: list[str], base: Any, measure: str) -> dict[str, Any]:
    """Fractions in what was found, points in differences."""
    grid, found = study.grid, study.found()
    compared = {
        axis: {
            "rows": [_compared(one) for one in comparisons(grid, found, axis, base, measure)],
            "all": [_compared(one) for one in overall(grid, found, axis, base, measure)],
        }
        for axis in axes
    }
    cells = [
        cell.choices | {"found": found[cell.key].to_json() if cell.key in found else None} for cell in grid.cells()
    ]
    return _row(study) | {"measure": measure, "cells_found": cells, "comparisons": compared}


def _compared(one: Comparison) -> dict[str, Any]:
    difference = one.difference
    sure = difference.count > 1
    return {
        "row": one.row, "value": one.value, "base": one.base, "refused": one.refused, "pairs": difference.count,
        "difference": difference.mean if difference.count else None, "interval": difference.half if sure else None,
        "level": difference.level, "verdict": difference.word,
    }  # fmt: skip
