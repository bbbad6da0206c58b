"""`evaluate --model`: what is printed is the accuracy of the network that is asked for, else of the run's own."""

import json
from dataclasses import replace

import pytest
import toy

from ddcore.commands import main
from ddcore.experiments import experiment
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete
from ddcore.networks.base import network_of
from ddcore.places import cache_root
from ddcore.runs.folder import create_run
from ddcore.runs.jobs.set_keeping import read_set
from ddcore.runs.worker import work
from ddcore.training import protocols
from ddcore.training.experts import ExpertSchedule
from ddcore.training.students import evaluate

FEW = {"steps": 2, "ipc": 2, "evaluation": "none"}
QUICK = ["--repeats", "2", "--device", "cpu"]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Protocols of a few epochs."""
    quick = replace(protocols.PROTOCOLS["quick"], epochs=3, lr_student=0.1)
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", quick)
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(4))


def finished(distiller="dm", **settings):
    run = create_run(toy.run_settings(distiller, **FEW | {"dataset": toy.guesswork().hash} | settings))
    work(run)
    return run


def expected(run, text):
    """Accuracies by students that are the network called `text`, which is not asked of any setting."""
    dataset, flat = toy.guesswork(), complete(run.config()["settings"] | {"evaluation": "quick", "repeats": 2})
    found = Experiment.of(flat, dataset, "cpu")
    network = network_of(text, dataset.shape, dataset.num_classes)

    def tested(sets):
        given = [(one.images, one.probabilities) for one in sets]
        accuracy = evaluate(
            network, given, found.test_images, dataset.test.labels, found.protocol, found.augmentation, found.compute, 0
        )
        return accuracy.to_json()

    last, first = (read_set(run, step, "cpu") for step in (2, 0))
    randoms = [found.random_set(repeat) for repeat in range(2)]
    return {"accuracy": tested([last] * 2), "initial_accuracy": tested([first] * 2), "random": tested(randoms)}


def evaluated(capsys, run, *more):
    assert main(["evaluate", run.id, *QUICK, *more, "--json"]) == 0
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def accuracies_in(result):
    return {name: result[name] for name in ("accuracy", "initial_accuracy", "random")}


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ([], "convnet:width=4"),
        (["--model", "mlp"], "mlp"),
        (["--model", "mlp", "--width", "6", "--depth", "1"], "mlp:width=6,depth=1"),
        (["--model", "mlp:width=6,depth=1"], "mlp:width=6,depth=1"),
        (["--model", "convnet:norm=batch"], "convnet:norm=batch,width=4"),
        (["--width", "6"], "convnet:width=6"),
    ],
    ids=str,
)
def test_accuracies_are_those_of_the_network_that_is_asked_for(more, text, capsys):
    run = finished()
    found = accuracies_in(evaluated(capsys, run, *more))
    assert found == expected(run, text)
    if more:
        assert found != expected(run, "convnet:width=4"), "else this would show nothing"


def test_what_is_printed_is_the_accuracy_of_the_perceptron(capsys):
    run = finished()
    own, other = (expected(run, text) for text in ("convnet:width=4", "mlp:width=6"))
    assert main(["evaluate", run.id, *QUICK, "--model", "mlp:width=6"]) == 0
    printed = capsys.readouterr().out
    assert main(["evaluate", run.id, *QUICK]) == 0
    printed_own = capsys.readouterr().out

    def line(printed, label):
        return next(line for line in printed.splitlines() if line.strip().startswith(label))

    for label, name in (("distilled", "accuracy"), ("before distilling", "initial_accuracy"), ("random", "random")):
        assert f"{100 * other[name]['mean']:.1f}" in line(printed, label)
        assert f"{100 * own[name]['mean']:.1f}" in line(printed_own, label)
    assert printed != printed_own


def test_a_run_is_evaluated_by_its_own_students_unless_others_are_asked_for(capsys):
    run = finished(student_network="mlp:width=6")
    assert accuracies_in(evaluated(capsys, run)) == expected(run, "mlp:width=6")
    assert accuracies_in(evaluated(capsys, run, "--width", "9")) == expected(run, "mlp:width=9")
    assert accuracies_in(evaluated(capsys, run, "--model", "convnet")) == expected(run, "convnet:width=4")


def test_a_run_that_distilled_through_another_network_is_evaluated_by_that(capsys):
    run = finished(network="convnet:norm=batch")
    assert accuracies_in(evaluated(capsys, run)) == expected(run, "convnet:norm=batch,width=4")
    assert accuracies_in(evaluated(capsys, run, "--depth", "1")) == expected(run, "convnet:norm=batch,width=4,depth=1")


def test_the_set_by_itself_is_the_same_whoever_is_trained_on_it(capsys):
    run = finished("frepo")
    own, other = evaluated(capsys, run), evaluated(capsys, run, "--model", "mlp:width=6")
    assert own["kernel"] == other["kernel"] and accuracies_in(own) != accuracies_in(other)


def test_baselines_are_taken_once_a_network(capsys):
    run = finished()
    for count, model in enumerate(("convnet", "mlp", "mlp:width=6"), start=1):
        results = [evaluated(capsys, run, "--model", model) for _ in range(2)]
        assert results[0] == results[1]
        assert len(list((cache_root() / "baselines").iterdir())) == 2 * count, "random images and full data"


def test_a_file_of_images_is_tested_by_the_network_that_is_asked_for(capsys, tmp_path):
    run = finished(dataset=(path := toy.npz(tmp_path)))
    file = str(run.snapshot_path(2))
    assert main(["evaluate", file, "--dataset", path, *QUICK, "--model", "mlp:width=6", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    of_run = evaluated(capsys, run, "--model", "mlp:width=6")
    assert found == of_run | {"initial_accuracy": None, "gain": of_run["gain"] | {"initial": None}}
    assert found["students"]["name"] == "mlp"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--model", "resnet"], "network='resnet' is unknown; choose one of convnet, mlp."),
        (["--model", "mlp:norm=batch"], "network 'mlp' has no parameter 'norm'; choose from width, depth."),
        (["--model", "mlp:shape=3"], "network 'mlp' has no parameter 'shape'."),
        (["--model", "mlp:width"], "network='mlp:width' is not allowed; write its parameters as mlp:width=64,depth=2."),
        (["--model", "convnet", "--depth", "4"], "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
        (["--model", "mlp", "--depth", "21"], "depth=21 is not allowed; choose a whole number from 1 to 20."),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_a_network_that_cannot_be_is_refused_in_one_sentence(more, sentence, capsys):
    run = finished()
    assert main(["evaluate", run.id, *QUICK, *more]) == 2
    assert sentence in capsys.readouterr().err
