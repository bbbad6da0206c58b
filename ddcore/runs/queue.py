"""The line in front of a device: two jobs never share one GPU, first come first served.

Everyone who waits holds a numbered ticket file under `cache_root()/locks/<device>/`, locked (flock) as long as its
process lives; whose ticket has the smallest number has the device. The system releases the lock of a killed worker, so
its ticket is recognised as dead and thrown away by the next who looks. Tickets are drawn and judged under one mutex.

A user who may not write in that folder, because another user made it, lines up in a folder of their own: behind
everyone whose ticket they can see in the other folder, and unseen by them.
"""

import fcntl
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ddcore.errors import BadInput
from ddcore.locks import locked
from ddcore.places import cache_root, runs_root
from ddcore.runs.states import belongs_to

QUICK_SCORES, ESTIMATES = "scores", "estimates"
"""Lines of what is quick on the CPU and should not wait for a distillation, but for its own kind."""
_DEVICE = re.compile(rf"(cpu|mps|cuda|{QUICK_SCORES}|{ESTIMATES})(?::([0-9]{{1,3}}))?")
_TICKET = re.compile(r"([0-9]+)-([0-9]+)\.ticket")
_LOOK = 0.1  # seconds between two looks at the line


def line_folder(device: str) -> Path:
    """The folder of the line before `device`: `cpu`, `mps`, `cuda` or `cuda:1`, or `QUICK_SCORES` or `ESTIMATES`.

    CUDA devices are distinguished by what CUDA_VISIBLE_DEVICES makes of them: `cuda:0` under "1" is the second card.
    """
    match = _DEVICE.fullmatch(device)
    if not match:
        raise BadInput(f"{device!r} is not a device to wait for; use 'cpu', 'mps', 'cuda' or 'cuda:<number>'.")
    name = match[1]
    if name == "cuda":
        number = match[2] or "0"
        visible = [part.strip() for part in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
        card = visible[int(number)] if int(number) < len(visible) and visible[int(number)] else number
        name = "cuda-" + re.sub(r"[^A-Za-z0-9-]", "_", card)
    return cache_root() / "locks" / name


def queue_of(device: str, devices: list[str]) -> str:
    """In whose line a job on `device` waits, `devices` being what this machine has, best first.

    Every device has one, the CPU too: two distillations on the same cores take longer together than one after another.
    """
    if device == "auto":
        device = devices[0] if devices else "cpu"
    line_folder(device)  # refuses what is no device
    return device


@contextmanager
def place_in_line(
    device: str | None,
    on_wait: Callable[[int], None] = lambda ahead: None,
    check: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold `device` for the length of the block, after everyone who came before (None: nothing to wait for).

    `on_wait(ahead)` is called whenever the number of jobs ahead changes; `check()` is called at every look and leaves
    the line by raising.
    """
    if device is None:
        yield
        return
    line = line_folder(device)
    try:
        folder, other = line, None
        number, ticket, path = _draw(folder)
    except PermissionError:
        folder, other = _own_line(device), line
        number, ticket, path = _draw(folder)
    try:
        told = 0
        while ahead := _ahead(folder, number) + (0 if other is None else _ahead(other, math.inf)):
            if ahead != told:
                on_wait(ahead)
                told = ahead
            check()
            time.sleep(_LOOK)
        yield
    finally:
        path.unlink(missing_ok=True)
        ticket.close()


def in_line(device: str) -> int:
    """How many jobs have `device` or wait for it."""
    return _ahead(line_folder(device), math.inf) + _ahead(_own_line(device), math.inf)


def jobs(count: int) -> str:
    """ "1 job", "2 jobs"."""
    return f"{count} job{'' if count == 1 else 's'}"


def _own_line(device: str) -> Path:
    """The line of a user who may not write in the common one."""
    return runs_root() / ".line" / line_folder(device).name


def _tickets(folder: Path) -> list[tuple[int, Path]]:
    return [(int(match[1]), path) for path in folder.iterdir() if (match := _TICKET.fullmatch(path.name))]


def _draw(folder: Path) -> tuple[int, IO[str], Path]:
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "mutex"):
        number = 1 + max((number for number, _ in _tickets(folder)), default=0)
        path = folder / f"{number:06d}-{os.getpid()}.ticket"
        ticket = path.open("x")  # stays open, and locked, until the place is given up
        fcntl.flock(ticket, fcntl.LOCK_EX)
    return number, ticket, path


def _ahead(folder: Path, mine: float) -> int:
    """How many stand in that line before number `mine`; nobody, where its folder is gone or may not be read."""
    try:
        with locked(folder / "mutex"):
            return sum(_held(path) for number, path in _tickets(folder) if number < mine)
    except (FileNotFoundError, PermissionError):
        return 0


def _held(path: Path) -> bool:
    """Whether the ticket's owner lives; a dead one's ticket is removed."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except BlockingIOError:
        return True
    except PermissionError:  # another user's, so that only its name tells who holds it
        match = _TICKET.fullmatch(path.name)
        return match is not None and belongs_to(int(match[2]), path.stat().st_uid)
    except FileNotFoundError:  # its owner has just given it up
        pass
    return False
