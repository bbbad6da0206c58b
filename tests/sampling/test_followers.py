"""What chooses the images that batches come from: every follower, what it looks through, and each by itself."""

import numpy as np
import pytest
import torch
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.distillers.base import set_of
from ddcore.distillers.dm import DistributionMatching
from ddcore.distillers.select import Selection
from ddcore.distillers.views import NetworkView
from ddcore.loop import distill
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.following.representative import lloyd, representatives
from ddcore.sampling.following.student_loss import StudentLoss
from ddcore.sampling.pools import Follower
from ddcore.synthetic import SyntheticSet

IMAGES, LABELS = toy.images_and_labels()


def choose(follower, rng=None, view=None, labels=LABELS):
    problem = toy.problem()
    rng = rng or Randomness(0, 1)
    view = view or toy.network_view(problem, toy.synthetic(), rng)
    return follower.choose(view, DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu"), labels, rng)


# -- what holds for every follower


@pytest.fixture(params=FOLLOWERS.names())
def named(request):
    return request.param


def test_a_choice_is_some_different_images_of_every_class(named):
    pool = choose(toy.rule(named, candidates=5))
    assert pool.indices.dtype == np.int64 and len(set(pool.indices.tolist())) == len(pool.indices)
    assert set(LABELS[pool.indices]) == {0, 1, 2}
    assert (pool.scores is None) == (not FOLLOWERS.about(named).law)
    if pool.scores is not None:
        assert pool.scores.shape == pool.indices.shape and np.isfinite(pool.scores).all() and pool.scores.min() >= 0


def test_a_choice_depends_on_seed_and_step_alone(named):
    follower = toy.rule(named, candidates=5)
    torch.manual_seed(1)
    first = choose(follower)
    torch.manual_seed(2)
    again = choose(follower)
    for one, other in zip(vars(first).values(), vars(again).values(), strict=True):
        np.testing.assert_array_equal(one, other)
    for other in (Randomness(0, 2), Randomness(1, 1)):
        assert not np.array_equal(first.indices, choose(follower, other).indices)


@pytest.mark.parametrize(("candidates", "expected"), [(3, 3), (8, 8), (0, 8), (100, 8)])
def test_candidates_are_as_many_of_every_class_as_asked_for(candidates, expected):
    follower = Follower(candidates=candidates)
    found = follower.looked_at(LABELS, Randomness(0, 1))
    assert np.bincount(LABELS[found]).tolist() == [expected] * 3
    assert (np.diff(found) > 0).all()


def test_every_image_is_a_candidate_equally_often():
    follower = Follower(candidates=2)
    drawn = np.concatenate([follower.looked_at(LABELS, Randomness(0, step)) for step in range(2000)])
    shares = np.bincount(drawn, minlength=len(LABELS)) / 2000
    assert np.abs(shares - 2 / 8).max() < 5 * np.sqrt(0.25 * 0.75 / 2000)


def test_followers_see_the_plain_images_of_their_candidates(named):
    seen = []

    class Plain:
        def losses(self, images, labels, student_steps):
            seen.append(images)
            return torch.zeros(len(images))

        def features(self, images):
            seen.append(images)
            return images.flatten(1)

    choose(toy.rule(named, candidates=0), view=Plain())
    everything = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")[torch.arange(len(LABELS))]
    assert torch.equal(torch.cat(seen), everything), "un-augmented, each once"


# -- what they look through


def test_features_are_those_of_the_network_dm_uses_in_that_step(monkeypatch):
    used, plain = [], Compute.features

    def remembered(self, network, parameters, *given):
        used.append(parameters)
        return plain(self, network, parameters, *given)

    monkeypatch.setattr(Compute, "features", remembered)
    follower = FOLLOWERS.make("representative", representatives=2, refresh_every=1)
    for event in distill(toy.problem(follower=follower), DistributionMatching(), toy.synthetic(), 2, seed=0):
        if event.step:
            assert len(used) == toy.CLASSES + 2, "each class at the choice, then the real batch and the synthetic set"
            assert all(torch.equal(one[name], used[0][name]) for one in used for name in one)
            used.clear()


def test_without_a_view_of_its_own_a_distiller_shows_the_network_of_the_step():
    problem, rng = toy.problem(), Randomness(0, 5)
    state = Selection().init(problem, toy.synthetic(), rng)
    assert isinstance(Selection().view(problem, state, rng), NetworkView)
    assert set_of(state).images is not state["images"]


def test_the_student_is_trained_once_when_first_asked_for(monkeypatch):
    from ddcore.distillers import views

    trained, plain = [], views.train_students

    def counted(network, images, targets, protocol, *rest, **more):
        trained.append(protocol.epochs)
        return plain(network, images, targets, protocol, *rest, **more)

    monkeypatch.setattr(views, "train_students", counted)
    view = toy.network_view(toy.problem(), toy.synthetic(), Randomness(0, 1))
    view.features(torch.zeros(2, 1, 8, 8))
    assert trained == []
    images, labels = torch.zeros(2, 1, 8, 8), torch.tensor([0, 1])
    first = view.losses(images, labels, student_steps=3)
    assert torch.equal(first, view.losses(images, labels, student_steps=3)) and trained == [3]
    assert not first.requires_grad


def test_every_choice_has_its_own_student():
    images, labels = torch.zeros(2, 1, 8, 8), torch.tensor([0, 1])
    views = [toy.network_view(toy.problem(), toy.synthetic(), rng) for rng in (Randomness(0, 1), Randomness(0, 2))]
    first, second = (view.losses(images, labels, student_steps=1) for view in views)
    assert not torch.equal(first, second)


# -- the loss of the current student


def trained_on(images, labels):
    chosen = torch.as_tensor(labels)
    return SyntheticSet.of_classes(images, chosen, toy.CLASSES, "cpu")


def test_the_losses_fall_on_what_the_synthetic_set_teaches():
    """A set of real images teaches their kind, noise teaches nothing, and a longer lesson teaches more."""
    real = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")[torch.arange(len(LABELS))]
    rng, problem = Randomness(0, 1), toy.problem()
    noise = torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    mean_loss = {}
    for name, images, steps in (("real", real, 150), ("noise", noise, 150), ("a short lesson", real, 2)):
        view = toy.network_view(problem, trained_on(images, LABELS), rng)
        mean_loss[name] = choose(StudentLoss(student_steps=steps, candidates=0), rng, view).scores.mean()
    assert mean_loss["real"] < 0.5 * mean_loss["noise"]
    assert mean_loss["real"] < 0.5 * mean_loss["a short lesson"]


def test_images_whose_labels_contradict_the_synthetic_set_score_highest():
    real = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")[torch.arange(len(LABELS))]
    wrong = np.array([0, 8, 16])
    labels = LABELS.copy()
    labels[wrong] = (labels[wrong] + 1) % 3
    rng = Randomness(0, 1)
    view = toy.network_view(toy.problem(), trained_on(real, LABELS), rng)
    pool = choose(StudentLoss(student_steps=150, candidates=0), rng, view, labels=labels)
    highest = pool.indices[np.argsort(pool.scores)[-3:]]
    assert set(highest) == set(wrong)


# -- representative images


def naive_lloyd(points, centers, iterations=10):
    """The definition, a point at a time."""
    centers = [np.array(center, float) for center in centers]
    for _ in range(iterations):
        groups = [[] for _ in centers]
        for point in points:
            groups[int(np.argmin([np.sum((point - center) ** 2) for center in centers]))].append(point)
        centers = [np.mean(group, 0) if group else center for group, center in zip(groups, centers, strict=True)]
    return np.array(centers)


@pytest.mark.parametrize("seed", range(5))
def test_lloyd_is_its_definition(seed):
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((40, 3)).astype(np.float32)
    start = np.vstack([points[:4], np.full((1, 3), 50, np.float32)])  # the last one has no point to begin with
    found = lloyd(torch.as_tensor(points), torch.as_tensor(start))
    np.testing.assert_allclose(found.numpy(), naive_lloyd(points, start), atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_representatives_are_the_points_nearest_to_the_best_centres(seed):
    """Blobs far apart: the best centres are their means, whatever the start."""
    rng = np.random.default_rng(seed)
    blobs = [rng.standard_normal((9, 4)) + 4000 * np.eye(4)[i % 4] * (1 + i // 4) for i in range(6)]
    points = np.concatenate(blobs).astype(np.float32)
    expected = {9 * i + int(np.argmin(((blob - blob.mean(0)) ** 2).sum(1))) for i, blob in enumerate(blobs)}
    assert set(representatives(torch.as_tensor(points), 6, rng)) == expected


def test_representatives_are_different_even_where_centres_share_their_nearest(monkeypatch):
    """Two pairs of outer points have their means in the middle, where there is one point only."""
    points = np.array([[0.0, 0], [-3, 1], [3, 1], [-3, -1], [3, -1], [0, 9]], np.float32)
    from ddcore.sampling.following import representative

    centers = np.array([[0, 0.5], [0, -0.5], [0, 9]], np.float32)
    distances = ((points[None] - centers[:, None]) ** 2).sum(2)
    assert distances[0].argmin() == distances[1].argmin() == 0
    monkeypatch.setattr(representative, "lloyd", lambda points, start: torch.as_tensor(centers))
    chosen = representatives(torch.as_tensor(points), 3, np.random.default_rng(0))
    assert len(set(chosen)) == 3 and {0, 5} <= set(chosen)


def test_equal_images_are_still_as_many_as_asked_for():
    chosen = representatives(torch.ones(7, 3), 4, np.random.default_rng(0))
    assert len(set(chosen)) == 4


def test_there_are_as_many_representatives_as_a_batch_has_unless_asked_otherwise():
    rule = FOLLOWERS.make("representative")
    assert rule.for_batches(64).representatives == 64
    assert FOLLOWERS.make("representative", representatives=5).for_batches(64).representatives == 5
    loss = FOLLOWERS.make("student-loss")
    assert loss.for_batches(64) is loss


def test_a_class_with_no_more_candidates_than_representatives_is_taken_whole():
    pool = choose(FOLLOWERS.make("representative", representatives=8))
    assert sorted(pool.indices) == list(range(len(LABELS)))
