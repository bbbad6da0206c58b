"""What a map costs, phase by phase: UMAP on its own, beside ours with exact neighbours and its compiled code kept.

    OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python -m benchmarks.umap [--rounds 1]

Every map is laid out in a process of its own, as a job does it, from principal coordinates (50) or pixels (784) of the
first images of Fashion-MNIST, which is needed in DDCORE_DATA, and of digits. Prints CPU seconds, old and new by turns,
medians of the rounds: of importing, of all that comes before the first epoch (searching, compiling, weights), of the
layout, in total; and which part of the neighbours UMAP itself finds. `compiling` is the first map on a machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np

from benchmarks.environment import describe
from ddcore.data.loading import load_dataset
from ddcore.features.pca import fit_pca, principal_coordinates
from ddcore.maps.embedding import MapSettings, feature_matrix
from ddcore.maps.layout import is_exact, umap_layout
from ddcore.maps.nearest import nearest

PHASES = ("import", "before", "layout")
CASES = [("digits", 1_797, "pca")] + [
    ("fashion-mnist", count, kind) for count in (5_000, 10_000, 20_000, 60_000) for kind in ("pca", "pixels")
]
SETTINGS = MapSettings()


class Clock:
    """CPU seconds by phase."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(PHASES, 0.0)
        self.last = time.process_time()

    def lap(self, phase: str) -> None:
        """What has passed since the last lap belongs to `phase`."""
        now = time.process_time()
        self.spent[phase] += now - self.last
        self.last = now


def points_of(name: str, count: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """(points (N,D), start (N,2)) of a map."""
    dataset = load_dataset(name)
    images = np.concatenate([dataset.train.images, dataset.test.images])[:count]
    pixels = feature_matrix("pixels", images, dataset.mean, dataset.std)
    mean, components, _ = fit_pca(pixels, SETTINGS.components)
    reduced = principal_coordinates(pixels, mean, components)
    return (pixels if kind == "pixels" else reduced), np.ascontiguousarray(reduced[:, :2])


def old(points: np.ndarray, start: np.ndarray, clock: Clock) -> float:
    """UMAP on its own; the part of the neighbours that it finds."""
    import umap.layouts

    clock.lap("import")
    bar = umap.layouts.tqdm

    def begun(*args, **options):
        clock.lap("before")
        return bar(*args, **options)

    umap.layouts.tqdm = begun
    mapper = umap.UMAP(n_neighbors=SETTINGS.neighbours, init=start, random_state=0, n_jobs=1)
    mapper.fit_transform(points)
    clock.lap("layout")
    if len(points) < 4096:  # all distances are computed
        return 1.0
    exact = nearest(points[:1000], points, SETTINGS.neighbours)[0]
    return float(np.mean([np.isin(*pair).mean() for pair in zip(exact, mapper._knn_indices, strict=False)]))


def new(points: np.ndarray, start: np.ndarray, clock: Clock) -> float:
    """Ours. Phases are told four times a second."""
    phase = "before"

    def progress(done: float, total: float, note: str) -> None:
        nonlocal phase
        clock.lap(phase)
        phase = "import" if "loading" in note else "layout" if "laying out" in note else "before"

    umap_layout(points, start, SETTINGS.neighbours, SETTINGS.min_dist, 0, progress)
    clock.lap(phase)
    return 1.0 if is_exact(*points.shape) else float("nan")


def measured(way: str, case: tuple[str, int, str], cache: str) -> dict[str, float]:
    """One map in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.umap", "--way", way, "--case", *map(str, case)]
    done = subprocess.run(command, env=os.environ | {"NUMBA_CACHE_DIR": cache}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def one(lay_out: Callable[[np.ndarray, np.ndarray, Clock], float], name: str, count: str, kind: str) -> None:
    """The measured process."""
    points, start = points_of(name, int(count), kind)
    began, clock = time.perf_counter(), Clock()
    found = lay_out(points, start, clock)
    print(json.dumps(clock.spent | {"wall": time.perf_counter() - began, "found": found}))


def compare(cache: str, rounds: int) -> None:
    """Print the table; what can be kept of compiling is in `cache`."""
    print(f"{'case':28} {'':4} {'import':>7} {'before':>7} {'layout':>7} {'total':>7}  neighbours found")
    for case in CASES:
        results: dict[str, list[dict[str, float]]] = {"old": [], "new": []}
        for _ in range(rounds):
            for way, kept in results.items():
                kept.append(measured(way, case, cache))
        totals = {}
        for way, kept in results.items():
            median = {key: statistics.median(row[key] for row in kept) for key in (*PHASES, "found")}
            totals[way] = sum(median[phase] for phase in PHASES)
            numbers = " ".join(f"{seconds:7.1f}" for seconds in (*(median[phase] for phase in PHASES), totals[way]))
            title = f"{case[0]} {case[1]:,} {case[2]}"
            found = "as UMAP's own" if np.isnan(median["found"]) else f"{100 * median['found']:.1f} %"
            print(f"{title:28} {way:4} {numbers}  {found}", flush=True)
        print(f"{'':28} new / old {totals['new'] / totals['old']:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--way", choices=("old", "new"), help=argparse.SUPPRESS)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        one({"old": old, "new": new}[options.way], *options.case)
        return
    print(describe("cpu"))
    with tempfile.TemporaryDirectory() as cache:
        for words in ("compiling, nothing kept", "the next process"):
            row = measured("new", CASES[0], cache)
            total = sum(row[phase] for phase in PHASES)
            print(f"digits, {words}: CPU {total:.1f} s, of them import {row['import']:.1f}, layout {row['layout']:.1f}")
        compare(cache, options.rounds)


if __name__ == "__main__":
    main()
