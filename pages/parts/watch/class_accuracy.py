"""The accuracy of each class, and which classes are taken for which."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def class_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the runs at step `cursor` and at the end."""
