"""Feature maps by name: from N training images to N rows of D numbers. No torch or scipy until a map needs them."""

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.errors import BadInput
from ddcore.features import FEATURES, check_bandwidth
from ddcore.progress import Progress, silent


def make_features(
    kind: str,
    train: TrainSet,
    num_features: int,
    seed: int,
    bandwidth: float = 0.0,
    device: str = "cpu",
    progress: Progress = silent,
    network: str = "convnet",
) -> np.ndarray:
    """(N, D) float32, C-order features of the training images, the same for the same arguments on the same machine.

    pixels    normalised pixels, D = H*W*C whatever `num_features` (read-only, shared with `train`)
    pca       their leading principal components, D <= num_features
    rff       random Fourier features of the RBF kernel, D = num_features
    nystroem  Nystroem features of the RBF kernel, landmarks drawn uniformly, D = their rank <= num_features
    kernel    up to 4,096 images an exact factor of the RBF kernel matrix, D = its rank <= N whatever `num_features`;
              above, Nystroem features, landmarks drawn by their ridge leverage, D <= num_features
    ntk       Nystroem features of the neural tangent kernel of one hidden layer, landmarks drawn uniformly,
              D <= num_features
    nngp      outputs of random ConvNets, whose inner products tend to the NNGP kernel, D = num_features
    network   features of a small `network` trained on the real data, cut to D <= num_features principal components

    The RBF kernel is exp(-|x - y|^2 / (2 bandwidth^2)) of normalised pixels; `bandwidth` 0 uses the median distance.
    `device` is where networks run; the other maps run on the CPU. Raises BadInput for an unknown kind, fewer than one
    feature, a bandwidth outside [1e-6, 1e6] that is not 0, or a device that is not there.
    """
    if kind not in FEATURES:
        raise BadInput(f"features={kind!r} is not known; choose one of {', '.join(FEATURES)}.")
    if num_features < 1:
        raise BadInput(f"num_features={num_features} is not allowed; choose a whole number of at least 1.")
    check_bandwidth(bandwidth)
    if kind == "pixels":
        return train.pixels
    if kind == "pca":
        from ddcore.features.pca import pca_features

        return pca_features(train.pixels, num_features, progress)
    if kind == "ntk":
        from ddcore.features.ntk import ntk_features
        from ddcore.randomness import numpy_generator

        return ntk_features(train.pixels, num_features, numpy_generator(seed, kind), progress)
    if kind == "nngp":
        from ddcore.features.nngp import nngp_features

        return nngp_features(train, num_features, seed, device, progress)
    if kind == "network":
        from ddcore.features.network import network_features

        return network_features(train, num_features, seed, device, progress, network)
    return _rbf_features(kind, train.pixels, num_features, seed, bandwidth, progress)


def _rbf_features(
    kind: str, points: np.ndarray, num_features: int, seed: int, bandwidth: float, progress: Progress
) -> np.ndarray:
    """The maps that belong to the RBF kernel; all three take the same median distance of a seed."""
    from ddcore.features.kernel import kernel_features
    from ddcore.features.nystroem import nystroem_features
    from ddcore.features.rbf_kernel import median_distance
    from ddcore.features.rff import rff_features
    from ddcore.randomness import numpy_generator

    maps = {"rff": rff_features, "nystroem": nystroem_features, "kernel": kernel_features}
    bandwidth = bandwidth or median_distance(points, numpy_generator(seed, "bandwidth"))
    return maps[kind](points, num_features, bandwidth, numpy_generator(seed, kind), progress)
