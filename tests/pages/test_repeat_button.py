"""Repeat over 5 seeds: a study of a run's settings, or of a pair, from Watch."""

import pytest
from made_runs import made_run

from ddcore.runs.sets import settings_of
from ddcore.studies.grid import SEED
from ddcore.studies.running import job_of
from ddcore.studies.study import list_studies


@pytest.fixture
def own():
    return lambda: [study for study in list_studies() if not study.recorded]


def repeat(page):
    return next(button for button in page.button if button.key == "repeat")


def test_a_run_is_repeated_with_the_next_seeds(digits, watch, idle_workers, own):
    run = made_run("one", "finished", importance="kmeans", seed=3)
    page = watch(run="one")
    assert "5 runs" in repeat(page).help
    repeat(page).click().run()
    (study,) = own()
    assert page.query_params["study"] == study.id and page.title[0].value
    assert study.grid.axes[SEED] == (3, 4, 5, 6, 7) and not study.grid.varied
    first = next(iter(study.grid.cells())).resolved()
    assert {name: first[name] for name in first if name != "device"} == {
        name: value for name, value in settings_of(run.config()).items() if name in first and name != "device"
    }
    assert (job_of(study).path / "config.json").exists()


def test_seeds_end_at_the_last_there_is(digits, watch, idle_workers, own):
    made_run("one", "finished", seed=2**31 - 1)
    repeat(watch(run="one")).click().run()
    (study,) = own()
    assert study.grid.axes[SEED] == tuple(range(2**31 - 5, 2**31))
    assert all(cell.resolved() for cell in study.grid.cells())


def test_pressing_twice_opens_the_same_study(digits, watch, idle_workers, own):
    made_run("one", "finished")
    for _ in range(2):
        repeat(watch(run="one")).click().run()
    assert len(own()) == 1


@pytest.mark.parametrize(("run", "beside"), [("uniform", "kmeans"), ("kmeans", "uniform")])
def test_a_pair_has_two_arms_uniform_first(digits, watch, idle_workers, own, run, beside):
    made_run("uniform", "finished", seed=1)
    made_run("kmeans", "finished", seed=1, importance="kmeans", clusters=50)
    repeat(watch(run=run, beside=beside)).click().run()
    (study,) = own()
    plain, chosen = study.grid.arms.values()
    assert plain == {"importance": "uniform"} and chosen == {"importance": "kmeans", "clusters": 50, "seedings": 1}
    assert study.grid.size == 10 and study.grid.axes[SEED] == (1, 2, 3, 4, 5)
    assert all(cell.resolved() for cell in study.grid.cells())


def test_what_cannot_be_repeated_says_why(digits, watch, own):
    made_run("untested", "finished", evaluation="none")
    made_run("elsewhere", "finished", dataset="fashion-mnist")
    made_run("one", "finished", seed=0)
    made_run("other", "finished", seed=1)
    for query, reason in (
        ({"run": "untested"}, "Nothing was tested"),
        ({"run": "elsewhere"}, "not on this computer"),
        ({"run": "one", "beside": "other"}, "nothing but their seed"),
    ):
        button = repeat(watch(**query))
        assert button.disabled and reason in button.help, query
    assert not own()


def test_a_run_that_has_not_finished_is_not_repeated(digits, watch):
    made_run("one", "stopped", step=20, tested=False)
    assert not [button for button in watch(run="one").button if button.key == "repeat"]
