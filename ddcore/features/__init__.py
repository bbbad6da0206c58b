"""What a kernel or ridge score may see of an image: feature maps from N training images to N rows of D numbers.

Every map is whitened and scaled by nothing but its own definition. No torch and no scipy here: the server asks for the
names, a worker for the features. Nothing is cached here; whoever asks may.
"""

from ddcore.errors import BadInput

FEATURES = {
    "pixels": ("Pixels", "pixels"),
    "pca": ("Principal components", "principal components"),
    "rff": ("Random Fourier features", "random Fourier features"),
    "nystroem": ("Nyström features", "Nyström features"),
    "kernel": ("The Gaussian kernel itself", "the Gaussian kernel"),
    "ntk": ("Neural tangent kernel (NTK)", "features of a neural tangent kernel"),
    "nngp": ("Random conv nets (NNGP)", "features of random networks"),
    "network": ("A small trained network", "features of a small trained network"),
}
"""Name -> (title, what it is called within a sentence) of every kind."""
OF_RBF = ("rff", "nystroem", "kernel")
"""Features of the RBF kernel: those that have a bandwidth."""
COUNTED = tuple(name for name in FEATURES if name != "pixels")
"""Features of which one chooses how many."""
LARGEST_EXACT = 4096
"""Images up to which `kernel` is an exact factor."""
_NARROWEST, _WIDEST = 1e-6, 1e6  # of a bandwidth; beyond, every kernel of images is 0 or 1, and numbers overflow


def check_bandwidth(bandwidth: float) -> None:
    """Refuse with `BadInput` what is neither 0 nor in [1e-6, 1e6]."""
    if bandwidth != 0 and not _NARROWEST <= bandwidth <= _WIDEST:
        allowed = f"a number from {_NARROWEST:g} to {_WIDEST:g}, or 0 for the median distance"
        raise BadInput(f"bandwidth={bandwidth} is not allowed; choose {allowed}.")
