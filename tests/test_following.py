"""Batches that follow the synthetic set: pools and the law within them, when they are chosen, and by what."""

import itertools

import numpy as np
import pytest
import torch
import toy

from ddcore.batches import BatchSampler, SamplingLaw
from ddcore.compute import Compute, DeviceImages
from ddcore.distillers.base import set_of, view_of
from ddcore.distillers.dm import DistributionMatching
from ddcore.distillers.select import Selection
from ddcore.following import FOLLOWERS, WITHOUT_LAW
from ddcore.following.base import Follower, Pool
from ddcore.following.representative import lloyd, representatives
from ddcore.following.student_loss import StudentLoss
from ddcore.following.views import NetworkView
from ddcore.loop import distill
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.sampling import corrections
from ddcore.synthetic import SyntheticSet

IMAGES, LABELS = toy.images_and_labels()
QUICK = {"student-loss": {"student_steps": 2}, "representative": {"representatives": 3}}


class Fixed(Follower):
    """Chooses a given pool."""

    def __init__(self, pool, refresh_every=2):
        object.__setattr__(self, "pool", pool)
        object.__setattr__(self, "refresh_every", refresh_every)

    def choose(self, view, images, labels, num_classes, rng, progress=None):
        return self.pool


def sampler_of(pool, **law):
    """A sampler with this pool chosen."""
    sampler = BatchSampler(
        DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu"), LABELS, None, SamplingLaw(**law), Fixed(pool)
    )
    sampler.refresh(Randomness(0, 1), view=None)
    return sampler


def scored_pool(seed=0):
    """5 images of class 0, 3 of class 1, 1 of class 2, in no order."""
    indices = np.array([2, 9, 0, 17, 5, 14, 7, 1, 12])
    return Pool(indices, np.random.default_rng(seed).random(9).astype(np.float32) ** 3)


def choose(follower, rng=None, view=None, images=IMAGES, labels=LABELS):
    problem = toy.problem()
    rng = rng or Randomness(0, 1)
    view = view or NetworkView(problem, toy.synthetic(), rng)
    return follower.choose(view, DeviceImages(images, toy.MEAN, toy.STD, "cpu"), labels, toy.CLASSES, rng)


# -- pools and the law within them


@pytest.mark.parametrize("scored", [True, False])
def test_batches_come_from_the_pool_alone_classes_ascending(scored):
    pool = scored_pool() if scored else Pool(scored_pool().indices)
    batch = sampler_of(pool).draw(Randomness(0, 1), 4)
    assert set(batch.indices.tolist()) <= set(pool.indices.tolist())
    assert batch.labels.tolist() == [0] * 4 + [1] * 3 + [2], "no more of a class than the pool has"
    assert torch.equal(batch.labels, torch.as_tensor(LABELS)[batch.indices])


def test_without_scores_a_pool_is_drawn_without_replacement():
    pool = Pool(scored_pool().indices)
    batch = sampler_of(pool, mode="corrected").draw(Randomness(0, 1), 50)
    assert sorted(batch.indices.tolist()) == sorted(pool.indices.tolist())
    assert batch.weights.eq(1).all()
    few = [sampler_of(pool).draw(Randomness(0, step), 2).indices[:2].tolist() for step in range(200)]
    assert all(len(set(pair)) == 2 for pair in few)
    assert {i for pair in few for i in pair} == {0, 1, 2, 5, 7}


@pytest.mark.parametrize("direction", ["hard", "easy"])
def test_within_a_pool_images_come_as_often_as_the_law_of_its_scores_says(direction):
    pool, law = scored_pool(), SamplingLaw(temperature=2.0, direction=direction)
    sampler = sampler_of(pool, temperature=2.0, direction=direction)
    drawn = np.concatenate([sampler.draw(Randomness(0, step), 5).indices[:5].numpy() for step in range(4000)])
    expected = law.of(pool.scores, LABELS[pool.indices])
    for index, probability in zip(pool.indices, expected, strict=True):
        if LABELS[index] == 0:
            assert np.mean(drawn == index) == pytest.approx(probability, abs=5 * np.sqrt(0.25 / 20_000))


@pytest.mark.parametrize("seed", range(5))
def test_corrected_batches_estimate_the_class_means_of_the_pool_without_bias(seed):
    """Exactly: p_i w_i = 1/n for every image, n counting the class in the pool, with the weights that batches carry."""
    pool, law = scored_pool(seed), SamplingLaw("corrected", uniform=0.3)
    classes = LABELS[pool.indices]
    p = dict(zip(pool.indices, law.of(pool.scores, classes), strict=True))
    sampler, weight = sampler_of(pool, mode="corrected", uniform=0.3), {}
    for step in range(100):
        batch = sampler.draw(Randomness(seed, step), 5)
        weight |= dict(zip(batch.indices.tolist(), batch.weights.tolist(), strict=True))
    assert weight.keys() == p.keys()
    sizes = np.bincount(classes)
    for index in weight:
        assert p[index] * weight[index] * sizes[LABELS[index]] == pytest.approx(1, rel=1e-6)


def test_over_both_draws_a_corrected_estimate_is_unbiased_for_the_whole_class():
    """Every choice of 3 candidates of 5 is equally likely; averaged over them all, the corrected estimate is the mean
    of all 5, though each by itself is the mean of its candidates only."""
    values, scores = np.array([1.0, 5.0, -2.0, 7.0, 0.5]), np.array([0.1, 2.0, 0.7, 1.0, 0.2])
    estimates = []
    for chosen in map(list, itertools.combinations(range(5), 3)):
        p = SamplingLaw().of(scores[chosen])
        estimates.append((p * corrections(p)) @ values[chosen])
        assert estimates[-1] == pytest.approx(values[chosen].mean())
    assert np.mean(estimates) == pytest.approx(values.mean())


def test_emphasised_batches_have_no_weights():
    assert sampler_of(scored_pool()).draw(Randomness(0, 1), 5).weights.eq(1).all()


def test_a_pool_without_a_class_is_refused():
    with pytest.raises(ValueError, match="no image of class 2"):
        sampler_of(Pool(np.array([0, 9])))


def test_the_state_is_the_pool_and_restores_it():
    sampler = sampler_of(scored_pool(), mode="corrected")
    other = sampler_of(scored_pool(seed=1), mode="corrected")
    before, elsewhere = sampler.draw(Randomness(0, 3), 5), other.draw(Randomness(0, 3), 5)
    assert not torch.equal(before.indices, elsewhere.indices)
    other.restore(sampler.state())
    after = other.draw(Randomness(0, 3), 5)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert toy.problem().sampler.state() == {}, "a sampler that never changes adds nothing to a checkpoint"


# -- when they are chosen


def test_the_pool_is_chosen_before_every_rth_step_and_counted_to_it():
    seen = []

    class Watched(Fixed):
        def choose(self, view, images, labels, num_classes, rng, progress=None):
            seen.append(rng.step)
            return self.pool

    problem = toy.problem(follower=Watched(scored_pool(), refresh_every=3))
    list(distill(problem, DistributionMatching(batch_real=2), toy.synthetic(), 8, seed=0))
    assert seen == [1, 4, 7]
    assert not any(toy.problem().sampler.due(step) for step in range(1, 100))


def test_an_interrupted_choice_leaves_everything_as_it_was():
    follower = StudentLoss(refresh_every=1, student_steps=2)
    problem, method = toy.problem(follower=follower), DistributionMatching(batch_real=2)
    asked = []

    def progress(done, total, note=""):
        asked.append(note)
        if stopping:
            raise Stopped

    stopping = False
    events = distill(problem, method, toy.synthetic(), 3, seed=0, progress=progress)
    next(events)
    state = next(events).state
    kept = {name: value.clone() for name, value in state["sampler"].items()}
    stopping, images = True, state["images"].clone()
    with pytest.raises(Stopped):
        next(events)
    assert {"training students", "taking the student's losses"} <= set(asked)
    assert torch.equal(state["images"], images)
    for held in (state["sampler"], problem.sampler.state()):
        assert all(torch.equal(held[name], kept[name]) for name in kept)


# -- what holds for every follower


@pytest.fixture(params=FOLLOWERS.names())
def named(request):
    return request.param


def test_a_choice_is_some_different_images_of_every_class(named):
    pool = choose(FOLLOWERS.make(named, candidates=5, **QUICK[named]))
    assert pool.indices.dtype == np.int64 and len(set(pool.indices.tolist())) == len(pool.indices)
    assert set(LABELS[pool.indices]) == {0, 1, 2}
    assert (pool.scores is None) == (named in WITHOUT_LAW)
    if pool.scores is not None:
        assert pool.scores.shape == pool.indices.shape and np.isfinite(pool.scores).all() and pool.scores.min() >= 0


def test_a_choice_depends_on_seed_and_step_alone(named):
    follower = FOLLOWERS.make(named, candidates=5, **QUICK[named])
    torch.manual_seed(1)
    first = choose(follower)
    torch.manual_seed(2)
    again = choose(follower)
    np.testing.assert_array_equal(first.indices, again.indices)
    if first.scores is not None:
        np.testing.assert_array_equal(first.scores, again.scores)
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

    choose(FOLLOWERS.make(named, candidates=0, **QUICK[named]), view=Plain())
    everything = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")[torch.arange(len(LABELS))]
    assert torch.equal(torch.cat(seen), everything), "un-augmented, each once"


# -- what they look through


def test_features_are_those_of_the_network_dm_uses_in_that_step(monkeypatch):
    used, plain = [], Compute.features

    def remembered(self, network, parameters, images):
        used.append(parameters)
        return plain(self, network, parameters, images)

    monkeypatch.setattr(Compute, "features", remembered)
    follower = FOLLOWERS.make("representative", representatives=2, refresh_every=1)
    for event in distill(toy.problem(follower=follower), DistributionMatching(), toy.synthetic(), 2, seed=0):
        if event.step:
            assert len(used) == toy.CLASSES + 2, "each class at the choice, then the real batch and the synthetic set"
            assert all(torch.equal(one[name], used[0][name]) for one in used for name in one)
            used.clear()


def test_a_distiller_may_offer_its_own_view():
    class Own(Selection):
        def view(self, problem, state, rng):
            return ("its own", state["images"], rng.step)

    problem, rng = toy.problem(), Randomness(0, 5)
    state = Selection().init(problem, toy.synthetic(), rng)
    assert view_of(Own(), problem, state, rng) == ("its own", state["images"], 5)
    assert isinstance(view_of(Selection(), problem, state, rng), NetworkView)
    assert set_of(state).images is not state["images"]


def test_the_student_is_trained_once_when_first_asked_for(monkeypatch):
    from ddcore.following import views

    trained, plain = [], views.train_students

    def counted(network, images, targets, protocol, *rest, **more):
        trained.append(protocol.epochs)
        return plain(network, images, targets, protocol, *rest, **more)

    monkeypatch.setattr(views, "train_students", counted)
    view = NetworkView(toy.problem(), toy.synthetic(), Randomness(0, 1))
    view.features(torch.zeros(2, 1, 8, 8))
    assert trained == []
    images, labels = torch.zeros(2, 1, 8, 8), torch.tensor([0, 1])
    first = view.losses(images, labels, student_steps=3)
    assert torch.equal(first, view.losses(images, labels, student_steps=3)) and trained == [3]
    assert not first.requires_grad


def test_every_choice_has_its_own_student():
    images, labels = torch.zeros(2, 1, 8, 8), torch.tensor([0, 1])
    views = [NetworkView(toy.problem(), toy.synthetic(), rng) for rng in (Randomness(0, 1), Randomness(0, 2))]
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
        view = NetworkView(problem, trained_on(images, LABELS), rng)
        mean_loss[name] = choose(StudentLoss(student_steps=steps, candidates=0), rng, view).scores.mean()
    assert mean_loss["real"] < 0.5 * mean_loss["noise"]
    assert mean_loss["real"] < 0.5 * mean_loss["a short lesson"]


def test_images_whose_labels_contradict_the_synthetic_set_score_highest():
    real = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")[torch.arange(len(LABELS))]
    wrong = np.array([0, 8, 16])
    labels = LABELS.copy()
    labels[wrong] = (labels[wrong] + 1) % 3
    rng = Randomness(0, 1)
    view = NetworkView(toy.problem(), trained_on(real, LABELS), rng)
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
    from ddcore.following import representative

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
