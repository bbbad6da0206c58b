"""What finished runs and estimates say of the runs that a study asks for. No torch here.

A run tells how long another one takes that differs from it in its seed, in what draws its real batches and in its start
only, on a computer like the one it was made on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from statistics import median
from typing import Any

from ddcore.data.dataset import Dataset, open_dataset
from ddcore.data.reading import options_in
from ddcore.data.specs import find_hash
from ddcore.errors import BadInput
from ddcore.experiments.settings import COMMON, DistillSettings, split
from ddcore.experiments.sizes import check_set_size
from ddcore.files import last_change
from ddcore.runs.folder import RunFolder, list_jobs, list_runs
from ddcore.runs.sets import settings_of
from ddcore.runs.surroundings import hardware
from ddcore.studies.found import found_in
from ddcore.studies.grid import Cell
from ddcore.training.protocols import PROTOCOLS

Settings = dict[str, Any]
Items = frozenset[tuple[str, Any]]
_FREE = (
    "seed", "importance", "direction", "mode", "uniform", "temperature", "init", "init_score", "snapshot_every",
)  # fmt: skip
_MACHINE = ("platform", "machine", "cpus")
_MOST_RUNS = 5  # whose median counts


@dataclass(frozen=True, eq=False)
class Row:
    """What is known of the runs of cells that differ in their seed only."""

    settings: Settings
    name: Items
    """The same for rows that ask for the same runs."""
    there: frozenset[int]
    """Seeds of which the run is finished."""
    source: str | None
    """Where `seconds` of one run come from: "finished runs", "estimates"; None if they are not known."""
    seconds: float


@dataclass(frozen=True)
class _Record:
    """What counts of a finished run, or of an estimate (which has its `seconds`)."""

    run: RunFolder
    changed: tuple[int, int]
    settings: Settings
    dataset: str | None
    protocol: str | None
    machine: dict[str, Any]
    estimated: float | None

    @property
    def seconds(self) -> float | None:
        """In all; None if the run is damaged."""
        return self.estimated if self.estimated is not None else _elapsed(self.run, self.changed)


class PastRuns:
    """All finished runs and estimates that are on disk now, newest first."""

    def __init__(self) -> None:
        machine = hardware()
        here = {name: machine.get(name) for name in _MACHINE}
        runs = [record for run in list_runs() if (record := _read(run)) is not None]
        self._same: dict[Items, list[_Record]] = defaultdict(list)
        for record in runs:
            self._same[_name(record.settings)].append(record)
        self._timed = {
            "finished runs": _by_kind(record for record in runs if here.items() <= record.machine.items()),
            "estimates": _by_kind(record for job in list_jobs("estimate") if (record := _read(job)) is not None),
        }
        self._seconds: dict[tuple[Items, Items], tuple[str | None, float]] = {}
        self._data: dict[Items, Dataset | None] = {}
        self._fitting: set[tuple[Items, int, int]] = set()  # dataset, ipc and factor

    def row(self, cell: Cell, completed: Callable[[Cell], Settings]) -> Row | str:
        """Of the cells that differ from this one in their seed; or the reason why they cannot be run."""
        try:
            settings = completed(cell)
            dataset = self._prepared(settings)
        except BadInput as refusal:
            return str(refusal)
        name = _name(settings)
        there = frozenset(
            one.settings["seed"] for one in self._same.get(name, ()) if _is_made_so(one, settings, dataset)
        )
        return Row(settings, name, there, *self._time(settings))

    def _prepared(self, settings: Settings) -> Dataset | None:
        """The dataset, if it is prepared already; BadInput if it is too small for the set."""
        named = {"variant": settings["variant"], **options_in(settings)}
        key = frozenset({"dataset": settings["dataset"], **named}.items())
        if key not in self._data:
            hash = find_hash(settings["dataset"], **named)
            self._data[key] = None if hash is None else open_dataset(hash)
        size = (key, settings["ipc"], settings["factor"])
        if (dataset := self._data[key]) is not None and size not in self._fitting:
            check_set_size(DistillSettings(**split(settings)[0]), dataset)
            self._fitting.add(size)
        return dataset

    def _time(self, settings: Settings) -> tuple[str | None, float]:
        """Source and seconds of one run."""
        kind, own = _kind(settings), split(settings)[1]
        key = (kind, frozenset(own.items()))
        if key not in self._seconds:
            self._seconds[key] = next(
                (
                    (source, median(seconds))
                    for source, records in self._timed.items()
                    if (seconds := _times(own, records.get(kind, [])))
                ),
                (None, 0.0),
            )
        return self._seconds[key]


def unlike(rows: Iterable[Row]) -> tuple[Settings, ...]:
    """The settings of so many of the rows that a run of any other takes about as long as one of these."""
    found: dict[Items, list[Settings]] = defaultdict(list)
    for row in rows:
        known, own = found[_kind(row.settings)], split(row.settings)[1]
        if not any(_alike(own, other) for other in known):
            known.append(row.settings)
    return tuple(settings for known in found.values() for settings in known)


def _read(run: RunFolder) -> _Record | None:
    return _recorded(run, (last_change(run.path / "config.json"), last_change(run.path / "status.json")))


@lru_cache(maxsize=8192)
def _recorded(run: RunFolder, changed: tuple[int, int]) -> _Record | None:
    """What counts of a finished distillation or estimate, read once; None of others, and of a damaged one."""
    try:
        config, status = run.config(), run.status()
        if config.get("kind") not in ("distill", "estimate") or status["state"] != "finished":
            return None
        settings = settings_of(config)
        hash(_name(settings))
        dataset, protocol = (config.get(name) or {} for name in ("dataset", "protocol"))
        estimated = status["result"]["total"] if config["kind"] == "estimate" else None
        machine = dict(config.get("hardware") or {})
        return _Record(run, changed, settings, dataset.get("hash"), protocol.get("text"), machine, estimated)
    except (BadInput, AttributeError, KeyError, TypeError, ValueError):  # damaged: another run will do
        return None


@lru_cache(maxsize=8192)
def _elapsed(run: RunFolder, changed: tuple[int, int]) -> float | None:
    """Seconds that a finished run took in all: read once."""
    try:
        return found_in(run).elapsed
    except BadInput:  # damaged: another run will do
        return None


def _by_kind(records: Iterable[_Record]) -> dict[Items, list[_Record]]:
    found: dict[Items, list[_Record]] = defaultdict(list)
    for record in records:
        found[_kind(record.settings)].append(record)
    return found


def _times(own: Settings, records: list[_Record]) -> list[float]:
    """Of the newest records whose methods' parameters are these."""
    like = (record for record in records if _alike(own, record.settings))
    return [seconds for record in islice(like, _MOST_RUNS) if (seconds := record.seconds) is not None]


def _name(settings: Settings) -> Items:
    """The same for settings of one run but for its seed."""
    return frozenset((name, value) for name, value in settings.items() if value is not None and name != "seed")


def _kind(settings: Settings) -> Items:
    """The same for runs that may be alike."""
    return frozenset((name, value) for name, value in settings.items() if name in COMMON and name not in _FREE)


def _alike(own: Settings, other: Settings) -> bool:
    """Whether the methods' own parameters that both have are the same, those of scores and starts among them."""
    return all(own[name] == other[name] for name in own.keys() & other.keys())


def _is_made_so(record: _Record, settings: Settings, dataset: Dataset | None) -> bool:
    """Whether a run of these settings used this dataset, where it is prepared, and was tested as it would be now."""
    if dataset is not None and record.dataset not in (None, dataset.hash):
        return False
    if settings["evaluation"] == "none":
        return True
    protocol = PROTOCOLS[settings["evaluation"]].asked(settings["repeats"], settings["until"])
    return record.protocol is None or record.protocol.startswith(f"{protocol.describe()}; full data: ")
