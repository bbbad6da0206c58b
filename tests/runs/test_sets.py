"""Accuracies of several sets: each spread against its definition, and which runs are sets of one experiment."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ddcore.distillers import DISTILLERS
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import LATER
from ddcore.files import write_json
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.sets import SetsAccuracy, finished_sets, run_of, run_to_make, runs_of_seeds, summary


def recorded(values):
    """What a run's result holds of its students' accuracies."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "std": std, "repeats": len(values)}


def result(values):
    found = recorded(values)
    return {"protocol": "quick: ...", "accuracy": found, "initial_accuracy": None, "random": found, "full": found}


@pytest.fixture
def accuracies():
    """Five sets by twenty students, as in the field."""
    rng = np.random.default_rng(0)
    return 0.7 + rng.normal(0, 0.02, (5, 1)) + rng.normal(0, 0.01, (5, 20))


def test_the_spread_over_sets_is_that_of_their_means(accuracies):
    found = SetsAccuracy.of([recorded(row) for row in accuracies]).to_json()
    assert found["mean"] == pytest.approx(accuracies.mean())
    assert found["over_sets"] == {"std": pytest.approx(accuracies.mean(1).std(ddof=1)), "n": 5}


def test_the_spread_over_students_is_the_one_within_a_set(accuracies):
    found = SetsAccuracy.of([recorded(row) for row in accuracies]).to_json()
    assert found["over_students"] == {"std": pytest.approx(accuracies.var(1, ddof=1).mean() ** 0.5), "n": 20}
    moved = accuracies + np.arange(5)[:, None]  # what sets differ by does not count
    again = SetsAccuracy.of([recorded(row) for row in moved]).to_json()
    assert again["over_students"]["std"] == pytest.approx(found["over_students"]["std"])


def test_the_fields_convention_is_that_of_all_accuracies_together(accuracies):
    found = SetsAccuracy.of([recorded(row) for row in accuracies]).to_json("field")
    assert found == {
        "mean": pytest.approx(accuracies.mean()),
        "over_all": {"std": pytest.approx(accuracies.std(ddof=0)), "n": 100, "ddof": 0},
    }


def test_sets_of_unequal_numbers_of_students_pool_to_all_of_them():
    rows = [np.array([0.1, 0.4]), np.array([0.5, 0.6, 0.9])]
    together = SetsAccuracy.of([recorded(row) for row in rows])
    assert together.pooled() == pytest.approx(np.concatenate(rows).std(ddof=0))
    assert together.to_json()["over_students"]["n"] == [2, 3]


def test_one_value_has_no_spread():
    found = SetsAccuracy.of([recorded([0.5])]).to_json()
    assert found["over_sets"] == {"std": None, "n": 1} and found["over_students"]["std"] is None
    assert SetsAccuracy.of([recorded([0.5])]).baseline_to_json()["over_all"]["std"] is None


def test_random_images_are_new_for_every_student(accuracies):
    found = summary([result(row) for row in accuracies])
    assert found["random"]["over_all"] == {"std": pytest.approx(accuracies.std(ddof=1)), "n": 100, "ddof": 1}
    assert found["initial_accuracy"] is None and found["kernel"] is None and found["convention"] == "sets"


def made(state="finished", found=None, **changes):
    run = create_run(complete(resolve({"steps": 4, **changes})))
    write_json(run.path / "status.json", run.status() | {"state": state, "result": found})
    return run


def test_runs_of_one_experiment_differ_in_their_seed_only():
    one, other = made(found={"accuracy": 0}), made(seed=5, found={"accuracy": 1})
    for changes in ({"ipc": 2}, {"importance": "loss"}, {"repeats": 7}, {"lr_images": 0.1}):
        made(seed=1, **changes)
    made(seed=6, state="stopped")
    assert {run.config()["settings"]["seed"] for run in runs_of_seeds(one.config())} == {0, 5, 6}
    assert list(finished_sets(one.config(), [one, other])) == [0, 5]


def test_a_setting_that_an_earlier_version_did_not_have_is_as_it_is_by_default():
    one, without = made(found={"accuracy": 0}), made(seed=5, found={"accuracy": 1})
    config = without.config()
    del config["settings"]["until"]
    write_json(without.path / "config.json", config)
    made(seed=6, repeats=9, until=0.5)
    assert list(finished_sets(one.config(), [one, without])) == list(finished_sets(config, [one, without])) == [0, 5]
    assert len(runs_of_seeds(one.config())) == 2


def test_what_methods_did_before_their_later_parameters_is_known_without_them():
    found: dict = {}
    for registry in (DISTILLERS, SCORES, INITIALISERS):
        for name, rows in registry.schema().items():
            if before := {row["name"]: row["before"] for row in rows if row["later"]}:
                found[name] = before
    assert found == LATER


def test_a_run_from_before_a_parameter_of_its_method_is_of_the_same_experiment():
    one, without = made(found={"accuracy": 0}), made(seed=5, found={"accuracy": 1})
    config = without.config()
    del config["settings"]["compile"], config["settings"]["real_precision"]
    write_json(without.path / "config.json", config)
    assert list(finished_sets(one.config(), [one, without])) == [0, 5]
    other = made(seed=6, compile="on")
    assert other.id not in [run.id for run in runs_of_seeds(config)]


def test_other_images_or_another_test_are_another_experiment():
    one = made()
    known = {"dataset": {"hash": "a"}, "protocol": {"text": "quick"}}
    config = one.config() | known
    write_json(one.path / "config.json", config)
    for name, part in (("dataset", {"hash": "b"}), ("protocol", {"text": "published"})):
        assert not runs_of_seeds(config | {name: part})
    assert len(runs_of_seeds(config)) == len(runs_of_seeds(config | {"dataset": None, "protocol": None})) == 1


def test_of_a_seed_that_ran_twice_one_counts():
    first, second = made(found={"place": 1}), made(found={"place": 2})
    assert finished_sets(first.config(), [second, first]) == {0: {"place": 2}}


def test_whoever_asks_for_a_run_at_the_same_time_gets_the_same_one():
    settings = complete(resolve({}))
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: run_to_make(settings, "a", "quick", None), range(8)))
    assert len(set(runs)) == len(list_runs()) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_users_run_counts_if_it_is_finished(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("DDCORE_RUNS", folder)
        run = made()
        settings = run.config()["settings"]
        write_json(run.path / "status.json", run.status() | {"state": "stopped"})
        assert run_of(settings, "a", None) == run
        os.setresuid(65534, 65534, 0)
        try:
            assert run_of(settings, "a", None) is None
        finally:
            os.setresuid(0, 0, 0)
        write_json(run.path / "status.json", run.status() | {"state": "finished", "result": {}})
        os.setresuid(65534, 65534, 0)
        try:
            assert run_of(settings, "a", None) == run
        finally:
            os.setresuid(0, 0, 0)


@pytest.mark.parametrize("damage", [{"kind": None}, {"settings": {"distiller": []}}, {"dataset": {"name": "digits"}}])
def test_a_damaged_run_hides_no_other(damage):
    damaged, sound = made(), made()
    write_json(damaged.path / "config.json", damaged.config() | {"dataset": {"hash": "a"}} | damage)
    assert run_of(sound.config()["settings"], "a", None) == sound
    config = damaged.config()
    del config["kind"]
    write_json(damaged.path / "config.json", config)
    assert run_of(sound.config()["settings"], "a", None) == sound
