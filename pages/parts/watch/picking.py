"""The synthetic image that the reader picked on Watch."""

from typing import NamedTuple


class Picked(NamedTuple):
    """One image of one of the runs on the page."""

    run: int  # place in the runs that are read: 0, or 1 for B of a pair
    image: int  # its place in the set, as arrays of a snapshot hold it (`view[image]`)
