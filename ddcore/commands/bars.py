"""Progress on standard error: a bar on a terminal, a line a phase elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from ddcore.runs.queue import in_line, jobs, place_in_line
from ddcore.training.protocols import margin
from ddcore.words import duration

_COUNTED = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
_MEASURED = "{desc}: {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]"
_ESTIMATED = "{desc}: {percentage:3.0f}%|{bar}| [{elapsed}{postfix}]"  # the job itself tells the time left
_BY_ITSELF = "this one begins by itself (Ctrl-C leaves the line)"
_UNKNOWN = "{desc} [{elapsed}{postfix}]"


class Bars:
    """Shows the events of a job, or is itself a progress callback.

    A bar goes on while its total stays and what is done grows, whatever is being done meanwhile; else a new one begins.
    """

    def __init__(self):
        self._bar: tqdm | None = None
        self._phase = ""

    def __call__(self, done: float, total: float, note: str = "") -> None:
        if self._phase:
            self._show(self._phase, done, total, note=note)
        else:
            self._show(note, done, total)

    def phase(self, name: str) -> None:
        """Begin a part that is shown by this name."""
        self.close()
        self._phase = name
        if not sys.stderr.isatty():
            print(f"{name} ...", file=sys.stderr, flush=True)

    def report(self, event: dict[str, Any], steps: int) -> None:
        """Show one event of a distillation run of `steps` steps."""
        match event["event"]:
            case "phase":
                self.phase(event["phase"])
            case "progress":
                if (left := event.get("left")) is None:
                    self._show(self._phase, event["done"], event["total"], note=event["note"])
                else:
                    note = f"{event['note']}; about {duration(left)} left"
                    self._show(self._phase, event["done"], event["total"], _ESTIMATED, note)
            case "initialised":
                self.write(start_in_words(event["init"], event["report"]))
            case "step":
                self._show("distilling", event["step"], steps, _COUNTED, f"loss {event['loss']:.4g}")
            case "accuracy":
                self.write(f"{_at(event)}: students {percent(event)}")
            case "kernel" if event["mean"] is not None and event["step"] in (0, steps):
                self.write(f"{_at(event)}: own predictor {100 * event['mean']:.1f} % of {event['images']:,} images")
            case "queued":
                self.write(f"{event['note']}; {_BY_ITSELF}")

    def _show(self, what: str, done: float, total: float | None, shape: str = _MEASURED, note: str = "") -> None:
        """Units of work mean nothing to a person: they are counted for steps only."""
        if not sys.stderr.isatty():
            return
        total, shape = total or None, shape if total else _UNKNOWN
        if self._bar is None or self._bar.total != total or done < self._bar.n:
            self.close()
            self._bar = tqdm(
                total=total, desc=what, leave=False, dynamic_ncols=True, file=sys.stderr, bar_format=shape
            )  # fmt: skip
        self._bar.bar_format = shape  # a job may come to know the time left
        self._bar.set_description_str(what, refresh=False)
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(done - self._bar.n)

    def write(self, line: str) -> None:
        self.close()
        print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _at(event: dict[str, Any]) -> str:
    return f"step {event['step']}" if event["step"] else "start"


def percent(accuracy: dict[str, Any] | None) -> str:
    """An accuracy for a person: "71.3 +- 1.0 % (n = 3)". Where students were to stop and did not, why."""
    if accuracy is None:
        return "not measured"
    std, count, until = accuracy["std"], accuracy["repeats"], accuracy.get("until")
    spread = f" +- {100 * std:.1f}" if count > 1 else ""
    reached = until is None or count == 1 or 100 * margin(std, count) <= until
    why = "" if reached else f", the mean known to +-{100 * margin(std, count):.1f} only"
    return f"{100 * accuracy['mean']:.1f}{spread} % (n = {count}{why})"


def start_in_words(init: str, report: dict[str, Any]) -> str:
    """What the initial set cost and achieved, on one line."""
    told = [f"initial set {init} in {report['seconds']:.1f} s"]
    if report.get("cost_ratio") is not None:
        told.append(f"k-means cost {report['cost_ratio']:.2f} times that of random images")
    if report.get("certificate") is not None:
        none = " (from 1 on no lower guarantee)" if report["certificate"] >= 1 else ""
        told.append(f"certificate eps = {report['certificate']:.2f}{none}")
    return "; ".join(told)


@contextmanager
def turn_on(device: str, bars: Bars) -> Iterator[None]:
    """Two jobs never share one GPU: wait in its line as a run would. A CPU is shared, and whoever waits longer for it
    is told why."""

    def tell(ahead: int) -> None:
        bars.write(f"waiting for {device}: {jobs(ahead)} ahead; {_BY_ITSELF}")

    if device == "cpu" and (others := in_line(device)):
        bars.write(f"{jobs(others)} on the cpu or waiting for it; this one shares it at once, so it takes longer")
    with place_in_line(None if device == "cpu" else device, tell, lambda: None):
        yield
