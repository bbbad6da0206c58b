"""`export RUN --out F.npz`: the synthetic images of a run, as networks learn from them."""

import json

import numpy as np
import pytest
import torch
import toy

from ddcore.__main__ import main
from ddcore.formation import decode
from ddcore.runs.folder import open_run

TILES = ["--steps", "2", "--width", "4", "--ipc", "1", "--factor", "2", "--init", "random", "--device", "cpu"]


@pytest.fixture
def run(tmp_path, capsys):
    command = ["distill", "--dataset", toy.npz(tmp_path), *TILES, "--evaluation", "none", "--json"]
    assert main(command) == 0
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])["run"]


def export(run, path, *more):
    assert main(["export", run, "--out", str(path), *more]) == 0
    with np.load(path) as arrays:
        return dict(arrays)


def test_what_a_tile_stores_is_said_before_the_run(tmp_path, capsys):
    own = ["distill", "--dataset", toy.npz(tmp_path), "--evaluation", "none"]
    assert main([*own, *TILES]) == 0
    (told,) = [line for line in capsys.readouterr().err.splitlines() if "tiles" in line]
    assert "stores 4 pixels a side" in told and told.isascii(), "on every terminal"
    assert main([*own, *TILES, "--factor", "1"]) == 0
    assert "a side" not in capsys.readouterr().err


def test_tiles_are_whole_images_there_unless_asked_for_as_stored(run, tmp_path):
    decoded, stored = export(run, tmp_path / "a.npz"), export(run, tmp_path / "b.npz", "--stored")
    assert stored["images"].shape == (3, 1, 8, 8) and int(stored["factor"]) == 2
    assert "factor" not in decoded and len(decoded["targets"]) == len(decoded["classes"]) == 12
    expected = decode(torch.as_tensor(stored["images"]), 2)
    assert np.array_equal(decoded["images"], expected.numpy())


@pytest.fixture
def short(monkeypatch):
    """A protocol of a few epochs, so that a command takes a moment."""
    from dataclasses import replace

    from ddcore.experiments import experiment
    from ddcore.training import protocols
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=3, repeats=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


@pytest.fixture
def evaluated(capsys):
    def evaluate(source, *more):
        capsys.readouterr()
        assert main(["evaluate", str(source), "--device", "cpu", "--json", *more]) == 0
        return json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    return evaluate


def test_both_are_the_same_set_to_who_evaluates_them(run, tmp_path, short, evaluated):
    found = []
    for name, more in (("a.npz", []), ("b.npz", ["--stored"])):
        export(run, tmp_path / name, *more)
        found.append(evaluated(tmp_path / name, "--dataset", toy.npz(tmp_path), "--width", "4")["accuracy"])
    assert found[0] == found[1]


def test_a_file_says_what_it_is_and_is_evaluated_as_its_run(run, tmp_path, short, evaluated):
    found = export(run, tmp_path / "a.npz", "--stored")
    about, config = json.loads(str(found["about"])), open_run(run).config()
    assert about["settings"] == config["settings"] and about["run"] == run and about["step"] == 2
    assert about["dataset"].items() <= config["dataset"].items() and about["dataset"]["hash"]
    assert about["student_network"] == config["student_network"]
    assert about["result"] == open_run(run).status()["result"]
    assert "1 synthetic image per class" in about["what"] and "seed 0" in about["what"]
    of_run = evaluated(run)
    expected = of_run | {"initial_accuracy": None, "gain": of_run["gain"] | {"initial": None}}
    assert evaluated(tmp_path / "a.npz") == expected, "dataset and network are its own"


def test_tiles_that_were_taken_apart_are_beside_as_many_random_images_as_the_run_is(run, tmp_path, short, evaluated):
    export(run, tmp_path / "a.npz")
    of_run = evaluated(run)
    expected = of_run | {"initial_accuracy": None, "gain": of_run["gain"] | {"initial": None}}
    assert evaluated(tmp_path / "a.npz") == expected


def test_a_file_of_a_version_that_wrote_less_is_still_evaluated(run, tmp_path, short, evaluated, capsys):
    arrays = export(run, tmp_path / "a.npz", "--stored")
    np.savez(tmp_path / "old.npz", **{name: value for name, value in arrays.items() if name != "about"})
    own = ["--dataset", toy.npz(tmp_path), "--width", "4"]
    assert evaluated(tmp_path / "old.npz", *own) == evaluated(tmp_path / "a.npz", *own)
    assert main(["evaluate", str(tmp_path / "old.npz")]) == 2
    assert "--dataset" in capsys.readouterr().err


@pytest.mark.parametrize(
    "about",
    [
        "no JSON", "[1]", "{}", 3, ["{}"], "[" * 10_000, '{"settings": {}, "dataset": null}',
        '{"settings": {"dataset": 1}, "dataset": {"hash": "../../x"}}',
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_a_file_that_says_nonsense_of_itself_is_refused_in_one_sentence(run, tmp_path, capsys, about):
    np.savez(tmp_path / "bad.npz", **export(run, tmp_path / "a.npz") | {"about": np.array(about)})
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "bad.npz"), "--dataset", toy.npz(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and "about" in told and len(told.strip().splitlines()) == 1


@pytest.mark.parametrize(("name", "more"), [("a.txt", []), ("a.zip", ["--stored"])])
def test_what_cannot_be_exported_is_one_sentence(run, tmp_path, capsys, name, more):
    assert main(["export", run, "--out", str(tmp_path / name), *more]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1 and not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("factor", 0),
        ("factor", [2, 2]),
        ("factor", np.nan),
        ("factor", 1.7),
        ("lr_student", -1.0),
        ("lr_student", 1e300),
    ],
)
def test_a_file_with_other_tiles_or_steps_is_refused(run, tmp_path, capsys, name, value):
    path = tmp_path / "bad.npz"
    np.savez(path, **export(run, tmp_path / "a.npz") | {name: value})
    capsys.readouterr()
    assert main(["evaluate", str(path), "--dataset", toy.npz(tmp_path), "--width", "4", "--device", "cpu"]) == 2
    assert name in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("factor", 0), ("factor", 10**6), ("lr_student", np.nan)])
def test_a_snapshot_that_cannot_be_decoded_is_one_sentence(run, tmp_path, capsys, name, value):
    """Imported runs may hold anything."""
    path = max(open_run(run).path.glob("snapshots/*.npz"))
    with np.load(path) as found:
        arrays = dict(found)
    np.savez(path, **arrays | {name: value})
    assert main(["export", run, "--out", str(tmp_path / "a.npz")]) == 2
    assert name in capsys.readouterr().err and not (tmp_path / "a.npz").exists()
