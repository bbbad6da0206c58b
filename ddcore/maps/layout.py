"""UMAP's layout of points in two dimensions. `python -m ddcore.maps.layout` compiles UMAP's code ahead of time.

McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018.
It starts from the first two principal components (Kobak, Linderman, "Initialization is critical for preserving global
data structure in both t-SNE and UMAP", 2021), which also spares a spectral solver that fails on disconnected graphs.

Neighbours are exact where that is faster (`EXACT_WORK`): the approximate search takes seconds, but it is compiled anew
in every process. Letters: N points of D numbers.
"""

import os
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from functools import cache
from threading import Thread
from typing import Any, TypeVar

import numpy as np

from ddcore.maps.nearest import nearest
from ddcore.places import cache_root
from ddcore.progress import Progress, Stopped, silent
from ddcore.randomness import numpy_generator

EXACT_WORK = 1.3e12  # N^2 (D + 50): half a minute on one core, as long as the approximate search takes with compiling
_LAYING_OUT = "laying out the map"
_FIRST_TIME = "the first time on a machine this compiles for up to a minute"

Result = TypeVar("Result")
Pair = tuple[np.ndarray, np.ndarray]


def is_exact(count: int, size: int) -> bool:
    """Whether `count` points of `size` numbers are all compared with each other, since that is faster."""
    return count**2 * (size + 50) <= EXACT_WORK


def umap_layout(
    points: np.ndarray, start: np.ndarray, neighbours: int, min_dist: float, seed: int, progress: Progress = silent
) -> np.ndarray:
    """(N,2) float32: UMAP coordinates of `points` (N,D) float32 from the layout `start` (N,2).

    The same arguments give the same bits. A stop takes effect at the next block of neighbours and at the next epoch,
    and at once while UMAP is loaded or compiled.
    """
    known = nearest(points, points, neighbours, progress) if is_exact(*points.shape) else None
    # UMAP scales both axes to [0, 10]; a little noise parts duplicates and keeps a constant axis from dividing by zero.
    spread = max(float(start.std()), 1e-6)
    noise = numpy_generator(seed, "map-start").normal(scale=1e-4 * spread, size=start.shape)
    begin = (start + noise).astype(np.float32)
    return _attended(lambda report: _fit(points, begin, neighbours, known, min_dist, seed, report), progress)


def _fit(
    points: np.ndarray, start: np.ndarray, neighbours: int, known: Pair | None, min_dist: float, seed: int,
    report: Progress,
) -> np.ndarray:  # fmt: skip
    """The steps of `umap.UMAP.fit_transform` one by one, each reported. Neighbours not `known` are searched for."""
    report(0, 0, f"loading UMAP ({_FIRST_TIME})")
    umap, random = _umap(), np.random.RandomState(seed)
    if known is None:
        report(0, 0, "finding neighbours")
        known = umap.nearest_neighbors(points, neighbours, "euclidean", {}, False, random, n_jobs=1)[:2]
    report(0, 0, "weighing neighbours")
    ids, distances = known
    graph = umap.fuzzy_simplicial_set(
        points, neighbours, random, "euclidean", knn_indices=ids.astype(np.int64), knn_dists=distances
    )[0]
    a, b = umap.find_ab_params(1.0, min_dist)
    layout, _ = umap.simplicial_set_embedding(
        points, graph, n_components=2, initial_alpha=1.0, a=a, b=b, gamma=1.0, negative_sample_rate=5, n_epochs=None,
        init=start, random_state=random, metric="euclidean", metric_kwds={}, densmap=False, densmap_kwds={},
        output_dens=False, tqdm_kwds={"report": report},
    )  # fmt: skip
    return layout


@cache
def _umap() -> Any:
    """UMAP's functions, with all that it compiles kept on disk in a folder of ours, and with epochs that are reported.

    A first import takes 20 s, a later one 2 s. UMAP itself keeps nothing of what it needs after its import, which
    takes another 10 s in every process.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_root() / "numba"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        import umap
        import umap.layouts
        import umap.umap_
    for module in (umap.layouts, umap.umap_):
        for compiled in vars(module).values():
            if hasattr(compiled, "enable_caching"):
                compiled.enable_caching()
    umap.layouts.tqdm = _reported
    return umap.umap_


def _reported(epochs: range, report: Progress = silent, **_: Any) -> Iterator[int]:
    """Stands in for the progress bar through which UMAP iterates over its epochs.

    Its own bar cannot be stopped through its options (an exception in its output leaves tqdm's lock taken).
    """
    for epoch in epochs:
        report(epoch, len(epochs), _LAYING_OUT)
        yield epoch
    report(len(epochs), len(epochs), _LAYING_OUT)


class _Relay:
    """Takes reports in one thread for another, which may end the work."""

    def __init__(self) -> None:
        self.latest, self.since, self.stop = (0.0, 0.0, ""), time.monotonic(), False

    def report(self, done: float, total: float, note: str = "") -> None:
        if self.stop:
            raise Stopped
        if note != self.latest[2]:
            self.since = time.monotonic()
        self.latest = (done, total, note)

    def pass_on(self, progress: Progress) -> None:
        """The latest report; without a known length, how long it has taken."""
        done, total, note = self.latest
        progress(done, total, note if total else f"{note}, {time.monotonic() - self.since:.0f} s")


def _attended(work: Callable[[Progress], Result], progress: Progress) -> Result:
    """What `work(report)` returns. It works in a thread while this one reports, because importing and compiling cannot.

    After a stop it is not waited for: it ends at its next report, or with the process.
    """
    relay, outcome = _Relay(), Future[Result]()

    def run() -> None:
        try:
            outcome.set_result(work(relay.report))
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=run, name="umap", daemon=True).start()
    try:
        while not outcome.done():
            relay.pass_on(progress)
            wait([outcome], timeout=0.25)
        relay.pass_on(progress)
    except BaseException:
        relay.stop = True
        raise
    return outcome.result()


def _compile() -> None:
    """Lay out a few points, so that all that is compiled for it is kept."""
    points = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    umap_layout(points, points[:, :2], neighbours=5, min_dist=0.1, seed=0)


if __name__ == "__main__":
    _compile()
