"""What one cell of a study found: a finished run's accuracies, or the reason why there is none."""

from dataclasses import asdict, dataclass
from typing import Any

from ddcore.runs.gains import Measured

Curve = tuple[tuple[int, float, float], ...]
"""(step, seconds of distilling so far, accuracy of one student) along the way, steps rising, the start among them."""


@dataclass(frozen=True)
class Found:
    """Accuracies as fractions, of one set; None where the run has none."""

    accuracy: Measured | None = None
    """Of students trained on the distilled set."""
    random: Measured | None = None
    """Of students of random images, as many as the set has."""
    initial: Measured | None = None
    """Of the images that the set started from."""
    full: Measured | None = None
    """Of all the data, by their own short schedule."""
    kernel: Measured | None = None
    """Of the set's own predictor, where the method has one."""
    seconds: float | None = None
    """Spent distilling, tests not counted, on `machine`."""
    machine: str | None = None
    curve: Curve = ()
    protocol: str | None = None
    """How students were trained and tested, in words: only cells of one protocol and one test set are compared."""
    students: str | None = None
    """The network that was trained, in words."""
    tested_on: str | None = None
    """The hash of the dataset whose test images were used; of a variant, its base's."""
    run: str | None = None
    """The id of the run folder; it may have been deleted since."""
    refused: str | None = None
    """Why the cell cannot be run, in one sentence; then all else is None."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Found":
        named = {name: Measured(*value[name]) for name in _MEASURED if value.get(name) is not None}
        return cls(**value | named | {"curve": tuple(tuple(point) for point in value.get("curve", ()))})


_MEASURED = ("accuracy", "random", "initial", "full", "kernel")
