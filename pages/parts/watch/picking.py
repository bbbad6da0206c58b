"""The runs of a pair, and the synthetic image that the reader picked on Watch."""

from typing import NamedTuple

LETTERS = "AB"
"""What the runs of a pair are called."""
PICKED = "watch_picked"
"""Session key of the `Picked` image, however it was picked; None: none, and the first image is shown."""


class Picked(NamedTuple):
    """One image of one of the runs on the page."""

    run: int  # place in the runs that are read: 0, or 1 for B of a pair
    image: int  # its place in the set, as arrays of a snapshot hold it (`view[image]`)
