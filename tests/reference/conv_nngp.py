"""The NNGP kernel of an infinitely wide ConvNet, exactly, by its recursion over pairs of pixels (no network drawn).

Conv 3x3 with zero padding, ReLU (Cho & Saul 2009), average pool 2x2, repeated; then a flattening linear readout. Weight
variance `gain`/fan in, bias variance `bias`^2. Kernels are arrays (n, n, H, W, H, W).
"""

import numpy as np


def kernel(images: np.ndarray, depth: int, gain: float = 2.0, bias: float = 0.1) -> np.ndarray:
    """(n, n) kernel of `images` (n, C, H, W)."""
    pairs = np.einsum("icab,jcde->ijabde", images, images) / images.shape[1]
    for _ in range(depth):
        pairs = pool(relu(convolve(pairs, gain, bias)))
    return gain * np.einsum("ijabab->ij", pairs) / np.prod(pairs.shape[2:4]) + bias**2


def convolve(pairs: np.ndarray, gain: float, bias: float) -> np.ndarray:
    height, width = pairs.shape[2:4]
    padded = np.pad(pairs, [(0, 0), (0, 0)] + [(1, 1)] * 4)
    total = np.zeros_like(pairs)
    for down in range(3):
        for right in range(3):
            rows, columns = slice(down, down + height), slice(right, right + width)
            total += padded[:, :, rows, columns, rows, columns]
    return gain / 9 * total + bias**2


def relu(pairs: np.ndarray) -> np.ndarray:
    own = np.einsum("iiabab->iab", pairs)
    scale = np.sqrt(np.einsum("iab,jde->ijabde", own, own))
    angle = np.arccos(np.clip(pairs / scale, -1, 1))
    return scale / (2 * np.pi) * (np.sin(angle) + (np.pi - angle) * np.cos(angle))


def pool(pairs: np.ndarray) -> np.ndarray:
    for axis in range(2, 6):
        size = pairs.shape[axis] // 2
        shape = (*pairs.shape[:axis], size, 2, *pairs.shape[axis + 1 :])
        pairs = pairs.take(range(2 * size), axis).reshape(shape).mean(axis + 1)
    return pairs
