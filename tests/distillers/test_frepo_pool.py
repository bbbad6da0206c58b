"""The pool of networks of FRePo: their ages, when they are drawn anew, what they learn from, and going on."""

import copy

import pytest
import torch
import toy
from reference.frepo import assert_same_network, equal, made, network_at, started, torch_adam, torch_step

from ddcore.distillers import frepo
from ddcore.loop import distill
from ddcore.randomness import Randomness


@pytest.mark.parametrize(
    ("networks", "most", "ages"),
    [(10, 100, list(range(0, 100, 10))), (4, 10, [0, 2, 5, 7]), (1, 5, [0]), (2, 0, [0, 0])],
)
def test_ages_are_staggered_at_the_start(networks, most, ages):
    state = started(made(pool_size=networks, max_online_updates=most))
    assert state["pool"]["ages"].tolist() == ages and state["pool"]["ages"].dtype == torch.int64
    weights = state["pool"]["parameters"]["conv0.weight"]
    assert len(weights) == networks and len(weights.unique(dim=0)) == networks, "different networks"


def test_a_network_is_drawn_anew_exactly_when_it_is_too_old():
    method, problem = made(pool_size=1, max_online_updates=2), toy.problem()
    state = started(method, problem)
    for step, age in ((1, 1), (2, 2), (3, 0), (4, 1), (5, 2), (6, 0)):
        before, rng = network_at(state, 0), Randomness(0).at(step)
        method.step(problem, state, rng)
        drawn = equal(network_at(state, 0), problem.network.init(rng.torch("pool-network")))
        assert state["pool"]["ages"].tolist() == [age] and drawn == (age == 0)
        assert not equal(network_at(state, 0), before)
        for moments in state["pool"]["moments"].values():
            assert moments["count"].tolist() == [age] and (moments["second"].any() == (age > 0))


def test_the_age_at_the_start_is_not_the_count_of_its_adam():
    method, problem = made(pool_size=2, max_online_updates=10), toy.problem()
    state = started(method, problem)
    assert state["pool"]["ages"].tolist() == [0, 5]
    for step in range(1, 4):
        method.step(problem, state, Randomness(0).at(step))
    counts = state["pool"]["moments"]["linear.bias"]["count"]
    assert counts.sum() == 3 and state["pool"]["ages"].tolist() == (counts + torch.tensor([0, 5])).tolist()


def test_one_network_learns_at_a_step_and_all_have_their_turns():
    method, problem = made(pool_size=3), toy.problem()
    state, picked = started(method, problem), set()
    for step in range(1, 13):
        before = copy.deepcopy(state["pool"])
        method.step(problem, state, Randomness(0).at(step))
        for tensors, old in (
            (state["pool"]["parameters"]["conv0.weight"], before["parameters"]["conv0.weight"]),
            (state["pool"]["moments"]["linear.weight"]["first"], before["moments"]["linear.weight"]["first"]),
            (state["pool"]["ages"], before["ages"]),
        ):
            changed = [place for place in range(3) if not torch.equal(tensors[place], old[place])]
            assert len(changed) == 1
            picked.add(changed[0])
    assert picked == {0, 1, 2}


def test_networks_are_held_fixed_while_the_images_move():
    method, problem = made(lr_network=0.0), toy.problem()
    state = started(method, problem)
    before = copy.deepcopy(state)
    method.step(problem, state, Randomness(0).at(1))
    assert not torch.equal(state["images"], before["images"])
    assert equal(state["pool"]["parameters"], before["pool"]["parameters"])
    parameters = state["pool"]["parameters"].values()
    assert all(value.grad is None and not value.requires_grad for value in parameters)


def test_a_network_learns_from_so_many_images_and_no_more(monkeypatch):
    monkeypatch.setattr(frepo, "MOST_IMAGES", 4)
    method, problem = made(pool_size=1), toy.problem()
    state, rng = started(method, problem), Randomness(0).at(1)
    leaves, optimizer = torch_adam(network_at(state, 0), method.lr_network)
    method.step(problem, state, rng)
    chosen = torch.as_tensor(rng.numpy("network-images").choice(6, 4, replace=False))
    images, labels, weights = (state[name][chosen] for name in ("images", "labels", "weights"))
    torch_step(problem.network, leaves, optimizer, images, labels, weights)
    assert_same_network(network_at(state, 0), leaves)


@pytest.mark.parametrize("stopped_after", range(6))
def test_stopping_while_networks_are_drawn_anew_is_never_having_stopped(stopped_after, tmp_path):
    method = made(pool_size=2, max_online_updates=1)

    def go(resume_from=None):
        given = toy.synthetic() if resume_from is None else None
        for event in distill(toy.problem(), method, given, 6, 0, resume_from):
            yield event.step, dict(event.metrics), copy.deepcopy(event.state)

    whole = list(go())
    drawn = sum(
        (after["pool"]["ages"] < before["pool"]["ages"]).any().item()
        for (_, _, before), (_, _, after) in zip(whole, whole[1:], strict=False)
    )
    assert drawn >= 2, "networks are drawn anew within the test"
    torch.save({"step": stopped_after, "state": whole[stopped_after][2]}, tmp_path / "checkpoint")
    read = torch.load(tmp_path / "checkpoint", weights_only=True)
    rest = list(go((read["step"], read["state"])))
    assert [step for step, _, _ in rest] == list(range(stopped_after + 1, 7))
    for (_, metrics, state), (_, metrics_again, state_again) in zip(whole[stopped_after + 1 :], rest, strict=True):
        assert metrics == metrics_again and equal(state, state_again)
