"""Records the studies of digits that the Bench page shows at once: `python -m examples.record_bench` (seconds)."""

from pathlib import Path

from ddcore.bench.results import write_result
from ddcore.bench.settings import COSTS, BenchSettings, usual_sizes
from ddcore.bench.study import study
from ddcore.data.loading import load_dataset

HERE = Path(__file__).resolve().parent


def record() -> list[Path]:
    """Do both studies as the page would begin them, and return their files."""
    digits = load_dataset("digits")
    smallest, largest = usual_sizes(len(digits.train))
    paths = []
    for cost in COSTS:
        settings = BenchSettings(cost=cost, smallest=smallest, largest=largest)
        paths.append(HERE / f"bench-digits-{cost}.npz")
        write_result(paths[-1], study(digits, settings))
    return paths


if __name__ == "__main__":
    for path in record():
        print(f"recorded {path}")
