"""Tables of differences paired by seed, with their 95 % interval and what it means, in Markdown."""

import numpy as np

from ddcore.studies.pairs import Accuracies, Difference

Row = tuple[str, str, int]  # method, dataset, images per class
NOT_RUN = "not run"
_WORDS = {"one pair": "one seed", "equal": "not distinguishable"}


def verdict_of(difference: Difference) -> str:
    return _WORDS.get(difference.word, difference.word)


def text_of(difference: Difference) -> str:
    if not difference.count:
        return NOT_RUN
    mean, half, count = difference.mean, difference.half, difference.count
    if count == 1:
        return f"{mean:+.2f}, n = 1"
    interval = f" [{mean - half:+.2f}, {mean + half:+.2f}]" if np.isfinite(half) else ""
    return f"{mean:+.2f}{interval}, n = {count}, {verdict_of(difference)}"


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
        markdown_row([*map(str, row), level(found[row][base]), *map(text_of, compared[row].values())]) for row in found
    ]
    verdicts = {name: [verdict_of(by_name[name]) for by_name in compared.values()] for name in others}
    return lines + [markdown_row(["all", "", "", "", *(_counted(verdicts[name]) for name in others)])]


def _counted(verdicts: list[str]) -> str:
    distinct = ("better", "worse", "not distinguishable", "no spread", "one seed", NOT_RUN)
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
    never_worse = [name for name in others if all(row[name].word != "worse" for row in compared)]
    better = [name for name in never_worse if over_all[name].word == "better"]
    return max(better, key=lambda name: over_all[name].mean, default=base)


def pooled_table(found: dict[Row, dict[str, Accuracies]]) -> list[str]:
    """Lines of Markdown: the differences pooled over the rows of each method, and over all; and the default rule."""
    _, *others = next(iter(found.values()))
    groups = {method: {row: found[row] for row in found if row[0] == method} for method, _, _ in found} | {"all": found}
    lines = [markdown_row(["method", *others, "default rule"]), markdown_row(["---"] * (2 + len(others)))]
    for method, rows in groups.items():
        lines.append(markdown_row([method, *map(text_of, pooled(rows).values()), default_rule(rows)]))
    return lines


def markdown_row(values: list[str]) -> str:
    return f"| {' | '.join(values)} |"
