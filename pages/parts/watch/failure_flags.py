"""What has gone wrong with synthetic images, each in a sentence with the image."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def failure_flags(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw a line for each failure of the sets at step `cursor`; nothing if there is none."""
