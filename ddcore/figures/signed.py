"""Numbers around zero as pictures: a gradient, a difference. Letters: n images, C channels, H x W pixels."""

import numpy as np

from ddcore.figures.canvas import diverging


def signed_pictures(values: np.ndarray, largest: float, *, dark: bool) -> np.ndarray:
    """(n,H,W,3) uint8 of `values` (n,C,H,W), the mean of the channels: zero is the quietest colour of the theme, and
    `largest` > 0, either way, the strongest."""
    shares = np.clip(values.mean(1) / (2 * largest) + 0.5, 0, 1)
    places, colours = zip(*diverging(dark), strict=True)
    anchors = np.array([list(bytes.fromhex(colour[1:])) for colour in colours], float)
    channels = [np.interp(shares, places, anchors[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def span_of(values: np.ndarray) -> float:
    """What is drawn in the strongest colours: the 99.5th percentile of the sizes of `values` (n,C,H,W), channels
    taken together, so that a few pixels do not make the others pale; 1 if all are zero."""
    sizes = np.abs(values.mean(1))
    return float(np.quantile(sizes, 0.995)) or float(sizes.max()) or 1.0
