"""Comparing two runs: how they differ, whether they are comparable, and which is better if that is clear."""

from math import sqrt
from typing import Any

from ddcore.data.reading import OPTIONS
from ddcore.importance import UNIFORM
from ddcore.runs.gains import TOLD_APART, Measured, interval
from ddcore.runs.sets import settings_of
from pages.parts.run_description import RunDescription
from pages.parts.settings_words import setting_words
from pages.parts.words import percent, signed

_CONFIDENCE = f"{100 * TOLD_APART:.0f} %"
_ROLES = ("distiller", "init", "init_score", "importance")  # settings that choose a method with its own parameters
_NO_SETTINGS = ("repeats", "until", "evaluate_every", "snapshot_every")  # they change what is measured, not the set


def differences(a: dict[str, Any], b: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Settings (and data) in which two configs differ: (name, of a, of b).

    Settings that an earlier version lacked are as those runs had them. If the two chose different methods, parameters
    that only one of them has are left out: the choice of method says it already.
    """
    first, second = (settings_of(config) for config in (a, b))
    names = [*first, *(name for name in second if name not in first)]
    if any(first[role] != second[role] for role in _ROLES):
        names = [name for name in names if name in first and name in second]
    found = [(n, first.get(n), second.get(n)) for n in names if n not in _NO_SETTINGS and first.get(n) != second.get(n)]
    hashes = [(config["dataset"] or {}).get("hash") for config in (a, b)]
    same_name = not any(name in ("dataset", "variant", *OPTIONS) for name, *_ in found)
    if None not in hashes and hashes[0] != hashes[1] and same_name:
        found.append(("images of the dataset", *hashes))
    return found


def comparable(a: dict[str, Any], b: dict[str, Any]) -> str:
    """Empty, or why the accuracies of two runs cannot be compared."""
    if _tested_on(a) != _tested_on(b):
        return "they are on different data"
    texts = [(config.get("protocol") or {}).get("text") for config in (a, b)]
    if texts[0] != texts[1]:
        return "their test protocols differ"
    students = [RunDescription(config).students for config in (a, b)]
    return "" if students[0] == students[1] else f"their students are different networks ({' and '.join(students)})"


def _tested_on(config: dict[str, Any]) -> str | None:
    """The hash of the dataset with the run's test images: for a variant, its base."""
    dataset = config["dataset"] or {}
    return dataset.get("base") or dataset.get("hash")


def predictors_comparable(a: dict[str, Any], b: dict[str, Any]) -> str:
    """Empty, or why the accuracies of two sets' own kernel predictors cannot be compared."""
    if a.get("kernel") is None or b.get("kernel") is None:
        return "only one of the sets has its own predictor"
    if _tested_on(a) != _tested_on(b):
        return "they are on different data"
    if a["kernel"] != b["kernel"]:
        return f"the predictors differ ({a['kernel']}; {b['kernel']})"
    if a["settings"].get("zca", False) != b["settings"].get("zca", False):
        return "only one of the predictors sees whitened images"
    return ""


def letters_to_compare(a: dict[str, Any], b: dict[str, Any]) -> str:
    """The order of comparison: importance against uniform, otherwise A against B."""
    uniform = [RunDescription(config).settings["importance"] == UNIFORM for config in (a, b)]
    return "BA" if uniform == [True, False] else "AB"


def verdict(a: Measured, b: Measured, letters: str = "AB", of: str = "student") -> str:
    """Which of two final accuracies is higher, if Welch's t interval of `a` - `b` over students excludes 0.

    `letters` name the runs of `a` and `b`; `of` is what was repeated.
    """
    first, second = letters
    points = 100 * (a.mean - b.mean)
    counts = f"{percent(a.mean)} (n = {a.repeats}) for {first}, {percent(b.mean)} (n = {b.repeats}) for {second}"
    if min(a.repeats, b.repeats) < 2:
        return f"{counts}: with a single {of} on one side, the difference may be chance."
    margin = 100 * interval(a, b)
    span = f"{first} − {second} = {signed(points)} ± {margin:.1f} points, {_CONFIDENCE} interval over {of}s"
    if abs(points) <= margin:
        return f"**Not distinguishable**: {counts} ({span})."
    better, worse = letters if points > 0 else reversed(letters)
    return f"**{better} is {abs(points):.1f} points better than {worse}**: {counts} ({span})."


def exact_verdict(a: Measured, b: Measured, images: int, letters: str = "AB") -> str:
    """`verdict` for two predictors without randomness, tested on `images` test images.

    Only the choice of test images is random: the interval is that of two proportions, as if each predictor had its own
    test images. They share them, so the interval is too wide.
    """
    first, second = letters
    points = 100 * (a.mean - b.mean)
    margin = 196 * sqrt(sum(share * (1 - share) for share in (a.mean, b.mean)) / images)
    counts = f"{percent(a.mean)} for {first}, {percent(b.mean)} for {second}"
    chance = f"± {margin:.1f} by the choice of {images:,} test images; other seeds may differ"
    if abs(points) <= margin:
        return f"**Not distinguishable**: {counts} ({chance})."
    better, worse = letters if points > 0 else reversed(letters)
    return f"**{better} is {abs(points):.1f} points better than {worse}**: {counts} ({chance})."


def apart(configs: list[dict[str, Any]], place: int) -> str:
    """What distinguishes run `place` from the other one when their titles are equal."""
    rows = differences(*configs)
    if not rows:
        return f"run {place + 1}"
    name, *values = rows[0]
    title, *said = setting_words(name, values, configs)
    title = title if title[1:2].isupper() else title[:1].lower() + title[1:]  # "ZCA whitening" keeps its capitals
    return f"{title}: {said[place]}"
