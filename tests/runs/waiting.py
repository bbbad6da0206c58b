"""Waiting for what another process does."""

import time


def until(condition, seconds=20.0):
    """Wait for a condition that another process brings about; its value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value
