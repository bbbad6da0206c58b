"""Experts against a loop written anew, how importance enters them, and what is kept of them."""

import shutil
from collections import namedtuple
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toy

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.trajectories import Experts, expert_importance
from ddcore.growing import rows_in
from ddcore.kept import TRAJECTORIES, clear, stocks
from ddcore.networks.vectors import flattened, unflattened
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.sampling.law import SamplingLaw
from ddcore.training.trajectories import ExpertImportance, ExpertPlan, Trajectories

PLAN = ExpertPlan(2, 3, 0.05, 10)
N = 24


def rows_of(training, number=0):
    return np.stack(list(training.rows(number, 0, None)))


def kept(training):
    return Experts(training, ("toy", None))


def naive_rows(training, number, weights):
    """Plain gradient descent in shuffled epochs, image by image, with the training's own random choices."""
    network, plan = training.network, training.plan
    rng, purpose = Randomness(training.seed), f"trajectory-{number}"
    theta = flattened(network.init(rng.torch(purpose)))
    rows = [(theta, 0.0, 0.0)]
    for epoch in range(1, plan.epochs + 1):
        generator = rng.at(epoch).numpy(f"{purpose}-epoch")
        order, losses, right = generator.permutation(N), [], 0
        for first in range(0, N, plan.batch):
            chosen = order[first : first + plan.batch]
            draw = training.augmentation.draw_batch(generator, len(chosen))
            images = training.augmentation.apply(training.images[torch.as_tensor(chosen)], draw)
            theta = theta.clone().requires_grad_(True)
            logits = network.logits(unflattened(network, theta), images)
            each = [
                weights[j] * F.cross_entropy(logits[i : i + 1], torch.tensor([training.labels[j]]))
                for i, j in enumerate(chosen)
            ]
            (gradient,) = torch.autograd.grad(sum(each) / len(each), theta)
            losses += [one.item() for one in each]
            right += sum(int(logits[i].argmax()) == training.labels[j] for i, j in enumerate(chosen))
            theta = (theta - plan.lr * gradient).detach()
        rows.append((theta, np.mean(losses), right / N))
    return rows


@pytest.mark.parametrize("weights", [None, np.linspace(0.2, 1.8, N), np.linspace(0.2, 1.8, N) > 1])
def test_an_expert_is_plain_gradient_descent_on_weighted_losses(weights):
    training = toy.expert_training(importance=ExpertImportance(weights))
    found, expected = rows_of(training, 1), naive_rows(training, 1, np.ones(N) if weights is None else weights)
    for row, (theta, loss, right) in zip(found, expected, strict=True):
        np.testing.assert_allclose(row[:-2], theta.numpy(), atol=2e-5)
        assert row[-2] == pytest.approx(loss, rel=1e-4) and row[-1] == pytest.approx(right, abs=1e-6)


def test_equal_scores_are_plain_epochs_with_weights():
    given = expert_importance(np.full(N, 3.0), SamplingLaw(), PLAN)
    assert np.array_equal(rows_of(toy.expert_training(importance=given)), rows_of(toy.expert_training()))


def test_importance_batches_draw_by_the_law():
    law = np.zeros(N)
    law[[3, 4]] = 0.5
    other = toy.expert_training(importance=ExpertImportance(law=law))
    order = np.concatenate([other._order(np.random.default_rng(seed)) for seed in range(20)])
    assert len(order) == 20 * N and set(order.tolist()) == {3, 4}
    share = (order == 3).mean()
    assert abs(share - 0.5) < 4 * 0.5 / len(order) ** 0.5
    assert not np.array_equal(rows_of(other), rows_of(toy.expert_training()))


def test_corrected_batches_have_the_mean_gradient_of_plain_epochs():
    """sum_i p_i w_i = the mean over images, for any values."""
    scores, values = np.arange(N) + 1.0, np.random.default_rng(0).standard_normal(N)
    given = expert_importance(scores, SamplingLaw("corrected"), replace(PLAN, importance="batches"))
    assert given.law @ (given.weights * values) == pytest.approx(values.mean())
    emphasised = expert_importance(scores, SamplingLaw("emphasis"), PLAN)
    assert emphasised.law is None and emphasised.weights.mean() == pytest.approx(1)
    assert (np.diff(emphasised.weights) > 0).all()


def test_weights_in_the_corrected_regime_are_refused_where_there_are_any():
    with pytest.raises(BadInput, match="mode='corrected' undoes the weights"):
        expert_importance(np.arange(N), SamplingLaw("corrected"), PLAN)
    assert expert_importance(None, SamplingLaw("corrected"), PLAN).fingerprint == ""


def test_experts_are_different_networks_and_seeds_differ():
    training = toy.expert_training()
    starts = [rows_of(made, number)[0] for made in (training, replace(training, seed=1)) for number in (0, 1)]
    assert len({start.tobytes() for start in starts}) == 4


def test_an_expert_learns():
    rows = rows_of(toy.expert_training(plan=replace(PLAN, epochs=20)))
    assert rows[-1, -2] < rows[1, -2] and rows[-1, -1] > rows[1, -1]


def test_one_that_diverges_is_refused_and_leaves_sound_rows():
    training = toy.expert_training(plan=replace(PLAN, lr=1e20))
    with pytest.raises(BadInput, match="Expert 1 has no finite loss in epoch 1; choose a smaller step size"):
        kept(training).made()
    assert rows_in(kept(training).paths[0], training.row_length) == 1


# -- what is kept


def test_they_are_mapped_kept_shared_and_cleared():
    experts = kept(toy.expert_training())
    assert experts.missing == 8
    made = experts.made()
    assert len(made) == 2 and all(isinstance(rows, np.memmap) and rows.shape[0] == 4 for rows in made.rows)
    assert experts.missing == 0
    assert torch.equal(made.parameters(1, 2), torch.from_numpy(rows_of(experts.training, 1)[2, :-2]))
    assert made.accuracy(1, 2) == pytest.approx(rows_of(experts.training, 1)[2, -1])
    before = [path.stat().st_mtime_ns for path in experts.paths]
    experts.made()
    assert [path.stat().st_mtime_ns for path in experts.paths] == before
    (stock,) = stocks()
    assert stock.title == TRAJECTORIES.title and stock.count == 2
    clear(stock.title)
    assert experts.missing == 8
    assert torch.equal(experts.made().parameters(1, 3), made.parameters(1, 3)), "made again, bit for bit"


def test_more_epochs_and_experts_go_on_with_what_is_there():
    kept(toy.expert_training()).made()
    more = kept(toy.expert_training(plan=replace(PLAN, experts=3, epochs=5)))
    assert more.missing == 2 * 2 + 6
    found = more.made()
    assert np.array_equal(np.array(found.rows[0]), rows_of(more.training, 0))


@pytest.mark.parametrize("steps", [1, 4, 10])
def test_a_stop_anywhere_changes_nothing(steps):
    """It comes after so many reports of progress, in the first or second expert."""
    experts, seen = kept(toy.expert_training()), []

    def stop(done, total, note):
        seen.append((done, total, note))
        if len(seen) == steps:
            raise Stopped

    with pytest.raises(Stopped):
        experts.made(stop)
    assert 0 < experts.missing < 8
    assert seen[-1][1] == 8 and seen[-1][2] == f"expert {1 if steps < 10 else 2} of 2"
    found = experts.made()
    for number in (0, 1):
        assert np.array_equal(np.array(found.rows[number]), rows_of(experts.training, number))


@pytest.mark.parametrize(
    "change",
    [
        {"plan": replace(PLAN, lr=0.06)}, {"plan": replace(PLAN, batch=9)}, {"seed": 1}, {"through": "mlp:width=6"},
        {"importance": ExpertImportance(np.arange(N) / N)}, {"importance": ExpertImportance(law=np.arange(N) / N)},
    ],
    ids=str,
)  # fmt: skip
def test_whatever_determines_them_gives_others(change):
    plain, other = kept(toy.expert_training()), kept(toy.expert_training(**change))
    assert not set(plain.paths) & set(other.paths)
    assert not set(plain.paths) & set(Experts(plain.training, ("toy", "whitened")).paths)


def test_a_disk_that_is_too_small_is_told_before_anything_is_made(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 9, 1))
    experts = kept(toy.expert_training())
    with pytest.raises(BadInput, match="2 experts of 3 epochs need .* are free; choose fewer"):
        experts.made()
    assert not TRAJECTORIES.root.exists()


# -- of a run


def choose(**given):
    settings = toy.run_settings("mtt") | given
    return Experiment.of(complete(resolve(settings)), toy.dataset(), "cpu")


def test_a_run_makes_its_experts_with_its_importance():
    plain, weighted = choose(), choose(importance="loss", **toy.small("scores", "loss"))
    problem = plain.problem(plain.scores())
    assert isinstance(problem.experts, Trajectories) and len(problem.experts) == 2
    paths = [made.experts(made.scores()).paths for made in (plain, weighted)]
    assert not set(paths[0]) & set(paths[1])
    assert choose(lr_images=3.0, steps=9, syn_steps=2).experts(None).paths == paths[0], "shared by such runs"
    assert Experiment.choose(toy.dataset(), distiller="dm").experts(None) is None


@pytest.mark.parametrize("name", DISTILLERS.names())
def test_the_entry_of_a_distiller_says_whether_it_needs_experts(name):
    assert DISTILLERS.about(name).experts == (DISTILLERS.make(name).plan is not None)


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ({"importance": "student-loss"}, "importance='student-loss' rules batches"),
        ({"importance": "representative"}, "importance='representative' rules batches"),
        ({"importance": "stratified"}, "importance='stratified' rules batches"),
        ({"importance": "loss", "direction": "hard-then-easy"}, "direction='hard-then-easy' turns while"),
        ({"importance": "loss", "mode": "stratified"}, "mode='stratified' has no effect on experts"),
        ({"network": "convnet:norm=batch"}, "batch normalisation"),
        ({"importance": "loss", "mode": "corrected"}, "mode='corrected' undoes"),
        ({"max_start": 3, "expert_epochs": 2}, "the experts need 4 epochs"),
        ({"min_start": 2}, "min_start=2 is not below max_start=2"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_computed(refused, words):
    with pytest.raises(BadInput, match=words):
        choose(**refused)


def test_the_corrected_regime_goes_with_importance_batches():
    choose(importance="loss", mode="corrected", expert_importance="batches")
    choose(mode="corrected")
