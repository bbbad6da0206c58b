"""A study written out: CSV that reads back as what was found, LaTeX that compiles and says no more than is known."""

import csv
import io
import re
import shutil
import subprocess
from dataclasses import fields

import pytest

from ddcore.distillers import DISTILLERS
from ddcore.experiments.settings import DistillSettings
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.runs.gains import Measured
from ddcore.sampling.following import FOLLOWERS
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.tables import FACTS, MEASURED, csv_text, escaped, latex_text

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
            more = {"full": Measured(0.9, 0.0, 1), "kernel": Measured(0.7, 0.0, 1), "seconds": 1.25, "elapsed": 9.5}
            run = f"r-{cell.key}"
            cells[cell.key] = Found(own, protocol='a "b", c', run=run, **more)
        elif choices["importance"] == "loss":
            cells[cell.key] = Found(refused=REFUSED)
    return cells


def test_every_cell_is_a_row_that_reads_back_as_what_was_found():
    rows, cells = list(csv.DictReader(io.StringIO(csv_text(GRID, found()), newline=""))), found()
    assert len(rows) == GRID.size
    for row, cell in zip(rows, GRID.cells(), strict=True):
        one = cells.get(cell.key, Found())
        assert {name: row[name] for name in cell.choices} == {name: str(value) for name, value in cell.choices.items()}
        for name, column in MEASURED.items():
            parts = [row[f"{column}{part}"] for part in ("", "_std", "_repeats")]
            known = getattr(one, name)
            assert parts == ["", "", ""] if known is None else tuple(map(float, parts)) == known
        for name in ("protocol", "run", "refused"):
            assert row[name] == (getattr(one, name) or "")
        assert row["seconds"] == ("" if one.seconds is None else "1.25")
        assert row["elapsed"] == ("" if one.elapsed is None else "9.5")


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_grid_without_arms_has_no_column_of_them():
    grid = Grid({"zca": (True, False), "seed": (0,)})
    header, first, _ = csv.reader(io.StringIO(csv_text(grid, {})))
    assert header[:2] == ["zca", "seed"] and first[:2] == ["true", "0"]


def test_what_all_runs_share_is_in_every_row():
    grid = Grid({"importance": (None, "loss"), "seed": (0,)}, {"width": 8}, preset="quick")
    for row, importance in zip(read(csv_text(grid, {})), ("default", "loss"), strict=True):
        assert row["importance"] == importance and (row["width"], row["preset"]) == ("8", "quick")
        assert (row["dataset"], row["distiller"], row["ipc"]) == ("digits", "dm", "1")


def test_what_arms_set_is_a_column_each():
    first, second = read(csv_text(GRID, found()))[:2]
    assert (first["steps"], second["steps"]) == ("5", "6") and second["init"] == "random"
    assert first["init"] == "kmeans-coreset", "the start that the method would choose"
    own = Grid({"seed": (0,)}, arms={"a": {"clusters": 5}, "b": {"zca": None}})
    assert [(row["clusters"], row["zca"]) for row in read(csv_text(own, {}))] == [("5", "false"), ("", "false")]


def test_no_column_is_there_twice_whatever_is_varied():
    grid = Grid({"kernel": ("rbf", "ntk"), "seed": (0,)}, {"distiller": "kip"})
    header = next(csv.reader(io.StringIO(csv_text(grid, {}))))
    assert len(header) == len(set(header))
    assert [row["kernel"] for row in read(csv_text(grid, {}))] == ["rbf", "ntk"]
    settings = {name for registry in (DISTILLERS, SCORES, INITIALISERS, FOLLOWERS) for name in parameters_of(registry)}
    settings |= {one.name for one in fields(DistillSettings)}
    assert "kernel" in settings and not settings & {*MEASURED.values(), *FACTS, "preset", "arm"}


def parameters_of(registry) -> set[str]:
    return {field.name for name in registry.names() for field in fields(registry.get(name))}


def test_the_latex_table_says_difference_interval_pairs_and_verdict_or_why_not():
    text = latex_text(GRID, found(), ["importance"], name="50 % of\nit")
    assert text.startswith("% Study: 50 % of it\n") and "each at 99.17 %" in text, (
        "one of 6: 2 by row, 1 over all, of arms too"
    )
    _, by_row, pooled = text.split("\\bottomrule")[0].split("\\midrule")
    body = by_row.strip().splitlines()
    assert len(body) == 4 and all(line.endswith(r" \\") for line in body)
    assert "all rows &" in pooled and "over 2 of 4 rows" in pooled
    first = body[0].removesuffix(r" \\").split(" & ")
    assert first[3:] == [
        "11.5 $\\pm$ 0.7 (n = 2)",
        "10.0 $\\pm$ 0.0 (n = 2)",
        "+1.5 $\\pm$ 38.2",
        "2",
        "not distinguishable",
    ]
    assert escaped(REFUSED) in text


def test_every_axis_has_a_table_and_values_are_called_as_people_call_them():
    grid = Grid({"importance": (None, "kmeans"), "steps": (5, 1000), "seed": (0,)})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3), protocol=cell.choices["importance"]) for cell in grid.cells()}
    text = latex_text(grid, cells, ["importance", "steps"])
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
    assert "steps & importance & accuracy (\\%) & accuracy of default importance (\\%)" in text
    assert "\n1000 & k-means sensitivity & " in text and "k-means sensitivity and default importance were" in text
    assert "None &" not in text


def test_seeds_left_out_are_in_the_table():
    grid = Grid({"importance": ("uniform", "loss"), "seed": (0, 1, 2)})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3)) for cell in grid.cells()}
    (last,) = (cell for cell in grid.cells() if (cell.choices["importance"], cell.choices["seed"]) == ("loss", 2))
    cells[last.key] = Found(refused="The loss is nan.")
    assert "equal; 1 seed left out (relative loss: The loss is nan)" in latex_text(grid, cells, ["importance"])


def test_one_seed_has_neither_spread_nor_interval():
    grid = Grid({"importance": ("uniform", "loss"), "seed": (0,)})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3)) for cell in grid.cells()}
    body = latex_text(grid, cells, ["importance"]).split("\\midrule")[1]
    assert r"\pm" not in body and "one pair" in body and "(n = 1)" in body


def tables_of(text: str) -> list[tuple[str, list[str]]]:
    """Of each table the letters of its columns, and its lines of cells."""
    parts = re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", text, re.DOTALL)
    return [(columns, [line for line in body.splitlines() if line.endswith(r" \\")]) for columns, body in parts]


@pytest.mark.parametrize(
    ("axes", "arms"),
    [
        ({"importance": ("uniform", "loss")}, {}),
        ({"importance": ("uniform", "loss", "kmeans")}, {}),
        ({}, {"a": {"steps": 5}, "b": {"steps": 6}}),
        ({"importance": ("uniform", "loss"), "ipc": (1, 10)}, {}),
        ({"importance": ("uniform", "loss"), "ipc": (1, 10), "steps": (5, 9)}, {"a": {"width": 4}, "b": {"width": 8}}),
    ],
)
def test_every_line_has_a_cell_for_each_column_however_many_rows_there_are(axes, arms):
    """One row only, which is no mean of all rows; several; one of the values of several settings."""
    grid = Grid(axes | {"seed": (0, 1, 2)}, arms=arms)
    cells = {cell.key: Found(Measured(0.5 + len(cell.key) / 100, 0.1, 3)) for cell in grid.cells()}
    text = latex_text(grid, cells, list(grid.varied))
    tables = tables_of(text)
    assert len(tables) == len(grid.varied)
    for columns, lines in tables:
        assert len(lines) > 1 and {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(columns) - 1}
    assert ("all rows &" in text) == (len(grid.varied) > 1)


def test_the_remark_on_intervals_goes_by_how_many_comparisons_there_are():
    grid = Grid({"importance": ("uniform", "loss"), "seed": (0, 1)})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3)) for cell in grid.cells()}
    assert "Student's t, at 95 %.\n" in latex_text(grid, cells, ["importance"])
    one = {cell.key: cells[cell.key] for cell in grid.cells() if cell.choices["seed"] == 0}
    assert "one pair has no interval" in latex_text(grid, one, ["importance"])
    assert "so that all 6 of this study" in latex_text(GRID, found(), ["importance"])


def test_every_row_has_as_many_cells_as_columns_and_no_letter_is_left_raw():
    ((columns, lines),) = tables_of(latex_text(GRID, found(), ["importance"]))
    assert {len(re.findall(r"(?<!\\)&", line)) for line in lines} == {len(columns) - 1}
    assert not [line for line in lines if re.search(r"(?<!\\)[%#_]|[<>|±−~^]", line)]
    assert all(line.isascii() for line in lines)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_it_compiles(tmp_path):
    document = r"\documentclass{article}\usepackage{booktabs}\begin{document}%s\end{document}"
    (tmp_path / "t.tex").write_text(document % latex_text(GRID, found(), ["importance"], name="ü"))
    done = subprocess.run(["pdflatex", "-interaction=batchmode", "-halt-on-error", "t.tex"], cwd=tmp_path, check=False)
    assert done.returncode == 0, (tmp_path / "t.log").read_text()
