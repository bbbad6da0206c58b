"""Scores by proxies of any kind: those of the network that is named, trained as it is and looked at image by image."""

import math

import numpy as np
import pytest
import torch
import toy
from reference import networks as torchs

from ddcore.data.device_images import DeviceImages
from ddcore.errors import BadInput
from ddcore.importance import score
from ddcore.importance.scoring import importance_of
from ddcore.parameters import named_by
from ddcore.places import cache_root
from ddcore.randomness import Randomness
from ddcore.training.experts import ExpertSchedule, train_expert

FEW = {"proxy_steps": 6, "passes": 2, "proxy_width": 4}
TEXTS = {  # what is asked for -> the network that it is
    "mlp": "mlp:width=4",
    "mlp:width=6,depth=1": "mlp:width=6,depth=1",
    "convnet:norm=batch": "convnet:norm=batch,width=4",
    "convnet:pooling=none,activation=swish": "convnet:pooling=none,activation=swish,width=4",
}


def naive(text, measure, seed=2):
    """(N,): what `measure(chain, image, label)` says of every image after steps 3 and 6, averaged."""
    images, labels = toy.images_and_labels()
    pool, network = DeviceImages(images, toy.MEAN, toy.STD, "cpu"), toy.network(text)
    passes = []
    for step, state in train_expert(network, pool, labels, ExpertSchedule(6), None, Randomness(seed), "expert"):
        if step in (3, 6):
            chain = torchs.module(network, state["parameters"], state["buffers"]).eval()
            passes.append([measure(chain, pool[[i]], torch.tensor([label])) for i, label in enumerate(labels)])
    return np.mean(passes, axis=0)


def loss(chain, image, label):
    with torch.no_grad():
        return torch.nn.functional.cross_entropy(chain(image).double(), label).item()


def el2n(chain, image, label):
    with torch.no_grad():
        error = chain(image).double().softmax(1)[0]
    error[label] -= 1
    return error.norm().item()


def grand(chain, image, label):
    """Length of the gradient in the last layer, by autograd."""
    cross_entropy = torch.nn.functional.cross_entropy(chain(image), label)
    gradients = torch.autograd.grad(cross_entropy, list(chain[-1].parameters()))
    return math.sqrt(sum(gradient.double().square().sum().item() for gradient in gradients))


@pytest.mark.parametrize("measure", [loss, el2n, grand], ids=lambda measure: measure.__name__)
@pytest.mark.parametrize("text", TEXTS)
def test_scores_are_the_naive_formula_of_the_network_that_is_named(text, measure):
    found = score(measure.__name__, proxy_network=text, **FEW).compute(toy.train_set(), 2).scores
    np.testing.assert_allclose(found, naive(TEXTS[text], measure), rtol=1e-4, atol=1e-6)


def test_depth_is_that_of_the_score_unless_the_text_has_its_own():
    train = toy.train_set()
    by_field, by_text, by_both = (
        score("loss", **FEW, **given).compute(train, 2).scores
        for given in (
            {"proxy_network": "mlp", "proxy_depth": 1},
            {"proxy_network": "mlp:depth=1"},
            {"proxy_network": "mlp:depth=1", "proxy_depth": 3},
        )
    )
    np.testing.assert_array_equal(by_field, by_text)
    np.testing.assert_array_equal(by_both, by_text)
    assert not np.array_equal(by_text, score("loss", **FEW, proxy_network="mlp").compute(train, 2).scores)


def test_scores_are_kept_by_network_and_those_of_the_usual_one_where_they_always_were():
    assert "proxy_network" not in named_by(score("loss", proxy_network="convnet"))
    dataset, texts = toy.dataset(), ("convnet", "mlp", "convnet:norm=batch")
    found = [importance_of(dataset, "loss", 0, **FEW, proxy_network=text).scores for text in texts]
    assert len(list((cache_root() / "importance").iterdir())) == 3
    assert not any(np.array_equal(found[one], found[other]) for one, other in ((0, 1), (0, 2), (1, 2)))


def test_several_networks_of_a_kind_are_averaged():
    train = toy.train_set()
    one, two = (score("el2n", proxy_network="mlp", networks=n, **FEW).compute(train, 2).scores for n in (1, 2))
    assert not np.allclose(one, two, rtol=1e-3)


@pytest.mark.parametrize(
    ("text", "given", "sentence"),
    [
        ("mlp:norm=batch", {}, "network 'mlp' has no parameter 'norm'; choose from width, depth."),
        ("convnet", {"proxy_depth": 4}, "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
        ("convnet:norm=group", {"proxy_width": 6}, "width=6 does not fit norm=group; choose a multiple of 4."),
    ],
)
def test_a_network_that_cannot_be_is_refused(text, given, sentence):
    with pytest.raises(BadInput) as refusal:
        score("loss", proxy_network=text, **FEW | given).compute(toy.train_set(), 0)
    assert str(refusal.value) == sentence
