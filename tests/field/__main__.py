"""`python -m tests.field`: tried / held for each kind of case, and the names of those that did not hold."""

import os
import signal
import sys
import tempfile
import warnings
from pathlib import Path

from .case import Case, judge
from .corpus import KINDS

LIMIT = 30
"""Seconds after which a case hangs."""


class Hang(Exception):
    """No `OSError`, which a reader may well catch."""


def _fault(case: Case) -> str:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"DDCORE_{kind}": f"{folder}/{kind.lower()}" for kind in ("DATA", "CACHE", "RUNS")}
        signal.alarm(LIMIT)
        try:
            return judge(case, Path(folder) / "s")
        except Exception as defect:
            return f"{type(defect).__name__}: {defect}"
        finally:
            signal.alarm(0)


def _hang(*_: object) -> None:
    raise Hang(f"still at work after {LIMIT} seconds")


def run() -> int:
    warnings.simplefilter("error")  # as under pytest
    signal.signal(signal.SIGALRM, _hang)
    failed = 0
    for kind, cases in KINDS.items():
        faults = {case.name: fault for case in cases if (fault := _fault(case))}
        print(f"{kind}: {len(cases)} / {len(cases) - len(faults)}", flush=True)
        for name, fault in faults.items():
            print(f"    {name}: {' '.join(fault.split())[:400]}", flush=True)
        failed += len(faults)
    print(f"all: {sum(map(len, KINDS.values()))} / {sum(map(len, KINDS.values())) - failed}")
    return 1 if failed else 0


sys.exit(run())
