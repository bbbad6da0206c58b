"""A run's history from its events, read incrementally: each look reads the lines written since the last one."""

from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from math import nan
from typing import Any, NamedTuple

from ddcore.errors import BadInput
from ddcore.runs.certified import Certified
from ddcore.runs.events import is_number, is_sound
from ddcore.runs.folder import RunFolder
from ddcore.runs.gains import Measured
from pages.parts.run_description import RunDescription
from pages.parts.run_metrics import RunMetrics

_AT_A_TIME = 4 * 1024 * 1024  # bytes of events
PACE_OVER = 60.0  # seconds of recent steps over which the pace is taken


class KernelPoint(NamedTuple):
    """Measurements of a kernel method's set at one step."""

    accuracy: Measured | None  # of its own predictor; None if nothing was tested
    images: int | None  # test images behind it
    condition: float  # of the matrix that is solved, NaN where it is no number
    certificate: float  # eps of ridge regression on the set, NaN where it is no number


@dataclass
class RunHistory:
    """Curves by step; if a line comes twice (after a resume), the later one counts."""

    run: RunFolder
    loss: dict[int, float] = field(default_factory=dict)
    accuracy: dict[int, Measured] = field(default_factory=dict)
    kernel: dict[int, KernelPoint] = field(default_factory=dict)  # of kernel methods only
    baselines: dict[str, Measured] = field(default_factory=dict)  # random, full, kernel-random
    lr_student: float | None = None  # the step size of students that the method learned, as of the last step
    certified: dict[int, Certified] = field(default_factory=dict)  # of a run in closed form
    start: dict[str, Any] = field(default_factory=dict)  # what the initialiser reported
    final_tests: set = field(default_factory=set)  # what was tested since the last phase began
    sheet: tuple | None = None  # what `tracks.sheet_shape` found: it never changes within a run
    labels: dict[int, tuple] = field(default_factory=dict)  # what `label_shots` has read from the snapshots
    damage: str = ""  # why the events cannot be read at all
    unreadable: int = 0  # lines left out: no JSON, or not with the fields of their event
    _offset: int = 0
    _steps: deque = field(default_factory=lambda: deque(maxlen=2000))  # (time, step), newest last
    _part: tuple | None = None  # (phase, total, time, done) at the start of the current part
    _latest: tuple | None = None  # (time, done) of that part

    @property
    def about(self) -> RunDescription:
        return RunDescription(self.run.config())

    @property
    def coresets(self) -> dict[int, Certified]:
        """What is proved at each step of a run that solves on coresets of several sizes; empty for other runs."""
        return self.certified if self.about.settings["steps"] > 1 and self.about.coreset else {}

    @cached_property
    def metrics(self) -> RunMetrics:
        """What the method measures beside its loss."""
        return RunMetrics(self.about.distiller.curves)

    @cached_property
    def _coreset(self) -> int:
        return self.about.coreset

    def update(self) -> "RunHistory":
        """Read what was written since the last call; returns itself."""
        before = -1
        while before != self._offset:  # a long file in parts, so that its lines are never all in memory
            before = self._offset
            try:
                events, self._offset = self.run.events(before, _AT_A_TIME)
                self.damage = ""
            except BadInput as error:
                events, self.damage = [], str(error)
            for event in events:
                if is_sound(event) and (event["event"] != "step" or self.metrics.fits(event)):
                    self._take(event)
                else:  # a damaged file: the rest of it still counts
                    self.unreadable += 1
        return self

    def _take(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "step":
                self.loss[event["step"]] = _number(event.get("loss"))
                self.metrics.take(event)
                if proved := Certified.of(event, self._coreset):
                    self.certified[event["step"]] = proved
                self.lr_student = _step_size(event.get("lr_student"))
                self._steps.append((event["time"], event["step"]))
            case "accuracy":
                self.accuracy[event["step"]] = _measured(event)
                self.final_tests.add(event["step"])
            case "kernel":
                self.kernel[event["step"]] = _kernel_point(event)
            case "baseline":
                self.baselines[event["name"]] = _measured(event)
                self.final_tests.add(event["name"])
            case "initialised":
                self.start = {name: value for name, value in event["report"].items() if is_number(value)}
            case "progress":
                self._take_progress(event)
            case "phase" | "paused" | "resumed" | "queued":
                self._steps.clear()
                self._part = self._latest = None
                if event["event"] == "phase":
                    self.final_tests.clear()
            case "unreadable":
                self.unreadable += event["lines"]

    def _take_progress(self, event: dict[str, Any]) -> None:
        part, done, time = (event["phase"], event["total"]), event["done"], event["time"]
        if self._part is None or self._part[:2] != part or done < self._latest[1]:
            self._part = (*part, time, done)
        self._latest = (time, done)

    def steps_per_second(self) -> float | None:
        """The recent pace, including the testing of students; None while too little is known."""
        if len(self._steps) < 2:
            return None
        end, last = self._steps[-1]
        start, first = next((time, step) for time, step in self._steps if time >= end - PACE_OVER)
        return (last - first) / (end - start) if last > first and end > start else None

    def seconds_left_of_part(self) -> float | None:
        """Seconds left of the current part at its pace so far; None while too little is known."""
        if self._part is None or self._latest is None:
            return None
        _, total, start, first = self._part
        now, done = self._latest
        return (total - done) * (now - start) / (done - first) if done > first and total >= done else None


def _measured(event: dict[str, Any]) -> Measured:
    return Measured(event["mean"], event["std"], event["repeats"])


def _kernel_point(event: dict[str, Any]) -> KernelPoint:
    tested = event.get("mean") is not None
    return KernelPoint(
        _measured(event) if tested else None,
        event.get("images") if tested else None,
        _number(event.get("condition")),
        _number(event.get("certificate")),
    )


def _step_size(value: Any) -> float | None:
    return float(value) if is_number(value) and value > 0 else None


def _number(value: Any) -> float:
    """NaN and infinity are null in the file."""
    return nan if value is None else value
