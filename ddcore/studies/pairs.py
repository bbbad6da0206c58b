"""Differences paired by seed: their mean, their interval, and what it means. Student's t; percentage points."""

from dataclasses import dataclass

import numpy as np

Accuracies = dict[int, float]  # seed -> accuracy (fraction)


@dataclass(frozen=True)
class Difference:
    """A condition against another, in points, over the seeds that both have. `level`: of its interval."""

    values: tuple[float, ...]
    level: float = 0.95

    @classmethod
    def of(cls, found: Accuracies, base: Accuracies, level: float = 0.95) -> "Difference":
        return cls(tuple(100 * (found[seed] - base[seed]) for seed in sorted(found.keys() & base.keys())), level)

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def half(self) -> float:
        """Half of the interval of the mean; infinite for one pair."""
        from scipy.special import stdtrit

        count = len(self.values)
        if count < 2:
            return float("inf")
        return float(stdtrit(count - 1, (1 + self.level) / 2) * np.std(self.values, ddof=1) / count**0.5)

    @property
    def word(self) -> str:
        """better | worse | not distinguishable | one pair | not run"""
        if len(self.values) < 2:
            return ("not run", "one pair")[len(self.values)]
        if abs(self.mean) <= self.half:
            return "not distinguishable"
        return "better" if self.mean > 0 else "worse"
