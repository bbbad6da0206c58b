"""Weights of an initial set are in its targets, from there in students' losses and in what is stored."""

import numpy as np
import torch
import torch.nn.functional as F
import toy

from ddcore.data.train_set import train_set
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.importance.scoring import importance_of
from ddcore.initialisers import INITIALISERS
from ddcore.synthetic import SyntheticSet


def test_targets_are_multiplied_and_classes_stay():
    images, weights = np.zeros((4, 1, 2, 2), np.float32), np.array([0.5, 1.5, 1.0, 1.0])
    made = SyntheticSet.of_classes(images, np.array([0, 0, 2, 2]), 3, "cpu", weights)
    np.testing.assert_array_equal(made.targets, [[0.5, 0, 0], [1.5, 0, 0], [0, 0, 1], [0, 0, 1]])
    np.testing.assert_array_equal(made.targets.argmax(1), made.classes)
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    losses = F.cross_entropy(logits, made.classes, reduction="none")
    torch.testing.assert_close(
        F.cross_entropy(logits, made.targets), (torch.as_tensor(weights) * losses).mean().float()
    )


def test_a_run_begins_with_the_weights_in_its_targets():
    dataset = toy.dataset()
    flat = {"dataset": "toy", "init": "sensitivity", "weighted": True, "ipc": 3, "width": 4, "clusters": 2}
    experiment = Experiment.of(complete(resolve(flat)), dataset, "cpu")
    made, report = experiment.initial_set()
    scores = importance_of(dataset, "kmeans", 0, clusters=2).scores
    expected = INITIALISERS.make("sensitivity", weighted=True).start(train_set(dataset), 3, 0, scores)
    np.testing.assert_allclose(made.targets.sum(1), expected.weights, rtol=1e-6)
    np.testing.assert_array_equal(made.images, expected.images)
    assert not np.allclose(expected.weights, 1) and report["cost"] == expected.report["cost"]


def test_a_stored_weighted_set_is_evaluated_like_the_run(digits, tmp_path):
    """Snapshot, `evaluate` and the run's own accuracies take the same set."""
    from ddcore.commands.evaluate import _read, _synthetic
    from ddcore.files import write_npz

    flat = {"dataset": "digits", "init": "sensitivity", "weighted": True, "width": 4}
    experiment = Experiment.of(complete(resolve({**flat, "clusters": 4, "ipc": 2})), digits, "cpu")
    made, _ = experiment.initial_set()
    arrays = {"images": made.images, "targets": made.targets, "mean": digits.mean, "std": digits.std}
    write_npz(tmp_path / "set.npz", **{name: np.asarray(value) for name, value in arrays.items()})
    read = _synthetic(_read(tmp_path / "set.npz"), experiment)
    assert torch.equal(read.targets, made.targets) and torch.equal(read.classes, made.classes)
