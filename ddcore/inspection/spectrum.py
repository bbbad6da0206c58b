"""How much of an image is coarse and how much is fine: its radially averaged power spectrum.

P(u, v) = |F(u, v)|^2 / (H W)^2 of each channel, F its discrete Fourier transform, averaged over channels. The frequency
of (u, v) is sqrt(u^2 + v^2) in cycles per image, along each side as far as it goes; for images that are not square,
cycles over the shorter side. Ring r has the frequencies that round to r. All P of one image sum to its mean square.
"""

import numpy as np


def frequencies(height: int, width: int) -> np.ndarray:
    """(H, W) frequencies of the entries of a Fourier transform, in cycles per shorter side."""
    side = min(height, width)
    return side * np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])


def power(images: np.ndarray) -> np.ndarray:
    """(n,H,W) float64: the power spectra of `images` (n,H,W,C), averaged over channels."""
    height, width = images.shape[1:3]
    return np.square(np.abs(np.fft.fft2(images, axes=(1, 2)) / (height * width))).mean(axis=3)


def radial_power(images: np.ndarray) -> np.ndarray:
    """(n, R) float64: mean power of each ring, from 0 (the mean colour) to R - 1 = half the shorter side.

    Corners beyond the last ring are left out.
    """
    height, width = images.shape[1:3]
    rings = np.rint(frequencies(height, width)).astype(int).ravel()
    count = min(height, width) // 2 + 1
    sizes = np.bincount(rings)[:count]
    flat = power(images).reshape(len(images), -1)
    return np.stack([flat[:, rings == ring].sum(axis=1) for ring in range(count)], axis=1) / sizes


def fineness(images: np.ndarray) -> np.ndarray:
    """(n,) float64: power above half the highest frequency of a side, divided by that below it; at most 1e12.

    The mean colour counts for neither; 0 for an image of one colour.
    """
    height, width = images.shape[1:3]
    place, spectra = frequencies(height, width), power(images)
    is_fine = place > min(height, width) / 4
    fine, coarse = spectra[:, is_fine].sum(axis=1), spectra[:, ~is_fine & (place > 0)].sum(axis=1)
    return np.divide(fine, np.maximum(coarse, 1e-12 * fine), out=np.zeros(len(images)), where=fine > 0)
