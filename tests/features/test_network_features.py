"""Features of a small trained network, of any kind that is named, and every door through which it is named."""

import numpy as np
import pytest
import torch
import toy
from reference import networks as torchs

from ddcore.bench.contests import contest
from ddcore.bench.settings import BenchSettings
from ddcore.data.device_images import DeviceImages
from ddcore.errors import BadInput
from ddcore.features import network as network_module
from ddcore.features.making import make_features
from ddcore.features.network import network_features, trained_features
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.maps.embedding import MapSettings
from ddcore.parameters import named_by
from ddcore.progress import silent
from ddcore.randomness import Randomness
from ddcore.runs.jobs import mapping
from ddcore.training.experts import ExpertSchedule, finished_expert, train_expert


@pytest.mark.usefixtures("short_training")
def test_more_features_than_asked_for_are_cut_to_principal_components(train_set):
    train = train_set(40)
    full = trained_features(train, seed=0)
    assert full.shape == (120, 128)
    np.testing.assert_array_equal(network_features(train, 128, seed=0), full)
    cut = network_features(train, 5, seed=0)
    left, sizes, _ = np.linalg.svd(full - full.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(cut), np.abs(left[:, :5] * sizes[:5]), atol=1e-3 * sizes[0])


def test_a_trained_network_separates_the_classes_better_than_pixels(train_set, monkeypatch):
    monkeypatch.setattr("ddcore.features.network._SCHEDULE", ExpertSchedule(30))
    train = train_set(20)

    def separation(points):
        """Share of the variance that lies between classes."""
        means = np.stack([points[train.labels == label].mean(axis=0) for label in range(3)])
        return np.square(means - points.mean(axis=0)).sum() / 3 / points.var(axis=0).sum()

    assert separation(trained_features(train, seed=0)) > separation(train.pixels) + 0.1


TEXTS = {  # what is asked for -> the network that it is
    "convnet": "convnet:width=32",
    "mlp": "mlp:width=32",
    "mlp:width=6,depth=1": "mlp:width=6,depth=1",
    "convnet:norm=batch,width=4": "convnet:norm=batch,width=4",
}


@pytest.mark.usefixtures("short_training")
@pytest.mark.parametrize("text", TEXTS)
def test_features_are_those_of_the_network_that_is_named_image_by_image(train_set, text):
    train, network = train_set(), toy.network(TEXTS[text])
    images, schedule = DeviceImages.of(train, "cpu"), ExpertSchedule(3)
    expert = finished_expert(
        train_expert(network, images, train.labels, schedule, None, Randomness(0), "map"), schedule
    )
    chain = torchs.module(network, expert.parameters, expert.buffers).eval()[:-1]
    expected = torch.cat([chain(images[[place]]) for place in range(len(images))]).detach().numpy()
    found = trained_features(train, seed=0, text=text)
    assert found.shape == (24, network.num_features) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=1e-4)
    np.testing.assert_array_equal(make_features("network", train, 4096, 0, network=text), found)
    assert make_features("network", train, 3, 0, network=text).shape == (24, 3)


DOORS = [
    (SCORES.get("ridge"), {"features": "network"}),
    (INITIALISERS.get("herding"), {"seen_in": "network"}),
    (INITIALISERS.get("k-center"), {"seen_in": "network"}),
    (INITIALISERS.get("ridge-coreset"), {"solve_in": "network"}),
    (MapSettings, {"features": "network"}),
    (BenchSettings, {"features": "network"}),
]
EVERY_DOOR = pytest.mark.parametrize(("door", "given"), DOORS, ids=lambda part: getattr(part, "__name__", ""))


def test_no_door_is_forgotten():
    """Every method that lets one choose its network."""
    classes = [registry.get(name) for registry in (SCORES, INITIALISERS) for name in registry.names()]
    found = {cls for cls in classes if "feature_network" in cls.__dataclass_fields__}
    assert found == {door for door, _ in DOORS} - {MapSettings, BenchSettings}


@EVERY_DOOR
def test_what_is_kept_is_kept_by_network_and_that_of_the_usual_one_where_it_always_was(door, given):
    usual, *others = (named_by(door(**given, feature_network=text)) for text in TEXTS)
    assert usual == named_by(door(**given)) and "feature_network" not in usual
    assert [other["feature_network"] for other in others] == list(TEXTS)[1:]


@pytest.mark.usefixtures("short_training")
@EVERY_DOOR
def test_every_door_sees_through_the_network_that_is_named(door, given, train_set, monkeypatch):
    """Whatever else it does: it asks for features of that network, and refuses one that cannot be."""
    asked = []

    def watched(*arguments, plain=network_module.trained_network):
        asked.append(arguments[-1])
        return plain(*arguments)

    monkeypatch.setattr(network_module, "trained_network", watched)
    monkeypatch.setattr(mapping, "trained_network", watched)

    def use(text):
        method = door(**given, feature_network=text)
        if door is MapSettings:
            return mapping.map_features(toy.dataset(), method, silent)[0]
        if door is BenchSettings:
            return contest(train_set(), method, "cpu", silent).own
        if hasattr(method, "compute"):
            return method.compute(train_set(), 0).scores
        return method.start(train_set(), 2, 0).images

    one, other = use("mlp:width=6"), use("convnet:norm=batch,width=4")
    assert asked == ["mlp:width=6", "convnet:norm=batch,width=4"]
    assert one.shape != other.shape or not np.array_equal(one, other)
    with pytest.raises(BadInput, match="network 'mlp' has no parameter 'norm'; choose from width, depth."):
        use("mlp:norm=batch")
