"""Ends what a test run leaves behind, also when the run is killed: its servers, browsers and the workers of its runs.

    python tests/reaper.py PARENT MARK

A process of its own, started by the run `PARENT`. Everything the run starts has `MARK` in its environment, also a
worker, which is in no process group of the run. Once `PARENT` has ended, this kills what is left. It needs /proc, so
on macOS it does nothing.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

ROUNDS = 100  # of killing: what is being killed may just have started another


def marked(mark: str) -> list[int]:
    """Living processes with `mark` in the environment they were started with."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or belongs to somebody else
            if mark.encode() in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found


def main(parent: int, mark: str) -> None:
    while os.getppid() == parent:
        time.sleep(0.1)
    for _ in range(ROUNDS):
        left = marked(mark)
        if not left:
            return
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
