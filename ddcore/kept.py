"""Things kept because they take time to compute: each under a name made of everything that determined it.

What determines another thing gives another name, so nothing kept is ever out of date, and all of it may be deleted at
any time: it is then computed again. Prepared datasets are kept likewise, by `ddcore.data.dataset`; runs are not here.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ddcore.errors import BadInput
from ddcore.files import digest, read_json, read_npz, reason_of, write_json, write_npz
from ddcore.leftovers import sweep_files
from ddcore.places import cache_root

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Shelf:
    """Things of one kind, in one folder of the cache. `title` is what a person calls them, `word` opens every name."""

    title: str
    folder: str
    word: str
    format: int  # raise it when what they mean changes; things of earlier formats are then no longer found
    suffix: str = ".npz"
    prefix: str = ""  # of the file names, where several shelves share a folder

    def mark(self, *parts: Any) -> str:
        """The hash of everything that determines a thing: `parts` are what JSON or `str` can write."""
        return digest(self.word, self.format, *parts)

    def path(self, *parts: Any) -> Path:
        """Where the thing that `parts` determine is kept, or will be."""
        return self.root / f"{self.prefix}{self.mark(*parts)}{self.suffix}"

    @property
    def root(self) -> Path:
        return cache_root() / self.folder

    def read(self, path: Path, understand: Callable[[Any], Thing | None]) -> Thing | None:
        """What `understand` makes of the arrays (or JSON) at `path`; None if nothing is, or nothing of use.

        A file that a full disk or a person has damaged is as good as none: whoever computes the thing again replaces
        it. `understand` returns None, or raises ValueError, KeyError or TypeError, for what it cannot use.
        """
        try:
            return understand(self._content(path))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path, content: Any) -> None:
        """Whole or not at all: a dict of arrays, or what JSON can hold.

        Where another user's shelf may not be written in, the log says so, and the thing is computed again next time.
        """
        sweep_files(self.root)
        try:
            if self.suffix == ".json":
                write_json(path, content)
            else:
                write_npz(path, **content)
        except PermissionError as error:
            logging.getLogger(__name__).warning("not kept: %s", reason_of(error))

    def keep(self, path: Path, content: Any) -> None:
        """`write`, for who can go on without it: of a disk that is full or read-only only the log says so."""
        try:
            self.write(path, content)
        except OSError as error:
            logging.getLogger(__name__).warning("not kept: %s", reason_of(error))

    def files(self) -> list[Path]:
        """All that is kept, of every format."""
        return sorted(path for path in self.root.glob(f"{self.prefix}*{self.suffix}") if not path.name.startswith("."))

    def _content(self, path: Path) -> Any:
        return read_json(path) if self.suffix == ".json" else read_npz(path)


SCORES = Shelf("Importance scores", "importance", "importance", 2)  # 2: nngp features of width 32
MAPS = Shelf("Maps", "maps", "map", 2)  # 2: exact neighbours
SKETCHES = Shelf("Maps", "sketches", "sketch", 2)  # 2: fewer images of large ones decide
PLACES = Shelf("Places of synthetic images", "places", "places", 2)  # 2: every step as it is shown
STUDIES = Shelf("Coreset studies", "bench", "bench", 3)  # 3: up to 60,000 images, rounding is error 0
RANDOM = Shelf("Baseline accuracies", "baselines", "random", 1, ".json", "random-")
FULL = Shelf("Baseline accuracies", "baselines", "full", 1, ".json", "full-")
KERNEL_RANDOM = Shelf("Baseline accuracies", "baselines", "kernel-random", 2, ".json", "kernel-random-")
CONFUSIONS = Shelf("Baseline accuracies", "confusions", "confusion", 1)  # of those above, under the same names
WHITENING = Shelf("Whitening transforms", "zca", "zca", 1)
USUAL = Shelf("Statistics of real images", "usual", "usual", 1)
TRAJECTORIES = Shelf("Expert trajectories", "trajectories", "trajectory", 1, ".f32")  # they grow: `ddcore.growing`
LEFT_OUT = Shelf("Images left out", "left-out", "left-out", 1, ".json")
SCHEMAS = Shelf("Lists of methods and parameters", "schema", "schema", 1, ".json")

SHELVES = (
    SCORES, MAPS, SKETCHES, PLACES, STUDIES, RANDOM, FULL, KERNEL_RANDOM, CONFUSIONS, WHITENING, USUAL, TRAJECTORIES,
    LEFT_OUT, SCHEMAS,
)  # fmt: skip


@dataclass(frozen=True)
class Stock:
    """What is kept under one title: how many files, and their bytes on disk."""

    title: str
    count: int
    size: int


def stocks() -> list[Stock]:
    """What is kept, by title, in the order of `SHELVES`; titles without results are left out."""
    found = (Stock(title, *_measured(title)) for title in dict.fromkeys(shelf.title for shelf in SHELVES))
    return [stock for stock in found if stock.count]


def clear(title: str) -> Stock:
    """Delete everything kept under `title`; what was there. Who reads it at this moment computes it again.

    BadInput if some of it is another user's: that stays.
    """
    before, refused = Stock(title, *_measured(title)), 0
    for path in _files(title):
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            refused += 1
    if refused:
        raise BadInput(f"{refused} of {before.count} files of {title!r} belong to another user and stay.")
    return before


def _files(title: str) -> list[Path]:
    return [path for shelf in SHELVES if shelf.title == title for path in shelf.files()]


def _measured(title: str) -> tuple[int, int]:
    sizes = []
    for path in _files(title):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # deleted since it was listed, or another user's
            continue
    return len(sizes), sum(sizes)
