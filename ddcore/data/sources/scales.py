"""Values of any depth to 8 bits: one scale for a whole set, chosen by its smallest and largest value, and stated.

Ours, as every library has its own habit; what matters is that train and test, and every image, share it.
"""

from dataclasses import dataclass

import numpy as np

from ddcore.errors import BadInput

_NEARLY = 1e-3  # by which fractions may exceed 1: rounding
_DARK = 32  # floats up to here are not meant as values of 0 to 255: the set would be black
_ENOUGH = 200  # of 255: where a full scale would leave the largest value darker, that value itself becomes 255


@dataclass(frozen=True)
class Scale:
    """`low` becomes 0 and `high` 255. `text` says so."""

    low: float
    high: float
    text: str

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The same shape, uint8: rounded, and clipped where resizing went past the ends."""
        wide = (values.astype(np.float32) - np.float32(self.low)) * np.float32(255 / (self.high - self.low))
        return np.rint(np.clip(wide, 0, 255)).astype(np.uint8)


def scale_of(low: float, high: float, where: str, whole: bool) -> Scale:
    """The scale of values from `low` to `high`; `whole`: they are whole numbers, which have a depth in bits.

    `BadInput`, which names the source as `where`, unless both are finite.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        raise BadInput(f"{where} has images with values from {low:g} to {high:g}: allowed are finite numbers.")
    if not whole and 1 < high <= 1 + _NEARLY:
        return Scale(0, 1, f"values 0 to {high:g} are scaled to 0 to 255 by 1")
    if not whole and 1 < high <= _DARK and low >= 0:
        return Scale(0, high, f"values 0 to {high:g} are scaled to 0 to 255 by the largest of the whole set")
    if low < 0 or (high > 255 and not whole):
        return Scale(low, high if high > low else low + 1, f"values {low:g} to {high:g} are scaled to 0 to 255")
    if high <= 1:
        return Scale(0, 1, "values 0 to 1 are scaled to 0 to 255" if high > 0 else "all values are 0")
    if high <= 255:
        return Scale(0, 255, f"values 0 to {high:g} are kept as they are")
    bits = int(np.ceil(np.log2(high + 1)))
    full = float(2**bits - 1)
    if high * 255 >= _ENOUGH * full:
        return Scale(0, full, f"{bits}-bit values (up to {high:g}) are scaled to 0 to 255 by {full:g}")
    return Scale(0, high, f"values 0 to {high:g} are scaled to 0 to 255 by the largest of the whole set")
