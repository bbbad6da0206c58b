"""A study written out: every cell as a line of CSV, comparisons as a table for LaTeX."""

import csv
import io
import json
from typing import Any

import numpy as np

from ddcore.studies.comparing import MEASURES, Comparison, base_of, comparisons, together
from ddcore.studies.found import Found
from ddcore.studies.grid import ARM, SEED, Grid
from ddcore.studies.pairs import Accuracies, Difference
from ddcore.studies.verdict import amount

_FACTS = ("seconds", "machine", "protocol", "students", "tested_on", "run", "refused")
_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "−": "$-$", "±": r"$\pm$", "×": r"$\times$", "–": "--",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}  # fmt: skip


def csv_text(grid: Grid, found: dict[str, Found]) -> str:
    """A header and a row per cell, seeds outermost; accuracies are fractions, and what is not known is empty.

    Columns: the axes of the grid, `arm` if it has arms, `seed`; for each accuracy its mean, `_std` over its students
    and how many they were, `_repeats`; seconds, machine, protocol, students, tested_on, run, and why a cell is refused.
    Values of axes that are no text or number are JSON.
    """
    axes = [axis for axis in (*grid.axes, *([ARM] if grid.arms else [])) if axis != SEED]
    measured = [f"{name}{part}" for name in MEASURES for part in ("", "_std", "_repeats")]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*axes, SEED, *measured, *_FACTS])
    for cell in grid.cells():
        one = found.get(cell.key, Found())
        accuracies = [value for name in MEASURES for value in (getattr(one, name) or ("", "", ""))]
        choices = [_written(cell.choices[axis]) for axis in (*axes, SEED)]
        writer.writerow([*choices, *accuracies, *(getattr(one, name) for name in _FACTS)])
    return text.getvalue()


def latex_text(
    grid: Grid, found: dict[str, Found], axis: str, base: Any = None, measure: str = "accuracy", name: str = ""
) -> str:
    """A `tabular` for booktabs, a line per comparison; comments say how to include it and how intervals are made.

    Accuracies in percent: mean ± standard deviation over seeds (n - 1 below), and n; the difference in points with half
    of its interval. Raises `BadInput` like `comparisons`.
    """
    base, compared = base_of(grid, axis, base), comparisons(grid, found, axis, base, measure)
    rows = [name for name in grid.varied if name != axis]
    heads = [*rows, axis, f"{measure} (%)", f"{measure} of {base} (%)", "difference (points)", "pairs", "verdict"]
    columns = "l" * (len(rows) + 1) + "rrrr" + "l"
    lines = [*_remarks(compared, name), rf"\begin{{tabular}}{{{columns}}}", r"\toprule", _line(heads), r"\midrule"]
    lines += [_line(_values(one, rows)) for one in compared]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


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


def _values(one: Comparison, rows: list[str]) -> list[str]:
    named = [*(one.row[name] for name in rows), one.value]
    levels = [level_text(one.accuracies), level_text(one.base_accuracies)]
    count = str(one.difference.count) if one.difference.count else ""
    return [*named, *levels, _difference(one.difference), count, one.refused or one.difference.word]


def _difference(difference: Difference) -> str:
    if not difference.count:
        return ""
    half = difference.half if np.isfinite(difference.half) else None
    return amount(difference.mean, half).removesuffix(" points")


def _remarks(compared: list[Comparison], name: str) -> list[str]:
    count = together(compared)
    level = 100 * compared[0].difference.level if compared else 95.0
    remarks = [
        f"Study: {name}" if name else "",
        r"Needs \usepackage{booktabs}. Accuracies: mean +- standard deviation over n seeds.",
        "Differences are paired by seed, with half of their interval: Student's t, each at "
        f"{level:.4g} %, so that the {count} of this table hold together with 95 % confidence.",
        "better, worse: the interval excludes 0; not distinguishable: it does not.",
    ]
    return [f"% {' '.join(remark.split())}" for remark in remarks if remark]


def _line(values: list[Any]) -> str:
    return " & ".join(map(escaped, values)) + r" \\"


def _written(value: Any) -> Any:
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else json.dumps(value)
