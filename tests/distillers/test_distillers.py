"""What holds for every distiller, whatever score and initialiser it is used with; and DM against its equation."""

import copy

import numpy as np
import pytest
import torch
import toy
from reference.dm import naive_loss

from ddcore.distillers import DISTILLERS
from ddcore.distillers.bounded import class_groups
from ddcore.distillers.class_sums import class_means
from ddcore.distillers.dm import DistributionMatching
from ddcore.errors import BadInput
from ddcore.experiments.presets import presets
from ddcore.experiments.resolving import resolve
from ddcore.experiments.settings import OWN_INIT_SCORE
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.loop import Diverged, distill
from ddcore.randomness import Randomness
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet


def run(problem, method, synthetic, steps=3, seed=0, resume_from=None):
    events = []
    for event in distill(problem, method, synthetic, steps, seed, resume_from):
        events.append((event.step, dict(event.metrics), copy.deepcopy(event.state)))
    return events


@pytest.fixture(params=DISTILLERS.names())
def method(request):
    return DISTILLERS.make(request.param, **toy.small("distillers", request.param))


@pytest.fixture(params=FOLLOWERS.names())
def follower(request):
    return toy.rule(request.param, refresh_every=4, candidates=6)


KEEPS_ITS_START = [name for name in DISTILLERS.names() if not DISTILLERS.about(name).distills]


def keeps_its_start(method):
    return method in [DISTILLERS.make(name) for name in KEEPS_ITS_START]


def assert_equal(one, other):
    """Bit for bit, through dicts."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            assert_equal(one[name], other[name])
    else:
        assert torch.equal(one, other)


@pytest.mark.parametrize("mode", ["emphasis", "corrected", "stratified"])
@pytest.mark.parametrize("score", SCORES.names())
def test_any_score_works_with_any_distiller(method, score, mode):
    scores = SCORES.make(score, **toy.small("scores", score)).compute(toy.train_set(), seed=0).scores
    given = toy.synthetic()
    before, torch_state, numpy_state = given.images.clone(), torch.get_rng_state(), np.random.get_state()[1].copy()
    events = run(toy.problem(scores, SamplingLaw(mode)), method, given)
    step, metrics, state = events[-1]
    assert [e[0] for e in events] == [0, 1, 2, 3] and np.isfinite(metrics["loss"])
    assert state["images"].shape == before.shape and state["images"].dtype == torch.float32
    assert state["images"].isfinite().all()
    assert torch.equal(state["images"], before) == keeps_its_start(method)
    assert torch.equal(given.images, before), "the given set must not be changed"
    assert torch.equal(torch.get_rng_state(), torch_state) and np.array_equal(np.random.get_state()[1], numpy_state)


@pytest.mark.parametrize("init", INITIALISERS.names())
def test_any_initialiser_works_with_any_distiller(method, init):
    arrays = INITIALISERS.make(init, **toy.small("initialisers", init)).start(toy.train_set(), 2, 0, np.ones(24))
    synthetic = SyntheticSet.of_classes(arrays.images, arrays.classes, toy.CLASSES, "cpu")
    _, _, state = run(toy.problem(), method, synthetic)[-1]
    assert state["images"].isfinite().all() and torch.equal(state["classes"], synthetic.classes)


@pytest.mark.parametrize("init", OWN_INIT_SCORE)
@pytest.mark.parametrize("score", SCORES.names())
def test_any_score_works_with_any_initialiser_that_goes_by_one(score, init):
    scores = SCORES.make(score, **toy.small("scores", score)).compute(toy.train_set(), seed=0).scores
    arrays = INITIALISERS.make(init).start(toy.train_set(), 2, seed=0, scores=scores)
    assert arrays.classes.tolist() == np.repeat(range(toy.CLASSES), 2).tolist()
    assert (toy.train_set().labels[arrays.indices] == arrays.classes).all() and len(set(arrays.indices.tolist())) == 6


def check_going_on(method, make_problem, stopped_after, path):
    """That a run of 6 steps is the same with a stop, the checkpoint written and read as the worker does."""
    whole = run(make_problem(), method, toy.synthetic(), steps=6)
    step, _, state = run(make_problem(), method, toy.synthetic(), steps=6)[stopped_after]
    torch.save({"step": step, "state": state}, path)
    read = torch.load(path, weights_only=True)
    rest = run(make_problem(), method, None, steps=6, resume_from=(read["step"], read["state"]))
    assert [e[0] for e in rest] == list(range(stopped_after + 1, 7))
    for (_, metrics, state), (_, metrics_again, state_again) in zip(whole[stopped_after + 1 :], rest, strict=True):
        assert metrics == metrics_again
        assert_equal(state, state_again)


def test_stopping_and_going_on_is_never_having_stopped(method, tmp_path):
    check_going_on(method, toy.problem, 3, tmp_path / "checkpoint")


@pytest.mark.parametrize("stopped_after", [0, 2, 4, 5], ids=lambda step: f"after-{step}")
def test_batches_that_follow_go_on_as_if_never_stopped(method, follower, stopped_after, tmp_path):
    """Those that follow choose anew before steps 1 and 5: the stop is before the first choice, between two, before and
    after one."""
    check_going_on(method, lambda: toy.problem(follower=follower), stopped_after, tmp_path / "checkpoint")


@pytest.mark.parametrize("mode", ["emphasis", "corrected", "stratified"])
def test_any_follower_works_with_any_distiller(method, follower, mode):
    given = toy.synthetic()
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    events = run(toy.problem(law=SamplingLaw(mode), follower=follower), method, given, steps=6)
    assert all(np.isfinite(metrics["loss"]) for _, metrics, _ in events[1:])
    state = events[-1][2]
    assert state["images"].isfinite().all()
    assert torch.equal(state["images"], given.images) == keeps_its_start(method)
    first, second = (events[step][2]["sampler"] for step in (4, 5))
    if follower.choices(6) == 2:
        assert not torch.equal(first["indices"], second["indices"]), "chosen anew before step 5"
    else:
        assert_equal(first, second)
    assert torch.equal(torch.get_rng_state(), torch_state) and np.array_equal(np.random.get_state()[1], numpy_state)


def test_a_distiller_touches_nothing_of_the_real_data_but_its_sampler(method):
    class Spy:
        def __init__(self, sampler):
            self._sampler, self.used = sampler, set()

        def __getattr__(self, name):
            self.used.add(name)
            return getattr(self._sampler, name)

    problem = toy.problem()
    spy = Spy(problem.sampler)
    object.__setattr__(problem, "sampler", spy)
    state = method.init(problem, toy.synthetic(), Randomness(0))
    method.step(problem, state, Randomness(0).at(1))
    assert spy.used <= {"draw", "draw_across", "sweep"}
    assert bool(spy.used) != (keeps_its_start(method) or method.plan is not None), "else it sees experts only"
    fields = {"sampler", "network", "augmentation", "compute", "factor", "experts", "witness"}
    assert set(vars(problem)) == fields, "a problem must not carry datasets, scores or test images"


def test_what_keeps_its_start_takes_one_step_whatever_is_asked_for_and_no_importance():
    for name in KEEPS_ITS_START:
        for preset in (None, *presets()[name]):
            assert resolve({"distiller": name}, preset)["steps"] == 1
            assert resolve({"distiller": name, "steps": 200}, preset)["steps"] == 1
        with pytest.raises(BadInput, match=f"importance='loss' has no effect with distiller='{name}'"):
            resolve({"distiller": name, "importance": "loss"})


def test_a_loss_that_is_no_number_ends_the_run_with_a_clear_sentence():
    method = DistributionMatching(lr_images=1e6, batch_real=4, momentum=0.99)
    bad = toy.synthetic()
    bad.images.fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is nan at step 1; a smaller lr_images may help"):
        run(toy.problem(), method, bad)


@pytest.mark.parametrize("bad", [{"lr_images": 0.0}, {"lr_images": float("nan")}, {"batch_real": 0}, {"momentum": 1.0}])
def test_hyper_parameters_out_of_bounds_are_refused(bad):
    with pytest.raises(BadInput, match=f"{next(iter(bad))}="):
        DistributionMatching(**bad)


# -- DM against its equation


@pytest.mark.parametrize("scores", [None, np.arange(24.0) + 1])
def test_dm_batched_over_classes_equals_the_loop_over_classes(scores):
    problem, method, synthetic = toy.problem(scores, SamplingLaw("corrected")), DistributionMatching(batch_real=5), None
    synthetic = toy.synthetic()
    rng = Randomness(0).at(1)
    state = method.init(problem, synthetic, rng)
    metrics = method.step(problem, state, rng)

    parameters = problem.network.init(rng.torch("network"))
    draw = problem.augmentation.draw(rng.numpy("augmentation"), toy.CLASSES)

    def see(images, label):
        return problem.augmentation.apply(images, draw, torch.full((len(images),), label))

    images = synthetic.images.clone().requires_grad_(True)
    batch = problem.sampler.draw(rng, 5)
    loss = naive_loss(problem.network, parameters, batch, images, synthetic.classes, see)
    (gradient,) = torch.autograd.grad(loss, images)
    assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-5)
    torch.testing.assert_close(state["images"], synthetic.images - method.lr_images * gradient, atol=1e-5, rtol=1e-5)


def test_dm_momentum_is_that_of_sgd():
    problem, method = toy.problem(), DistributionMatching(batch_real=5, momentum=0.5, lr_images=0.3)
    state = method.init(problem, toy.synthetic(), Randomness(0))
    reference = toy.synthetic().images.clone().requires_grad_(True)
    optimizer = torch.optim.SGD([reference], lr=0.3, momentum=0.5)
    for step in (1, 2, 3):
        before, velocity = state["images"].clone(), state["velocity"].clone()
        method.step(problem, state, Randomness(0).at(step))
        reference.grad = state["velocity"] - 0.5 * velocity  # the plain gradient of this step
        torch.testing.assert_close(before, reference.detach(), atol=1e-6, rtol=1e-5)
        optimizer.step()
    torch.testing.assert_close(state["images"], reference.detach(), atol=1e-6, rtol=1e-5)


def test_dm_is_zero_when_the_synthetic_set_is_the_real_set():
    problem = toy.problem(per_class=4)
    batch = problem.sampler.draw(Randomness(0), 4)
    synthetic = SyntheticSet.of_classes(batch.images, batch.labels, toy.CLASSES, "cpu")
    method = DistributionMatching(batch_real=4)
    state = method.init(problem, synthetic, Randomness(0))
    assert method.step(problem, state, Randomness(0).at(1))["loss"] < 1e-8


def test_class_means():
    values, classes = torch.tensor([[1.0], [3.0], [10.0]]), torch.tensor([0, 0, 2])
    means = class_means(values, classes, 3)
    assert means[0].item() == 2 and means[2].item() == 10


def test_dm_in_groups_of_classes_is_the_same_step(monkeypatch):
    """Memory is bounded by taking the synthetic set in groups of whole classes; the result may not depend on it."""
    from ddcore.networks.compute import Compute

    states = []
    for chunk in (1000, 2):
        monkeypatch.setattr(Compute, "chunk", lambda self, network, size=chunk: size)
        problem, method = toy.problem(), DistributionMatching(batch_real=5)
        state = method.init(problem, toy.synthetic(ipc=3), Randomness(0))
        method.step(problem, state, Randomness(0).at(1))
        states.append(state)
    torch.testing.assert_close(states[0]["images"], states[1]["images"], atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    ("size", "expected"), [(100, [(0, 7)]), (4, [(0, 3), (3, 7)]), (1, [(0, 2), (2, 3), (3, 7)]), (3, [(0, 3), (3, 7)])]
)
def test_groups_are_whole_classes_and_cover_all(size, expected):
    groups = class_groups(torch.tensor([0, 0, 1, 4, 4, 4, 4]), size)
    assert [(rows.start, rows.stop) for rows in groups] == expected
