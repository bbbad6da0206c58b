"""k-means sensitivities as the smallest bound of several seedings: how steady, how tight, and what they cost.

    python -m benchmarks.kmeans_seedings

`digits`, five seeds: the rank correlation between seeds (Spearman, mean over pairs), how far the median image's rank
ranges over them, and the sum of the scores relative to one seeding. Processor seconds for ten seedings and for one, on
`digits` and on 60,000 Fashion-MNIST images (random ones where there are none). Exits 1 if ten take three times as long.
"""

import statistics
import time
from itertools import combinations

import numpy as np

from benchmarks.environment import describe
from benchmarks.kmeans_sensitivity import training_images
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import TrainSet, train_set
from ddcore.importance.agreement import ranks
from ddcore.importance.kmeans import KMeansSensitivity
from ddcore.importance.stability import rank_interval

SEEDS = 5
SEEDINGS = (1, 2, 5, 10, 20)
CENTRES = (20, 100)
ROUNDS = 5
ALLOWED = 3.0  # times the processor seconds of one seeding, for ten


def steadiness(train: TrainSet, centres: int) -> None:
    print(f"\nk = {centres:<6} rank correlation  range of the median image  sum of scores")
    alone = 0.0
    for seedings in SEEDINGS:
        method = KMeansSensitivity(centres, seedings=seedings)
        scores = np.array([method.compute(train, seed).scores for seed in range(SEEDS)])
        pairs = combinations([ranks(row) for row in scores], 2)
        agreement = np.mean([np.corrcoef(one, other)[0, 1] for one, other in pairs])
        low, high = rank_interval(scores)
        alone = alone or scores.sum()
        print(f"{seedings:>3} {'seeding' if seedings == 1 else 'seedings':<8}{agreement:>14.2f}"
              f"{100 * np.median(high - low) / len(train.labels):>23.0f} %{scores.sum() / alone:>17.2f}")  # fmt: skip


def cost(train: TrainSet, name: str) -> float:
    """Processor seconds of ten seedings over those of one: median of rounds that take turns."""
    taken: dict[int, list[float]] = {1: [], 10: []}
    _ = train.pixels
    for seed in range(ROUNDS):
        for seedings, seconds in taken.items():
            began = time.process_time()
            KMeansSensitivity(100, seedings=seedings).compute(train, seed)
            seconds.append(time.process_time() - began)
    ratio = statistics.median(ten / one for one, ten in zip(*taken.values(), strict=True))
    one, ten = (statistics.median(seconds) for seconds in taken.values())
    print(f"{name}: one seeding {one:.2f} s, ten {ten:.2f} s of the processor; ratio {ratio:.2f} (median of {ROUNDS})")
    return ratio


def main() -> None:
    print(describe("cpu"))
    digits = train_set(load_dataset("digits"))
    print(f"digits: {len(digits.labels):,} images, {SEEDS} seeds")
    for centres in CENTRES:
        steadiness(digits, centres)
    images, origin = training_images()
    many = TrainSet(images, np.zeros(len(images), np.int64), (0.2861,), (0.3530,), 1)
    print("\nk = 100")
    worst = max(cost(digits, "digits"), cost(many, origin.partition(" (")[0] + f", {len(images):,} images"))
    print(f"largest ratio {worst:.2f} (allowed {ALLOWED:.1f})")
    if worst > ALLOWED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
