"""Arms paired by seed: figures kept as they come, and each arm's difference to the first one with its interval."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

Pair = tuple[float, float]  # accuracies before and after distilling, fractions


class Kept:
    """Figures under keys, in a file of one line of JSON each where there is one: what is there is not run again."""

    def __init__(self, path: str | None):
        self._path = Path(path) if path else None
        lines = self._path.read_text().splitlines() if self._path and self._path.exists() else []
        self._known = {tuple(row["key"]): tuple(row["accuracy"]) for row in map(json.loads, lines)}

    def __contains__(self, key: tuple[Any, ...]) -> bool:
        return key in self._known

    def __getitem__(self, key: tuple[Any, ...]) -> Pair:
        return self._known[key]

    def add(self, key: tuple[Any, ...], pair: Pair) -> None:
        self._known[key] = pair
        if self._path:
            with self._path.open("a") as file:
                file.write(json.dumps({"key": key, "accuracy": pair}) + "\n")


def report(found: dict[str, list[Pair]]) -> None:
    """One line an arm over its seeds, and against the first arm; arms without figures are left out."""
    base = 100 * np.array(next(iter(found.values())))[:, 1]
    for place, (arm, pairs) in enumerate(found.items()):
        if pairs:
            before, after = 100 * np.array(pairs).T
            told = f"  {arm:<32} {before.mean():5.1f} -> {after.mean():5.2f} +- {after.std(ddof=1):.2f} %"
            print(told + (f"   {against(after - base[: len(after)])}" if place else ""), flush=True)


def against(differences: np.ndarray) -> str:
    """Mean of paired differences (points), its 95 % interval (Student's t over seeds), and what that means."""
    mean, spread = differences.mean(), differences.std(ddof=1) / len(differences) ** 0.5
    half = student.ppf(0.975, len(differences) - 1) * spread
    word = "not distinguishable" if abs(mean) <= half else "better" if mean > 0 else "worse"
    return f"{mean:+.2f} [{mean - half:+.2f}, {mean + half:+.2f}] {word}"
