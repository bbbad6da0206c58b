"""What a study takes, told before it begins: counts, seconds, and where they come from."""

from dataclasses import replace
from itertools import islice

import pytest

from ddcore.data.loading import load_dataset
from ddcore.files import write_json
from ddcore.runs import sets
from ddcore.runs.folder import create_job, create_run
from ddcore.runs.sets import run_of
from ddcore.runs.worker import work
from ddcore.studies import past_runs
from ddcore.studies.cost import known_cost
from ddcore.studies.found import found_in
from ddcore.studies.grid import Grid
from ddcore.studies.running import foreground_job
from ddcore.words import duration

AXES = {"importance": ("uniform", "kmeans"), "seed": (0, 1)}


@pytest.fixture
def grid(settings):
    return Grid(AXES, settings)


def test_nothing_is_known_at_first(grid):
    cost = known_cost(grid, None, grid.complete)
    assert (cost.cells, cost.runs, cost.unknown, cost.done, cost.refused) == (4, 4, 4, 0, {})
    assert cost.sentences() == ["4 runs to be made; how long they take is unknown."]


def test_a_finished_run_tells_of_other_seeds_and_importances_but_not_of_other_sizes(grid):
    run = create_run(grid.complete(next(grid.cells())))
    work(run)
    cost = known_cost(grid, None, grid.complete)
    spent = found_in(run).elapsed
    assert (cost.there, cost.known, cost.seconds) == (1, {"finished runs": 3}, pytest.approx(3 * spent))
    assert cost.sentences() == [
        f"3 runs to be made, about {duration(3 * spent)} (3 from finished runs).",
        "1 run is there already.",
    ]
    wider = replace(grid, axes=AXES | {"ipc": (1, 2)}, fixed={k: v for k, v in grid.fixed.items() if k != "ipc"})
    assert known_cost(wider, None, wider.complete).unknown == 4
    other = replace(grid, fixed=grid.fixed | {"batch_real": 5})
    assert known_cost(other, None, other.complete).unknown == 4
    config = run.config()
    write_json(run.path / "config.json", config | {"hardware": config["hardware"] | {"cpus": 999}})
    moved = known_cost(wider, None, wider.complete)
    assert (moved.unknown, moved.there) == (7, 1), "another machine tells no time, but its run is there"


def test_estimates_tell_where_no_run_does(grid):
    job, _ = create_job("estimate", grid.complete(next(grid.cells())))
    status = job.status()
    write_json(job.path / "status.json", status | {"state": "finished", "result": {"total": 7.0}})
    cost = known_cost(grid, None, grid.complete)
    assert (cost.known, cost.seconds) == ({"estimates": 4}, 28.0)
    assert cost.sentences() == ["4 runs to be made, about 28 s (4 from estimates)."]
    wider = replace(grid, axes=AXES | {"ipc": (1, 2)}, fixed={k: v for k, v in grid.fixed.items() if k != "ipc"})
    (told,) = known_cost(wider, None, wider.complete).sentences()
    assert told == "8 runs to be made, about 28 s (4 from estimates; unknown for 4 of 8)."


def test_what_is_done_the_same_or_cannot_be_run_is_told(small):
    axes = {"distiller": ["dm", "select"], "importance": ["uniform", "kmeans"], "init": [None, "kmeans-coreset"]}
    study = small(axes | {"seed": [0]})
    grid = study.grid
    cost = known_cost(grid, study, grid.complete)
    (reason,) = cost.refused
    assert cost.refused[reason] == 2 and "select" in reason
    assert cost.repeated == cost.runs == 3, "of both the k-means coreset is the default start"
    work(foreground_job(study))
    cost = known_cost(grid, study, grid.complete)
    assert (cost.cells, cost.done, cost.runs, cost.refused[reason]) == (8, 6, 0, 2)
    assert cost.sentences()[:2] == ["Nothing is left to be made.", "6 runs are there already."]


def test_it_is_known_without_the_methods_too(grid):
    cost = known_cost(grid)
    assert (cost.cells, cost.runs) == (4, 4)


def test_only_runs_that_are_not_made_again_are_there(grid):
    cell = next(grid.cells())
    run = create_run(grid.complete(cell))
    work(run)
    assert known_cost(grid, None, grid.complete).there == 1
    config = run.config()
    other_data = {"dataset": config["dataset"] | {"hash": "another"}}
    other_test = {"protocol": config["protocol"] | {"text": "quick: 1 epoch; full data: none"}}
    other_settings = {"settings": config["settings"] | {"lr_images": 0.125}}
    for change in (other_data, other_test, other_settings):
        write_json(run.path / "config.json", config | change)
        assert known_cost(grid, None, grid.complete).there == 0
        assert run_of(grid.complete(cell), config["dataset"]["hash"], config["protocol"]["text"]) is None


def test_without_the_methods_a_run_with_other_parameters_of_theirs_is_not_there(grid):
    run = create_run(grid.complete(next(grid.cells())) | {"clusters": 20})
    write_json(run.path / "status.json", run.status() | {"state": "finished", "result": {}})
    assert known_cost(grid).there == 0
    named = {name: value for name, value in run.config()["settings"].items() if value is not None and name != "seed"}
    assert known_cost(Grid({"seed": (0, 1)}, named)).there == 1


def test_what_has_too_few_images_cannot_be_run(grid, settings):
    load_dataset(settings["dataset"])
    wider = replace(grid, axes=AXES | {"ipc": (1, 5000)}, fixed={k: v for k, v in grid.fixed.items() if k != "ipc"})
    cost = known_cost(wider)
    (reason,) = cost.refused
    assert "ipc=5000 exceeds the smallest class" in reason and (cost.refused[reason], cost.runs) == (4, 4)


@pytest.mark.parametrize("damage", [{"kind": None}, {"settings": {"distiller": []}}, {"dataset": {"hash": {}}}])
def test_a_damaged_run_hides_no_other(grid, damage):
    runs = [create_run(grid.complete(cell)) for cell in islice(grid.cells(), 2)]
    for run in runs:
        write_json(run.path / "status.json", run.status() | {"state": "finished", "result": {}})
    config = runs[0].config() | damage
    if damage == {"kind": None}:
        del config["kind"]
    write_json(runs[0].path / "config.json", config)
    assert known_cost(grid, None, grid.complete).there >= 1


def test_a_row_is_resolved_once_and_a_run_is_read_once(grid, monkeypatch):
    """Ten thousand cells are asked for at every key that is pressed."""
    runs = [create_run(grid.complete(cell)) for cell in grid.cells()]
    for run in runs:
        write_json(run.path / "status.json", run.status() | {"state": "finished", "result": {}})
    many = replace(grid, axes=AXES | {"seed": tuple(range(300))})
    asked, read, plain = [], [], sets.settings_of

    def completed(cell):
        asked.append(cell)
        return many.complete(cell)

    monkeypatch.setattr(past_runs, "settings_of", lambda config: read.append(config) or plain(config))
    cost = known_cost(many, None, completed)
    assert (cost.there, cost.runs, len(asked), len(read)) == (4, 596, 2, 4)


def test_one_run_stands_for_those_that_take_as_long(grid):
    axes = AXES | {"ipc": (1, 2), "init": ("random", "kmeans-coreset"), "lr_images": (0.1, 1.0)}
    wider = Grid(axes, {name: value for name, value in grid.fixed.items() if name not in axes})
    cost = known_cost(wider, None, wider.complete)
    assert cost.unknown == 32
    assert sorted((one["ipc"], one["lr_images"]) for one in cost.unlike) == [(1, 0.1), (1, 1.0), (2, 0.1), (2, 1.0)]
