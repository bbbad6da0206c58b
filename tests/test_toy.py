"""What methods are tested with: parameters that they have, of methods that there are."""

import pytest
import toy

from ddcore.distillers import DISTILLERS
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.networks import NETWORKS
from ddcore.sampling.following import FOLLOWERS

KINDS = {
    "distillers": DISTILLERS, "followers": FOLLOWERS, "initialisers": INITIALISERS, "scores": SCORES,
}  # fmt: skip
METHODS = [(kind, name) for kind, registry in KINDS.items() for name in registry.names()]


@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_every_method_takes_its_small_parameters(kind, name):
    given = toy.small(kind, name)
    made = KINDS[kind].make(name, **given)
    assert {key: getattr(made, key) for key in given} == given


@pytest.mark.parametrize("name", NETWORKS.names())
def test_every_network_takes_its_small_parameters(name):
    given = toy.small("networks", name)
    made = NETWORKS.make(name, shape=(1, 8, 8), num_classes=toy.CLASSES, **given)
    assert {key: getattr(made, key) for key in given} == given


def test_nothing_is_kept_for_methods_that_are_gone():
    for kind, registry in (KINDS | {"networks": NETWORKS}).items():
        assert toy.SMALL[kind].keys() <= set(registry.names())


def test_small_parameters_cannot_be_changed_by_who_takes_them():
    toy.small("distillers", "dm")["batch_real"] = 9
    assert toy.small("distillers", "dm") != toy.small("distillers", "dm") | {"batch_real": 9}
