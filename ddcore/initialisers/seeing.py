"""The space in which a geometric choice measures distances: pixels or other features."""

from dataclasses import dataclass

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.features import COUNTED, FEATURES, OF_RBF
from ddcore.features.making import make_features
from ddcore.networks import network_parameter
from ddcore.parameters import check, parameter
from ddcore.progress import Progress


@dataclass(frozen=True)
class SeenIn:
    """Fields of initialisers that choose by distances."""

    seen_in: str = parameter(
        "pixels", "Features in which distances are measured.", choices=FEATURES, title="Distances in"
    )
    num_features: int = parameter(
        200, "Number of features.", min=1, max=8192, when={"seen_in": COUNTED}, title="Number of features"
    )
    bandwidth: float = parameter(
        0.0,
        "Bandwidth of the RBF kernel; 0 uses the median distance.",
        min=0.0,
        when={"seen_in": OF_RBF},
        title="Bandwidth (0: median distance)",
    )
    feature_network: str = network_parameter(when={"seen_in": ("network",)}, title="Network")
    device: str = parameter("cpu", "Where features of networks are computed.")

    def __post_init__(self):
        check(self)

    def seen(self, train: TrainSet, seed: int, progress: Progress) -> np.ndarray:
        """(N, D) float32 features of the training images."""
        return make_features(
            self.seen_in, train, self.num_features, seed, self.bandwidth, self.device, progress, self.feature_network
        )
