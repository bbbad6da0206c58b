"""Accuracies of a set by its own predictor: against a direct computation, the same for every set it stands beside."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy

from ddcore.distillers import DISTILLERS
from ddcore.distillers.kip import KernelInducingPoints
from ddcore.distillers.rfad import RandomFeatureDistillation
from ddcore.experiments import experiment
from ddcore.experiments import predictor as kernel_evaluation
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete, resolve
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.ridge.kernels import ntk
from ddcore.synthetic import SyntheticSet
from ddcore.training import protocols as evaluation
from ddcore.training.experts import ExpertSchedule
from ddcore.training.protocols import Accuracy

BY_THEMSELVES = [name for name in DISTILLERS.names() if DISTILLERS.about(name).predictor]


def experiment_of(distiller="kip", per_class=8, **settings):
    flat = {"width": 4, "ipc": 2, "device": "cpu", "init": "random", "repeats": 3, "evaluation": "quick"}
    own = toy.small("distillers", distiller)
    dataset = toy.dataset(per_class)
    flat = complete(resolve({"dataset": dataset.hash, "distiller": distiller, **flat, **own, **settings}))
    return Experiment.of(flat, dataset, "cpu")


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


@pytest.fixture
def asked(monkeypatch):
    """Every predictor of a whole set that a test asks a method for: (images, seed, step)."""
    calls = []
    for method in (KernelInducingPoints, RandomFeatureDistillation):

        def watched(self, problem, synthetic, rng, plain=method.predictor):
            calls.append((synthetic.images.clone(), rng.seed, rng.step))
            return plain(self, problem, synthetic, rng)

        monkeypatch.setattr(method, "predictor", watched)
    return calls


def by_hand(synthetic, data, jitter=1e-6):
    """Share of test images right by f(x) = k(x, S) (K + r)^-1 y, solved with NumPy."""

    def numbers(images):
        scaled = (images / 255 - np.array(data.mean)) / np.array(data.std)
        return torch.as_tensor(scaled.transpose(0, 3, 1, 2))

    support = synthetic.images.double()
    matrix = ntk(support, support).numpy()
    matrix += jitter * np.trace(matrix) / len(matrix) * np.eye(len(matrix))
    coefficients = np.linalg.solve(matrix, np.eye(3)[synthetic.classes.numpy()] - 1 / 3)
    predicted = ntk(numbers(data.test.images), support).numpy() @ coefficients
    return (predicted.argmax(1) == data.test.labels).mean()


# -- what students learn from


@pytest.mark.parametrize(
    "rows",
    [
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
        [[0.2, 0.5, 0.3], [0.0, 0.7, 0.3]],
        [[0.0, 2.5, 0.0], [0.1, 0.1, 0.0]],
    ],
    ids=["one-hot", "soft", "weighted"],
)
def test_targets_without_negatives_are_probabilities_as_they_are(rows):
    targets = torch.tensor(rows)
    synthetic = SyntheticSet(torch.zeros(2, 1, 1, 1), targets, torch.tensor([0, 1]))
    assert torch.equal(synthetic.probabilities, targets)


def test_of_negative_targets_the_positive_part_keeps_the_weight_of_its_row():
    targets = torch.tensor([[1.2, -0.4, 0.2], [0.0, 1.0, 0.0], [-1.0, 4.0, -1.0]])
    found = SyntheticSet(torch.zeros(3, 1, 1, 1), targets, torch.arange(3)).probabilities
    expected = torch.tensor([[6 / 7, 0, 1 / 7], [0, 1, 0], [0, 2, 0]])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(found.sum(1), targets.sum(1))


def test_students_of_the_evaluation_and_of_followers_learn_from_the_probabilities(monkeypatch):
    made, given = experiment_of("dm", repeats=2), []
    tested = Accuracy((1.0,), probabilities=np.ones((6, 3), np.float32))
    monkeypatch.setattr(experiment, "evaluate", lambda network, sets, *rest: given.extend(sets) or tested)
    images, classes = toy.synthetic(ipc=2).images, toy.synthetic(ipc=2).classes
    targets = torch.eye(3)[classes] * 1.4 - 0.4 / 3
    targets[0] = torch.tensor([0.5, 1.5, -1.0])
    learned = SyntheticSet(images, targets, classes)
    plain = SyntheticSet(images, learned.probabilities, classes)
    problem, found = made.problem(None), []
    for synthetic in (learned, plain):
        view = toy.network_view(problem, synthetic, Randomness(0).at(1))
        found.append(view.losses(images, classes, 5))
        made.accuracy(synthetic)
    assert len(given) == 4 and all(torch.equal(targets, plain.targets) for _, targets in given)
    torch.testing.assert_close(*found, rtol=0, atol=0)
    assert torch.isfinite(found[0]).all()


# -- accuracies


def test_accuracy_and_condition_are_those_of_the_regression():
    made = experiment_of("kip")
    kernel, synthetic = KernelEvaluation.of(made), made.random_set(0)
    found = kernel.test(synthetic)
    assert found.accuracy.values == (by_hand(synthetic, made.dataset),)
    assert found.images == len(made.dataset.test) == 24
    support = synthetic.images.double()
    matrix = ntk(support, support)
    values = torch.linalg.eigvalsh(matrix + 1e-6 * matrix.diagonal().mean() * torch.eye(6))
    assert found.condition == pytest.approx((values[-1] / values[0]).item(), rel=1e-6)


def test_methods_without_a_predictor_have_no_evaluation():
    assert KernelEvaluation.of(experiment_of("dm")) is None
    assert KernelEvaluation.of(experiment_of("select", init="random")) is None


def test_random_images_are_those_of_the_students(short, asked, monkeypatch):
    made = experiment_of("kip")
    learned = []
    plain = experiment.evaluate
    monkeypatch.setattr(
        experiment, "evaluate", lambda network, sets, *rest: learned.extend(sets) or plain(network, sets, *rest)
    )
    found = KernelEvaluation.of(made).random_accuracy()
    made.random_accuracy()
    assert len(asked) == len(learned) == 3
    for (images, _, _), (theirs, _) in zip(asked, learned, strict=True):
        assert torch.equal(images, theirs)
    assert not torch.equal(asked[0][0], asked[1][0]), "new images for every repeat"
    assert found.values == tuple(by_hand(made.random_set(repeat), made.dataset) for repeat in range(3))


def test_random_predictors_are_the_same_for_every_set_and_not_those_of_the_steps(asked):
    made = experiment_of("rfad")
    kernel = KernelEvaluation.of(made)
    accuracy = kernel.test(made.random_set(7)).accuracy
    kernel.random_accuracy()
    drawn = [(seed, step) for _, seed, step in asked]
    assert len(accuracy.values) == 3 and drawn[:3] == drawn[3:] and len(set(drawn)) == 3
    assert made.settings.seed not in [seed for seed, _ in drawn]
    again = KernelEvaluation.of(experiment_of("rfad")).test(made.random_set(7))
    assert again.accuracy == accuracy
    other = KernelEvaluation.of(experiment_of("rfad", seed=1))
    other.test(made.random_set(7))
    assert asked[-1][1] != drawn[0][0], "another seed of the run draws others"


def test_random_images_are_kept_until_something_that_matters_changes(asked, monkeypatch):
    def count(**settings):
        del asked[:]
        KernelEvaluation.of(experiment_of(settings.pop("distiller", "kip"), **settings)).random_accuracy()
        return len(asked)

    assert KernelEvaluation.of(experiment_of("kip")).kept_random() is None
    assert [count(), count(), count(steps=7)] == [3, 0, 0]
    assert isinstance(KernelEvaluation.of(experiment_of("kip")).kept_random(), Accuracy)
    for change in ({"jitter": 1e-3}, {"ipc": 1}, {"seed": 1}, {"repeats": 2}, {"zca": True}, {"per_class": 9}):
        assert count(**change) == change.get("repeats", 3), change
    assert count(distiller="rfad") == 3
    assert count(distiller="rfad", width=5) == 3, "its predictors depend on the network"


@pytest.mark.parametrize("distiller", BY_THEMSELVES)
def test_along_the_way_a_fixed_part_of_the_test_images_is_seen(distiller, monkeypatch):
    monkeypatch.setattr(kernel_evaluation, "MOST_TESTED", 10)
    made = experiment_of(distiller)
    kernel = KernelEvaluation.of(made)
    state = made.distiller.init(kernel.problem, made.random_set(0), Randomness(0))
    before = {name: value.clone() for name, value in state.items() if isinstance(value, torch.Tensor)}
    found = kernel.along_the_way(state, 4)
    count = len(made.dataset.test) if made.about.closed_form else 10  # which takes few steps
    assert found.images == count and found.accuracy.mean in [n / count for n in range(count + 1)]
    assert found == KernelEvaluation.of(made).along_the_way(state, 4)
    assert all(torch.equal(state[name], value) for name, value in before.items())
    predictor = made.distiller.current_predictor(made.problem(None), state, Randomness(0).at(5))
    right = predictor(made.test_images[slice(None)]).argmax(1).numpy() == made.dataset.test.labels
    assert found.accuracy.mean == right[kernel._part.numpy()].mean()
    assert found.condition == predictor.condition


def test_without_evaluation_no_test_image_is_seen(monkeypatch):
    made = experiment_of("kip", evaluation="none")
    kernel = KernelEvaluation.of(made)
    monkeypatch.setattr(Experiment, "test_images", None)
    state = made.distiller.init(kernel.problem, made.random_set(0), Randomness(0))
    found = kernel.along_the_way(state, 0).to_json()
    assert [found[name] for name in ("mean", "std", "repeats", "images")] == [None] * 4
    assert found["condition"] > 1 and kernel.certificate(made.random_set(0)) > 0


def test_the_certificate_is_that_of_the_labels_as_they_are():
    made = experiment_of("kip")
    kernel, synthetic = KernelEvaluation.of(made), made.random_set(0)
    plain = kernel.certificate(synthetic)
    half = SyntheticSet(synthetic.images, synthetic.targets * 0.5, synthetic.classes)
    learned = SyntheticSet(synthetic.images, synthetic.targets * 3 - 2 / 3, synthetic.classes)
    assert len({round(kernel.certificate(each), 6) for each in (synthetic, half, learned)}) == 3
    assert kernel.certificate(SyntheticSet(synthetic.images, synthetic.targets, synthetic.classes)) == plain


def test_testing_tells_how_far_it_is_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr(kernel_evaluation, "_ROWS", 10)
    kernel, told = KernelEvaluation.of(experiment_of("kip")), []
    kernel.random_accuracy(lambda done, total, note: told.append((done, total)))
    assert [total for _, total in told] == [3] * 9 and told == sorted(told) and told[-1] == (3, 3)

    def stop(*given):
        raise Stopped

    fresh = KernelEvaluation.of(experiment_of("kip", seed=3))
    with pytest.raises(Stopped):
        fresh.random_accuracy(stop)
    assert fresh.kept_random() is None, "nothing half done is kept"
