"""`--variant` on the command line, and in what a run remembers."""

import json
from dataclasses import replace

import numpy as np
import pytest
import toy

from ddcore.commands import main
from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput
from ddcore.experiments.resolving import resolve
from ddcore.runs.naming import new_id


@pytest.fixture
def own(tmp_path):
    """A small own dataset by path."""
    return toy.npz(tmp_path)


def last_json(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_importance_scores_the_variant(own, tmp_path, capsys):
    out = tmp_path / "scores.npz"
    command = ["importance", "--dataset", own, "--score", "kmeans", "--clusters", "3", "--out", str(out), "--json"]
    assert main([*command, "--variant", "long-tail:4"]) == 0
    assert last_json(capsys)["n"] == 12 + 6 + 3
    np.testing.assert_array_equal(np.load(out)["labels"], load_dataset(own, variant="long-tail:4").train.labels)


def test_a_run_is_of_its_variant_and_so_is_its_evaluation(own, tmp_path, capsys, monkeypatch):
    from ddcore.experiments import experiment
    from ddcore.training import protocols as evaluation
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(2))
    few = ["--width", "4", "--repeats", "2", "--device", "cpu", "--json"]
    distil = ["distill", "--dataset", own, "--steps", "2", "--batch-real", "4", *few, "--variant", "label-noise:0.250"]
    assert main(distil) == 0
    run = last_json(capsys)
    assert "-toy-label-noise-0-25-dm-" in run["run"]
    config = json.loads((tmp_path / "runs" / run["run"] / "config.json").read_text())
    noisy = load_dataset(own, variant="label-noise:0.25")
    assert config["settings"]["variant"] == "label-noise:0.25"
    assert (config["dataset"]["hash"], config["dataset"]["name"]) == (noisy.hash, "toy-label-noise-0.25")
    assert main(["evaluate", run["run"], *few]) == 0
    of_run = last_json(capsys)
    assert of_run["random"] == run["random"] and of_run["full"] == run["full"]
    asked = []
    monkeypatch.setattr(
        "ddcore.commands.evaluate.load_dataset", lambda *a, variant, **options: asked.append(variant) or noisy
    )
    for more in ([], ["--dataset", own], ["--variant", "outliers:0.1"]):
        assert main(["evaluate", run["run"], *few, *more]) == 0
    assert asked == [None, "outliers:0.1"]  # the run's own is opened by its hash


@pytest.mark.parametrize("command", ["importance", "distill", "evaluate"])
def test_what_is_no_variant_is_a_users_mistake(own, command, tmp_path, capsys):
    more = {"importance": ["--score", "uniform", "--out", str(tmp_path / "x.npz")], "evaluate": [own]}.get(command, [])
    np.savez(own, images=np.zeros((3, 1, 8, 8), np.float32), targets=np.eye(3), mean=[0], std=[1])
    assert main([command, "--dataset", "digits", "--variant", "tail:3", *more]) == 2
    assert "error: variant='tail:3' is unknown; write one of long-tail:100" in capsys.readouterr().err


def test_settings_hold_the_canonical_text():
    assert resolve({"variant": "label-noise:0.10"})["variant"] == "label-noise:0.1"
    assert resolve({})["variant"] is None
    with pytest.raises(BadInput, match="choose the share of copies from 0.001 to 0.95"):
        resolve({"variant": "duplicates:2"})


def test_run_ids_name_the_variant():
    settings = {"dataset": "digits", "variant": "outliers:0.05:/data/My Pets.npz", "distiller": "dm", "ipc": 1}
    assert "-digits-outliers-0-05-data-my-pets-npz-dm-ipc1-" in new_id(settings, "distill")
