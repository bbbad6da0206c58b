"""`distill`: one run, or one for each of several seeds, in this process, as the worker does it."""

import argparse
import sys
from typing import Any

from ddcore.commands import print_json
from ddcore.commands.accuracies import ascii_words, print_accuracies, with_gains
from ddcore.commands.bars import Bars
from ddcore.commands.flags import add_fields, given
from ddcore.commands.seeds import announce, print_summary, run_of_seed, seeds_arguments, seeds_given
from ddcore.data.loading import load_dataset
from ddcore.data.reading import options_in
from ddcore.distillers import DISTILLERS
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.presets import presets
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import DistillSettings
from ddcore.experiments.sizes import tile_sizes
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.networks.compute import available_devices, resolve_device
from ddcore.parameters import schema
from ddcore.runs.certified import Certified
from ddcore.runs.folder import RunFolder, create_run
from ddcore.runs.queue import queue_of
from ddcore.runs.worker import work
from ddcore.sampling.following import FOLLOWERS

KINDS = (INITIALISERS, SCORES, FOLLOWERS)


def fields() -> list[dict[str, Any]]:
    """Common settings first: they win where a method has a parameter of the same name, as `device`."""
    own: dict[str, dict[str, Any]] = {}
    for name, fields in [pair for kind in KINDS for pair in kind.schema().items()]:
        for field in fields:
            known = own.setdefault(field["name"], _with_usual(name, field))
            known["when"] = known["when"] and field["when"] and known["when"] | field["when"]
    return [*schema(DistillSettings), *_of_distillers(), *own.values()]


def _with_usual(method: str, field: dict[str, Any]) -> dict[str, Any]:
    """A parameter of `method`, with what it is for the distillers that have a default of their own for it."""
    usual = {name: DISTILLERS.about(name).usual.get(method, {}) for name in DISTILLERS.names()}
    help_texts = [f"{name}: {values[field['name']]}." for name, values in usual.items() if field["name"] in values]
    return field | {"help": " ".join([field["help"], *help_texts])}


def _of_distillers() -> list[dict[str, Any]]:
    """A parameter once, with what it means to each distiller that has it: their defaults differ."""
    uses: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for name, fields in DISTILLERS.schema().items():
        for field in fields:
            uses.setdefault(field["name"], []).append((name, field))
    return [_told_apart(group) for group in uses.values()]


def _told_apart(group: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    if len(group) == 1:
        ((name, field),) = group
        return field | {"help": f"{name}: {field['help']}"}
    help_texts = []
    for name, field in group:
        choices = f" One of {', '.join(field['choices'])}." if field["choices"] else ""
        help_texts.append(f"{name}: {field['help']}{choices} Default {field['default']}.")
    return group[0][1] | {"help": " ".join(help_texts), "default": None, "choices": None}


def distill_arguments(parser: argparse.ArgumentParser) -> None:
    names = sorted({name for group in presets().values() for name in group})
    parser.add_argument(
        "--preset", help=f"a named group of settings, which explicit flags override: {', '.join(names)}"
    )
    seeds_arguments(parser)
    add_fields(parser, fields())


def distill(options: argparse.Namespace) -> int:
    count = seeds_given(options)
    settings, bars = complete(resolve(given(options, fields()), options.preset)), Bars()
    seeds = range(settings["seed"], settings["seed"] + (count or 1))
    complete(settings | {"seed": seeds[-1]})  # refused before there is a run
    dataset = load_dataset(settings["dataset"], progress=bars, variant=settings["variant"], **options_in(settings))
    bars.close()
    experiment = Experiment.of(settings, dataset, resolve_device(settings["device"]))  # a misfit is refused here, too
    if words := tile_sizes(experiment.settings.factor, dataset.shape):
        print(ascii_words(words), file=sys.stderr)
    queue = queue_of(settings["device"], available_devices())
    if count is not None:
        return _distill_seeds(experiment, settings, seeds, queue, options)
    run = create_run(settings, queue=queue)
    print(f"run {run.id} in {run.path}", file=sys.stderr)
    return work_in_foreground(run, options.json)


def _distill_seeds(
    experiment: Experiment, settings: dict[str, Any], seeds: range, queue: str | None, options: argparse.Namespace
) -> int:
    """One run after another; 1 if one was stopped, and the same command goes on with it."""
    results = []
    for seed in seeds:
        run = run_of_seed(experiment, settings, seed, queue)
        announce(run, seed)
        finished = run.state() == "finished"
        bare = run.status()["result"] if finished else _worked_on(run)
        if bare is None:
            print("the same command goes on with this seed", file=sys.stderr)
            return 1
        results.append(_completed(run, bare))
        if not options.json:
            _print_result(run, results[-1])
    print_summary(seeds, results, options, selected=not experiment.about.distills)
    return 0


def work_in_foreground(run: RunFolder, as_json: bool) -> int:
    """Work on a run with a progress bar; print its result. 1 if it was stopped."""
    result = _worked_on(run)
    if result is None:
        return 1
    if as_json:
        print_json(_completed(run, result))
    else:
        _print_result(run, _completed(run, result))
    return 0


def _certified(run: RunFolder) -> list[Certified]:
    """What a closed form proves of its set, step by step; nothing for other methods."""
    settings = run.config()["settings"]
    if not DISTILLERS.about(settings.get("distiller", "")).closed_form:
        return []
    steps = {event["step"]: event for event in run.events()[0] if event["event"] == "step"}  # after a resume some twice
    found = [Certified.of(event, settings.get("coreset", 0)) for event in steps.values()]
    return [proved for proved in found if proved is not None]


def _completed(run: RunFolder, result: dict[str, Any]) -> dict[str, Any]:
    """The result of the run with what follows from it: who was trained, what the set gains, and what is proved, of the
    last step and, where there are several sizes, of each."""
    config = run.config()
    about = DISTILLERS.about(config["settings"].get("distiller", ""))
    every = [proved.to_json() for proved in _certified(run)]
    several = {"certificates": every} if len(every) > 1 else {}
    found = with_gains(result, about, config.get("student_network") or config.get("network"))
    return found | ({"certificate": every[-1]} if every else {}) | several


def _worked_on(run: RunFolder) -> dict[str, Any] | None:
    """The result of the run; None, and a word on how to go on, if it was stopped."""
    bars, settings = Bars(), run.config()["settings"]
    about = DISTILLERS.about(settings.get("distiller", ""))
    try:
        result = work(run, lambda event: bars.report(event, settings.get("steps", 0)))
    finally:
        bars.close()
    if result is None:
        step, total = run.status()["step"], settings.get("steps", 0)
        where = f"from step {step}" if step < total else "with its tests"
        experts = "; experts are kept as far as they are made" if step == 0 and about.experts else ""
        print(f"stopped; `python -m ddcore resume {run.id}` goes on {where}{experts}", file=sys.stderr)
    return result


def _print_result(run: RunFolder, result: dict[str, Any]) -> None:
    steps = f"{result['steps']} step{'' if result['steps'] == 1 else 's'}"
    print(f"{result['run']}: {steps} in {result['seconds']:.1f} s")
    config = run.config()
    if proved := _certified(run):
        if len(proved) > 1:
            _print_sizes(proved)
        images = (config["dataset"] or {}).get("train")
        print(ascii_words(proved[-1].words(images)))
    print_accuracies(result, DISTILLERS.about(config["settings"].get("distiller", "")))


def _print_sizes(proved: list[Certified]) -> None:
    """A line for each size of the coreset; costs in units of the lowest possible one."""
    print(f"{'images (m)':>12}{'epsilon':>10}{'guaranteed':>14}{'achieved':>12}")
    for one in proved:
        most = "nothing" if one.bound is None else f"{one.bound:.3f}"
        print(f"{one.coreset:>12,}{one.epsilon:>10.3f}{most:>14}{one.ratio:>12.3f}")
