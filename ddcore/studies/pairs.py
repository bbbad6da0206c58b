"""Differences paired by seed: their mean, their interval, and what it means. Student's t; percentage points."""

from dataclasses import dataclass

import numpy as np

Accuracies = dict[int, float]  # seed -> accuracy (fraction)
_ROUNDING = 1e-9  # points: differences that are closer than that are equal


@dataclass(frozen=True)
class Difference:
    """A condition against another, in points, over the seeds that both have. `level`: of its interval."""

    values: tuple[float, ...]
    level: float = 0.95

    @classmethod
    def of(cls, found: Accuracies, base: Accuracies, level: float = 0.95) -> "Difference":
        return cls(tuple(100 * (found[seed] - base[seed]) for seed in sorted(found.keys() & base.keys())), level)

    @property
    def count(self) -> int:
        """The number of pairs."""
        return len(self.values)

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        """Of the differences over seeds, n - 1 below; 0 where they are equal but for rounding, NaN for one pair."""
        if self.count < 2:
            return float("nan")
        return 0.0 if np.ptp(self.values) < _ROUNDING else float(np.std(self.values, ddof=1))

    @property
    def half(self) -> float:
        """Half of the interval of the mean; infinite for one pair, and where differences that are not 0 are all equal.

        Accuracies are counts of test images, so few differences can be equal by chance, which Student's t, made for
        continuous values, takes for certainty.
        """
        from scipy.special import stdtrit

        if self.count < 2 or (self.std == 0 and abs(self.mean) > _ROUNDING):
            return float("inf")
        return float(stdtrit(self.count - 1, (1 + self.level) / 2) * self.std / self.count**0.5)

    @property
    def word(self) -> str:
        """better | worse | not distinguishable | equal | no spread | one pair | not run"""
        if self.count < 2:
            return ("not run", "one pair")[self.count]
        if self.std == 0:
            return "equal" if abs(self.mean) <= _ROUNDING else "no spread"
        if abs(self.mean) <= self.half:
            return "not distinguishable"
        return "better" if self.mean > 0 else "worse"
