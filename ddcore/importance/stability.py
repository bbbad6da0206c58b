"""How stable a rank is: the same score from several seeds (other networks, other centres), and the ranks it gives.

Which seeds: those from a first one on. Each seed's scores are kept as any scores are (`ddcore.importance.scoring`).
Letters: N images, R seeds.
"""

from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.importance.agreement import ranks
from ddcore.importance.scoring import importance_of
from ddcore.progress import Progress, silent

MOST_SEEDS = 100


def rank_interval(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best and the worst rank (N,) float64 each that an image has over the R seeds of `scores` (R,N).

    Rank 1 = most important; equal scores share the mean of their ranks. The interval is the whole range seen, no
    confidence interval: it widens with R.
    """
    if np.ndim(scores) != 2 or 0 in np.shape(scores):
        raise BadInput(f"Scores of shape {np.shape(scores)} have no rank intervals; give one row per seed.")
    each = np.array([ranks(row) for row in scores])
    return each.min(axis=0), each.max(axis=0)


def check_seeds(seeds: int) -> None:
    """BadInput for a number of seeds outside 1 to 100."""
    if isinstance(seeds, bool) or not isinstance(seeds, int) or not 1 <= seeds <= MOST_SEEDS:
        raise BadInput(f"seeds={seeds} is not allowed; choose a whole number from 1 to {MOST_SEEDS}.")


def scores_of_seeds(
    dataset: Dataset, name: str, seeds: int, first: int = 0, progress: Progress = silent, **parameters: Any
) -> np.ndarray:
    """(R,N) scores called `name` of `dataset.train` for the seeds `first` to `first + seeds - 1`.

    `parameters` as for `importance_of`, `device` among them.
    """
    check_seeds(seeds)

    def within(place: int) -> Progress:
        def tell(done: float, total: float, note: str = "") -> None:
            progress(place + (done / total if total else 0), seeds, f"seed {place + 1} of {seeds}: {note}")

        return tell

    return np.array(
        [importance_of(dataset, name, first + place, within(place), **parameters).scores for place in range(seeds)]
    )
