"""What a run will cost: every part that takes time is counted, once, and what is there already is free."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import toy

from ddcore import devices, loop
from ddcore.data.train_set import TrainSet
from ddcore.distillers import blends
from ddcore.distillers.blends import TURN
from ddcore.distillers.gradient_matching import GradientMatching
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.importance import SCORES
from ddcore.importance.base import Score
from ddcore.importance.kmeans import KMeansSensitivity
from ddcore.progress import silent
from ddcore.runs.jobs import estimating, expert_timing, score_timing
from ddcore.runs.jobs.score_timing import part_of, seconds_of
from ddcore.sampling.batches import BatchSampler
from ddcore.training.trajectories import ExpertTraining

SMALL = {"width": 4, "ipc": 1, "device": "cpu", "init": "random", "evaluation": "none"}


def experiment_of(**settings):
    dataset = toy.dataset()
    return Experiment.of(complete(resolve({"dataset": dataset.hash, **SMALL, **settings})), dataset, "cpu")


def scoring(**settings):
    return estimating._scoring(SimpleNamespace(progress=silent), experiment_of(**settings))


def wide_train(count, num_classes=2):
    labels = np.arange(count) % num_classes
    return TrainSet(np.zeros((count, 1, 1, 1), np.uint8), labels, (0.0,), (1.0,), num_classes)


@dataclass(frozen=True)
class Linear(Score):
    """Takes 1 + 0.01 n seconds of the clock; with proxies 0.1 more a step, and all that a network."""

    clock: list
    proxy_steps: int = 0
    networks: int = 1

    def compute(self, train, seed, progress=None):
        self.clock[0] += 1 + 0.01 * len(train.labels)


@dataclass(frozen=True)
class LinearByProxies(Linear):
    proxy_steps: int = 400
    passes: int = 4
    networks: int = 3

    def compute(self, train, seed, progress=None):
        self.clock[0] += self.networks * (1 + 0.01 * len(train.labels) + 0.1 * self.proxy_steps)


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(score_timing, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    return now


@pytest.mark.parametrize("count", [100, 1000, 60_000])
def test_what_is_linear_is_told_exactly_from_parts(clock, count):
    train = wide_train(count)
    assert seconds_of(Linear(clock), train, 0) == pytest.approx(1 + 0.01 * count)
    before = clock[0]
    assert seconds_of(LinearByProxies(clock), train, 0) == pytest.approx(3 * (1 + 0.01 * count + 40))
    if count == 60_000:
        assert clock[0] - before < 3 * (1 + 0.01 * count + 40) / 20, "from parts that cost little"


def test_a_proxy_that_is_no_longer_than_the_parts_is_timed_as_it_is(clock):
    score = LinearByProxies(clock, proxy_steps=3, networks=1)
    assert seconds_of(score, wide_train(100), 0) == pytest.approx(1 + 1 + 0.3)


def test_a_part_has_every_class():
    train = wide_train(5000)
    train.labels[:] = 0
    train.labels[4000] = 1
    part = part_of(train, 500)
    assert 400 < len(part.labels) < 600 and part.labels.sum() == 1
    assert len(part_of(train, 10_000).labels) == 5000


@pytest.mark.parametrize("score", [name for name in SCORES.names() if name != "uniform"])
def test_every_score_costs_something_until_it_is_there(score):
    own = toy.small("scores", score)
    assert scoring(importance=score, **own) > 0
    experiment_of(importance=score, **own).scores()
    assert scoring(importance=score, **own) == 0


def test_the_parts_take_as_many_seedings_as_the_whole(monkeypatch):
    asked = []
    monkeypatch.setattr(KMeansSensitivity, "compute", lambda self, train, *rest: asked.append(self.seedings))
    small = wide_train(100)
    seconds_of(KMeansSensitivity(), small, 0)
    monkeypatch.setattr("ddcore.importance.kmeans._LARGE", 10)
    seconds_of(KMeansSensitivity(), small, 0)
    assert asked == [10] * 3 + [2] * 3


def test_a_score_for_batches_and_start_is_counted_once_and_never_computed_in_full(monkeypatch):
    timed = []
    monkeypatch.setattr(estimating, "seconds_of", lambda score, *rest: timed.append(score) or 5.0)
    assert scoring(init="hardest", init_score="loss", importance="loss") == 5 and len(timed) == 1
    assert scoring(init="hardest", init_score="loss") == 5
    assert scoring(init="hardest", init_score="kmeans", importance="loss") == 10
    assert scoring(importance="representative") == scoring() == 0
    monkeypatch.setattr(Experiment, "_scores", None)
    assert estimating._initialising(SimpleNamespace(progress=silent), experiment_of(init="hardest")) > 0


@pytest.mark.parametrize(("every", "choices"), [(1, 40), (3, 14), (100, 1)])
def test_choosing_batches_anew_is_counted_as_often_as_it_happens(every, choices, monkeypatch):
    """On a clock that only a choice moves, so that a busy machine has no say."""
    plain, now = BatchSampler.refresh, [0.0]

    def refresh(*given):
        now[0] += 0.25
        return plain(*given)

    monkeypatch.setattr(BatchSampler, "refresh", refresh)
    for module in (devices, loop):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    follows = {"importance": "representative", "representatives": 2, "refresh_every": every, "batch_real": 2}
    job = SimpleNamespace(progress=silent)
    assert estimating._distilling(job, experiment_of(steps=40, **follows)) == 0.25 * choices


def test_experts_cost_what_is_missing_of_them(monkeypatch):
    """On a clock by which a step takes a second, of experts of 3 batches and 4 epochs."""
    now = [0.0]

    def steps(self, generator, plain=ExpertTraining._steps):
        for step in plain(self, generator):
            now[0] += 1
            yield step

    monkeypatch.setattr(ExpertTraining, "_steps", steps)
    monkeypatch.setattr(devices, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    job, few = SimpleNamespace(progress=silent), toy.small("distillers", "mtt") | {"epochs_of_experts": 4}
    made = experiment_of(distiller="mtt", **few)
    assert expert_timing.expert_seconds(job, made)["experts"] == 2 * 5 * 3, "random starts count as epochs"
    made.problem(None)
    assert expert_timing.expert_seconds(job, made)["experts"] == 0
    weighted = experiment_of(distiller="mtt", importance="loss", **few, **toy.small("scores", "loss"))
    assert expert_timing.expert_seconds(job, weighted)["experts"] == 2 * 4 * 3
    assert expert_timing.expert_seconds(job, experiment_of()) == {}


def test_steps_of_trajectory_matching_are_timed_without_experts_and_whole():
    job, few = SimpleNamespace(progress=silent), toy.small("distillers", "mtt") | {"threshold": 0.0}
    made = experiment_of(distiller="mtt", **few)
    assert estimating._distilling(job, made) > 0 and made.experts(None).missing == 8
    assert [(kind.threshold > 1e6, steps) for kind, steps in made.distiller.kinds_of_step(9)] == [(True, 9)]


def seconds_of_steps(monkeypatch, owner, name, **settings):
    """What 12 steps cost by a clock on which each call of `owner.name` takes a second, and nothing else any."""
    plain, now = getattr(owner, name), [0.0]

    def ticking(*given):
        now[0] += 1
        return plain(*given)

    monkeypatch.setattr(owner, name, ticking)
    for module in (devices, loop):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    return estimating._distilling(SimpleNamespace(progress=silent), experiment_of(steps=12, **settings))


@pytest.mark.parametrize(("outer", "lessons"), [(1, 0), (2, 6), (3, 8), (4, 9), (7, 11), (100, 12)])
def test_networks_between_steps_learn_as_often_as_they_are_not_dropped(outer, lessons, monkeypatch):
    settings = {"distiller": "dc", "batch_real": 2, "inner": 2, "outer": outer}
    assert seconds_of_steps(monkeypatch, GradientMatching, "_lessons", **settings) == lessons


@pytest.mark.parametrize(("pool_steps", "turns"), [(0, 0), (TURN, 2), (2 * TURN, 4), (100 * TURN, 12)])
def test_a_pool_learns_until_it_has_learned_enough(pool_steps, turns, monkeypatch):
    settings = toy.small("distillers", "ncfm") | {"match_in": "pool", "pool_size": 2, "pool_steps": pool_steps}
    spent = seconds_of_steps(monkeypatch, blends, "_augmented_batch", distiller="ncfm", **settings)
    assert spent == TURN * turns


@pytest.mark.parametrize(
    ("settings", "sizes", "epochs"),
    [
        ({"repeats": 6}, [6, 1, 6], 2 * 1 + 3 + 1),  # final and initial, three along the way, random images
        ({"repeats": 2}, [1, 1, 1], 2 * 2 + 3 + 2),
        ({"repeats": 7, "until": 0.5}, [1, 1, 7], 2 * 7 + 3 + 1),  # one at a time, and at most all of them
    ],
)
def test_students_are_timed_as_many_at_once_as_they_will_train(settings, sizes, epochs, monkeypatch):
    """An epoch lasts a second here, however many train in it."""
    timed = []
    monkeypatch.setattr(estimating, "_epoch", lambda job, experiment, factor, students: timed.append(students) or 1.0)
    monkeypatch.setattr(estimating, "_test_pass", lambda experiment: 0.0)
    experiment = experiment_of(evaluation="quick", steps=4, evaluate_every=1, ipc=1, **settings)
    found = estimating._evaluating(SimpleNamespace(progress=silent), experiment)["students"]
    assert timed == sizes and found == epochs * experiment.protocol.epochs


def test_a_selection_is_tested_once(monkeypatch):
    monkeypatch.setattr(estimating, "_epoch", lambda job, experiment, factor, students: 1.0)
    monkeypatch.setattr(estimating, "_test_pass", lambda experiment: 0.0)
    job, settings = SimpleNamespace(progress=silent), {"evaluation": "quick", "repeats": 1, "steps": 1}
    dm, select = (
        estimating._evaluating(job, experiment_of(distiller=name, **settings))["students"] for name in ("dm", "select")
    )
    assert dm / select == 3 / 2, "final, initial and random images; one of them less"


def test_several_students_are_timed_side_by_side(monkeypatch):
    trained = []

    def train(network, images, targets, *rest, progress):
        trained.append((len(images), len(targets)))
        for done in range(3):
            progress(done, 3, "")

    monkeypatch.setattr(estimating, "train_students", train)
    estimating._epoch(SimpleNamespace(progress=silent), experiment_of(evaluation="quick"), 1, 4)
    assert trained == [(4, 4)]
