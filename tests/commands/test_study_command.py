"""`study`: a grid from flags, made once, continued, widened, compared, written out."""

import csv
import json
from dataclasses import replace
from shutil import copyfile

import pytest
import toy

from ddcore.commands import main
from ddcore.progress import Stopped
from ddcore.runs.folder import list_runs
from ddcore.runs.gains import Measured
from ddcore.runs.handle import Job
from ddcore.studies.found import Found
from ddcore.studies.study import list_studies, open_study, studies_root

GRID = ["--importance", "uniform", "kmeans", "--init", "random", "kmeans-coreset", "--seeds", "2"]
SMALL = ["--distiller", "dm", "--ipc", "1", "--steps", "2", "--width", "4", "--batch-real", "4", "--clusters", "3",
         "--repeats", "2", "--device", "cpu"]  # fmt: skip


@pytest.fixture(autouse=True)
def short(monkeypatch):
    from ddcore.experiments import experiment
    from ddcore.training import protocols
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


@pytest.fixture
def study(capsys):
    def run(*arguments):
        status = main(["study", *map(str, arguments)])
        return status, capsys.readouterr()

    return run


@pytest.fixture
def made(study, tmp_path):
    """A study of two importances, two starts and two seeds."""
    status, printed = study("--dataset", toy.npz(tmp_path), *SMALL, *GRID, "--json")
    assert status == 0
    return json.loads(printed.out.splitlines()[-1])["study"]


def test_flags_make_a_study_with_its_cost_told_first(study, tmp_path):
    asked = ["--dataset", toy.npz(tmp_path), *SMALL, *GRID, "--name", "Mine"]
    status, printed = study(*asked, "--cost")
    assert status == 0 and printed.out.startswith("8 runs to be made;") and not studies_root().exists()
    status, printed = study(*asked)
    assert status == 0 and len(list_runs()) == 8
    assert printed.err.startswith("8 runs to be made;") and "random images, uniform, seed 0: run" in printed.err
    assert "Mine" in printed.out and "8 of 8 runs" in printed.out
    assert "init random: kmeans against uniform: " in printed.out
    (mine,) = [one for one in list_studies() if not one.recorded]
    assert mine.grid.axes == {"init": ("random", "kmeans-coreset"), "importance": ("uniform", "kmeans"), "seed": (0, 1)}
    assert mine.grid.fixed["ipc"] == 1
    _, again = study(*asked)
    assert again.err.startswith("Nothing is left to be made.") and again.out == printed.out and len(list_runs()) == 8


def test_the_flags_of_a_study_find_it_again(study, made, tmp_path):
    asked = ["--dataset", toy.npz(tmp_path), *SMALL, *GRID]
    _, printed = study(*asked, "--table")
    assert printed.out == study(made, "--table")[1].out
    _, printed = study(*asked, "--cost")
    assert printed.out.splitlines() == ["Nothing is left to be made.", "8 runs are there already."]
    assert len(list_studies()) == len([one for one in list_studies() if one.recorded]) + 1


def test_what_could_not_be_run_is_tried_again(study, made):
    mine = open_study(made)
    found = mine.found()
    cell = next(mine.grid.cells())
    mine.add(cell, Found(refused="The loss is nan at step 1."))
    assert study(made)[0] == 0 and mine.found()[cell.key].refused
    _, printed = study(made, "--retry")
    assert printed.err.startswith("runs that could not be made and are tried again: 1") and mine.found() == found
    status, printed = study("--ipc", "1", "--retry")
    assert status == 2 and "nothing to try again" in printed.err


def test_more_values_of_an_axis_add_their_runs(study, made):
    status, _ = study(made, "--seeds", 3, "--ipc", 2)
    assert status == 0 and len(list_runs()) == 2 * 2 * 3 * 2
    assert open_study(made).grid.axes["ipc"] == (1, 2) and open_study(made).missing() == []


def test_tables_are_written(study, made, tmp_path):
    status, printed = study(made, "--csv", tmp_path / "a.csv", "--latex", tmp_path / "a.tex", "--json")
    found = json.loads(printed.out.splitlines()[-1])
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert status == 0 and len(rows) == 8 == found["done"] == found["cells"]
    for row, cell in zip(rows, found["cells_found"], strict=True):
        assert float(row["accuracy"]) == cell["found"]["accuracy"][0] and row["importance"] == cell["importance"]
    (first, _) = found["comparisons"]["importance"]["rows"]
    means = {(c["init"], c["importance"], c["seed"]): c["found"]["accuracy"][0] for c in found["cells_found"]}
    pairs = [100 * (means["random", "kmeans", s] - means["random", "uniform", s]) for s in (0, 1)]
    assert first["row"] == {"init": "random"} and first["pairs"] == 2
    assert first["difference"] == pytest.approx(sum(pairs) / 2)
    tex = (tmp_path / "a.tex").read_text()
    assert tex.count(r"\begin{tabular}") == 2 and "start & importance &" in tex and "importance & start &" in tex
    status, printed = study(made, "--axis", "init", "--base", "kmeans-coreset", "--json")
    assert list(json.loads(printed.out)["comparisons"]) == ["init"]
    assert json.loads(printed.out)["comparisons"]["init"]["rows"][0]["base"] == "kmeans-coreset"


@pytest.fixture
def edited(made):
    """The study with accuracies of a test's own: `accuracy(choices)`."""

    def edit(accuracy):
        study = open_study(made)
        for cell in study.grid.cells():
            study.add(cell, Found(Measured(accuracy(cell.choices), 0.0, 2)))
        return made

    return edit


def test_differences_without_spread_are_json(study, edited):
    id = edited(lambda choices: 0.75 if choices["init"] == "random" else 0.5)
    status, printed = study(id, "--axis", "init", "--json")
    (first, *_) = json.loads(printed.out)["comparisons"]["init"]["rows"]
    assert status == 0 and (first["verdict"], first["difference"], first["interval"]) == ("no spread", -25, None)


def test_rows_and_seeds_that_are_left_out_are_counted(study, edited):
    id = edited(lambda choices: 0.5 + 0.1 * choices["seed"])
    mine = open_study(id)
    for cell in mine.grid.cells():
        if (cell.choices["init"], cell.choices["importance"]) == ("random", "kmeans"):
            mine.add(cell, Found(refused="It cannot."))
        elif (cell.choices["importance"], cell.choices["seed"]) == ("kmeans", 1):
            mine.add(cell, Found(refused="The loss is nan."))
    (pooled,) = json.loads(study(id, "--json")[1].out)["comparisons"]["importance"]["all"]
    assert (pooled["rows"], pooled["of_rows"]) == (1, 2) and pooled["left_out"] == {"1": "kmeans: The loss is nan."}
    printed = study(id)[1].out
    assert "over 1 of 2 rows" in printed and "1 seed left out (kmeans: The loss is nan)" in printed


def test_a_value_that_is_not_set_is_called_default_and_is_added_to(study, made):
    assert study(made, "--width", 4, 6)[0] == 0 and open_study(made).grid.axes["width"] == (4, 6)
    assert study(made, "--factor", 1)[0] == 0 and "factor" not in open_study(made).grid.axes
    assert study(made, "--factor", 1, 2)[0] == 0 and open_study(made).grid.axes["factor"] == (None, 2)
    _, printed = study(made, "--axis", "factor", "--base", "default", "--json")
    assert json.loads(printed.out)["comparisons"]["factor"]["rows"][0]["base"] is None
    _, printed = study(made, "--axis", "factor", "--base", "default")
    assert "2 against default: " in printed.out and "factor default" in printed.out and "None" not in printed.out


def test_a_file_makes_the_same_study_again(study, made, tmp_path, monkeypatch):
    file = open_study(made).path / "study.json"
    monkeypatch.setenv("DDCORE_RUNS", str(tmp_path / "elsewhere"))
    assert study(file)[0] == 0
    assert len(list_runs()) == 8 and open_study(made).missing() == []


def test_a_stopped_study_goes_on(study, tmp_path, monkeypatch):
    plain, steps = Job.step, []

    def stopping(self, number, total):
        steps.append(number)
        if len(steps) == 5:  # a run tells of its steps 0, 1 and 2
            raise Stopped
        plain(self, number, total)

    monkeypatch.setattr(Job, "step", stopping)
    status, printed = study("--dataset", toy.npz(tmp_path), *SMALL, *GRID)
    assert status == 1 and "goes on" in printed.err
    (mine,) = [one for one in list_studies() if not one.recorded]
    assert len(mine.missing()) == 7 and mine.id in printed.err
    assert study(mine.id)[0] == 0 and len(list_runs()) == 8 and mine.missing() == []


def test_studies_are_listed_and_deleted(study, made):
    broken = studies_root() / "study-broken"
    broken.mkdir()
    (broken / "study.json").write_text("{")
    _, printed = study("--list", "--json")
    listed = json.loads(printed.out)
    assert (listed["studies"][0]["study"], listed["studies"][0]["done"]) == (made, 8)
    assert [one["study"] for one in listed["unreadable"]] == ["study-broken"]
    assert "not a JSON object" in study("--list")[1].out
    cells = open_study(made).path / "cells.jsonl"
    open_study(made).add(next(open_study(made).grid.cells()), Found(refused="The loss is nan at step 1."))
    assert "7 of 8 runs, 1 cannot be run" in study("--list")[1].out
    hidden = studies_root() / "study-hidden"
    hidden.mkdir()
    copyfile(cells.with_name("study.json"), hidden / "study.json")
    (hidden / "cells.jsonl").mkdir()
    status, printed = study("--list", "--json")
    listed = json.loads(printed.out)
    assert status == 0 and listed["studies"][0]["study"] == made
    assert {one["study"]: "cells.jsonl" in one["error"] for one in listed["unreadable"]}["study-hidden"]
    assert study(made, "--delete")[0] == 0 and len(list_runs()) == 8
    assert study(made, "--table")[0] == 2


def test_a_recorded_study_is_shown_and_nothing_is_run(study):
    status, printed = study("importance-dm")
    assert status == 0 and "48 of 48 runs" in printed.out and not list_runs()
    assert study("importance-dm", "--delete")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Nothing to study"),
        (["none"], "There is no study 'none'"),
        (["none.json"], "There is no file 'none.json'"),
        (["--ipc", "1", "--seeds", "0"], "--seeds 0 is not allowed"),
        (["--ipc", "1", "--seeds", "2", "--seed", "1", "2"], "say two things"),
        (["--ipc", "1", "1"], "names a value twice"),
        (["--ipc", "1", "--table"], "no study of these settings yet"),
        (["--ipc", "0"], "None of the 3 runs of this study can be made: ipc=0"),
        (["--distiller", "select", "--importance", "kmeans"], "draws no real batches"),
        (["importance-dm", "--base", "start"], "no effect without --axis"),
        (["importance-dm", "--axis", "width"], "'width' has no values to compare"),
        (["importance-dm", "--axis", "arm", "--base", "x"], "arm='x' is not in this study"),
        (["importance-dm", "--preset", "quick"], "--preset quick cannot be changed"),
    ],
)
def test_mistakes_are_one_line(study, arguments, told):
    status, printed = study(*arguments)
    assert status == 2 and told in printed.err.splitlines()[-1] and printed.out == ""
    assert not studies_root().exists()
