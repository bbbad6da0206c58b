"""Progress on standard error: a bar on a terminal, a line a phase elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from ddcore.runs.queue import place_in_line

_COUNTED = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
_MEASURED = "{desc}: {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]"
_UNKNOWN = "{desc} [{elapsed}{postfix}]"


class Bars:
    """Shows the events of a job, or is itself a progress callback.

    A bar goes on while its total stays and what is done grows, whatever is being done meanwhile; else a new one begins.
    """

    def __init__(self):
        self._bar: tqdm | None = None
        self._phase = ""

    def __call__(self, done: float, total: float, note: str = "") -> None:
        self._show(note, done, total)

    def report(self, event: dict[str, Any], steps: int) -> None:
        """Show one event of a distillation run of `steps` steps."""
        match event["event"]:
            case "phase":
                self.close()
                self._phase = event["phase"]
                if not sys.stderr.isatty():
                    print(f"{self._phase} ...", file=sys.stderr, flush=True)
            case "progress":
                self._show(self._phase, event["done"], event["total"], note=event["note"])
            case "initialised":
                self.write(start_in_words(event["init"], event["report"]))
            case "step":
                self._show("distilling", event["step"], steps, _COUNTED, f"loss {event['loss']:.4g}")
            case "accuracy":
                self.write(f"{_at(event)}: students {percent(event)}")
            case "kernel" if event["mean"] is not None and event["step"] in (0, steps):
                self.write(f"{_at(event)}: own predictor {100 * event['mean']:.1f} % of {event['images']:,} images")
            case "queued":
                self.write(event["note"])

    def _show(self, what: str, done: float, total: float | None, shape: str = _MEASURED, note: str = "") -> None:
        """Units of work mean nothing to a person: they are counted for steps only."""
        if not sys.stderr.isatty():
            return
        total = total or None
        if self._bar is None or self._bar.total != total or done < self._bar.n:
            self.close()
            self._bar = tqdm(
                total=total, desc=what, leave=False, dynamic_ncols=True, file=sys.stderr,
                bar_format=shape if total else _UNKNOWN,
            )  # fmt: skip
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
    """An accuracy for a person: "71.3 +- 1.0 % (n = 3)"."""
    if accuracy is None:
        return "not measured"
    spread = f" +- {100 * accuracy['std']:.1f}" if accuracy["repeats"] > 1 else ""
    return f"{100 * accuracy['mean']:.1f}{spread} % (n = {accuracy['repeats']})"


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
    """Two jobs never share one GPU: wait in its line as a run would. A CPU is shared."""

    def tell(ahead: int) -> None:
        bars.close()
        print(f"waiting for {device}: {ahead} ahead", file=sys.stderr, flush=True)

    with place_in_line(None if device == "cpu" else device, tell, lambda: None):
        yield
