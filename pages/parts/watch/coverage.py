"""Which real images a synthetic set stands for, and which classes and regions nobody covers."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def coverage_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the sets of the runs at step `cursor`."""
