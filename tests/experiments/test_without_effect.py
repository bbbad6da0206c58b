"""Parameters that forms ask for only beside certain others: without those they change nothing, with them they do."""

from dataclasses import fields

import numpy as np
import pytest
import torch
import toy

from ddcore.distillers import DISTILLERS
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.parameters import matters, schema
from ddcore.randomness import Randomness

REGISTRIES = {"scores": SCORES, "initialisers": INITIALISERS, "distillers": DISTILLERS}
NEEDED = {"sample_depths": {"hidden": 6}, "pool_steps": {"pool_size": 1}}
OTHER = {"num_features": 3, "bandwidth": 0.7, "hidden": 2, "sample_depths": True, "rbf_width": 3.0, "solve_every": 1,
         "lr_mixing": 0.3, "lr_scale": 0.3, "feature_network": "mlp:depth=1", "feature_seed": 1,
         "pool_size": 1, "pool_steps": 0, "calibration": 0.5}  # fmt: skip
CONDITIONAL = [
    (kind, name, field)
    for kind, registry in REGISTRIES.items()
    for name in registry.names()
    for field in schema(registry.get(name))
    if field["when"]
]


def result(kind, name, **parameters):
    """What a method comes to: scores, a synthetic set, or the state after two steps."""
    method = REGISTRIES[kind].make(name, **{**toy.small(kind, name), **parameters})
    if kind == "scores":
        return [method.compute(toy.train_set(12), seed=0).scores]
    if kind == "initialisers":
        return [method.start(toy.train_set(12), 2, 0).images]
    problem = toy.problem()
    state = method.init(problem, toy.synthetic(), Randomness(0))
    for step in (1, 2):
        method.step(problem, state, Randomness(0).at(step))
    return [value.numpy() for value in state.values() if isinstance(value, torch.Tensor)]


def changes(kind, name, field, beside):
    beside = NEEDED.get(field["name"], {}) | beside
    usual = result(kind, name, **beside)
    changed = result(kind, name, **beside, **{field["name"]: OTHER[field["name"]]})
    return any(not np.array_equal(one, other) for one, other in zip(usual, changed, strict=True))


@pytest.mark.parametrize(
    ("kind", "name", "field"), CONDITIONAL, ids=lambda part: part if isinstance(part, str) else part["name"]
)
def test_a_parameter_matters_only_beside_the_values_it_names(kind, name, field):
    """Tried with up to two of the others' values, so that no proxy network has to be trained."""
    for other, allowed in field["when"].items():
        row = next(row for row in schema(REGISTRIES[kind].get(name)) if row["name"] == other)
        idle = [value for value in row["choices"] or (True, False) if value not in allowed][:2]
        assert idle, f"{field['name']} of {name} names every value of {other}"
        assert not any(matters(field, {other: value}) or changes(kind, name, field, {other: value}) for value in idle)
        assert any(changes(kind, name, field, {other: value}) for value in allowed[:2])


def test_what_a_parameter_depends_on_is_asked_for_before_it():
    """Forms ask in the order of the fields."""
    for kind, name, field in CONDITIONAL:
        names = [one.name for one in fields(REGISTRIES[kind].get(name))]
        for other in field["when"]:
            assert names.index(other) < names.index(field["name"])


def test_one_of_several_conditions_is_enough():
    field = {"when": {"solve_in": ["rff"], "features": ["rff", "kernel"]}}
    assert matters(field, {"solve_in": "pca", "features": "kernel"})
    assert not matters(field, {"solve_in": "pca", "features": "pca"})
    assert matters({"when": {}}, {})
