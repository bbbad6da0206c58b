"""`until`: an evaluation ends with the first student that makes the interval narrow enough, and never otherwise."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
import torch
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import DistillSettings
from ddcore.kept import RANDOM
from ddcore.networks.compute import Compute
from ddcore.runs.events import is_sound
from ddcore.training import protocols, students
from ddcore.training.protocols import PROTOCOLS, Accuracy, Protocol

SPREAD = (0.5, 0.9, 0.7, 0.71, 0.69, 0.7, 0.7, 0.7, 0.7, 0.7)
CLOSE = (0.7, 0.701, 0.702, 0.703)
IMAGES, LABELS = toy.images_and_labels()
POOL = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")
TESTED = np.zeros(1000, int)


def right_for(share):
    """Predictions of which `share` is right for `TESTED`."""
    return np.arange(len(TESTED)) >= round(share * len(TESTED))


def evaluated(monkeypatch, shares, until, repeats=None, kind="cpu", width=4):
    """(what an evaluation finds whose students get `shares`, how many students were trained at once each time)."""
    network, s, sizes = toy.network(f"convnet:width={width}"), toy.synthetic(ipc=2), []
    train = students.train_students

    def short(network, images, *rest, first, **about):
        sizes.append(len(images))
        return train(network, images, *rest, first=first, **about)

    def tested(network, several, test, compute):
        begun = sum(sizes) - sizes[-1]
        return np.array([right_for(share) for share in shares[begun : begun + len(several)]])

    monkeypatch.setattr(students, "train_students", short)
    monkeypatch.setattr(students, "predictions", tested)
    monkeypatch.setattr(Compute, "kind", kind)
    protocol = Protocol("test", epochs=1, repeats=repeats or len(shares), until=until)
    sets = [(s.images, s.targets)] * protocol.repeats
    return students.evaluate(network, sets, POOL, TESTED, protocol, None, Compute(), seed=0), sizes


def half_width(values):
    """In points, as scipy has it."""
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return 100 * error * scipy.stats.t.ppf(0.975, len(values) - 1)


@pytest.mark.parametrize("values", [(0.5, 0.7), (0.5, 0.6, 0.9), SPREAD])
def test_the_margin_is_half_of_students_interval(values):
    assert 100 * Accuracy(values).margin == pytest.approx(half_width(values))
    assert Accuracy(values[:1]).margin == float("inf")


@pytest.mark.parametrize("kind", ["cpu", "as a GPU"])
@pytest.mark.parametrize("width", [4, 128])
@pytest.mark.parametrize(("shares", "until"), [(SPREAD, 8.0), (SPREAD, 15.0), (SPREAD, 0.5), (CLOSE, 0.5), (CLOSE, 50)])
def test_the_first_student_that_makes_it_narrow_enough_is_the_last(shares, until, kind, width, monkeypatch):
    """On whatever machine, and however many of them train at once."""
    found, sizes = evaluated(monkeypatch, shares, until, kind=kind, width=width)
    enough = [n for n in range(3, len(shares)) if half_width(shares[:n]) <= until]
    count = enough[0] if enough else len(shares)
    assert found == Accuracy(tuple(shares[:count]), until)
    assert found.to_json() == {"mean": found.mean, "std": found.std, "repeats": count, "until": until}
    assert sum(sizes) - count < 3 and max(sizes) <= 3, "no more than a first look needs are trained beyond it"


def test_students_that_agree_from_the_first_are_three(monkeypatch):
    assert evaluated(monkeypatch, (0.7,) * 9, 0.01)[0].values == (0.7,) * 3


def test_without_it_all_are_trained_and_nothing_is_said_of_it(monkeypatch):
    found, _ = evaluated(monkeypatch, (0.7,) * 9, None)
    assert len(found.values) == 9 and found.to_json().keys() == {"mean", "std", "repeats"}


# -- what may be asked for


def test_a_protocol_says_what_it_does_and_names_nothing_by_it():
    """What is kept is named by how a protocol prints: of baselines, which are the same with it and without."""
    quick = PROTOCOLS["quick"]
    asked = quick.asked(20, 0.5)
    assert (asked.repeats, asked.until) == (20, 0.5) and quick.asked(None, None) == quick
    assert "3 to 20 students" in asked.describe() and "+-0.5 percentage points" in asked.describe()
    assert asked.describe().startswith(quick.describe()) and asked.to_json()["until"] == 0.5
    assert repr(asked) == repr(replace(asked, until=None))


@pytest.mark.parametrize("repeats", [None, 1, 3])
def test_it_is_refused_where_it_could_stop_nothing(repeats):
    with pytest.raises(BadInput, match="until=0.5 has no effect with [13] students.*4 or more"):
        DistillSettings(evaluation="quick", repeats=repeats, until=0.5)
    assert DistillSettings(evaluation="quick", repeats=4, until=0.5).until == 0.5
    assert DistillSettings(evaluation="published", until=0.5).repeats is None


@pytest.mark.parametrize("until", [0, -1, 51, "narrow"])
def test_points_that_are_no_width_are_refused(until):
    with pytest.raises(BadInput, match="until"):
        DistillSettings(repeats=9, until=until)


def test_runs_of_earlier_versions_are_without_it():
    settings = complete(resolve({"steps": 3}))
    earlier = {name: value for name, value in settings.items() if name != "until"}
    assert complete(earlier, begun=True) == settings and settings["until"] is None


@pytest.mark.parametrize(("until", "sound"), [(0.5, True), (None, True), ("narrow", False)])
def test_an_event_may_hold_it(until, sound):
    event = {"event": "accuracy", "time": 1.0, "step": 1, "mean": 0.5, "std": 0.1, "repeats": 3}
    assert is_sound(event) and is_sound(event | {"until": until}) == sound


# -- of an experiment


@pytest.fixture
def made(monkeypatch, dataset):
    """An experiment with these settings whose protocol is of two epochs."""
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(PROTOCOLS["quick"], epochs=2))

    def made(**settings):
        flat = {"width": 4, "depth": 2, "ipc": 2, "device": "cpu", "steps": 2, "dataset": dataset.hash}
        return Experiment.of(complete(resolve(flat | settings)), dataset, "cpu")

    return made


@pytest.fixture
def dataset():
    return toy.dataset()


def test_the_sets_of_a_run_stop_early_and_their_baselines_never(made):
    """Random images are kept for all runs: those of the full protocol, under its name, whichever run made them."""
    full, early = made(repeats=6), made(repeats=6, until=50.0)
    whole, some = full.accuracy(early.random_set(0)), early.accuracy(early.random_set(0))
    assert len(whole.values) == 6 and some == Accuracy(whole.values[:3], 50.0)
    random = early.random_accuracy()
    assert len(random.values) == 6 and random.until is None and len(RANDOM.files()) == 1
    assert full.kept_baselines()["random"] == random
    RANDOM.files()[0].unlink()
    assert full.random_accuracy() == random


def test_one_student_along_the_way_is_one(made):
    alone = made(repeats=6, until=50.0).accuracy(made().random_set(0), repeats=1)
    assert len(alone.values) == 1 and "until" not in alone.to_json()


def test_students_learn_the_same_whether_it_is_given_or_not(made):
    """Student number n is the same one: more are not paid for, and that is all."""
    few = made(repeats=4, until=0.01).accuracy(made().random_set(0)).values
    assert few == made(repeats=4).accuracy(made().random_set(0)).values[: len(few)] and len(few) >= 3


def test_tiles_are_taken_apart_once_for_all_students(made, monkeypatch):
    experiment, taken = made(repeats=3), []
    start = experiment.random_set(0)
    monkeypatch.setattr(type(start), "decode", lambda self: taken.append(self) or self)
    experiment.accuracy(start)
    assert len(taken) == 1 and torch.is_tensor(taken[0].images)
