"""A run's metrics beside its loss, as the lines of the curves that its method declares.

They stay small however long a run is and whatever its file holds: lines and points are bounded, and nothing is kept
that no curve asks for.
"""

from collections.abc import Iterable
from math import isnan, nan
from typing import Any

from ddcore.methods import Curve
from ddcore.runs.events import are_metrics, is_number

MOST_NAMES = 24  # lines of one curve
MOST_POINTS = 1500  # of a line once it is thinned; up to twice as many before
_LONGEST_NAME = 60

Points = dict[int, float]  # step -> value, NaN where it was no number


class RunMetrics:
    """The metrics by curve, name and step: those called "layer/conv 1" are the line "conv 1" of the curve "layer".

    The metric that is called like its curve is its line "". If a step comes twice (after a resume), the later one
    counts.
    """

    def __init__(self, curves: Iterable[Curve]):
        self.lines: dict[str, dict[str, Points]] = {curve.key: {} for curve in curves}
        self.left_out: set[str] = set()  # curves with more lines than are kept
        self.stride = 1  # in a long run, the steps of which the first, lowest and highest value are kept

    def fits(self, event: dict[str, Any]) -> bool:
        """Whether everything in the event that a curve asks for is a number, or null for NaN and infinity."""
        return are_metrics(event, self.lines)

    def take(self, event: dict[str, Any]) -> None:
        """Add what an event that fits says of its step."""
        for field, value in event.items():
            key, _, name = field.partition("/")
            if key in self.lines:
                self._add(key, name, event["step"], nan if value is None else value)

    def names(self) -> list[str]:
        """The metrics as they are called in events."""
        return [f"{key}/{name}" if name else key for key, lines in self.lines.items() for name in lines]

    def at(self, step: int) -> dict[str, float]:
        """The metrics of one step, as far as they are kept."""
        lines = zip(self.names(), (points for lines in self.lines.values() for points in lines.values()), strict=True)
        return {name: points[step] for name, points in lines if step in points}

    def steps(self) -> set[int]:
        return {step for lines in self.lines.values() for points in lines.values() for step in points}

    def profile(self, key: str, step: int) -> tuple[int, list[float], list[float]] | None:
        """The recorded step nearest to `step`, and places and values there of the names that are numbers, in order."""
        lines = {place: points for name, points in self.lines[key].items() if (place := _place(name)) is not None}
        whole = set.intersection(*(set(points) for points in lines.values())) if lines else set()
        recorded = whole or {at for points in lines.values() for at in points}
        if not recorded:
            return None
        nearest = min(recorded, key=lambda at: (abs(at - step), at))
        found = sorted((place, points[nearest]) for place, points in lines.items() if nearest in points)
        return nearest, [place for place, _ in found], [value for _, value in found]

    def _add(self, key: str, name: str, step: int, value: float) -> None:
        lines = self.lines[key]
        if name not in lines:
            if len(lines) == MOST_NAMES or len(name) > _LONGEST_NAME:
                self.left_out.add(key)
                return
            lines[name] = {}
        lines[name][step] = float(value)
        if len(lines[name]) > 2 * MOST_POINTS:
            self._thin()

    def _thin(self) -> None:
        """Make every line one of at most `MOST_POINTS` points."""
        last = max(self.steps())
        while 3 * (last // self.stride + 1) >= MOST_POINTS:
            self.stride *= 2
        for lines in self.lines.values():
            for name, points in lines.items():
                lines[name] = _thinned(points, self.stride)


def _thinned(points: Points, stride: int) -> Points:
    """Of every `stride` steps the first, lowest and highest point, and the last of all; nothing is averaged.

    The first ones are of the same steps in every line, so that profiles stay whole.
    """
    stretches: dict[int, list[int]] = {}
    for step in sorted(points):
        stretches.setdefault(step // stride, []).append(step)
    kept = {max(points)}
    for steps in stretches.values():
        solid = [step for step in steps if not isnan(points[step])] or steps
        kept |= {steps[0], min(solid, key=points.__getitem__), max(solid, key=points.__getitem__)}
    return {step: points[step] for step in sorted(kept)}


def _place(name: str) -> float | None:
    """A name as a place on an axis; None if it is none."""
    try:
        place = float(name)
    except ValueError:
        return None
    return place if is_number(place) else None
