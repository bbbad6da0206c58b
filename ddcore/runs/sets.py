"""Runs that differ in their seed only, one set each, and what their accuracies say together.

An accuracy of one run has one spread, over students of its one set. Over R runs there is a second one, over sets: the
standard deviation of the sets' means (R-1), which says how much the choice of the seed matters. The two are named
apart and never mixed, but where the field's convention is asked for: Zhao & Bilen report the mean and the standard
deviation (divided by n, not n-1) of all accuracies together, of 5 sets by 20 students.
"""

import os
from dataclasses import dataclass
from math import sqrt
from typing import Any

from ddcore.errors import BadInput
from ddcore.experiments.settings import LATER, DistillSettings
from ddcore.locks import locked
from ddcore.parameters import schema
from ddcore.places import runs_root
from ddcore.runs.folder import RunFolder, create_run, list_runs

CONVENTIONS = {
    "sets": "two spreads: over sets, and over students of one set, both divided by n-1",
    "field": "one spread over all students of all sets, divided by n (Zhao & Bilen: 5 sets x 20 students)",
}
_IRRELEVANT = ("seed", "device", "evaluate_every", "snapshot_every")
"""Settings in which the sets of one experiment may differ. Seeds are what varies, and what is recorded along the way
changes no set. Devices do, in rounding: less than another seed would, so sets of several machines count together."""

_DEFAULTS = {field["name"]: field["default"] for field in schema(DistillSettings)}


@dataclass(frozen=True)
class SetsAccuracy:
    """Accuracies of R sets, as fractions: of each the mean, the standard deviation (n-1) and the number of students."""

    sets: tuple[tuple[float, float, int], ...]

    @classmethod
    def of(cls, accuracies: list[dict[str, Any]]) -> "SetsAccuracy":
        """The accuracies of several runs together, one from each run's result."""
        return cls(tuple((accuracy["mean"], accuracy["std"], accuracy["repeats"]) for accuracy in accuracies))

    @property
    def mean(self) -> float:
        """The mean of the sets' means."""
        return sum(mean for mean, _, _ in self.sets) / len(self.sets)

    @property
    def over_sets(self) -> float | None:
        """The standard deviation (n-1) of the sets' means; None for a single set."""
        if len(self.sets) < 2:
            return None
        return sqrt(sum((mean - self.mean) ** 2 for mean, _, _ in self.sets) / (len(self.sets) - 1))

    @property
    def over_students(self) -> float | None:
        """The standard deviation (n-1) within a set, from all sets; None where each has a single student."""
        freedom = sum(n - 1 for _, _, n in self.sets)
        return sqrt(sum((n - 1) * std**2 for _, std, n in self.sets) / freedom) if freedom else None

    @property
    def students(self) -> int:
        """All students of all sets."""
        return sum(n for _, _, n in self.sets)

    @property
    def pooled_mean(self) -> float:
        """The mean over all students of all sets."""
        return sum(n * mean for mean, _, n in self.sets) / self.students

    def pooled(self, less: int = 0) -> float | None:
        """The standard deviation of all accuracies together, divided by n - `less`; None where that is 0."""
        within = sum((n - 1) * std**2 for _, std, n in self.sets)
        between = sum(n * (mean - self.pooled_mean) ** 2 for mean, _, n in self.sets)
        return sqrt((within + between) / (self.students - less)) if self.students > less else None

    def to_json(self, convention: str = "sets") -> dict[str, Any]:
        """Mean and spreads as fractions, by one of `CONVENTIONS`. A spread of one value is null."""
        counts = [n for _, _, n in self.sets]
        if convention == "field":
            return {"mean": self.pooled_mean, "over_all": {"std": self.pooled(), "n": self.students, "ddof": 0}}
        return {
            "mean": self.mean,
            "over_sets": {"std": self.over_sets, "n": len(counts)},
            "over_students": {"std": self.over_students, "n": counts[0] if len(set(counts)) == 1 else counts},
        }

    def baseline_to_json(self, convention: str = "sets") -> dict[str, Any]:
        """The same of random images, of which each student has its own: sets and students cannot be told apart."""
        less = 0 if convention == "field" else 1
        return {
            "mean": self.pooled_mean,
            "over_all": {"std": self.pooled(less), "n": self.students, "ddof": less},
        }


def summary(results: list[dict[str, Any]], convention: str = "sets") -> dict[str, Any]:
    """One object of the results of runs that differ in their seed only, shaped as one run's result is."""
    first = results[0]
    together: dict[str, Any] = {"convention": convention, "protocol": first["protocol"]}
    together |= _accuracies(results, convention)
    together |= {"full": first["full"]}  # one network, from one seed, for all of them
    kernels = [kernel for result in results if (kernel := result.get("kernel")) is not None]
    if len(kernels) < len(results):
        return together | {"kernel": None}
    return together | {"kernel": {"predictor": kernels[0]["predictor"]} | _accuracies(kernels, convention)}


def _accuracies(results: list[dict[str, Any]], convention: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("accuracy", "initial_accuracy", "random"):
        values = [result[name] for result in results]
        together = None if None in values else SetsAccuracy.of(values)
        of = SetsAccuracy.baseline_to_json if name == "random" else SetsAccuracy.to_json
        found[name] = together and of(together, convention)
    return found


def runs_of_seeds(config: dict[str, Any], runs: list[RunFolder] | None = None) -> list[RunFolder]:
    """Those of `runs` (default: all, newest first) that are of the experiment of `config`, whatever seed and state."""
    return [run for run in (list_runs() if runs is None else runs) if _is_of(run, config)]


def run_of(settings: dict[str, Any], dataset: str, protocol: str | None) -> RunFolder | None:
    """The run of just these complete settings on the dataset of this hash, tested by this protocol (in words; None for
    no test): of several the one that is nearest to its end and can go on, None if there is none. One that is not
    finished and another user's cannot go on."""
    wanted = {"settings": settings, "dataset": {"hash": dataset}, "protocol": protocol and {"text": protocol}}
    known = [run for run in runs_of_seeds(wanted) if settings_of(run.config()) == settings and _is_of_use(run)]
    return min(known, key=_still_missing, default=None)


def run_to_make(settings: dict[str, Any], dataset: str, protocol: str | None, queue: str | None) -> RunFolder:
    """The run of `run_of`, else a new one in the line of `queue`: one run, however many processes of a user ask."""
    runs_root().mkdir(parents=True, exist_ok=True)
    with locked(runs_root() / f".lock-{os.getuid()}"):
        return run_of(settings, dataset, protocol) or create_run(settings, queue=queue)


def _is_of_use(run: RunFolder) -> bool:
    return os.access(run.path, os.W_OK) or run.state() == "finished"


def _still_missing(run: RunFolder) -> tuple[int, int]:
    """How little a run is of use: least a finished one, most one that somebody else works on or waits for."""
    order = {"finished": 0, "stopped": 1, "lost": 1, "failed": 2}
    return order.get(run.state(), 3), -run.status()["step"]


def finished_sets(config: dict[str, Any], runs: list[RunFolder]) -> dict[int, dict[str, Any]]:
    """Seed -> result of the finished ones among them; of a seed that ran twice that of the first in `runs`."""
    by_seed: dict[int, dict[str, Any]] = {}
    for run in runs_of_seeds(config, runs):
        if run.state() == "finished" and (result := run.status()["result"]):
            by_seed.setdefault(run.config()["settings"]["seed"], result)
    return dict(sorted(by_seed.items()))


def settings_of(config: dict[str, Any]) -> dict[str, Any]:
    """The settings in a run's `config`; of those that an earlier version did not have, what it did."""
    found = _DEFAULTS | config["settings"]
    for role in ("distiller", "init", "init_score", "importance"):
        found = LATER.get(found[role], {}) | found
    return found


def _is_of(run: RunFolder, config: dict[str, Any]) -> bool:
    try:
        own = run.config()
        return own.get("kind") == "distill" and _same_but_seed(own, config)
    except (BadInput, KeyError, TypeError):  # damaged: `runs` and the Library say so
        return False


def _same_but_seed(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two runs differ in their seed only. Of one that has not begun, dataset and protocol are not known and
    count as the same."""
    settings = [{k: v for k, v in settings_of(config).items() if k not in _IRRELEVANT} for config in (one, other)]
    if settings[0] != settings[1]:
        return False
    for name, part in (("dataset", "hash"), ("protocol", "text")):
        known = [config[name][part] for config in (one, other) if config.get(name)]
        if len(known) == 2 and known[0] != known[1]:
            return False
    return True
