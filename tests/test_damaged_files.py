"""Files of the cache that a full disk or a person has damaged: told as one kind of error, or as good as not there."""

import json
from dataclasses import replace

import numpy as np
import pytest
import toy

from ddcore.commands import main
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.kept_accuracies import kept_accuracy
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete, resolve
from ddcore.files import read_npz, write_npz
from ddcore.kept import RANDOM
from ddcore.runs.folder import create_run
from ddcore.training import protocols as evaluation
from ddcore.training.experts import ExpertSchedule

DAMAGED = ["", "[0.5", "null", "{}", "[]", '["a"]', "[2.0]", "[NaN]", "[[0.5]]"]


def experiment(monkeypatch, **more):
    from ddcore.experiments import experiment as module

    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=2, repeats=2))
    monkeypatch.setitem(module.FULL_SCHEDULES, "quick", ExpertSchedule(2))
    return Experiment.of(complete(resolve({"width": 4, "device": "cpu", **more})), toy.dataset(), "cpu")


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_accuracy_is_none(content, tmp_path):
    (tmp_path / "kept.json").write_text(content)
    assert kept_accuracy(RANDOM, tmp_path / "kept.json") is None
    assert kept_accuracy(RANDOM, tmp_path / "none.json") is None


def test_damaged_baselines_are_taken_again(monkeypatch, tmp_path):
    run = experiment(monkeypatch)
    first = {"random": run.random_accuracy(), "full": run.full_accuracy()}
    assert run.kept_baselines() == first
    for path in (tmp_path / "cache" / "baselines").iterdir():
        path.write_text("[0.5")
    assert run.kept_baselines() == {}
    assert {"random": run.random_accuracy(), "full": run.full_accuracy()} == first == run.kept_baselines()


def test_a_damaged_accuracy_of_random_images_by_themselves_is_taken_again(monkeypatch, tmp_path):
    kernel = KernelEvaluation.of(experiment(monkeypatch, distiller="kip"))
    first = kernel.random_accuracy()
    (path,) = (tmp_path / "cache" / "baselines").glob("kernel-random-*")
    path.write_text("")
    assert kernel.kept_random() is None
    assert kernel.random_accuracy() == first == kernel.kept_random()


def test_damaged_arrays_are_an_error_that_readers_expect(tmp_path):
    path, rng = tmp_path / "arrays.npz", np.random.default_rng(0)
    write_npz(path, scores=np.arange(5.0), classes=np.arange(3))
    whole = path.read_bytes()
    for _ in range(300):
        damaged = bytearray(whole[: rng.integers(len(whole) + 1)] if rng.random() < 0.5 else whole)
        for place in rng.integers(len(damaged), size=3) if damaged else ():
            damaged[place] = rng.integers(256)
        path.write_bytes(bytes(damaged))
        try:
            found = read_npz(path)
        except (OSError, ValueError):
            continue
        assert all(isinstance(array, np.ndarray) for array in found.values())


def test_a_run_whose_status_is_damaged_is_told_and_hides_no_other(capsys):
    damaged, other = (create_run({"dataset": "digits", "distiller": "dm", "ipc": 1, "steps": 3}) for _ in range(2))
    (damaged.path / "status.json").write_text("{")
    assert main(["stop", damaged.id]) == 2
    assert f"The status.json of run '{damaged.id}' is damaged" in capsys.readouterr().err
    assert main(["runs"]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert rows.keys() == {damaged.id, other.id} and "is damaged" in rows[damaged.id]
    assert main(["runs", "--json"]) == 0
    rows = {row["run"]: row for row in json.loads(capsys.readouterr().out)["runs"]}
    assert rows[damaged.id].keys() == rows[other.id].keys() and "is damaged" in rows[damaged.id]["error"]
