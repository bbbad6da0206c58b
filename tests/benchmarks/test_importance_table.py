"""The paired table: what is run once, in which order, and what its figures say."""

import argparse
import json

import pytest
from toy import dataset as toy_dataset

from benchmarks import importance_table
from benchmarks.conditions import GROUPS, METHODS, Condition, Method
from benchmarks.importance_table import Cell, cells, print_tables, run_all
from benchmarks.lines import Lines
from benchmarks.paired import default_rule, pooled_table, table, text_of
from ddcore.distillers import DISTILLERS
from ddcore.experiments.resolving import complete, resolve
from ddcore.studies.pairs import Difference


@pytest.fixture
def options(tmp_path, monkeypatch):
    small = Method({"steps": 1, "width": 4, "batch_real": 4}, {"importance": "student-loss", "student_steps": 1})
    monkeypatch.setattr(importance_table, "METHODS", {"dm": small, "kip": Method({"steps": 1}, small.batches)})
    monkeypatch.setattr(importance_table, "load_dataset", lambda name, variant=None: toy_dataset())
    return argparse.Namespace(
        methods=["dm", "kip"], datasets=["toy"], ipc=[1], groups=["halves"], seeds=2, held_out=False
    )


@pytest.fixture
def ran(monkeypatch):
    """Cells that were run, in order, each in no time: condition k of seed s is (50 + s + (10 + s) k) % accurate."""
    found = []

    def run(self, cell):
        found.append(cell)
        place = list(GROUPS["halves"].values()).index(cell.condition)
        return {"accuracy": [0.5 + 0.01 * cell.seed + (0.1 + 0.01 * cell.seed) * place], "seconds": {}}

    monkeypatch.setattr(importance_table.Runner, "run", run)
    return found


def test_cells_come_seed_by_seed_and_shared_conditions_once(options):
    options.groups = ["halves", "laws"]
    listed = cells(options)
    assert [cell.seed for cell in listed] == sorted(cell.seed for cell in listed)
    assert len({str(cell.key) for cell in listed}) == len(listed)
    per_row = len(GROUPS["halves"]) + len(GROUPS["laws"]) - 2  # uniform, and the hard law, are in both
    assert len(listed) == 2 * 2 * per_row


def test_the_reference_is_random_images_and_uniform_batches(options):
    start, batches = (Cell("dm", "toy", 1, GROUPS["halves"][name], 0, "test").settings for name in ("start", "batches"))
    uniform = Cell("dm", "toy", 1, GROUPS["halves"]["uniform"], 0, "test").settings
    assert (uniform["init"], uniform["importance"]) == ("random", "uniform")
    assert (start["init"], start["importance"]) == ("kmeans-coreset", "uniform")
    assert (batches["init"], batches["importance"]) == ("random", "student-loss")
    assert (batches["mode"], batches["direction"], batches["uniform"]) == ("emphasis", "hard", 0.5)


@pytest.mark.parametrize("method", METHODS)
def test_every_condition_can_be_run(method):
    groups = {"halves": GROUPS["halves"]} if DISTILLERS.about(method).experts else GROUPS  # experts are made before
    conditions = [condition for group in groups.values() for condition in group.values()]
    for cell in [Cell(method, "digits", 1, condition, 0, "test") for condition in conditions]:
        flat = complete(resolve({"distiller": method, "dataset": "digits", **cell.settings}))
        assert cell.settings.items() <= flat.items()


def test_what_is_there_is_not_run_again(options, ran, tmp_path):
    path = tmp_path / "lines.jsonl"
    run_all(cells(options)[:5], Lines(path), "cpu", None)
    run_all(cells(options), Lines(path), "cpu", None)
    assert ran == cells(options)
    assert len(path.read_text().splitlines()) == len(ran)


def test_other_settings_are_another_cell(options, ran, tmp_path, monkeypatch):
    path = tmp_path / "lines.jsonl"
    run_all(cells(options), Lines(path), "cpu", None)
    monkeypatch.setitem(importance_table.METHODS, "dm", Method({"steps": 2}, {"importance": "loss"}))
    changed = [cell for cell in cells(options) if cell.method == "dm"]
    run_all(cells(options), Lines(path), "cpu", None)
    assert ran[-len(changed) :] == changed


def test_no_cell_begins_once_the_time_is_over(options, ran, tmp_path, capsys):
    run_all(cells(options), Lines(tmp_path / "lines.jsonl"), "cpu", -1)
    assert not ran and "goes on" in capsys.readouterr().err


def test_what_cannot_be_run_is_said_and_the_rest_runs(options, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(GROUPS, "halves", {"no": Condition(settings={"mode": "sideways"}), "yes": Condition()})
    options.methods, options.seeds = ["dm"], 1
    run_all(cells(options), lines := Lines(tmp_path / "lines.jsonl"), "cpu", None)
    assert "sideways" in capsys.readouterr().err and len(lines) == 1


def test_every_half_runs_and_is_tested_as_its_method_is(options, tmp_path):
    options.seeds = 1
    run_all(cells(options), lines := Lines(tmp_path / "lines.jsonl"), "cpu", None)
    assert len(lines) == len(cells(options))
    for line in (tmp_path / "lines.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert row["found"]["of"] == {"dm": "students", "kip": "predictor"}[row["key"]["method"]]
        assert all(0 <= share <= 1 for share in row["found"]["accuracy"])


def test_a_shared_start_changes_no_cell(options):
    options.methods = ["kip"]
    runner = importance_table.Runner("cpu")
    for cell in cells(options):
        assert runner.run(cell)["accuracy"] == importance_table.Runner("cpu").run(cell)["accuracy"]


def test_tables_pair_by_seed_and_name_what_is_missing(options, ran, tmp_path, capsys):
    run_all([cell for cell in cells(options) if cell.method == "dm"], lines := Lines(tmp_path / "l"), "cpu", None)
    print_tables(options, lines)
    of_dm, of_kip = (line for line in capsys.readouterr().out.split("halves, test")[1].splitlines() if "toy" in line)
    assert "50.50 ± 0.71 %, n = 2" in of_dm and "+10.50 [+4.15, +16.85], n = 2, better" in of_dm
    assert of_kip.count("not run") == 4


def test_an_interval_is_students_and_decides_the_verdict():
    base = {0: 0.5, 1: 0.6, 2: 0.7}
    difference = Difference.of({0: 0.51, 1: 0.62, 2: 0.73, 9: 0.0}, base)  # seed 9 has no partner
    assert difference.mean == pytest.approx(2)
    assert difference.half == pytest.approx(4.302653 * 1 / 3**0.5)
    assert difference.word == "not distinguishable"
    assert Difference((1.0, 1.1, 0.9)).word == "better" and Difference((-1.0, -1.1, -0.9)).word == "worse"
    assert text_of(Difference((1.0,))) == "+1.00, n = 1"


def test_the_default_is_never_measurably_worse_and_better_over_all():
    base = {0: 0.50, 1: 0.50, 2: 0.50}
    none, gain, loss = ({0: 0.5 + a, 1: 0.5 + a + 0.01, 2: 0.5 + a - 0.01} for a in (0.0, 0.05, -0.05))
    one, other = ("dm", "toy", 1), ("dm", "toy", 10)
    harmful_once = {"uniform": base, "hard": gain, "easy": none}, {"uniform": base, "hard": loss, "easy": none}
    assert default_rule(dict(zip((one, other), harmful_once, strict=True))) == "uniform"
    assert default_rule({one: {"uniform": base, "hard": none}, other: {"uniform": base, "hard": none}}) == "uniform"
    slight = {"uniform": base, "hard": gain, "easy": {0: 0.51, 1: 0.512, 2: 0.511}}
    assert default_rule({one: slight, other: slight}) == "hard"
    assert default_rule({one: slight, other: slight | {"hard": loss}}) == "easy"
    assert default_rule({one: {"uniform": base, "hard": {}}}) == "uniform"


def test_verdicts_are_counted_and_rows_of_a_method_pooled():
    base, worse = {0: 0.5, 1: 0.5}, {0: 0.4, 1: 0.401}
    rows = {("dm", "toy", ipc): {"uniform": base, "hard": worse} for ipc in (1, 10)}
    assert table(rows)[-1].endswith("| 2 worse |")
    other = rows | {("mtt", "toy", 1): {"uniform": base, "hard": base}}
    of_dm, of_mtt, of_all = pooled_table(other)[2:]
    assert of_dm == "| dm | -9.95 [-10.04, -9.86], n = 4, worse | uniform |"
    assert of_mtt.startswith("| mtt | +0.00") and of_all.startswith("| all | -6.63")
