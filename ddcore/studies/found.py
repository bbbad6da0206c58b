"""What one cell of a study found: a finished run's accuracies, or the reason why there is none."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from ddcore.errors import BadInput
from ddcore.networks import in_words
from ddcore.runs.damage import Damaged
from ddcore.runs.events import ACCURACY, is_count, is_number, is_sound, is_text, or_null
from ddcore.runs.gains import Measured
from ddcore.runs.reading import RunFolder

Curve = tuple[tuple[int, float, float], ...]
"""(step, seconds of distilling so far, accuracy of one student) along the way, steps rising, the start among them."""


@dataclass(frozen=True)
class Found:
    """Accuracies as fractions, of one set; None where the run has none."""

    accuracy: Measured | None = None
    """Of students trained on the distilled set."""
    random: Measured | None = None
    """Of students of random images, as many as the set has."""
    initial: Measured | None = None
    """Of the images that the set started from."""
    full: Measured | None = None
    """Of all the data, by their own short schedule."""
    kernel: Measured | None = None
    """Of the set's own predictor, where the method has one."""
    seconds: float | None = None
    """Spent distilling, tests not counted, on `machine`."""
    elapsed: float | None = None
    """Spent on everything: scores, start, distilling and tests; waiting in line and pauses are not counted."""
    machine: str | None = None
    curve: Curve = ()
    protocol: str | None = None
    """How students were trained and tested, in words: only cells of one protocol and one test set are compared."""
    students: str | None = None
    """The network that was trained, in words."""
    tested_on: str | None = None
    """The hash of the dataset whose test images were used; of a variant, its base's."""
    run: str | None = None
    """The id of the run folder; it may have been deleted since."""
    refused: str | None = None
    """Why the cell cannot be run, in one sentence; then all else is None."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Found":
        """What `to_json` wrote and JSON kept; BadInput for anything else."""
        wrong = [name for name, item in value.items() if not _FIELDS.get(name, _nothing)(item)]
        if wrong:
            raise BadInput(f"{wrong[0]} is not what a study keeps of a run.")
        named = {name: Measured(*value[name]) for name in _MEASURED if value.get(name) is not None}
        return cls(**value | named | {"curve": tuple(tuple(point) for point in value.get("curve", ()))})


_MEASURED = ("accuracy", "random", "initial", "full", "kernel")


def _nothing(value: Any) -> bool:
    return False


def _is_measured(value: Any) -> bool:
    tests = ACCURACY.values()
    return isinstance(value, list) and len(value) == 3 and all(test(v) for test, v in zip(tests, value, strict=True))


def _is_curve(value: Any) -> bool:
    tests = (is_count, is_number, ACCURACY["mean"])
    return isinstance(value, list) and all(
        isinstance(point, list) and len(point) == 3 and all(test(v) for test, v in zip(tests, point, strict=True))
        for point in value
    )


_FIELDS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(_MEASURED, or_null(_is_measured)),
    **dict.fromkeys(("seconds", "elapsed"), or_null(is_number)),
    **dict.fromkeys(("machine", "protocol", "students", "tested_on", "run", "refused"), or_null(is_text)),
    "curve": _is_curve,
}


def usual_measure(found: Iterable[Found]) -> str:
    """ "accuracy", or "kernel" where no students were tested but the sets' own predictors were."""
    known = [one for one in found if one.accuracy or one.kernel]
    return "kernel" if known and not any(one.accuracy for one in known) else "accuracy"


def found_in(run: RunFolder) -> Found:
    """What a finished run found, whoever made it. BadInput if it is not finished, or damaged."""
    config, status = run.config(), run.status()
    if status["state"] != "finished" or status["result"] is None:
        raise BadInput(f"Run {run.id} is {run.state()}; only a finished one has results.")
    try:
        return kept(_read(run.id, config, status["result"], run.events()[0]))
    except (BadInput, ArithmeticError, AttributeError, LookupError, TypeError) as error:
        what = str(error) if isinstance(error, BadInput) else "a number is missing, or is none."
        raise Damaged(f"The results of run {run.id!r} are damaged: {what} Delete it to have it made again.") from None


def kept(found: Found) -> Found:
    """`found` as a study's file gives it back; BadInput for what it would not."""
    return Found.from_json(json.loads(json.dumps(found.to_json())))


def _read(id: str, config: dict[str, Any], result: dict[str, Any], events: list[dict[str, Any]]) -> Found:
    dataset, network = config.get("dataset") or {}, config.get("student_network") or config.get("network")
    events = [event for event in events if is_sound(event) and event["event"] != "unreadable"]
    return Found(
        accuracy=_measured(result.get("accuracy")), random=_measured(result.get("random")),
        initial=_measured(result.get("initial_accuracy")), full=_measured(result.get("full")),
        kernel=_measured((result.get("kernel") or {}).get("accuracy")),
        seconds=result["seconds"], elapsed=_elapsed(events), machine=machine_of(config), curve=_curve(events),
        protocol=result.get("protocol"), students=network and in_words(network),
        tested_on=dataset.get("base") or dataset.get("hash"), run=id,
    )  # fmt: skip


def _measured(accuracy: dict[str, Any] | None) -> Measured | None:
    return Measured(accuracy["mean"], accuracy["std"], accuracy["repeats"]) if accuracy else None


def machine_of(config: dict[str, Any]) -> str | None:
    """What a run of this config ran on, in words; None if it does not say."""
    hardware = config.get("hardware") or {}
    if hardware.get("gpu"):
        return str(hardware["gpu"])
    if not hardware:
        return None
    return f"{hardware.get('cpus')} CPUs ({hardware.get('machine') or hardware.get('platform')})"


def _curve(events: list[dict[str, Any]]) -> Curve:
    """Of steps that were taken twice, since the first time was lost with its process, the last time counts."""
    seconds = {event["step"]: event.get("seconds") or 0.0 for event in events if event["event"] == "step"}
    spent, total = {0: 0.0}, 0.0
    for step in sorted(seconds):
        total += seconds[step]
        spent[step] = round(total, 3)
    reached = {event["step"]: event["mean"] for event in events if event["event"] == "accuracy"}
    return tuple((step, spent[step], reached[step]) for step in sorted(reached) if step in spent)


def _elapsed(events: list[dict[str, Any]]) -> float | None:
    """Stretches of work, each from its preparing to its last event. A clock that was set back in between counts as no
    time."""
    spent, known = 0.0, False
    told = [event for event in events if event["event"] != "queued"]
    for before, event in pairwise(told):
        begins = event["event"] == "phase" and event["phase"] == "preparing"
        known = known or event["event"] == "finished"
        if not begins and before["event"] != "paused":
            spent += max(0.0, event["time"] - before["time"])
    return round(spent, 3) if known else None
