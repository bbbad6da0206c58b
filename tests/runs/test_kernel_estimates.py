"""What the tests of kernel methods and the solves of their labels will cost: each counted as often as it happens."""

from types import SimpleNamespace

import pytest
import toy
from kernel_runs import a_run, settings_of

from ddcore import devices, loop
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete
from ddcore.progress import silent
from ddcore.runs.jobs import estimating, kernel_timing
from ddcore.runs.worker import work


@pytest.fixture
def clock(monkeypatch):
    """`clock(method, name, seconds)`: a clock that nothing moves but calls of that method."""
    now = [0.0]
    monkeypatch.setattr(devices, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def slow(method, name, seconds):
        plain = getattr(method, name)

        def slowly(self, *given, **named):
            now[0] += seconds
            return plain(self, *given, **named)

        monkeypatch.setattr(method, name, slowly)

    return slow


def made(distiller, **settings):
    return Experiment.of(complete(settings_of(distiller, **settings)), toy.dataset(), "cpu")


def estimated(distiller="kip", **settings):
    return kernel_timing.kernel_tests(SimpleNamespace(progress=silent), made(distiller, **settings))


@pytest.mark.parametrize(
    ("settings", "pictures"),
    [({"steps": 40, "snapshot_every": 1}, 41), ({"steps": 40, "snapshot_every": 7}, 7), ({"steps": 400}, 401)],
)
def test_every_picture_is_one_test_along_the_way(settings, pictures, clock):
    clock(KernelEvaluation, "along_the_way", 1.0)
    assert estimated(**settings, evaluation="none") == {"kernel tests": pictures}
    assert estimated(**settings) == {"kernel tests": pictures}


def test_accuracies_along_the_way_are_pictures_too(clock):
    clock(KernelEvaluation, "along_the_way", 1.0)
    assert estimated(steps=40, snapshot_every=20, evaluate_every=8) == {"kernel tests": len({0, 20, 40, 8, 16, 24, 32})}


def test_sets_tested_at_the_end_are_counted_and_random_ones_unless_kept(clock):
    clock(type(made("rfad").distiller), "predictor", 100.0)
    assert estimated("rfad", evaluation="none") == {"kernel tests": 700}, "those along the way use it too"
    assert estimated("rfad", repeats=3) == {"kernel tests": 700 + 100 * (2 * 3 + 3)}
    KernelEvaluation.of(made("rfad", repeats=3)).random_accuracy()
    assert estimated("rfad", repeats=3) == {"kernel tests": 700 + 100 * 2 * 3}


def test_one_predictor_is_enough_where_it_is_not_random(clock):
    clock(type(made("kip").distiller), "predictor", 100.0)
    assert estimated("kip", repeats=3) == {"kernel tests": 700 + 100 * (2 + 3)}
    assert estimated("dm") == {}


@pytest.mark.parametrize(("every", "solves"), [(1, 41), (2, 21), (10, 5), (15, 3), (100, 1)])
def test_every_solve_of_the_labels_is_counted(every, solves, monkeypatch):
    """On a clock that only solves move; as many as the run itself makes."""
    now, method = [0.0], type(made("kip").distiller)
    plain, counted = method._solved, []

    def slowly(self, *given):
        now[0] += 8.0
        counted.append(1)
        return plain(self, *given)

    monkeypatch.setattr(method, "_solved", slowly)
    for module in (devices, loop):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    settings = {"steps": 40, "labels": "solved", "solve_every": every, "evaluation": "none", "snapshot_every": 40}
    found = estimating._distilling(SimpleNamespace(progress=silent), made("kip", **settings))
    assert found == 8.0 * solves
    del counted[:]
    work(a_run("kip", **settings))
    assert len(counted) == solves
