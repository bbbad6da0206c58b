"""What a study takes, told before it begins: counts, seconds, and where they come from."""

from dataclasses import replace

import pytest

from ddcore.files import write_json
from ddcore.runs.folder import create_job, create_run
from ddcore.runs.worker import work
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
    assert (cost.cells, cost.runs, len(cost.unknown), cost.done, cost.refused) == (4, 4, 4, 0, {})
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
    assert len(known_cost(wider, None, wider.complete).unknown) == 4
    other = replace(grid, fixed=grid.fixed | {"batch_real": 5})
    assert len(known_cost(other, None, other.complete).unknown) == 4
    config = run.config()
    write_json(run.path / "config.json", config | {"hardware": config["hardware"] | {"cpus": 999}})
    assert len(known_cost(wider, None, wider.complete).unknown) == 8, "another machine says nothing of this one"


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
    assert (cost.cells, cost.done, cost.runs, cost.refused[reason]) == (8, 8, 0, 2)
    assert cost.sentences()[0] == "Nothing is left to be made."


def test_it_is_known_without_the_methods_too(grid):
    cost = known_cost(grid)
    assert (cost.cells, cost.runs) == (4, 4)
