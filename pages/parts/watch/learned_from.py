"""Which real images a run has drawn, and how often."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def learned_from_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the runs up to step `cursor`."""
