"""What one synthetic image is made of: nearest real images, mixture, difference to its start, strip, spectrum."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def made_of_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the picked image at step `cursor`; without one, for the first image."""
