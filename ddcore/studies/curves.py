"""Accuracies along the way of runs that differ in their seed: each by itself, their mean, and smoothed on request."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ddcore.studies.budget import Level
from ddcore.studies.found import Curve, Found
from ddcore.studies.grid import Grid
from ddcore.studies.names import Naming, spelled
from ddcore.studies.rows import by_place, place_of, rows_of


@dataclass(frozen=True)
class SeedCurves:
    """The curves of one combination of choices, by seed."""

    name: str
    curves: dict[int, Curve]

    def levels(self, *, seconds: bool = False, window: int = 1) -> tuple[Level, ...]:
        """Mean, standard deviation and number of seeds at every step that any seed has, in percent.

        `seconds`: at the mean seconds of those seeds. `window`: an odd number of neighbouring points, of which each
        seed's curve is the running mean before seeds are put together; fewer at its ends.
        """
        at: dict[int, list[tuple[float, float]]] = {}
        for curve in self.curves.values():
            for step, passed, accuracy in smoothed(curve, window):
                at.setdefault(step, []).append((passed, accuracy))
        found = []
        for step, points in sorted(at.items()):
            passed, values = np.transpose(points)
            std = 100 * float(values.std(ddof=1)) if len(values) > 1 else float("nan")
            found.append(Level(float(passed.mean()) if seconds else step, 100 * float(values.mean()), std, len(values)))
        return tuple(found)


def smoothed(curve: Curve, window: int) -> Curve:
    """The running mean of the accuracies over `window` points around each; near an end, over as many on both sides."""
    values = np.array([accuracy for _, _, accuracy in curve])
    half, last, found = window // 2, len(curve) - 1, []
    for place, (step, passed, _) in enumerate(curve):
        reach = min(half, place, last - place)
        found.append((step, passed, float(values[place - reach : place + reach + 1].mean())))
    return tuple(found)


def seed_curves(
    grid: Grid, found: dict[str, Found], where: dict[str, Any] | None = None, naming: Naming = spelled
) -> list[SeedCurves]:
    """The curves of every combination of choices that has any; `where`: values to keep to, which names leave out."""
    places, kept = by_place(grid, found), where or {}
    drawn = []
    for row in rows_of(grid):
        cells = places.get(place_of(grid, row), {})
        curves = {seed: cell.curve for seed, cell in cells.items() if cell.curve}
        if curves and kept.items() <= row.items():
            told = " · ".join(naming(name, value) for name, value in row.items() if name not in kept)
            drawn.append(SeedCurves(told or "mean", curves))
    return drawn
