"""A distillation run, from settings to accuracies, written into its run folder as it goes."""

import time
from typing import Any

from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_recorded
from ddcore.data.zca import FILE, ZCA, fit_zca, read_zca, write_zca
from ddcore.devices import forget_peak, gpu, peak_memory
from ddcore.distillers.base import Problem, State, set_of
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import NOT_TESTED, KernelEvaluation
from ddcore.experiments.resolving import complete
from ddcore.loop import Event
from ddcore.loop import distill as distill_steps
from ddcore.networks.compute import resolve_device
from ddcore.progress import Progress, Stopped
from ddcore.runs.confusions import keep_confusion
from ddcore.runs.draws import Draws
from ddcore.runs.folder import RunFolder
from ddcore.runs.handle import Job
from ddcore.runs.jobs.checkpoints import Checkpoint, check_checkpoint, read_checkpoint, write_checkpoint
from ddcore.runs.jobs.kernel_testing import KernelTests
from ddcore.runs.jobs.set_keeping import keep_set, read_set
from ddcore.runs.jobs.step_recording import record_step
from ddcore.synthetic import SyntheticSet
from ddcore.training.protocols import Accuracy

CHECKPOINT_EVERY = 30.0  # seconds a crash may cost at most, besides the step it happened in


def distill(job: Job) -> dict[str, Any]:
    """Run or go on with a distillation; returns the object that `distill --json` prints."""
    experiment = _prepare(job)
    checkpoint = read_checkpoint(job.run, experiment.device)
    check_checkpoint(job.run, experiment, checkpoint)
    job.phase("scoring")
    scores = experiment.scores(job.progress)
    if experiment.about.experts:
        job.phase("making experts")
    problem = experiment.problem(scores, job.progress)
    kernel = KernelTests(job, experiment)
    job.phase("initialising")
    initial = _initial_set(job, experiment) if checkpoint is None else None
    if experiment.settings.evaluation != "none":
        _tell_baselines(job, experiment.kept_baselines())
        kernel.tell_kept()
    job.phase("distilling")
    step, state, seconds, _ = _distil_on(job, experiment, problem, initial, checkpoint, kernel)
    found = _evaluate(job, experiment, state, kernel)
    job.event("memory", peak_mb=round(peak_memory(experiment.device) / 2**20))
    return {"run": job.run.id, "steps": step, "seconds": round(seconds, 3), **found}


def _prepare(job: Job) -> Experiment:
    job.phase("preparing")
    settings = complete(job.config["settings"], begun=job.config["dataset"] is not None)
    dataset = load_recorded(job.config["dataset"], settings, job.progress)
    device = resolve_device(job.config.get("device") or settings["device"])  # a run goes on where it began
    forget_peak(device)
    experiment = Experiment.of(settings, dataset, device, _whitening(job, settings, dataset), job.progress)
    protocol, kernel = None, KernelEvaluation.of(experiment)
    if settings["evaluation"] != "none":
        protocol = experiment.protocol.to_json() | {"text": experiment.protocol_in_words}
    job.amend(
        settings=settings,
        dataset={
            "name": dataset.name, "hash": dataset.hash, "base": dataset.base_of_tests, "classes": dataset.classes,
            "shape": dataset.shape, "train": len(dataset.train), "test": len(dataset.test), "flip": dataset.flip,
            "report": dataset.report and dataset.report.to_json(),
        },
        network=experiment.network.describe(), student_network=experiment.student_network.describe(),
        device=experiment.device, protocol=protocol, kernel=kernel and kernel.predictor_in_words,
        hardware=(job.config.get("hardware") or {}) | gpu(device),
    )  # fmt: skip
    return experiment


def _whitening(job: Job, settings: dict[str, Any], dataset: Dataset) -> ZCA | None:
    """The run's own transform: kept from its beginning on, so that going on and evaluating never fit another."""
    if not settings["zca"]:
        return None
    path = job.run.path / FILE
    if not path.exists():
        write_zca(path, fit_zca(dataset, job.progress))
    return read_zca(path)


def _initial_set(job: Job, experiment: Experiment) -> SyntheticSet:
    synthetic, report = experiment.initial_set(job.progress)
    job.event("initialised", init=experiment.settings.init, report=report)
    return synthetic


def _distil_on(
    job: Job,
    experiment: Experiment,
    problem: Problem,
    initial: SyntheticSet | None,
    checkpoint: Checkpoint | None,
    kernel: KernelTests,
) -> Checkpoint:
    """The loop; saves pictures and checkpoints, tests students and the set itself along the way, and saves once more
    when stopped."""
    settings = experiment.settings
    resume_from = None if checkpoint is None else checkpoint[:2]
    draws = _count_draws(experiment, problem, checkpoint)
    step, state, seconds, _ = checkpoint or Checkpoint(0, {}, 0.0)
    total, accurate_at, saved = settings.steps, set(settings.evaluation_steps), time.monotonic()
    full_at = accurate_at | {0, total}
    try:
        if checkpoint is not None and (step in full_at or step % settings.snapshot_interval == 0):
            kernel.catch_up(step, state, _stoppable(job))
        if step in accurate_at and not _has_accuracy(job.run, step):  # it was stopped while taking that one, as above
            _take_accuracy(job, experiment, step, state)
        for event in distill_steps(
            problem, experiment.distiller, initial, total, settings.seed, resume_from, _stoppable(job),
            watched=lambda: job.single,
        ):  # fmt: skip
            step, state, seconds = event.step, event.state, seconds + event.seconds
            job.reach(step, total)
            if step:
                job.event("step", step=step, **event.metrics, seconds=event.seconds)
            full = step in full_at
            shown = full or step % settings.snapshot_interval == 0
            if event.seen is not None:
                record_step(job.run, experiment, event)
            if shown or event.seen is not None:
                keep_set(job, experiment, event, full, draws)
            if full or time.monotonic() - saved > CHECKPOINT_EVERY:
                write_checkpoint(job.run, Checkpoint(step, state, seconds, draws))
                saved = time.monotonic()
            if shown:
                kernel.along_the_way(step, state, _stoppable(job))
            if step in accurate_at:
                _take_accuracy(job, experiment, step, state)
            job.step(step, total)
    except Stopped:  # raised where the state is whole; an interrupt within a step leaves the last checkpoint alone
        if state:
            keep_set(job, experiment, Event(step, total, {}, 0.0, state), True, draws)
            write_checkpoint(job.run, Checkpoint(step, state, seconds, draws))
        raise
    return Checkpoint(step, state, seconds, draws)


def _count_draws(experiment: Experiment, problem: Problem, checkpoint: Checkpoint | None) -> Draws | None:
    """The sampler's own count of draws, live, going on where the checkpoint ends; None of a method without batches."""
    if not experiment.distiller.batch_real:
        return None
    since = 0
    if checkpoint is not None:
        since = checkpoint.step if checkpoint.draws is None else checkpoint.draws.since
        problem.sampler.drawn[:] = 0 if checkpoint.draws is None else checkpoint.draws.counts
    return Draws(problem.sampler.drawn, since)


def _stoppable(job: Job) -> Progress:
    """For what takes long inside a step. A pause waits for the end of the step, whose seconds are counted."""
    return lambda done, total, note: job.check_stop()


def _evaluate(job: Job, experiment: Experiment, state: State, kernel: KernelTests) -> dict[str, Any]:
    """Final and initial set, random images and full data under one protocol, and the sets by themselves where they are
    predictors; nothing if evaluation is none."""
    result = dict.fromkeys(("protocol", "accuracy", "initial_accuracy", "random", "full", "per_class")) | NOT_TESTED
    if experiment.settings.evaluation == "none":
        return result
    job.phase("evaluating")
    final = set_of(state)
    initial = read_set(job.run, 0, experiment.device)
    by_itself = kernel.at_the_end(final, initial)
    accuracy = experiment.accuracy(final, job.progress)
    _tell_accuracy(job, experiment.settings.steps, accuracy, experiment)
    before = accuracy if initial.equals(final) else experiment.accuracy(initial, job.progress)
    _tell_accuracy(job, 0, before, experiment)
    baselines = {"random": experiment.random_accuracy(job.progress)}
    _tell_baselines(job, baselines)
    baselines["full"] = experiment.full_accuracy(job.progress)
    _tell_baselines(job, baselines)
    return {
        **result, "protocol": experiment.protocol_in_words,
        "accuracy": accuracy.to_json(), "initial_accuracy": before.to_json(),
        **{name: value.to_json() for name, value in baselines.items()}, **by_itself, **final.own_protocol,
        "per_class": accuracy.per_class,
    }  # fmt: skip


def _take_accuracy(job: Job, experiment: Experiment, step: int, state: State) -> None:
    """One student on the set as it is at `step`."""
    _tell_accuracy(job, step, experiment.accuracy(set_of(state), job.progress, repeats=1), experiment)


def _has_accuracy(run: RunFolder, step: int) -> bool:
    return any(event["event"] == "accuracy" and event["step"] == step for event in run.events()[0])


def _tell_accuracy(job: Job, step: int, accuracy: Accuracy, experiment: Experiment) -> None:
    keep_confusion(job.run, "students", step, accuracy)
    job.event("accuracy", step=step, **accuracy.to_json(), protocol=experiment.protocol.name)


def _tell_baselines(job: Job, baselines: dict[str, Accuracy]) -> None:
    for name, accuracy in baselines.items():
        keep_confusion(job.run, name, None, accuracy)
        job.event("baseline", name=name, **accuracy.to_json())
