"""The accuracy over sets: what finished runs that differ in their seed only say together."""

from ddcore.runs.sets import SetsAccuracy, finished_sets
from pages.parts.run_history import RunHistory
from pages.parts.sound_runs import sound_runs
from pages.parts.words import percent


def over_sets(history: RunHistory) -> str:
    """The final accuracy of this run and its finished sisters, with both spreads named; "" while it has none."""
    run = history.run
    sisters = [other for other in sound_runs() if other.path != run.path]
    results = finished_sets(run.config(), [run, *sisters])
    accuracies = {seed: found["accuracy"] for seed, found in results.items() if found.get("accuracy")}
    if history.about.settings["seed"] not in accuracies or len(accuracies) < 2:
        return ""
    found = SetsAccuracy.of(list(accuracies.values()))
    students = "" if found.over_students is None else f", ± {100 * found.over_students:.1f} over students of one set"
    seeds = ", ".join(map(str, accuracies))
    return (
        f"Over {len(accuracies)} sets (seeds {seeds}, else the same settings): {percent(found.mean)}, "
        f"± {100 * (found.over_sets or 0):.1f} over sets{students}."
    )
