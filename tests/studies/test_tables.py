"""A study written out: CSV that reads back as what was found, LaTeX that compiles and says no more than is known."""

import csv
import io
import re
import shutil
import subprocess

import pytest

from ddcore.runs.gains import Measured
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.tables import csv_text, escaped, latex_text

GRID = Grid(
    {"importance": ("uniform", "loss"), "ipc": (1, 10), "seed": (0, 1)},
    {"dataset": "digits"},
    {"a_b & 100 %": {"steps": 5}, 'quo"ted, line\n': {"steps": 6, "init": "random"}},
)
REFUSED = "Needs \\ and {a} $ ~10^2 # <b> | −1 ± 2, not_this."


def found() -> dict[str, Found]:
    """Cells of ipc 1 were run, for loss 1 to 2 points better; those of loss at ipc 10 cannot be; the rest were not."""
    cells = {}
    for cell in GRID.cells():
        choices = cell.choices
        if choices["ipc"] == 1:
            gain = (0.01 + 0.01 * choices["seed"]) * (choices["importance"] == "loss")
            own = Measured(0.1 + gain, 1 / 3, 3)
            cells[cell.key] = Found(own, full=Measured(0.9, 0.0, 1), seconds=1.25, protocol='a "b", c', run="r-1")
        elif choices["importance"] == "loss":
            cells[cell.key] = Found(refused=REFUSED)
    return cells


def test_every_cell_is_a_row_that_reads_back_as_what_was_found():
    rows, cells = list(csv.DictReader(io.StringIO(csv_text(GRID, found()), newline=""))), found()
    assert len(rows) == GRID.size
    for row, cell in zip(rows, GRID.cells(), strict=True):
        one = cells.get(cell.key, Found())
        assert {name: row[name] for name in cell.choices} == {name: str(value) for name, value in cell.choices.items()}
        for name in ("accuracy", "random", "full", "kernel"):
            parts = [row[f"{name}{part}"] for part in ("", "_std", "_repeats")]
            known = getattr(one, name)
            assert parts == ["", "", ""] if known is None else tuple(map(float, parts)) == known
        for name in ("protocol", "run", "refused"):
            assert row[name] == (getattr(one, name) or "")
        assert row["seconds"] == ("" if one.seconds is None else "1.25")


def test_a_grid_without_arms_has_no_column_of_them():
    grid = Grid({"zca": (True, False), "seed": (0,)})
    header, first, _ = csv.reader(io.StringIO(csv_text(grid, {})))
    assert header[:2] == ["zca", "seed"] and first[:2] == ["true", "0"]


def test_the_latex_table_says_difference_interval_pairs_and_verdict_or_why_not():
    text = latex_text(GRID, found(), "importance", name="50 % of\nit")
    assert text.startswith("% Study: 50 % of it\n") and "each at 97.5 %" in text
    body = text.split("\\midrule")[1].split("\\bottomrule")[0].strip().splitlines()
    assert len(body) == 4 and all(line.endswith(r" \\") for line in body)
    first = body[0].removesuffix(r" \\").split(" & ")
    assert first[3:] == [
        "11.5 $\\pm$ 0.7 (n = 2)",
        "10.0 $\\pm$ 0.0 (n = 2)",
        "+1.5 $\\pm$ 12.7",
        "2",
        "not distinguishable",
    ]
    assert escaped(REFUSED) in text


def test_one_seed_has_neither_spread_nor_interval():
    grid = Grid({"importance": ("uniform", "loss"), "seed": (0,)})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3)) for cell in grid.cells()}
    body = latex_text(grid, cells, "importance").split("\\midrule")[1]
    assert r"\pm" not in body and "one pair" in body and "(n = 1)" in body


def test_every_row_has_as_many_cells_as_columns_and_no_letter_is_left_raw():
    text = latex_text(GRID, found(), "importance")
    columns = re.search(r"\\begin\{tabular\}\{(\w+)\}", text)[1]
    lines = [line for line in text.splitlines() if line.endswith(r" \\")]
    assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(columns) - 1}
    assert not [line for line in lines if re.search(r"(?<!\\)[%#_]|[<>|±−~^]", line)]
    assert all(line.isascii() for line in lines)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_it_compiles(tmp_path):
    document = r"\documentclass{article}\usepackage{booktabs}\begin{document}%s\end{document}"
    (tmp_path / "t.tex").write_text(document % latex_text(GRID, found(), "importance", name="ü"))
    done = subprocess.run(["pdflatex", "-interaction=batchmode", "-halt-on-error", "t.tex"], cwd=tmp_path, check=False)
    assert done.returncode == 0, (tmp_path / "t.log").read_text()
