"""The network that distils and the one that is tested: what settings allow, what each is used for, what is recorded."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy

from ddcore.errors import BadInput
from ddcore.experiments import experiment
from ddcore.experiments.experiment import FULL_SCHEDULES, Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import DistillSettings
from ddcore.networks.base import network_of
from ddcore.networks.compute import Compute
from ddcore.places import cache_root
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.runs.folder import create_run
from ddcore.runs.handle import Job
from ddcore.runs.worker import work
from ddcore.training import protocols
from ddcore.training.experts import ExpertSchedule, finished_expert, train_expert
from ddcore.training.students import evaluate
from ddcore.training.testing import accuracies

SHAPE = (1, 8, 8)
BATCH_NORM = "convnet:norm=batch"


@pytest.fixture
def short(monkeypatch):
    """Protocols of a few epochs."""
    quick = replace(protocols.PROTOCOLS["quick"], epochs=3, lr_student=0.1)
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", quick)
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(4))


def experiment_of(**settings):
    dataset = toy.guesswork()
    given = {"evaluation": "quick", "repeats": 2, "ipc": 2, "dataset": dataset.hash} | settings
    return Experiment.of(complete(toy.run_settings(**given)), dataset, "cpu")


# -- settings


@pytest.mark.parametrize("size", ["width", "depth"])
@pytest.mark.parametrize("text", ["mlp:{}=2", "convnet:norm=batch,{}=2"])
def test_sizes_within_the_text_of_the_network_that_distils_are_refused(text, size):
    text = text.format(size)
    with pytest.raises(BadInput) as refusal:
        resolve({"network": text})
    assert str(refusal.value).startswith(f"network={text!r} ") and str(refusal.value).endswith(f" and {size}=2.")
    assert resolve({"student_network": text})["student_network"] == text, "students have no such settings"


def test_texts_are_kept_as_they_are_written_by_us():
    flat = resolve({"network": " convnet: norm = batch ", "student_network": "mlp: width = 6"})
    assert (flat["network"], flat["student_network"]) == ("convnet:norm=batch", "mlp:width=6")
    assert resolve({})["network"] == "convnet" and resolve({})["student_network"] is None
    assert complete(flat) == complete(complete(flat))


@pytest.mark.parametrize(
    ("given", "distils", "tested"),
    [
        ({}, "convnet:width=128,depth=2", None),
        ({"width": 4, "depth": 1}, "convnet:width=4,depth=1", None),
        ({"network": "mlp"}, "mlp:width=128,depth=2", None),
        ({"network": "mlp", "width": 6, "depth": 3}, "mlp:width=6,depth=3", None),
        ({"network": BATCH_NORM, "width": 4}, "convnet:width=4,norm=batch", None),
        ({"width": 4, "student_network": "mlp"}, "convnet:width=4", "mlp:width=128,depth=2"),
        ({"width": 4, "depth": 1, "student_network": "mlp:width=6"}, "convnet:width=4,depth=1", "mlp:width=6,depth=2"),
        ({"width": 4, "student_network": "convnet"}, "convnet:width=4", "convnet:width=4"),
        ({"width": 4, "student_network": "convnet:norm=none"}, "convnet:width=4", "convnet:width=4,norm=none"),
        ({"network": BATCH_NORM, "width": 4, "student_network": "convnet:norm=instance,width=8"},
         "convnet:norm=batch,width=4", "convnet:width=8"),
        ({"network": "mlp", "width": 6, "student_network": "mlp:depth=3"}, "mlp:width=6", "mlp:width=6,depth=3"),
        ({"network": "mlp", "width": 6, "student_network": "convnet"}, "mlp:width=6", "convnet:width=128"),
    ],
)  # fmt: skip
def test_which_network_distils_and_which_is_tested(given, distils, tested):
    """Students are the network that distils, but for what their own text says; of another kind, its own defaults."""
    flat = complete(resolve({"dataset": "toy", "device": "cpu", **given}))
    found = Experiment.of(flat, toy.dataset(), "cpu")
    assert found.network == network_of(distils, SHAPE, toy.CLASSES)
    assert found.student_network == network_of(tested or distils, SHAPE, toy.CLASSES)
    assert found.problem(None).network is found.network, "what a distiller is given"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"network": "mlp:norm=batch"}, "network 'mlp' has no parameter 'norm'; choose from width, depth."),
        ({"student_network": "mlp:norm=batch"}, "network 'mlp' has no parameter 'norm'; choose from width, depth."),
        ({"student_network": "convnet:depth=4"}, "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
        ({"student_network": "mlp:width=0"}, "width=0 is not allowed; choose a whole number from 1 to 65536."),
        ({"network": "convnet:norm=group", "width": 6}, "width=6 does not fit norm=group; choose a multiple of 4."),
    ],
)
def test_networks_that_cannot_be_are_refused_before_there_is_a_run(given, sentence):
    with pytest.raises(BadInput) as refusal:
        experiment_of(**given)
    assert str(refusal.value) == sentence


def test_settings_of_runs_from_before_there_were_other_networks_mean_what_they_did():
    flat = complete(resolve({"width": 4}))
    earlier = {name: value for name, value in flat.items() if name not in ("network", "student_network")}
    assert complete(earlier) == flat
    assert DistillSettings(width=4).student_parameters == {"name": "convnet", "width": 4, "depth": None}


# -- what is tested


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("text", ["mlp:width=6", "convnet:norm=batch,width=4"])
def test_accuracies_are_those_of_the_network_of_the_students(text):
    found, dataset = experiment_of(student_network=text), toy.guesswork()
    network, made = network_of(text, SHAPE, toy.CLASSES), toy.synthetic()

    def tested(network, sets):
        given = [(one.images, one.probabilities) for one in sets]
        return evaluate(
            network, given, found.test_images, dataset.test.labels, found.protocol, found.augmentation, Compute(), 0
        ).values

    usual = experiment_of()
    assert found.accuracy(made).values == tested(network, [made] * 2)
    assert found.accuracy(made) != usual.accuracy(made), "else this would show nothing"
    randoms = [found.random_set(repeat) for repeat in range(2)]
    assert found.random_accuracy().values == tested(network, randoms)
    assert usual.random_accuracy().values == tested(usual.network, randoms)
    assert [torch.equal(one.images, usual.random_set(r).images) for r, one in enumerate(randoms)] == [True, True]

    schedule = FULL_SCHEDULES["quick"]
    data = found.train_images, dataset.train.labels, schedule, found.augmentation, Randomness(0), "full-data"
    expert = finished_expert(train_expert(network, *data), schedule)
    assert found.full_accuracy().values == accuracies(
        network, [expert], found.test_images, dataset.test.labels, Compute()
    )


@pytest.mark.usefixtures("short")
def test_baselines_are_kept_by_the_network_of_the_students_alone():
    texts = (None, "mlp:width=6", "convnet:norm=batch")
    experiments = [experiment_of(student_network=text) for text in texts]
    for count, one in enumerate(experiments, start=1):
        assert one.kept_baselines() == {}, "not those of another network"
        one.random_accuracy(), one.full_accuracy()
        assert one.kept_baselines().keys() == {"random", "full"}
        assert len(list((cache_root() / "baselines").iterdir())) == 2 * count
    same = experiment_of(network="mlp", width=9, student_network="mlp:width=6,depth=2")
    assert same.kept_baselines() == experiments[1].kept_baselines(), "whatever distils"
    assert experiment_of(student_network="convnet").kept_baselines() == experiments[0].kept_baselines()


@pytest.mark.usefixtures("short")
def test_the_predictor_of_frepo_is_of_the_network_that_distils():
    made = toy.synthetic()

    def by_itself(**settings):
        found = KernelEvaluation.of(experiment_of(distiller="frepo", **settings))
        assert found.kept_random() is None or "student_network" in settings
        return found.test(made).accuracy.values, found.random_accuracy().values

    usual, batch_norm = by_itself(), by_itself(network=BATCH_NORM)
    assert by_itself(student_network="mlp:width=6") == usual
    assert len(list((cache_root() / "baselines").iterdir())) == 2 and usual != batch_norm


# -- what is recorded


@pytest.mark.usefixtures("short")
def test_a_run_says_which_network_distilled_and_which_was_tested():
    settings = {"evaluation": "quick", "repeats": 2, "ipc": 2, "steps": 2, "dataset": toy.guesswork().hash}
    runs = [create_run(toy.run_settings(**settings, student_network=text)) for text in (None, "mlp:width=6")]
    results = [work(run) for run in runs]
    usual, other = (json.loads((run.path / "config.json").read_text()) for run in runs)
    conv, mlp = {"name": "convnet", "width": 4, "depth": 2}, {"name": "mlp", "width": 6, "depth": 2}
    assert (usual["network"], usual["student_network"]) == (conv, conv)
    assert (other["network"], other["student_network"]) == (conv, mlp)
    assert other["settings"]["student_network"] == "mlp:width=6" and usual["settings"]["student_network"] is None
    ends = [run.snapshot(2)["images"] for run in runs]
    np.testing.assert_array_equal(*ends, err_msg="who is tested changes no image")
    assert all(results[1][name] != results[0][name] for name in ("accuracy", "random"))
    found = experiment_of(student_network="mlp:width=6")
    baselines = {event["name"]: event["mean"] for event in runs[1].events()[0] if event["event"] == "baseline"}
    assert baselines == {name: accuracy.mean for name, accuracy in found.kept_baselines().items()}


@pytest.mark.parametrize("text", ["mlp", BATCH_NORM])
def test_a_run_that_distils_through_another_network_goes_on_bit_for_bit(text, monkeypatch):
    settings = toy.run_settings(distiller="frepo", network=text, steps=3, evaluation="none")
    whole, part = create_run(settings), create_run(settings)
    work(whole)

    def stopping(self, number, total, plain=Job.step):
        if number == 2:
            raise Stopped
        plain(self, number, total)

    with monkeypatch.context() as patch:
        patch.setattr(Job, "step", stopping)
        assert work(part) is None
    assert work(part)["steps"] == 3
    np.testing.assert_array_equal(whole.snapshot(3)["images"], part.snapshot(3)["images"])
    assert (
        part.config()["network"] == part.config()["student_network"] == experiment_of(network=text).network.describe()
    )


@pytest.mark.parametrize(
    "choices",
    [{"importance": "loss", "proxy_network": "mlp:norm=batch"},
     {"init": "herding", "seen_in": "network", "feature_network": "convnet:depth=9"}],
)  # fmt: skip
def test_a_network_of_a_method_is_refused_before_anything_is_computed(choices):
    with pytest.raises(BadInput, match="norm|depth=9"):
        Experiment.choose(toy.dataset(), **choices)
