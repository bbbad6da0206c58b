"""`evaluate RUN` tests on the very images that the run was made on, wherever their source has gone."""

import json
import shutil

import numpy as np
import pytest
import toy

from ddcore.commands import main
from ddcore.data.catalogue import forget
from ddcore.runs.folder import list_runs

FEW = ("--width", "4", "--repeats", "1", "--device", "cpu", "--json")


@pytest.fixture
def made(tmp_path, capsys):
    """(source, run id, what evaluating printed) of a run on data that were read with an option."""
    source = tmp_path / "own.npz"
    shutil.copy(toy.npz(tmp_path), source)
    small = ("--steps", "1", "--batch-real", "4", "--evaluation", "none", "--ipc", "1")
    assert main(["distill", "--dataset", str(source), "--flip", "on", "--size", "8", *small, *FEW[:2]]) == 0
    (run,) = list_runs()
    assert main(["evaluate", run.id, *FEW]) == 0
    return source, run, json.loads(capsys.readouterr().out.splitlines()[-1])


def swap_labels(source):
    with np.load(source) as arrays:
        np.savez(source, **{name: values[::-1] if "labels" in name else values for name, values in arrays.items()})


@pytest.mark.parametrize("fate", [swap_labels, lambda source: source.unlink()], ids=["changed", "gone"])
def test_what_becomes_of_the_source_does_not_matter(made, capsys, fate):
    source, run, before = made
    fate(source)
    assert main(["evaluate", run.id, *FEW]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == before


def test_without_its_prepared_copy_a_changed_source_is_told(made, capsys):
    source, run, before = made
    forget(run.config()["dataset"]["hash"])
    assert main(["evaluate", run.id, *FEW]) == 0  # prepared again, with the options of the run
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == before
    forget(run.config()["dataset"]["hash"])
    swap_labels(source)
    assert main(["evaluate", run.id, *FEW]) == 2
    assert "has changed since this run began" in capsys.readouterr().err
