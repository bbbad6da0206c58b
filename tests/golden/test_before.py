"""What an earlier version has left on a disk is as good as our own: its runs, its exported zips, what it had kept.

`before.zip` was written by the commit before rooms were made: a cache, three runs (one finished, two stopped half way),
an exported run, and under `whole/` what the stopped ones gave where they were not stopped. Toy data, see `toy.dataset`.
"""

import json
import shutil
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import toy
from golden.values import surroundings

from ddcore.bench.results import read_result, result_path
from ddcore.bench.settings import BenchSettings
from ddcore.data.dataset import open_dataset
from ddcore.data.zca import fit_zca
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete
from ddcore.importance.scoring import importance_of
from ddcore.kept import MAPS
from ddcore.maps.embedding import MapSettings, cached_map_path
from ddcore.maps.projection import load_map
from ddcore.runs.archive import import_run
from ddcore.runs.folder import create_job, list_runs, run_by_id
from ddcore.runs.worker import work

HERE = Path(__file__).parent
HASH = "ab3b7c2aabcd691d"


@pytest.fixture
def before(tmp_path, monkeypatch):
    with zipfile.ZipFile(HERE / "before.zip") as archive:
        archive.extractall(tmp_path)
    for kind in ("DATA", "CACHE", "RUNS"):
        monkeypatch.setenv(f"DDCORE_{kind}", str(tmp_path / kind.lower()))
    return tmp_path


@pytest.fixture
def same_machine():
    with np.load(HERE / "golden.npz", allow_pickle=False) as file:
        return str(file["surroundings"]) == surroundings()


def experiment_of(run):
    config = run.config()
    return Experiment.of(complete(config["settings"]), open_dataset(config["dataset"]["hash"]), "cpu")


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_dataset_is_the_same(before):
    assert toy.dataset(per_class=12).hash == HASH


@pytest.mark.parametrize(
    ("score", "fields"),
    [
        ("kmeans", {"clusters": 4, "seedings": 1}),
        ("ridge", {"num_features": 6}),
        ("loss", {"proxy_steps": 8, "passes": 3, "proxy_width": 4}),
    ],
)
def test_kept_scores_are_found(before, score, fields):
    kept = files(before / "cache" / "importance")
    found = importance_of(open_dataset(HASH), score, 0, **fields)
    assert files(before / "cache" / "importance") == kept, "computed anew"
    assert found.scores.shape == (36,)


def test_a_kept_map_is_drawn_again(before):
    """Its neighbours may not have been the nearest ones; it stays among what the Library lists and clears."""
    (kept,) = files(before / "cache" / "maps")
    settings = MapSettings(components=5)
    assert not cached_map_path(HASH, settings).exists()
    result = work(create_job("embedding", {"dataset": HASH} | asdict(settings))[0])
    assert result["map"] != kept and sorted(path.name for path in MAPS.files()) == sorted([kept, result["map"]])
    assert load_map(cached_map_path(HASH, settings), HASH)["xy"].shape == (36, 2)


def test_kept_studies_and_whitenings_are_found(before):
    settings = BenchSettings(num_features=6, smallest=5, largest=20, sizes=2, draws=3)
    assert read_result(result_path(HASH, settings)).settings == settings
    kept = files(before / "cache" / "zca")
    fit_zca(open_dataset(HASH))
    assert files(before / "cache" / "zca") == kept, "fitted anew"


def test_kept_baselines_are_found(before):
    plain, kernel = (experiment_of(run_by_id(name)) for name in ("dm-finished", "kip-stopped"))
    assert plain.kept_baselines().keys() == kernel.kept_baselines().keys() == {"random", "full"}
    assert KernelEvaluation.of(kernel).kept_random() is not None


@pytest.mark.parametrize(("name", "whole"), [("kip-stopped", "kip"), ("frepo-stopped", "frepo")])
def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(before, name, whole, same_machine):
    run = run_by_id(name)
    assert run.state() == "stopped"
    result = work(run)
    expected, found = np.load(before / "whole" / f"{whole}.npz"), run.snapshot(6)
    for key in ("images", "targets"):
        if same_machine and whole == "kip":  # the features FRePo multiplies are multiplied in another order since
            np.testing.assert_array_equal(found[key], expected[key])
        np.testing.assert_allclose(found[key], expected[key], atol=2e-3 * np.abs(expected[key]).max())
    if whole == "kip" and same_machine:
        told = json.loads((before / "whole" / "kip-status.json").read_text())["result"]
        same = ("accuracy", "initial_accuracy", "random", "full", "kernel_accuracy", "kernel")
        assert {key: result[key] for key in same} == {key: told[key] for key in same}


def test_an_exported_run_is_imported(before):
    run, known = import_run(before / "kip-whole.zip")
    assert not known and run.state() == "finished" and run in list_runs()
    assert import_run(before / "kip-whole.zip").known


def test_a_run_is_evaluated_by_the_network_it_was_made_with(before):
    network = experiment_of(run_by_id("dm-finished")).network
    assert (network.width, network.depth) == (4, 2)
    shutil.rmtree(before)
