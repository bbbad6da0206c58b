"""The random numbers of pages (`random.js`), in Python and in the form in which the library takes a generator."""

import numpy as np


class Seeded:
    """mulberry32 (Ettinger 2017): what `ddcore` draws from it, a page draws from the same seed."""

    def __init__(self, seed: int):
        self._state = seed % 2**32

    def random(self) -> float:
        self._state = (self._state + 0x6D2B79F5) % 2**32
        mixed = (self._state ^ self._state >> 15) * (self._state | 1) % 2**32
        mixed ^= (mixed + (mixed ^ mixed >> 7) * (mixed | 61)) % 2**32
        return (mixed ^ mixed >> 14) / 2**32

    def choice(self, count: int, size: int, p: np.ndarray) -> np.ndarray:
        """(size,) numbers below `count`, one random number each: the first whose running sum of `p` is above it."""
        sums = np.cumsum(p)
        return np.array([np.searchsorted(sums, self.random() * sums[-1], side="right") for _ in range(size)])
