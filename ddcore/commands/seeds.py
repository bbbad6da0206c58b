"""`distill --seeds R`: R ordinary runs that differ in their seed only, and their accuracies together."""

import argparse
import sys
from typing import Any

from ddcore.commands import print_json
from ddcore.commands.accuracies import ascii_words
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.networks import in_words
from ddcore.runs.folder import RunFolder
from ddcore.runs.gains import Measured, against_random, against_start
from ddcore.runs.sets import CONVENTIONS, SetsAccuracy, run_to_make, summary
from ddcore.runs.states import LIVE

MOST_SEEDS = 1000


def seeds_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --seeds and --convention."""
    parser.add_argument(
        "--seeds", type=int, metavar="R",
        help="make R runs, of seeds s, s+1, ..., each a run folder of its own; runs of these settings that are there "
        "already are not made again, and stopped ones are resumed",
    )  # fmt: skip
    conventions = "; ".join(f"{name}: {about}" for name, about in CONVENTIONS.items())
    parser.add_argument(
        "--convention", choices=list(CONVENTIONS), help=f"with --seeds, how spreads are reported. {conventions}"
    )


def seeds_given(options: argparse.Namespace) -> int | None:
    """The number of seeds, if it was asked for; BadInput for one that cannot be."""
    if options.seeds is None:
        if options.convention is not None:
            raise BadInput(f"--convention {options.convention} has no effect without --seeds; give --seeds R.")
    elif not 1 <= options.seeds <= MOST_SEEDS:
        raise BadInput(f"--seeds {options.seeds} is not allowed; choose a whole number from 1 to {MOST_SEEDS}.")
    return options.seeds


def run_of_seed(experiment: Experiment, settings: dict[str, Any], seed: int, queue: str | None) -> RunFolder:
    """The run of these settings with this seed: of those that are there the one that is nearest to its end and can go
    on, else a new one."""
    asked = settings | {"seed": seed}
    return run_to_make(asked, experiment.dataset.hash, experiment.tested_in_words, queue)


def print_summary(
    seeds: range, results: list[dict[str, Any]], options: argparse.Namespace, selected: bool = False
) -> None:
    """The accuracies of all sets together, as text or as one JSON object, which holds the runs' results too; of images
    that were `selected` there is one."""
    together = summary(results, options.convention or "sets") | {"students": results[0]["students"]}
    if options.json:
        print_json({"seeds": list(seeds), **together, "runs": results})
        return
    sets = f"{len(seeds)} sets, seeds {seeds[0]} to {seeds[-1]}" if len(seeds) > 1 else f"1 set, seed {seeds[0]}"
    print(f"{sets}; {CONVENTIONS[together['convention']]}")
    if together["protocol"] is None:
        print("not tested (evaluation: none)")
        return
    print(f"students: {in_words(together['students'])} ({together['protocol']})")
    _print_rows(together, "student", selected)
    print(f"  {'full data':<18} {100 * together['full']['mean']:.1f} %, one network for all seeds")
    if together["convention"] == "sets":  # the spread over students of all sets says nothing about the next set
        for sentence in _verdict(results, selected):
            print(ascii_words(sentence))
    if together["kernel"] is not None:
        print(f"the sets' own predictors ({together['kernel']['predictor']})")
        _print_rows(together["kernel"], "predictor", selected)


def _verdict(results: list[dict[str, Any]], selected: bool) -> list[str]:
    """What the sets gain together, each with the mean of its students as one number."""
    over = {}
    for name in ("accuracy", "initial_accuracy", "random"):
        sets = SetsAccuracy.of([result[name] for result in results])
        over[name] = Measured(sets.mean, sets.over_sets or 0.0, len(results))
        if name == "random":  # each repeat is a set of its own
            over[name] = Measured(sets.pooled_mean, sets.pooled(less=1) or 0.0, sets.students)
    full = Measured(**results[0]["full"])
    if selected:
        return [against_random(over["accuracy"], over["random"], full, "selected", sets=True)]
    by_itself = results[0]["kernel"] is not None
    return [
        against_random(over["accuracy"], over["random"], full, sets=True),
        against_start(over["accuracy"], over["initial_accuracy"], by_itself=by_itself, sets=True),
    ]


def _print_rows(accuracies: dict[str, Any], of: str, selected: bool) -> None:
    own = {"accuracy": "selected"} if selected else {"accuracy": "distilled", "initial_accuracy": "before distilling"}
    for key, label in {**own, "random": "random images"}.items():
        if (accuracy := accuracies[key]) is not None:
            print(f"  {label:<18} {spread_words(accuracy, of)}")


def spread_words(accuracy: dict[str, Any], of: str = "student") -> str:
    """ "71.3 %, +- 1.0 over sets (n = 5), +- 0.4 over students of one set (n = 3)". No spread of one value."""
    places = {
        "over_sets": "over sets",
        "over_students": f"over {of}s of one set",
        "over_all": f"over all {of}s of all sets",
    }
    spreads = [
        f"+- {100 * spread['std']:.1f} {place} (n = {_counts(spread['n'])})"
        for name, place in places.items()
        if (spread := accuracy.get(name)) is not None and spread["std"] is not None
    ]
    return ", ".join([f"{100 * accuracy['mean']:.1f} %", *spreads])


def _counts(n: int | list[int]) -> str:
    """ "3", or "3 to 8" where sets have different numbers of students."""
    return str(n) if isinstance(n, int) else f"{min(n)} to {max(n)}"


def announce(run: RunFolder, seed: int) -> None:
    """Say on standard error which run has this seed, and whether it begins, goes on or is finished."""
    state = run.state()
    going_on = f"is {state} elsewhere" if state in LIVE else f"was {state} and goes on"
    done = {"finished": "is finished already", "starting": "begins"}.get(state, going_on)
    print(f"seed {seed}: run {run.id} in {run.path} {done}", file=sys.stderr)
