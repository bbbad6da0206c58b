"""One step of a run: the batch drawn, the gradient on the images, the images after it."""

from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import Picked


def one_step_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw the recorded step nearest to `cursor`, or say how to record one."""
