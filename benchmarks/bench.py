"""The verdict of the Bench page without the page: every scheme against uniform, with the page's usual settings.

    python -m benchmarks.bench --dataset digits --cost kmeans

Sizes are six, up to 5,000 images or the round number below the dataset's count. Errors of ridge regression are exact;
those of k-means are the worst that a search found. Nothing is asked of the outcome.
"""

import argparse

from benchmarks.environment import describe
from ddcore.bench import verdict
from ddcore.bench.settings import COSTS, SCHEMES, BenchSettings, usual_sizes
from ddcore.bench.study import study
from ddcore.data.loading import load_dataset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="digits")
    parser.add_argument("--variant")
    parser.add_argument("--cost", default="kmeans", choices=COSTS)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dataset = load_dataset(options.dataset, variant=options.variant)
    smallest, largest = usual_sizes(len(dataset.train))
    settings = BenchSettings(
        cost=options.cost, smallest=smallest, largest=largest, draws=options.draws, seed=options.seed
    )
    print(describe("cpu"), f"{dataset.name}, {settings.named()}", sep="\n")
    found = study(dataset, settings)
    uniform = found.of("uniform")
    print(f"{found.about['count']:,} of {found.about['total']:,} images, m = {', '.join(map(str, found.sizes))}")
    print(verdict.sentence("sensitivity sampling", found.of("sensitivity"), uniform, found.sizes))
    for name in SCHEMES[1:]:
        told = verdict.compare(found.of(name), uniform)
        print(f"{name:<15} {told.ratio:.2f} times uniform [{told.low:.2f}, {told.high:.2f}]  {told.word}")


if __name__ == "__main__":
    main()
