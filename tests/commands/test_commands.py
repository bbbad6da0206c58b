"""The command line as an outsider uses it: names, files, JSON, help (mistakes: `test_command_mistakes.py`)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import toy

from ddcore.commands import COMMANDS, main
from ddcore.places import runs_root
from ddcore.runs.folder import list_runs

QUICK = ["--steps", "4", "--width", "4", "--ipc", "1", "--batch-real", "4", "--repeats", "2", "--device", "cpu"]
QUICK += ["--snapshot-every", "2"]


@pytest.fixture
def own(tmp_path):
    """A small own dataset by path."""
    return toy.npz(tmp_path)


@pytest.fixture
def short(monkeypatch):
    """Protocols of a few epochs, so that a command takes a moment."""
    from dataclasses import replace

    from ddcore.experiments import experiment
    from ddcore.training import protocols as evaluation
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


def last_json(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def distil(own, *more):
    return main(["distill", "--dataset", own, *QUICK, *more])


def test_distill_writes_the_run_and_prints_the_promised_object(own, short, capsys, tmp_path):
    assert distil(own, "--importance", "loss", "--json", "--runs", str(tmp_path / "elsewhere")) == 0
    result = last_json(capsys)
    assert set(result) == {
        "run", "steps", "seconds", "protocol", "accuracy", "initial_accuracy", "random", "full", "kernel_accuracy",
        "kernel", "students", "gain", "per_class",
    }  # fmt: skip
    for name in ("accuracy", "initial_accuracy", "random"):
        assert set(result[name]) == {"mean", "std", "repeats"} and result[name]["repeats"] == 2
        assert 0 <= result[name]["mean"] <= 1
    run = tmp_path / "elsewhere" / result["run"]
    names = {path.name for path in run.iterdir()}
    assert {"config.json", "status.json", "events.jsonl", "snapshots", "checkpoint"} <= names
    assert sorted(path.name for path in (run / "snapshots").iterdir()) == [f"step_{n:06d}.npz" for n in range(5)]
    full = np.load(run / "snapshots" / "step_000004.npz", allow_pickle=False)
    assert full["images"].shape == (3, 1, 8, 8) and full["images"].dtype == np.float32
    assert full["view"].shape == (3, 8, 8, 1) and full["view"].dtype == np.uint8
    assert full["targets"].shape == (3, 3) and full["classes"].tolist() == [0, 1, 2]
    config = json.loads((run / "config.json").read_text())
    assert config["settings"]["batch_real"] == 4 and config["settings"]["init"] == "kmeans-coreset"
    assert config["protocol"]["repeats"] == 2


def test_the_same_seed_gives_the_same_run(own, short, capsys):
    results = []
    for _ in range(2):
        assert distil(own, "--json", "--seed", "3") == 0
        results.append(last_json(capsys))
    one, other = ({k: v for k, v in r.items() if k not in ("run", "seconds")} for r in results)
    assert one == other


def test_evaluate_a_run_and_its_file(own, short, capsys, tmp_path):
    assert distil(own, "--json") == 0
    run = last_json(capsys)
    assert main(["evaluate", run["run"], "--model", "convnet", "--repeats", "2", "--device", "cpu", "--json"]) == 0
    again = last_json(capsys)
    assert again == {k: v for k, v in run.items() if k not in ("run", "steps", "seconds")}
    file = str(tmp_path / "runs" / run["run"] / "snapshots" / "step_000004.npz")
    command = ["evaluate", file, "--dataset", own, "--width", "4", "--repeats", "2", "--device", "cpu", "--json"]
    assert main(command) == 0
    of_file = {**again, "initial_accuracy": None, "gain": again["gain"] | {"initial": None}}
    assert last_json(capsys) == of_file


def test_evaluation_none_measures_nothing(own, capsys):
    assert distil(own, "--evaluation", "none", "--json") == 0
    result = last_json(capsys)
    assert result["accuracy"] is result["random"] is result["full"] is result["protocol"] is None
    assert result["gain"] is result["students"] is None


@pytest.mark.parametrize("score", ["uniform", "kmeans", "lightweight", "ridge", "loss"])
def test_importance_writes_what_is_promised(own, score, tmp_path, capsys):
    out = tmp_path / "scores.npz"
    more = {"kmeans": ["--clusters", "4"], "loss": ["--proxy-steps", "4", "--proxy-width", "4"]}.get(score, [])
    command = ["importance", "--dataset", own, "--score", score, "--out", str(out), *more, "--keep-features", "--json"]
    assert main(command) == 0
    printed = last_json(capsys)
    assert set(printed) == {"out", "n", "seconds", "score"} and printed["n"] == 36
    arrays = np.load(out, allow_pickle=False)
    assert arrays["probabilities"].sum() == pytest.approx(1) and arrays["labels"].shape == arrays["scores"].shape == (
        36,
    )
    assert arrays["features"].shape == (36, 200 if score == "ridge" else 64), "as the score saw them"
    if score == "kmeans":
        terms = [arrays[name] for name in arrays.files if name.startswith("term_")]
        np.testing.assert_allclose(sum(terms), arrays["scores"])
        np.testing.assert_allclose(arrays["probabilities"], arrays["scores"] / arrays["scores"].sum())
        assert arrays["centers"].shape == (4, 64)


def test_importance_tells_how_stable_ranks_are_over_seeds(own, tmp_path, capsys):
    out = tmp_path / "scores.npz"
    command = ["importance", "--dataset", own, "--score", "kmeans", "--clusters", "3", "--out", str(out)]
    assert main([*command, "--seed", "4", "--seeds", "3"]) == 0
    arrays = np.load(out)
    rank = 1 + (arrays["scores"][None] > arrays["scores"][:, None]).sum(axis=1)  # of the best among its equals
    assert arrays["rank_low"].shape == arrays["rank_high"].shape == (36,)
    assert (arrays["rank_low"] <= arrays["rank_high"]).all() and (arrays["rank_high"] >= rank).all()
    assert (arrays["rank_low"] < arrays["rank_high"]).any(), "three seeds do not rank alike"
    assert main([*command, "--seeds", "0"]) == 2
    assert "seeds=0 is not allowed; choose a whole number from 1 to 100" in capsys.readouterr().err


def test_per_class_probabilities_sum_to_one_in_every_class(own, tmp_path):
    out = tmp_path / "scores.npz"
    command = ["importance", "--dataset", own, "--score", "kmeans", "--clusters", "2", "--per-class", "--out", str(out)]
    assert main(command) == 0
    arrays = np.load(out)
    np.testing.assert_allclose([arrays["probabilities"][arrays["labels"] == c].sum() for c in range(3)], 1)


def test_runs_export_import(own, capsys, tmp_path):
    assert distil(own, "--evaluation", "none", "--json") == 0
    run = last_json(capsys)["run"]
    assert main(["runs", "--json"]) == 0
    (row,) = last_json(capsys)["runs"]
    assert row["run"] == run and row["state"] == "finished" and row["step"] == row["total"] == 4
    out = tmp_path / "run.zip"
    assert main(["export", run[:20], "--out", str(out)]) == 0
    assert main(["import", str(out), "--json"]) == 0
    assert last_json(capsys) == {"run": run, "known": True}
    assert main(["import", str(out)]) == 0
    assert f"this run is already here as {run} in " in capsys.readouterr().out
    assert len(list_runs()) == 1
    shutil.rmtree(runs_root() / run)
    assert main(["import", str(out), "--json"]) == 0
    assert last_json(capsys) == {"run": run, "known": False}
    assert main(["runs"]) == 0 and "finished" in capsys.readouterr().out


def test_resume_goes_on_from_the_checkpoint_bit_for_bit(own, capsys, tmp_path, monkeypatch):
    from ddcore.progress import Stopped
    from ddcore.runs.handle import Job

    assert distil(own, "--evaluation", "none", "--json") == 0
    whole = last_json(capsys)["run"]
    step = Job.step

    def stop_at_two(self, number, total):
        if number == 2:
            raise Stopped
        step(self, number, total)

    with monkeypatch.context() as patch:
        patch.setattr(Job, "step", stop_at_two)
        assert distil(own, "--evaluation", "none", "--json") == 1
    main(["runs", "--json"])
    rows = last_json(capsys)["runs"]
    (part,) = [row["run"] for row in rows if row["state"] == "stopped"]
    assert main(["resume", part, "--json"]) == 0
    assert last_json(capsys)["steps"] == 4
    ends = [np.load(tmp_path / "runs" / run / "snapshots" / "step_000004.npz")["images"] for run in (whole, part)]
    np.testing.assert_array_equal(*ends)


def test_datasets_lists_what_there_is(capsys):
    assert main(["datasets", "--json"]) == 0
    found = {row["name"]: row for row in last_json(capsys)["datasets"]}
    assert list(found)[:6] == ["digits", "mnist", "fashion-mnist", "svhn", "cifar10", "cifar100"]
    assert found["digits"]["present"] and not found["cifar10"]["present"] and "download" in found["cifar10"]["how"]


def test_schema_names_every_method_and_its_bounds(capsys):
    assert main(["schema"]) == 0
    schema = last_json(capsys)
    assert {
        "uniform",
        "kmeans",
        "lightweight",
        "ridge",
        "loss",
        "el2n",
        "grand",
        "forgetting",
        "margin",
        "entropy",
    } <= set(schema["scores"])
    assert {"dm", "kip", "select"} <= set(schema["distillers"])
    (lr,) = [field for field in schema["distillers"]["dm"] if field["name"] == "lr_images"]
    assert lr["type"] == "float" and lr["default"] == 1.0 and lr["min"] > 0 and lr["help"]
    assert "cpu" in schema["devices"]


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_is_there_for_every_command(command, capsys):
    if not command:
        assert main(["--help"]) == 0
    else:
        with pytest.raises(SystemExit) as stop:
            main([*command, "--help"])
        assert stop.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_it_runs_as_a_module_from_anywhere(tmp_path):
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "ddcore", "runs"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(root)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "no runs in" in done.stdout


def test_help_names_the_command_as_it_is_typed(capsys):
    with pytest.raises(SystemExit):
        main(["distill", "--help"])
    assert capsys.readouterr().out.startswith("usage: python -m ddcore distill")
    assert main(["distill", "--unknown", "1"]) == 2
    assert "see `python -m ddcore distill --help`" in capsys.readouterr().err
