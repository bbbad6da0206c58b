"""Importance of a dataset as it is kept: computed once, and the same when read again."""

import numpy as np
import pytest
import toy

from ddcore.data.train_set import TrainSet, train_set
from ddcore.errors import BadInput
from ddcore.files import write_npz
from ddcore.importance.kmeans import KMeansSensitivity
from ddcore.importance.loss import RelativeLoss
from ddcore.importance.scoring import features_seen, importance_of, kept_importance, packed, unpacked
from ddcore.places import cache_root
from ddcore.runs.folder import create_job
from ddcore.runs.worker import work

QUICK = toy.small("scores", "loss")


def test_scores_are_computed_once_and_read_again(monkeypatch):
    dataset = toy.dataset()
    first = importance_of(dataset, "loss", seed=0, **QUICK)
    monkeypatch.setattr(RelativeLoss, "compute", lambda *_: pytest.fail("computed again"))
    np.testing.assert_array_equal(importance_of(dataset, "loss", seed=0, **QUICK).scores, first.scores)
    with pytest.raises(pytest.fail.Exception):
        importance_of(dataset, "loss", seed=1, **QUICK)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"scores"),
        lambda path: np.savez(path, centers=np.ones((2, 2))),
        lambda path: np.savez(path, scores=np.ones(5)),
        lambda path: np.savez(path, scores=np.full(24, np.nan)),
        lambda path: np.savez(path, scores=-np.ones(24)),
        lambda path: np.savez(path, scores=np.ones(24), term_distance=np.ones(3)),
        lambda path: np.savez(path, scores=np.array(["a"] * 24)),
    ],
)
def test_a_damaged_file_is_replaced(damage):
    dataset = toy.dataset()
    first = importance_of(dataset, "kmeans", seed=0, clusters=3)
    (path,) = (cache_root() / "importance").iterdir()
    damage(path)
    assert kept_importance(path, 24) is None
    np.testing.assert_array_equal(importance_of(dataset, "kmeans", seed=0, clusters=3).scores, first.scores)
    np.testing.assert_array_equal(kept_importance(path, 24).scores, first.scores)


def test_terms_and_centres_survive_being_packed():
    found = importance_of(toy.dataset(), "kmeans", seed=0, clusters=3)
    arrays = packed(found)
    assert {"scores", "term_distance", "term_spread", "term_small", "centers"} == set(arrays)
    again = unpacked(arrays)
    np.testing.assert_allclose(sum(again.terms.values()), again.scores)
    np.testing.assert_array_equal(again.centers, found.centers)


def test_relative_loss_is_the_mean_of_the_losses_taken_while_the_proxy_trains():
    """Against a plain loop over the same training, taking every image's cross-entropy one at a time."""
    import torch

    from ddcore.data.device_images import DeviceImages
    from ddcore.networks.convnet import ConvNet
    from ddcore.randomness import Randomness
    from ddcore.training.experts import ExpertSchedule, train_expert

    images, labels = toy.images_and_labels()
    train = TrainSet(images, labels, toy.MEAN, toy.STD, toy.CLASSES)
    ours = RelativeLoss(proxy_steps=6, passes=3, proxy_width=4).compute(train, seed=2).scores
    pool, network, expected = DeviceImages(images, toy.MEAN, toy.STD, "cpu"), ConvNet((1, 8, 8), 3, 4, 2), 0
    for step, state in train_expert(network, pool, labels, ExpertSchedule(6), None, Randomness(2), "expert"):
        if step in (2, 4, 6):
            logits = torch.cat([network.logits(state["parameters"], pool[[i]]) for i in range(len(pool))]).double()
            expected = expected - torch.log_softmax(logits, 1)[range(len(labels)), labels].numpy() / 3
    np.testing.assert_allclose(ours, expected, rtol=1e-4)


def test_a_mislabelled_image_has_a_high_relative_loss():
    images, labels = toy.images_and_labels(per_class=30)
    labels[5] = 2  # class 0 called class 2
    train = TrainSet(images, labels, toy.MEAN, toy.STD, toy.CLASSES)
    scores = RelativeLoss(proxy_steps=60, proxy_width=8).compute(train, seed=0).scores
    assert scores.argmax() == 5


def test_progress_may_stop_it():
    class Enough(Exception):
        pass

    def progress(done, total, note):
        raise Enough

    with pytest.raises(Enough):
        importance_of(toy.dataset(), "loss", seed=0, progress=progress, **QUICK)


def test_features_are_pixels_unless_the_score_has_its_own(monkeypatch):
    dataset = toy.dataset()
    np.testing.assert_array_equal(features_seen(dataset, "loss", 0, **QUICK), train_set(dataset).pixels)

    def features_of(self, train, seed, progress):
        return np.full((len(train.labels), self.clusters), seed, np.float32)

    monkeypatch.setattr(KMeansSensitivity, "features_of", features_of, raising=False)
    np.testing.assert_array_equal(features_seen(dataset, "kmeans", 7, clusters=3), np.full((24, 3), 7))


def test_unknown_scores_and_parameters_are_refused():
    with pytest.raises(BadInput, match="'luck' is unknown; choose one of uniform"):
        importance_of(toy.dataset(), "luck", seed=0)
    with pytest.raises(BadInput, match="has no parameter 'clusters'"):
        importance_of(toy.dataset(), "loss", seed=0, clusters=3)


def test_what_was_kept_without_how_often_proxies_were_right_is_completed():
    dataset, small = toy.dataset(), toy.small("scores", "margin")
    first = importance_of(dataset, "margin", 0, **small)
    (path,) = (cache_root() / "importance").glob("*.npz")
    assert kept_importance(path, len(dataset.train)).right.tolist() == first.right.tolist()
    write_npz(path, scores=first.scores)  # as an earlier version kept it
    assert kept_importance(path, len(dataset.train)).right is None
    assert importance_of(dataset, "margin", 0, **small).right is None, "only what shows it pays for it"
    again = importance_of(dataset, "margin", 0, with_right=True, **small)
    assert again.right.tolist() == first.right.tolist() and again.scores.tolist() == first.scores.tolist()
    assert kept_importance(path, len(dataset.train)).right.tolist() == first.right.tolist()
    write_npz(path, scores=first.scores, right=first.right[:-1])
    assert kept_importance(path, len(dataset.train)) is None


def test_scores_that_runs_were_made_with_stay_as_they_are_when_they_are_completed():
    dataset, small = toy.dataset(), toy.small("scores", "margin")
    first = importance_of(dataset, "margin", 0, **small)
    (path,) = (cache_root() / "importance").glob("*.npz")
    older = np.nextafter(first.scores, 1)  # as another processor computed them
    write_npz(path, scores=older)
    assert importance_of(dataset, "margin", 0, **small).scores.tolist() == older.tolist()
    work(create_job("importance", {"dataset": dataset.hash, "score": "margin", "device": "cpu", **small})[0])
    kept = kept_importance(path, len(dataset.train))
    assert kept.scores.tolist() == older.tolist() and kept.right.tolist() == first.right.tolist()
