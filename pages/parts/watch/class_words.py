"""The accuracies of classes in sentences. Class names may come from anywhere: they are escaped here."""

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

from pages.parts.watch.class_tests import ClassTests
from pages.parts.words import percent, plain

if TYPE_CHECKING:
    import numpy as np

    from ddcore.runs.confusions import Confusion

_MOST_TIED = 3
_MOST_APART = 3


def count_words(who: str, repeats: int) -> str:
    """ "mean of 3 students", "1 student", "the set's own predictor"."""
    if who == "kernel":
        return "the set's own predictor" if repeats == 1 else f"mean of {repeats} predictors"
    return "1 student" if repeats == 1 else f"mean of {repeats} students"


def hardest(found: "Confusion") -> list[int]:
    """The classes with the lowest accuracy, the one first in class order first; several if they are equal."""
    import numpy as np

    rates = found.rates
    return np.flatnonzero(rates == np.nanmin(rates)).tolist()


def hardest_words(tests: ClassTests, names: Sequence[str], ipc: int) -> str:
    """Which class is the hardest to cover with so many images, and what it is taken for."""
    import numpy as np

    found = tests.shown.found
    worst, missing = hardest(found), np.flatnonzero(np.isnan(found.rates)).tolist()
    unknown = f" There are no test images of {_listed(missing, names, '*')}." if missing else ""
    images = "1 image" if ipc == 1 else f"{ipc:,} images"
    budget, rate = f"with {images} a class", float(found.rates[worst[0]])
    counted = f"step {tests.shown.step:,}, {count_words(tests.who, found.repeats)}"
    if rate == 1:
        return f"No class is hard to cover {budget}: all are at 100 % ({counted}).{unknown}"
    begin = f"Hardest to cover {budget}: {_listed(worst, names)}, {percent(rate)}"
    if len(worst) > 1:
        return f"{begin} of their test images ({counted}).{unknown}"
    (one,) = worst
    return f"{begin} of its {_images(found, one):,} test images ({counted}); {_taken_for(found, one, names)}.{unknown}"


def chance_words(tests: ClassTests) -> str:
    """How far chance reaches, for the question mark behind `hardest_words`."""
    found = tests.shown.found
    one = hardest(found)[0]
    rate, images = float(found.rates[one]), _images(found, one)
    margin = 196 * sqrt(rate * (1 - rate) / images)
    return (
        f"± {margin:.1f} points by the choice of its {images:,} test images alone. Other students and other seeds "
        "add to that, so a class that is close to the lowest may be as hard."
    )


def apart_words(first: "Confusion", second: "Confusion", names: Sequence[str]) -> str:
    """The classes in which A (`first`) and B differ most."""
    if not (widest := _widest(first, second)):
        return "A and B have the same accuracy in every class."
    parts = [
        f"*{plain(names[place])}* (A {percent(first.rates[place])}, B {percent(second.rates[place])})"
        for place in widest
    ]
    return f"A and B differ most in {_joined(parts)}."


def apart_chance_words(first: "Confusion", second: "Confusion") -> str | None:
    """How far chance reaches, for the question mark behind `apart_words`; None where nothing differs."""
    if not (widest := _widest(first, second)):
        return None
    one = widest[0]
    rates = [float(found.rates[one]) for found in (first, second)]
    parts = [rate * (1 - rate) / _images(found, one) for rate, found in zip(rates, (first, second), strict=True)]
    gap, margin = 100 * abs(rates[0] - rates[1]), 196 * sqrt(sum(parts))
    return (
        f"The first differs by {gap:.1f} ± {margin:.1f} points by the choice of test images alone; other students and "
        "other seeds add to that. The widest of many differences is partly chance."
    )


def _widest(first: "Confusion", second: "Confusion") -> list[int]:
    import numpy as np

    gaps = np.nan_to_num(np.abs(first.rates - second.rates))
    return [place for place in np.argsort(-gaps, kind="stable")[:_MOST_APART].tolist() if gaps[place] > 0]


def largest_confusions(counts: "np.ndarray", most: int) -> list[tuple[int, int]]:
    """(true class, class it is taken for) of the largest shares off the diagonal, the largest first."""
    import numpy as np

    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    flat = np.argsort(-shares, axis=None, kind="stable")[:most]
    pairs = zip(*(places.tolist() for places in np.unravel_index(flat, shares.shape)), strict=True)
    return [pair for pair in pairs if shares[pair] > 0]


def _taken_for(found: "Confusion", one: int, names: Sequence[str]) -> str:
    row = found.shares[one].copy()
    row[one] = 0
    other = int(row.argmax())
    return f"it is most often taken for *{plain(names[other])}* ({percent(float(row[other]))})"


def _listed(classes: list[int], names: Sequence[str], mark: str = "**") -> str:
    shown = [f"{mark}{plain(names[place])}{mark}" for place in classes[:_MOST_TIED]]
    more = len(classes) - len(shown)
    return _joined([*shown, f"{more:,} more"] if more else shown)


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _images(found: "Confusion", one: int) -> int:
    return int(found.counts[one].sum()) // found.repeats
