"""A set that brings its students' step size says so on the command line, in a run and in a file of it."""

import json
from dataclasses import replace

import pytest
import toy

from ddcore.__main__ import main
from ddcore.experiments import experiment
from ddcore.training import protocols
from ddcore.training.experts import ExpertSchedule

SMALL = {**toy.small("distillers", "mtt"), "width": 4, "depth": 2, "steps": 2, "repeats": 1, "device": "cpu"}


@pytest.fixture
def printed(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(2))
    own = toy.npz(tmp_path)
    flags = [part for name, value in SMALL.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    assert main(["distill", "--dataset", own, "--distiller", "mtt", *flags, "--json"]) == 0
    return own, json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_the_result_names_it_and_an_evaluation_uses_it(printed, tmp_path, capsys):
    own, result = printed
    assert result["lr_student"] > 0
    assert main(["evaluate", result["run"], "--repeats", "1", "--device", "cpu", "--json"]) == 0
    again = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (again["lr_student"], again["accuracy"]) == (result["lr_student"], result["accuracy"])
    file = str(tmp_path / "set.npz")
    assert main(["export", result["run"], "--out", file]) == 0
    assert main(["evaluate", file, "--dataset", own, "--width", "4", "--repeats", "1", "--device", "cpu"]) == 0
    assert f"{result['lr_student']:.3g}" in capsys.readouterr().out
