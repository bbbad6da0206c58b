"""Differences paired by seed: their 95 % interval, what it means, and tables of them in Markdown."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

Row = tuple[str, str, int]  # method, dataset, images per class
Accuracies = dict[int, float]  # seed -> accuracy (fraction)
NOT_RUN = "not run"


@dataclass(frozen=True)
class Difference:
    """A condition against another, in points, over the seeds that both have."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, found: Accuracies, base: Accuracies) -> "Difference":
        return cls(tuple(100 * (found[seed] - base[seed]) for seed in sorted(found.keys() & base.keys())))

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def half(self) -> float:
        """Half of the 95 % interval of the mean (Student's t); infinite for one seed."""
        count = len(self.values)
        if count < 2:
            return float("inf")
        return float(student.ppf(0.975, count - 1) * np.std(self.values, ddof=1) / count**0.5)

    @property
    def verdict(self) -> str:
        if not self.values:
            return NOT_RUN
        if len(self.values) == 1:
            return "one seed"
        if abs(self.mean) <= self.half:
            return "not distinguishable"
        return "better" if self.mean > 0 else "worse"

    def __str__(self) -> str:
        if not self.values:
            return NOT_RUN
        mean, half, count = self.mean, self.half, len(self.values)
        if count == 1:
            return f"{mean:+.2f}, n = 1"
        return f"{mean:+.2f} [{mean - half:+.2f}, {mean + half:+.2f}], n = {count}, {self.verdict}"


def level(found: Accuracies) -> str:
    """Mean and standard deviation over seeds, in percent."""
    values = [100 * value for value in found.values()]
    if not values:
        return NOT_RUN
    spread = f" ± {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
    return f"{np.mean(values):.2f}{spread} %, n = {len(values)}"


def differences(found: dict[str, Accuracies]) -> dict[str, Difference]:
    """Each condition against the first."""
    base, *others = found
    return {name: Difference.of(found[name], found[base]) for name in others}


def table(found: dict[Row, dict[str, Accuracies]]) -> list[str]:
    """Lines of Markdown: the first condition's level, the others' differences to it, and how often each is what."""
    base, *others = next(iter(found.values()))
    lines = [markdown_row(["method", "dataset", "ipc", base, *others]), markdown_row(["---"] * (4 + len(others)))]
    compared = {row: differences(values) for row, values in found.items()}
    lines += [
        markdown_row([*map(str, row), level(found[row][base]), *map(str, compared[row].values())]) for row in found
    ]
    verdicts = {name: [by_name[name].verdict for by_name in compared.values()] for name in others}
    return lines + [markdown_row(["all", "", "", "", *(_counted(verdicts[name]) for name in others)])]


def _counted(verdicts: list[str]) -> str:
    distinct = ("better", "worse", "not distinguishable", "one seed", NOT_RUN)
    return ", ".join(f"{verdicts.count(word)} {word}" for word in distinct if word in verdicts)


def pooled(found: dict[Row, dict[str, Accuracies]]) -> dict[str, Difference]:
    """Each condition against the first over all rows: a value for each row and seed."""
    compared = [differences(values) for values in found.values()]
    return {name: Difference(tuple(v for row in compared for v in row[name].values)) for name in compared[0]}


def default_rule(found: dict[Row, dict[str, Accuracies]]) -> str:
    """The condition to take where nothing else is known: never measurably worse than the first in any row, and the best
    over all rows of those that are measurably better over all. If there is none, the first."""
    base, *others = next(iter(found.values()))
    compared, over_all = [differences(values) for values in found.values()], pooled(found)
    never_worse = [name for name in others if all(row[name].verdict != "worse" for row in compared)]
    better = [name for name in never_worse if over_all[name].verdict == "better"]
    return max(better, key=lambda name: over_all[name].mean, default=base)


def pooled_table(found: dict[Row, dict[str, Accuracies]]) -> list[str]:
    """Lines of Markdown: the differences pooled over the rows of each method, and over all; and the default rule."""
    _, *others = next(iter(found.values()))
    groups = {method: {row: found[row] for row in found if row[0] == method} for method, _, _ in found} | {"all": found}
    lines = [markdown_row(["method", *others, "default rule"]), markdown_row(["---"] * (2 + len(others)))]
    for method, rows in groups.items():
        lines.append(markdown_row([method, *map(str, pooled(rows).values()), default_rule(rows)]))
    return lines


def markdown_row(values: list[str]) -> str:
    return f"| {' | '.join(values)} |"
