"""How a long computation reports its progress, and how it is stopped."""

from collections.abc import Callable

Progress = Callable[[float, float, str], None]
"""`progress(done, total, note)`: `done` of `total` units (total 0 = unknown), `note` says what is being done.

Long functions call it at least once a second; the caller stops them by raising `Stopped` from it.
"""


class Stopped(Exception):
    """Raised from a progress callback when the person asked to stop."""


def silent(done: float, total: float, note: str = "") -> None:
    """The progress callback that shows nothing."""
