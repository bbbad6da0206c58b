"""Experts, students and pools with any network: their state is all that is needed, and says what is tested."""

import copy
import io
import math

import pytest
import torch
import torch.nn.functional as F
import toy
from reference import networks as torchs

from ddcore.data.device_images import DeviceImages
from ddcore.distillers.frepo import NeuralFeatureRegression
from ddcore.loop import distill
from ddcore.networks.base import Trained
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.training import students
from ddcore.training.augmentation import Augmentation
from ddcore.training.experts import ExpertSchedule, finished_expert, outputs, train_expert
from ddcore.training.optimisers import EFFICIENT_ADAM, Optimiser, fresh_moments, sgd
from ddcore.training.protocols import Protocol
from ddcore.training.students import evaluate, one_of, train_students
from ddcore.training.testing import accuracies
from ddcore.training.trainer import Step, Trainer, in_chunks, plain, side_by_side, trained

BATCH_NORM = "convnet:norm=batch,width=4"
TEXTS = ["convnet:width=4", "mlp:width=6,depth=2", BATCH_NORM]
EVERY = pytest.mark.parametrize("text", TEXTS)
SCHEDULE = ExpertSchedule(7, batch=10)
PROTOCOL = Protocol("test", epochs=4, repeats=2, batch=4)
IMAGES, LABELS = toy.images_and_labels()
POOL = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")


def kept(state):
    """A state written to a file and read, as a checkpoint is."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def assert_same(one, other):
    """Bit for bit, through dicts."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        if isinstance(value, dict):
            assert_same(value, other[name])
        else:
            assert torch.equal(value, other[name]), name


def stacked(count):
    s = toy.synthetic(ipc=2)
    return s.images.expand(count, *s.images.shape), s.targets.expand(count, *s.targets.shape)


# -- what a state is


@EVERY
@pytest.mark.parametrize("optimiser", [EFFICIENT_ADAM, sgd(0.9, 5e-4)], ids=["adam", "sgd"])
def test_a_state_is_parameters_their_moments_and_running_statistics(text, optimiser):
    network = toy.network(text)
    parameters = network.init(Randomness(0).torch("network"))
    trainer = Trainer(plain(network), optimiser, F.cross_entropy)
    state = trainer.begin(parameters, network.fresh_buffers("cpu"))
    assert state.keys() == {"parameters", "moments", "buffers"} and state["parameters"] is parameters
    assert state["moments"].keys() == parameters.keys()
    names = {f"norm{block}.{what}" for block in (0, 1) for what in ("mean", "variance")}
    assert set(state["buffers"]) == (names if text == BATCH_NORM else set())
    assert (trained(state).buffers is None) == (text != BATCH_NORM)
    before = copy.deepcopy(state)
    trainer.step(state, Step(POOL[:6], torch.as_tensor(LABELS[:6]), 0.01))
    assert state["parameters"] is parameters, "changed in place"
    assert not torch.equal(parameters["linear.weight"], before["parameters"]["linear.weight"])
    for name in state["buffers"]:
        assert not torch.equal(state["buffers"][name], before["buffers"][name])
    assert not any(value.requires_grad for value in parameters.values())


def test_a_restart_forgets_the_moments_and_nothing_else():
    network = toy.network(BATCH_NORM)
    trainer = Trainer(plain(network), EFFICIENT_ADAM, F.cross_entropy)
    state = trainer.begin(network.init(Randomness(0).torch("network")), network.fresh_buffers("cpu"))
    step = Step(POOL[:6], torch.as_tensor(LABELS[:6]), 0.01)
    for _ in trainer.run(state, [step] * 3):
        pass
    afresh = copy.deepcopy(state) | {"moments": {n: fresh_moments(v) for n, v in state["parameters"].items()}}
    trainer.step(afresh, step)
    for _ in trainer.run(state, [step._replace(restart=True)]):
        pass
    assert_same(state, afresh)
    assert int(state["moments"]["linear.bias"]["count"]) == 1


@EVERY
def test_in_chunks_a_step_is_the_same(text, monkeypatch):
    """By plain gradient descent: Adam would make much of rounding where a gradient is zero."""
    network, found = toy.network(text), []
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 4)
    descent = Optimiser(lambda values: {}, lambda values, gradient, moments, lr: values.sub_(gradient, alpha=lr))
    for forward in (plain(network), in_chunks(network, Compute())):
        trainer = Trainer(forward, descent, F.cross_entropy)
        state = trainer.begin(network.init(Randomness(0).torch("network")), network.fresh_buffers("cpu"))
        trainer.step(state, Step(POOL[:], torch.as_tensor(LABELS), 0.1))
        found.append(state["parameters"] | state["buffers"])
    torch.testing.assert_close(found[0], found[1], atol=1e-6, rtol=1e-4)


# -- stopping


@EVERY
@pytest.mark.parametrize("augmented", [False, True])
def test_an_expert_stopped_after_any_step_goes_on_as_if_never_stopped(text, augmented):
    """Of 7 steps, two an epoch: before the first, within an epoch, at its end, after the last."""
    network = toy.network(text)

    def go(resume_from=None):
        given = POOL, LABELS, SCHEDULE, Augmentation() if augmented else None, Randomness(2), "expert"
        return [(step, copy.deepcopy(state)) for step, state in train_expert(network, *given, resume_from)]

    whole = go()
    assert [step for step, _ in whole] == list(range(1, 8))
    for stopped_after in range(1, 8):
        rest = go((stopped_after, kept(whole[stopped_after - 1][1])))
        assert [step for step, _ in rest] == list(range(stopped_after + 1, 8))
        for (_, state), (_, again) in zip(whole[stopped_after:], rest, strict=True):
            assert_same(state, again)
    assert_same(go()[-1][1], whole[-1][1])


@EVERY
def test_students_stopped_after_any_step_go_on_as_if_never_stopped(text):
    """Of 8 steps, with the optimiser's restart at the seventh."""
    network, (images, targets) = toy.network(text), stacked(2)
    streams = [students._stream(Randomness(5), number) for number in range(2)]
    trainer = Trainer(side_by_side(network), sgd(0.9, 5e-4), students._cross_entropies)
    steps = list(students._steps(images, targets, PROTOCOL, Augmentation(), streams))
    assert [step.restart for step in steps] == [False] * 6 + [True, False]
    drawn = [network.init(stream.torch("student-network")) for stream in streams]
    state = trainer.begin(students._stacked(drawn), students._stacked([network.fresh_buffers("cpu")] * 2))
    whole = [kept(state), *(copy.deepcopy(after) for after in trainer.run(state, steps))]
    for stopped_after in range(len(steps)):
        rest = [copy.deepcopy(s) for s in trainer.run(kept(whole[stopped_after]), steps[stopped_after:])]
        for expected, again in zip(whole[stopped_after + 1 :], rest, strict=True):
            assert_same(expected, again)
    ours = train_students(network, images, targets, PROTOCOL, Augmentation(), Compute(), Randomness(5))
    assert_same(ours.parameters, whole[-1]["parameters"])
    assert_same(ours.buffers or {}, whole[-1]["buffers"])


def test_a_pool_with_running_statistics_stopped_after_any_step_goes_on_as_if_never_stopped():
    """And a network that is drawn anew begins with statistics of nothing."""
    method = NeuralFeatureRegression(batch_real=4, pool_size=2, max_online_updates=1)

    def go(resume_from=None):
        problem = toy.problem(through=BATCH_NORM)
        return [copy.deepcopy(event.state) for event in distill(problem, method, toy.synthetic(), 5, 0, resume_from)]

    def networks(state):
        return [{n: value[place] for n, value in state["pool"]["buffers"].items()} for place in (0, 1)]

    whole, fresh = go(), toy.network(BATCH_NORM).fresh_buffers("cpu")
    for one in networks(whole[0]):
        assert_same(one, fresh)
    drawn, learned = 0, 0
    for before, after in zip(whole, whole[1:], strict=False):
        weights = [state["pool"]["parameters"]["linear.weight"] for state in (before, after)]
        (place,) = (place for place in (0, 1) if not torch.equal(weights[0][place], weights[1][place]))
        assert_same(networks(before)[1 - place], networks(after)[1 - place])
        if after["pool"]["ages"][place] == 0:
            assert_same(networks(after)[place], fresh)
            drawn += 1
        else:
            assert not any(torch.equal(networks(after)[place][name], networks(before)[place][name]) for name in fresh)
            learned += 1
    assert drawn and learned
    for stopped_after in range(5):
        rest = go((stopped_after, kept(whole[stopped_after])))
        for state, again in zip(whole[stopped_after + 1 :], rest, strict=True):
            assert_same(state, again)


# -- against PyTorch's own


@EVERY
def test_an_expert_is_pytorchs_network_trained_by_its_adam(text):
    """Its biases before a norm have no gradient but rounding, of which Adam makes much: those are taken over."""
    network, rng = toy.network(text), Randomness(2)
    chain = torchs.module(network, network.init(rng.torch("expert")))
    optimiser = torch.optim.Adam(chain.parameters())
    training = train_expert(network, POOL, LABELS, SCHEDULE, None, rng, "expert")
    for step, state in training:
        order = rng.at((step - 1) // 2).numpy("expert-epoch").permutation(24)
        chosen = order[(step - 1) % 2 * 10 :][:10]
        optimiser.param_groups[0]["lr"] = 1e-3 * (1 + math.cos(math.pi * (step - 1) / 7)) / 2
        optimiser.zero_grad()
        F.cross_entropy(chain(POOL[chosen]), torch.as_tensor(LABELS[chosen])).backward()
        optimiser.step()
        for name, value in torchs.named(chain).items():
            if name.startswith("conv") and name.endswith("bias"):
                value.data.copy_(state["parameters"][name])
    expected = torchs.named(chain) | torchs.statistics(chain)
    found = state["parameters"] | state["buffers"]
    torch.testing.assert_close(found, {n: v.detach() for n, v in expected.items()}, atol=1e-4, rtol=1e-3)


@EVERY
def test_students_are_pytorchs_networks_and_are_tested_by_running_statistics(text):
    """As `test_evaluation` has it for the usual network, to the accuracy itself."""
    network, (images, targets) = toy.network(text), stacked(1)
    protocol = Protocol("test", epochs=12, repeats=1, batch=4, lr_student=0.1)
    ours = train_students(network, images, targets, protocol, None, Compute(), Randomness(5))
    stream = students._stream(Randomness(5), 0)
    chain = torchs.module(network, network.init(stream.torch("student-network")))
    for epoch in range(12):
        if epoch in (0, 7):
            lr = 0.1 if epoch == 0 else 0.01
            optimiser = torch.optim.SGD(chain.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)
        order = stream.at(epoch).numpy("student-epoch").permutation(6)
        for chosen in (order[:4], order[4:]):
            optimiser.zero_grad()
            F.cross_entropy(chain(images[0][chosen]), targets[0][chosen]).backward()
            optimiser.step()
    one = one_of(ours, 0)
    found = one.parameters | (one.buffers or {})
    expected = {n: v.detach() for n, v in (torchs.named(chain) | torchs.statistics(chain)).items()}
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)
    right = (chain.eval()(POOL[:]).argmax(1).numpy() == LABELS).mean()
    assert accuracies(network, [one], POOL, LABELS, Compute()) == (pytest.approx(right),)
    given = [(images[0], targets[0])]
    evaluated = evaluate(network, given, POOL, LABELS, protocol, None, Compute(), seed=5)
    assert evaluated.values == (pytest.approx(right),)


@pytest.mark.parametrize("text", TEXTS[1:])
def test_students_side_by_side_are_the_same_as_one_by_one(text):
    network, (images, targets) = toy.network(text), stacked(3)
    together = train_students(network, images, targets, PROTOCOL, Augmentation(), Compute(), Randomness(0))
    for number in range(3):
        alone = train_students(
            network, images[:1], targets[:1], PROTOCOL, Augmentation(), Compute(), Randomness(0), first=number
        )
        both = [one.parameters | (one.buffers or {}) for one in (one_of(together, number), one_of(alone, 0))]
        torch.testing.assert_close(both[0], both[1], atol=1e-5, rtol=1e-4)
    assert (together.buffers is None) == (text != BATCH_NORM)


@EVERY
def test_a_machine_that_trains_all_at_once_finds_the_same_accuracies(text, monkeypatch):
    network, s = toy.network(text), toy.synthetic(ipc=2)
    sets = [(s.images, s.targets), (s.images.flip(3), s.targets)]
    found = []
    for kind in ("cpu", "as a GPU"):
        monkeypatch.setattr(Compute, "kind", kind)
        found.append(evaluate(network, sets, POOL, LABELS, PROTOCOL, None, Compute(), seed=1).values)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("kind", "width", "batch", "count", "until", "expected"),
    [
        ("cpu", 32, 10, 5, None, 5),  # 10 images of 8 x 8 pixels and 32 channels: the calls are what costs
        ("cpu", 32, 10, 20, None, 10),
        ("cpu", 32, 10, 4, None, 1),
        ("cpu", 32, 100, 5, None, 1),
        ("cpu", 32, 50, 20, None, 10),
        ("cpu", 32, 100, 20, None, 1),
        ("cpu", 256, 10, 5, None, 1),
        ("cpu", 32, 10, 20, 0.5, 1),
        ("cuda", 32, 100, 20, None, 20),
        ("cuda", 32, 100, 20, 0.5, 3),
        ("cuda", 4096, 256, 20, None, 2),  # as many as fit into what a GPU is given at once
    ],
)
def test_how_many_train_at_once_is_a_function_of_shapes(kind, width, batch, count, until, expected):
    network, protocol = toy.network(f"convnet:width={width}"), Protocol("test", 1, count, until=until)
    assert students.students_at_once(network, batch, protocol, Compute(kind), count) == expected


def test_small_students_train_side_by_side_on_a_cpu_to_the_same_accuracies(monkeypatch):
    network, s, sizes, found = toy.network("convnet:width=4"), toy.synthetic(ipc=2), [], []
    train = students.train_students

    def counted(network, images, *rest, **about):
        sizes.append(len(images))
        return train(network, images, *rest, **about)

    monkeypatch.setattr(students, "train_students", counted)
    for most in (students._TOGETHER, 0):
        monkeypatch.setattr(students, "_TOGETHER", most)
        given = [(s.images, s.targets)] * 5, POOL, LABELS, PROTOCOL, Augmentation(), Compute()
        found.append(evaluate(network, *given, seed=1).values)
    assert sizes == [5, 1, 1, 1, 1, 1] and found[0] == found[1]


# -- testing


@EVERY
def test_what_is_tested_does_not_depend_on_what_it_is_tested_with(text, monkeypatch):
    """Outputs of an expert, and accuracies, in chunks of any size: running statistics, where there are any."""
    network = toy.network(text)
    expert = finished_expert(train_expert(network, POOL, LABELS, SCHEDULE, None, Randomness(0), "expert"), SCHEDULE)
    found = []
    for size in (100, 1):
        monkeypatch.setattr(Compute, "chunk", lambda self, network, size=size: size)
        parts = list(outputs(network, expert, POOL, Compute()))
        assert sum(part.stop - part.start for part, _, _ in parts) == 24
        logits, features = (torch.cat([part[place] for part in parts]) for place in (1, 2))
        found.append((logits, features, accuracies(network, [expert], POOL, LABELS, Compute())))
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=1e-4)
    chain = torchs.module(network, expert.parameters, expert.buffers).eval()
    torch.testing.assert_close(found[0][0], chain(POOL[:]).detach(), atol=1e-5, rtol=1e-4)
    right = (found[0][0].argmax(1).numpy() == LABELS).mean()
    assert found[0][2] == (pytest.approx(right),)


def test_students_are_tested_without_a_graph_in_full_chunks(monkeypatch):
    network, seen = toy.network("convnet:width=4"), []
    logits = type(network).logits

    def watched(self, parameters, images, buffers=None):
        found = logits(self, parameters, images, buffers)
        seen.append((len(images), found.requires_grad))
        return found

    monkeypatch.setattr(Compute, "chunk", lambda self, network: 10)
    monkeypatch.setattr(type(network), "logits", watched)
    learning = {n: v.requires_grad_() for n, v in network.init(Randomness(0).torch("network")).items()}
    accuracies(network, [Trained(learning)] * 2, POOL, LABELS, Compute())
    assert seen == [(size, False) for size in (10, 10, 10, 10, 4, 4)]


def test_a_network_is_tested_by_the_statistics_it_has_even_where_these_are_far_off():
    network = toy.network(BATCH_NORM)
    parameters = network.init(Randomness(0).torch("network"))
    far = {name: value + 2 for name, value in network.fresh_buffers("cpu").items()}
    logits = torch.cat([rows for _, rows, _ in outputs(network, Trained(parameters, far), POOL, Compute())])
    torch.testing.assert_close(logits, torchs.module(network, parameters, far).eval()(POOL[:]).detach())
    assert not torch.allclose(logits, network.logits(parameters, POOL[:]))
