"""The published protocol: five sets by 20 students, from the preset that sets all that the paper does. Needs a GPU.

    python -m benchmarks.published dm mnist 1
    python -m benchmarks.published --table

One call is one cell: a method, a dataset, images per class. It is `ddcore distill` with the flags below, so a call that
was stopped goes on when it is given again: finished sets are not made twice, and the one at work is resumed. What is
found goes as one line of JSON to `--out`; a cell that is there is not run again. Flags after `--` go to `distill`, too,
and make another cell, which is in no table.

The table has both spreads: the field's (all students of all sets, divided by n) and the one over sets (n-1). Beside
them stands what the authors report, of CIFAR-10 itself: `cifar10-jpeg` is a lossy copy.
"""

import argparse
import json
import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.environment import describe
from benchmarks.lines import Lines
from benchmarks.paired import NOT_RUN, markdown_row
from ddcore.networks.compute import resolve_device
from ddcore.runs.sets import SetsAccuracy
from ddcore.studies.published import PUBLISHED

RESULTS = Path(__file__).parent / "results" / "published.jsonl"
METHODS, DATASETS, IPCS = ("dm", "dc", "dsa", "ncfm"), ("mnist", "fashion-mnist", "cifar10-jpeg"), (1, 10)
FLAGS = ["--preset", "paper", "--seeds", "5", "--repeats", "20", "--convention", "field"]


def key_of(method: str, dataset: str, ipc: int, more: list[str]) -> dict[str, Any]:
    return {"method": method, "dataset": dataset, "ipc": ipc, "flags": [*FLAGS, *more]}


def run(key: dict[str, Any], lines: Lines) -> int:
    """Run the cell and keep what it found; the exit status of `distill`."""
    if key in lines:
        print(f"{key} is there already; --table shows it")
        return 0
    cell = ["--distiller", key["method"], "--dataset", key["dataset"], "--ipc", str(key["ipc"])]
    command = ["-m", "ddcore", "distill", *cell, *key["flags"], "--json"]
    print("python", shlex.join(command), file=sys.stderr, flush=True)
    done = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == 0:
        found = json.loads(done.stdout.strip().splitlines()[-1])
        lines.add(key, found | {"machine": describe(resolve_device("auto"))})
        print(f"{key}: {_field(found)}")
    return done.returncode


def print_table(lines: Lines) -> None:
    names = [
        "method",
        "dataset",
        "ipc",
        "accuracy, field's convention",
        "spread over sets",
        "reported (CIFAR-10 itself)",
    ]
    print(markdown_row(names), markdown_row(["---"] * len(names)), sep="\n")
    for method, dataset, ipc in product(METHODS, DATASETS, IPCS):
        found = lines.get(key_of(method, dataset, ipc, []))
        ours = (NOT_RUN, NOT_RUN) if found is None else (_field(found), _over_sets(found))
        print(markdown_row([method, dataset, str(ipc), *ours, _reported(method, dataset, ipc)]))


def _field(found: dict[str, Any]) -> str:
    accuracy = found["accuracy"]
    return f"{100 * accuracy['mean']:.1f} ± {100 * accuracy['over_all']['std']:.1f} %, n = {accuracy['over_all']['n']}"


def _reported(method: str, dataset: str, ipc: int) -> str:
    """By the authors of the method, whatever their students' protocol; NCFM's are confirmed of no dataset here."""
    return str(PUBLISHED.get((method, dataset.removesuffix("-jpeg"), ipc), "–"))


def _over_sets(found: dict[str, Any]) -> str:
    sets = SetsAccuracy.of([result["accuracy"] for result in found["runs"]])
    return NOT_RUN if sets.over_sets is None else f"{100 * sets.over_sets:.1f}, n = {len(sets.sets)}"


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    own, more = (given[: given.index("--")], given[given.index("--") + 1 :]) if "--" in given else (given, [])
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("method", nargs="?", choices=METHODS)
    parser.add_argument("dataset", nargs="?", help=", ".join(DATASETS))
    parser.add_argument("ipc", nargs="?", type=int)
    parser.add_argument("--table", action="store_true", help="print all cells, and run nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="what was found, a line of JSON each")
    options = parser.parse_args(own)
    if options.table:
        print_table(Lines(options.out))
        return 0
    if options.ipc is None:
        parser.error("name a method, a dataset and images per class, or ask for --table")
    return run(key_of(options.method, options.dataset, options.ipc, more), Lines(options.out))


if __name__ == "__main__":
    sys.exit(main())
