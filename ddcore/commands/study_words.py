"""What a study says, on the command line: as text, or as one JSON object."""

from math import isfinite
from typing import Any

from ddcore.commands import print_json
from ddcore.commands.accuracies import ascii_words
from ddcore.errors import BadInput
from ddcore.studies.comparing import Comparison, answers
from ddcore.studies.names import spelled
from ddcore.studies.rows import accuracies_of, by_place, place_of, rows_of
from ddcore.studies.study import Study, list_studies, unreadable_studies
from ddcore.studies.tables import level_text
from ddcore.studies.verdict import sentence
from ddcore.studies.verdict import together as level_words

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
        lines.append(f"  {_words(place) or 'all'}: {ascii_words(level) or 'none'}")
    given = answers(grid, found, axes, base, measure)
    lines += [level_words(given[0].counted)] if given else []
    for answer in given:
        lines += [answer.axis, *(_compared_line(one, answer.counted) for one in answer.rows)]
        if answer.overall:
            lines.append(f"{answer.axis} over all rows, each seed the mean of its rows")
            lines += [_compared_line(one, answer.counted) for one in answer.overall]
    return lines


def _compared_line(one: Comparison, count: int) -> str:
    return f"  {f'{_words(one.row)}: ' if one.row else ''}{ascii_words(sentence(one, count))}"


def _words(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {spelled(name, value)}" for name, value in row.items())


def study_json(study: Study, axes: list[str], base: Any, measure: str) -> dict[str, Any]:
    """Fractions in what was found, points in differences; "all" is over all rows, or of the only one."""
    grid, found = study.grid, study.found()
    compared = {
        answer.axis: {"rows": [_compared(one) for one in answer.rows], "all": [_compared(one) for one in answer.main]}
        for answer in answers(grid, found, axes, base, measure)
    }
    cells = [
        cell.choices | {"found": found[cell.key].to_json() if cell.key in found else None} for cell in grid.cells()
    ]
    return _row(study) | {"measure": measure, "cells_found": cells, "comparisons": compared}


def _compared(one: Comparison) -> dict[str, Any]:
    """`interval` is half of it: null where there is none. `rows` of `of_rows` rows are compared."""
    difference = one.difference
    sure = difference.count > 1 and isfinite(difference.half)
    return {
        "row": one.row, "value": one.value, "base": one.base, "refused": one.refused, "left_out": one.left_out,
        "rows": one.rows, "of_rows": one.of_rows, "pairs": difference.count,
        "difference": difference.mean if difference.count else None, "interval": difference.half if sure else None,
        "level": difference.level, "verdict": difference.word,
    }  # fmt: skip
