"""Exact certificates of coresets drawn by sensitivity and uniformly, on a dataset and on its long-tailed version.

    python -m benchmarks.certificates [--dataset fashion-mnist] [--images 20000] [--draws 10]

The cost is ridge regression (ridge 1) on 200 random Fourier features; eps is the smallest number such that the cost of
the coreset is within (1 +- eps) of the full cost for every regression at once. "Sensitivity" is that of this cost: the
score `ridge` of the command line, the scheme of that name on the Bench page, whose verdict stands below each table.
Exits 1 unless it has the smaller mean eps at every size on both datasets.
"""

import argparse
import sys

import numpy as np

from benchmarks.environment import describe
from ddcore.bench import verdict
from ddcore.bench.study import studied
from ddcore.coresets.subsets import RidgeCost, sensitivity_coreset
from ddcore.data.loading import load_dataset
from ddcore.importance.ridge import RidgeLeverage
from ddcore.randomness import numpy_generator
from ddcore.ridge.leverage import centred_targets, ridge_terms

VARIANTS = {"as it is": None, "long tail 100:1": "long-tail:100"}
SIZES = (500, 1000, 2000, 5000)
SCORE = RidgeLeverage(features="rff", num_features=200, ridge=1.0)


def certificates(cost: RidgeCost, laws: dict[str, np.ndarray], m: int, draws: int, seed: int) -> dict[str, np.ndarray]:
    """eps (draws,) of coresets of m points drawn by each of `laws`."""
    return {
        name: np.array(
            [
                cost.certificate(*sensitivity_coreset(law, m, numpy_generator(seed, f"{name} {m}", draw)))
                for draw in range(draws)
            ]
        )
        for name, law in laws.items()
    }


def compare(title: str, variant: str | None, options: argparse.Namespace) -> bool:
    """Print the table of one dataset; whether sensitivity won at every size."""
    dataset = load_dataset(options.dataset, variant=variant)
    train = studied(dataset, options.seed, most=options.images)
    features = SCORE.features_of(train, options.seed)
    targets = centred_targets(train.labels, train.num_classes)
    cost = RidgeCost(features, targets, SCORE.ridge)
    scores = sum(ridge_terms(features, targets, SCORE.ridge).values())
    print(f"{options.dataset}, {title}: {len(scores):,} images, d_eff {cost.effective_dimension:.1f}, "
          f"sum of scores {scores.sum():.1f}, mean and std over {options.draws} draws")  # fmt: skip
    print(f"{'m':>6}  {'uniform':>14}  {'sensitivity':>14}  ratio")
    laws, every = {"uniform": np.ones(len(scores)), "sensitivity": scores}, []
    for m in SIZES:
        found = certificates(cost, laws, m, options.draws, options.seed)
        cells = "  ".join(f"{eps.mean():.3f} +- {eps.std(ddof=1):.3f}" for eps in found.values())
        print(f"{m:>6}  {cells}  {found['sensitivity'].mean() / found['uniform'].mean():.2f}", flush=True)
        every.append([found["sensitivity"], found["uniform"]])
    own, uniform = np.array(every).transpose(1, 0, 2)
    print(verdict.sentence("sensitivity sampling", own, uniform, np.array(SIZES)))
    return bool((own.mean(1) < uniform.mean(1)).all())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--images", type=int, default=20_000, help="at most so many of the training images")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(describe("cpu"), f"{SCORE.num_features} {SCORE.features} features, ridge {SCORE.ridge:g}", sep="\n")
    won = [compare(title, variant, options) for title, variant in VARIANTS.items()]
    print(f"sensitivity {'has' if all(won) else 'does NOT have'} the smaller mean at every size")
    return not all(won)


if __name__ == "__main__":
    sys.exit(main())
