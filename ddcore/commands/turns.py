"""Waiting for one's turn on a device that other jobs may be using."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ddcore.commands.bars import Bars
from ddcore.runs.queue import place_in_line


@contextmanager
def turn_on(device: str, bars: Bars) -> Iterator[None]:
    """Two jobs never share one GPU: wait in its line as a run would. A CPU is shared."""

    def tell(ahead: int) -> None:
        bars.close()
        print(f"waiting for {device}: {ahead} ahead", file=sys.stderr, flush=True)

    with place_in_line(None if device == "cpu" else device, tell, lambda: None):
        yield
