"""What a GPU does, checked in at most eight minutes. Without one, the list of checks, each "not run".

    python -m benchmarks.gpu_check                                     # writes results/gpu_check.txt
    python -m benchmarks.gpu_check --device cpu --toy --out /tmp/out   # the same code on a CPU, in a minute

Each part has a share of the time, and what it leaves goes to the next. A check that does not fit, or takes the time of
more than four of its part, is interrupted and said not to have run. The file is written anew after each check, so
that whatever happens keeps what was found.
Exits 1 if a check was missed or failed.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from benchmarks.environment import describe
from benchmarks.gpu_cases import Bench, Case, Found
from benchmarks.gpu_hazards import HAZARDS
from benchmarks.gpu_setting import TOY, Size
from benchmarks.paired import NOT_RUN, markdown_row
from ddcore.errors import BadInput
from ddcore.networks.compute import available_devices, resolve_device
from ddcore.runs.queue import place_in_line

RESULTS = Path(__file__).parent / "results" / "gpu_check.txt"
MINUTES = 8.0
SHARES = {"device": 0.05, "contracts": 0.22, "agreement": 0.13, "students": 0.04, "speed": 0.32, "memory": 0.24}
"""Of the time; they are all of it."""
AT_ONCE = 4  # checks' worth of what is left of a part's time, for one of them
OUT_OF_TIME = f"{NOT_RUN}: out of time"

Row = tuple[Case, str, str, str]  # what was found, the seconds it took, and the verdict


class _Over(BaseException):
    """The time of a part is over: no `except Exception` may take it for something else."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `_Over` in the block once it has taken so long."""

    def end(*_: object) -> None:
        raise _Over

    if seconds <= 0:
        raise _Over
    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def verdict_of(case: Case, seconds: float) -> tuple[str, str]:
    """What the case found within so many seconds, and the verdict."""
    try:
        with limited(seconds):
            found = case.check()
    except _Over:
        return "–", OUT_OF_TIME
    except Exception as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}", "failed"
    return found.text, _word(found)


def _word(found: Found) -> str:
    return "–" if found.held is None else "held" if found.held else "missed"


def checked(cases: list[Case], seconds: float, began: float) -> Iterator[Row]:
    """Yield the rows one by one; `began` is the `time.monotonic` from which the seconds count."""
    ends, share = {}, 0.0
    for part, of_all in SHARES.items():
        share += of_all
        ends[part] = began + share * seconds
    left = Counter(case.part for case in cases)
    for case in cases:
        at = time.monotonic()
        most = min(1.0, AT_ONCE / left[case.part])
        left[case.part] -= 1
        found, verdict = verdict_of(case, most * (ends[case.part] - at))
        yield case, found, f"{time.monotonic() - at:.1f}", verdict


def text_of(machine: str, rows: list[Row], rest: list[Case]) -> str:
    """The file: the machine, the table, and how a GPU differs, with what was done about it."""
    every = [*rows, *((case, "–", "–", NOT_RUN) for case in rest)]
    table = [["part", "check", "bound", "found", "seconds", "verdict"], ["---"] * 6]
    table += [[case.part, case.name, case.bound, *said] for case, *said in every]
    words = ("held", "missed", "failed", NOT_RUN)
    counts = ", ".join(f"{sum(row[-1].startswith(word) for row in every)} {word}" for word in words)
    lines = [machine, f"{len(every)} checks: {counts}.", "", *map(markdown_row, table), ""]
    lines += ["How CUDA differs, and what was done about it:", ""]
    lines += [f"* {what}: {answer}" for what, answer in HAZARDS]
    return "\n".join(lines) + "\n"


def run(bench: Bench, out: Path, seconds: float, began: float) -> list[Row]:
    """Check everything in folders of its own, strictly: an operation that does not repeat is an error."""
    rows: list[Row] = []
    kept = {name: os.environ.get(name) for name in ("DDCORE_CACHE", "DDCORE_RUNS")}
    modes = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    machine, cases = describe(bench.device), list(bench.cases())
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.environ.update({name: str(Path(folder) / name) for name in kept})
            torch.use_deterministic_algorithms(True)
            for row in checked(cases, seconds, began):
                rows.append(row)
                out.write_text(text_of(machine, rows, cases[len(rows) :]))
                print(markdown_row([row[0].part, row[0].name, *row[1:]]), flush=True)
        finally:
            torch.use_deterministic_algorithms(modes[0], warn_only=modes[1])
            for name, value in kept.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
    return rows


def main(arguments: list[str] | None = None) -> int:
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", help="cuda:0 and so on; the first GPU if not given")
    parser.add_argument("--toy", action="store_true", help="a few small images: to try the script, not the device")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long it may take in all")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    size = TOY if options.toy else Size()
    if options.device is None and not available_devices()[0].startswith("cuda"):
        options.out.write_text(text_of("No GPU has been seen yet.", [], list(Bench("cuda:0", size).cases())))
        print(f"no GPU here: {options.out} lists what would be checked")
        return 0
    try:
        device = resolve_device(options.device or "auto")
    except BadInput as mistake:
        parser.error(str(mistake))
    with place_in_line(device, lambda ahead: print(f"waiting for {device}: {ahead} ahead", flush=True)):
        rows = run(Bench(device, size), options.out, 60 * options.minutes, began)
    return int(any(verdict in ("missed", "failed") for *_, verdict in rows))


if __name__ == "__main__":
    sys.exit(main())
