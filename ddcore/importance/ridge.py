"""Kernel-ridge sensitivity: how much of the cost of *any* ridge regression fit a point can be responsible for.

Features phi_i (D numbers), labels y_i (one-hot minus 1/K), ridge lambda. For any combination of the label columns,

    f_i(w) = (<w, phi_i> - y_i)^2 + lambda |w|^2 / N,        s_i = sup_w f_i(w) / sum_j f_j(w).

Theorem: s_i <= score_i + 1/N, where score_i is the ridge leverage of the label-augmented row z_i = [phi_i ; y_i].
Sketch: <w, phi_i> - y_i = <(w, -1), z_i>, so the squared part is at most the sup over *all* vectors v of <v, z_i>^2
over v^T (Z^T Z + diag(lambda I, 0)) v, which is that leverage (Cauchy-Schwarz); the regulariser's part is at most 1/N
of the cost. For one output the leverage is the sup of the squared part itself: reached by a fit or, for a point that
the best fit goes through, approached as |w| grows. The scores sum to at most d_eff(lambda) + K. Where classes are
scored apart, all of this holds within a class, N counting its images. For ridge regression with a kernel this is the
sensitivity that Tukan, Maalouf & Osadchy 2023 (arXiv:2307.08086) ask for; the joint form over all labels, `balanced`
and `per_class` are ours.
"""

from dataclasses import dataclass

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.features import COUNTED, FEATURES, OF_RBF
from ddcore.features.making import make_features
from ddcore.importance.base import Importance, Score
from ddcore.networks import network_parameter
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.ridge.leverage import centred_targets, ridge_terms


@dataclass(frozen=True)
class RidgeLeverage(Score):
    """Terms: `leverage` (unusual features) and `residual` (badly fitted label)."""

    features: str = parameter("rff", "Features that the regression uses.", choices=FEATURES)
    num_features: int = parameter(
        200,
        "Number of features D (exact kernels have their own).",
        1,
        8192,
        when={"features": COUNTED},
        title="Number of features",
    )
    feature_network: str = network_parameter(when={"features": ("network",)}, title="Network")
    ridge: float = parameter(1.0, "Regularisation lambda; 0 is least squares.", min=0.0)
    bandwidth: float = parameter(
        0.0,
        "Width of the Gaussian kernel; 0 uses the median distance.",
        min=0.0,
        when={"features": OF_RBF},
        title="Bandwidth (0: median distance)",
    )
    per_class: bool = parameter(
        False, "Score each class on its own instead of all images together.", title="Each class separately"
    )
    balanced: bool = parameter(
        False, "Weight the images so that every class has the same total weight.", title="Equal class weights"
    )
    device: str = parameter("cpu", "Where network features are computed.")

    def __post_init__(self):
        check(self)

    def features_of(self, train: TrainSet, seed: int, progress: Progress = silent) -> np.ndarray:
        """(N, D) float32: exactly what the score sees."""
        return make_features(
            self.features, train, self.num_features, seed, self.bandwidth, self.device, progress, self.feature_network
        )

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        """Importance of the images; with `balanced` that of the weighted cost, an image's weight N / (K n_class)."""
        features = self.features_of(train, seed, progress)
        targets = centred_targets(train.labels, train.num_classes)
        weights = class_balance(train.labels) if self.balanced else np.ones(len(features))
        if not self.per_class:
            terms = ridge_terms(features, targets, self.ridge, weights, progress)
            return Importance(terms["leverage"] + terms["residual"], terms)
        terms = {name: np.empty(len(features)) for name in ("leverage", "residual")}
        present = np.unique(train.labels)
        for place, label in enumerate(present):
            progress(place, len(present), "scoring classes")
            members = np.flatnonzero(train.labels == label)
            own = ridge_terms(features[members], targets[members], self.ridge, weights[members])
            for name, values in own.items():
                terms[name][members] = values
        return Importance(terms["leverage"] + terms["residual"], terms)


def class_balance(labels: np.ndarray) -> np.ndarray:
    """Weights (N,) that sum to N, to the same in each of the classes that occur in `labels` (N,)."""
    _, own, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return len(labels) / (len(counts) * counts[own])
