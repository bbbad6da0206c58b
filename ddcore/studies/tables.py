"""A study written out: every cell as a line of CSV, comparisons as tables for LaTeX."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ddcore.studies.comparing import MEASURES, USUAL, Answer, Comparison, answers
from ddcore.studies.found import Found
from ddcore.studies.grid import ARM, SEED, Grid
from ddcore.studies.names import Naming, axis_words, spelled, value_words
from ddcore.studies.pairs import Accuracies, Difference
from ddcore.studies.rows import place_of, settings_by_place
from ddcore.studies.verdict import amount, missing_words

MEASURED = {measure: "predictor" if measure == "kernel" else measure for measure in MEASURES}
"""Measure -> its column: `kernel` is a parameter of a method, which a study may vary."""
FACTS = ("seconds", "elapsed", "machine", "protocol", "students", "tested_on", "run", "refused")
_ALWAYS = ("dataset", "distiller", "ipc")
_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "−": "$-$", "±": r"$\pm$", "×": r"$\times$", "–": "--",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}  # fmt: skip


def csv_text(grid: Grid, found: dict[str, Found]) -> str:
    """A header and a row per cell, seeds outermost; accuracies are fractions, and what is not known is empty.

    Columns: the axes of the grid, `arm` if it has arms, `seed`; other settings that any cell sets, dataset, distiller
    and ipc in any case; `preset`; for each accuracy its mean, `_std` over its students and how many they were,
    `_repeats`, that of the set's own predictor being called `predictor`; then seconds of distilling, elapsed seconds in
    all, machine, protocol, students, tested_on, run, and why a cell is refused. Values are spelled as flags spell them;
    those that are no text or number are JSON.
    """
    axes = [axis for axis in (*grid.axes, *([ARM] if grid.arms else [])) if axis != SEED]
    cells = list(grid.cells())
    asked = dict.fromkeys(name for cell in cells for name in cell.settings)
    shared = [name for name in dict.fromkeys((*_ALWAYS, *asked)) if name not in (*axes, SEED)]
    measured = [f"{name}{part}" for name in MEASURED.values() for part in ("", "_std", "_repeats")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*axes, SEED, *shared, "preset", *measured, *FACTS])
    known = settings_by_place(grid)
    for cell in cells:
        one = found.get(cell.key, Found())
        accuracies = [value for name in MEASURES for value in (getattr(one, name) or ("", "", ""))]
        choices = [_written(cell.choices[axis]) for axis in (*axes, SEED)]
        settings = cell.settings | known[place_of(grid, cell.choices)]
        more = [_written(settings.get(name, "")) for name in shared]
        writer.writerow([*choices, *more, grid.preset, *accuracies, *(getattr(one, name) for name in FACTS)])
    return text.getvalue()


def latex_text(
    grid: Grid, found: dict[str, Found], axes: Sequence[str], base: Any = USUAL, measure: str = "accuracy",
    name: str = "", naming: Naming = value_words,
) -> str:  # fmt: skip
    """A `tabular` for booktabs for each axis, a line per comparison; comments say how to include it and what it holds.

    Accuracies in percent: mean ± standard deviation over seeds (n - 1 below), and n; the difference in points with half
    of its interval. Raises `BadInput` like `answers`, whose levels it has.
    """
    given = answers(grid, found, axes, base, measure, naming)
    lines = [line for answer in given for line in _table(answer, measure, naming)]
    return "\n".join([*_remarks(given, name), *lines])


def escaped(text: Any) -> str:
    """Text as LaTeX prints it, on one line."""
    return "".join(_SPECIAL.get(letter, letter) for letter in " ".join(str(text).split()))


def level_text(accuracies: Accuracies) -> str:
    """ "76.7 ± 1.0 (n = 5)": percent, over seeds; no spread of one seed; "" of none."""
    values = [100 * value for value in accuracies.values()]
    if not values:
        return ""
    spread = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{spread} (n = {len(values)})"


def _table(answer: Answer, measure: str, naming: Naming) -> list[str]:
    """A line for each row, then those over all rows."""
    rows = list(answer.rows[0].row)
    column = MEASURED[measure]
    levels = [f"{column} (%)", f"{column} of {naming(answer.axis, answer.base)} (%)"]
    heads = [*map(axis_words, (*rows, answer.axis)), *levels, "difference (points)", "pairs", "verdict"]
    begin = rf"\begin{{tabular}}{{{'l' * (len(rows) + 1)}rrrrl}}"
    lines = [begin, r"\toprule", _line(heads), r"\midrule"]
    lines += [
        _line([*(_cell(name, one.row[name], naming) for name in rows), *_values(one, naming)]) for one in answer.rows
    ]
    if answer.overall:  # then there are several rows, and `rows` is not empty
        everywhere = ["all rows", *[""] * (len(rows) - 1)]
        lines += [r"\midrule", *(_line([*everywhere, *_values(one, naming)]) for one in answer.overall)]
    return [*lines, r"\bottomrule", r"\end{tabular}", ""]


def _values(one: Comparison, naming: Naming) -> list[str]:
    levels = [level_text(one.accuracies), level_text(one.base_accuracies)]
    count = str(one.difference.count) if one.difference.count else ""
    verdict = one.refused or "; ".join([one.difference.word, *missing_words(one)])
    return [_cell(one.axis, one.value, naming), *levels, _difference(one.difference), count, verdict]


def _cell(axis: str, value: Any, naming: Naming) -> str:
    """A value under the head of its axis: a number needs no more words."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else naming(axis, value)


def _difference(difference: Difference) -> str:
    if not difference.count:
        return ""
    half = difference.half if np.isfinite(difference.half) else None
    return amount(difference.mean, half).removesuffix(" points")


def _remarks(given: list[Answer], name: str) -> list[str]:
    remarks = [
        f"Study: {name}" if name else "",
        r"Needs \usepackage{booktabs}. Accuracies: mean +- standard deviation over n seeds.",
        _interval_remark(given[0].counted, given[0].rows[0].difference.level),
        "better, worse: the interval excludes 0; not distinguishable: it does not.",
    ]
    return [f"% {' '.join(remark.split())}" for remark in remarks if remark]


def _interval_remark(count: int, level: float) -> str:
    if count == 0:
        return "Differences are paired by seed; one pair has no interval."
    together = f"each at {100 * level:.4g} %, so that all {count} of this study hold together with 95 % confidence"
    at = together if count > 1 else f"at {100 * level:.4g} %"
    return f"Differences are paired by seed, with half of their interval: Student's t, {at}."


def _line(values: list[Any]) -> str:
    return " & ".join(map(escaped, values)) + r" \\"


def _written(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return spelled("", value)
    return json.dumps(value) if isinstance(value, bool) or not isinstance(value, int | float) else value
