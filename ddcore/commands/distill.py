"""`distill`: one run, or one for each of several seeds, in this process, as the worker does it."""

import argparse
import sys
from typing import Any

from ddcore.commands import print_json
from ddcore.commands.bars import Bars, percent
from ddcore.commands.flags import add_fields, given
from ddcore.commands.seeds import announce, print_summary, run_of_seed, seeds_arguments, seeds_given
from ddcore.data.loading import load_dataset
from ddcore.data.reading import options_in
from ddcore.distillers import DISTILLERS
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.presets import presets
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import DistillSettings
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


def _fields() -> list[dict[str, Any]]:
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
    add_fields(parser, _fields())


def distill(options: argparse.Namespace) -> int:
    count = seeds_given(options)
    settings, bars = complete(resolve(given(options, _fields()), options.preset)), Bars()
    seeds = range(settings["seed"], settings["seed"] + (count or 1))
    complete(settings | {"seed": seeds[-1]})  # refused before there is a run
    dataset = load_dataset(settings["dataset"], progress=bars, variant=settings["variant"], **options_in(settings))
    bars.close()
    experiment = Experiment.of(settings, dataset, resolve_device(settings["device"]))  # a misfit is refused here, too
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
        result = run.status()["result"] if finished else _worked_on(run)
        if result is None:
            print("the same command goes on with this seed", file=sys.stderr)
            return 1
        if not options.json:
            _print_result(run, result)
        results.append(_with_certificate(run, result))
    print_summary(seeds, results, options, selected=not experiment.about.distills)
    return 0


def work_in_foreground(run: RunFolder, as_json: bool) -> int:
    """Work on a run with a progress bar; print its result. 1 if it was stopped."""
    result = _worked_on(run)
    if result is None:
        return 1
    if as_json:
        print_json(_with_certificate(run, result))
    else:
        _print_result(run, result)
    return 0


def _certified(run: RunFolder) -> Certified | None:
    """What a closed form proves of its set; None for other methods."""
    if not DISTILLERS.about(run.config()["settings"].get("distiller", "")).one_step:
        return None
    found = [Certified.of(event) for event in run.events()[0] if event["event"] == "step"]
    return found[-1] if found else None


def _with_certificate(run: RunFolder, result: dict[str, Any]) -> dict[str, Any]:
    proved = _certified(run)
    return result if proved is None else result | {"certificate": proved.to_json()}


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
        images = (config["dataset"] or {}).get("train")
        print(proved.words(config["settings"].get("coreset", 0), images).replace("**", ""))
    distiller = config["settings"].get("distiller", "")
    print_accuracies(result, selected=not DISTILLERS.about(distiller).distills)


def print_accuracies(result: dict[str, Any], selected: bool = False) -> None:
    """The accuracies of one output, side by side under one protocol; of images that were `selected` there is one."""
    if result["protocol"] is None:
        return
    own = {"selected": "accuracy"} if selected else {"distilled": "accuracy", "before distilling": "initial_accuracy"}
    rows = {label: key for label, key in own.items() if result[key] is not None} | {"random images": "random"}
    print(f"students ({result['protocol']})")
    if (size := result.get("lr_student")) is not None:
        print(f"  those of the distilled set use the step size it brings, {size:.3g}")
    _print_rows(result, {**rows, "full data": "full"})
    if (kernel := result.get("kernel")) is not None:
        print(f"the set's own predictor ({kernel['predictor']})")
        _print_rows(kernel, rows)


def _print_rows(accuracies: dict[str, Any], rows: dict[str, str]) -> None:
    for label, key in rows.items():
        print(f"  {label:<18} {percent(accuracies[key])}")
