"""The map beside the synthetic images: real images, synthetic ones at their places, and their trails."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def film_map(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw the map of the first run's data with the images of the runs `read` on it, at step `cursor`."""
