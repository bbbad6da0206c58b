"""What a run will cost on this machine: a few of its own steps and epochs, timed, and multiplied out."""

import resource
import sys
import time
from dataclasses import replace
from typing import Any

import torch

from ddcore.compute import resolve_device
from ddcore.data.loading import load_dataset
from ddcore.evaluation import accuracies, train_students
from ddcore.experiment import FULL_SCHEDULES, Experiment
from ddcore.experts import train_expert
from ddcore.initialisers import Noise
from ddcore.loop import distill
from ddcore.randomness import Randomness
from ddcore.runs.job import Job
from ddcore.scoring import cached_importance_path
from ddcore.settings import complete

TIMED_STEPS, TIMED_EPOCHS = 3, 4


def estimate(job: Job) -> dict[str, Any]:
    """Settings of a distillation run -> {"seconds": {part: s}, "total": s, "memory_mb", "device"}.

    A first step or epoch is not timed (it warms up). What is cached already costs nothing.
    """
    job.phase("estimating")
    settings = complete(job.config["settings"])
    dataset = load_dataset(settings["dataset"], settings["size"], job.progress, variant=settings["variant"])
    experiment = Experiment.of(settings, dataset, resolve_device(settings["device"]))
    if experiment.compute.kind == "cuda":
        torch.cuda.reset_peak_memory_stats(experiment.device)
    seconds = {"scoring": _scoring(job, experiment), "initialising": _initialising(job, experiment)}
    seconds["distilling"] = _distilling(job, experiment)
    seconds |= _evaluating(job, experiment)
    return {
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "total": round(sum(seconds.values()), 2),
        "memory_mb": _peak_memory_mb(experiment),
        "device": experiment.device,
    }


def _scoring(job: Job, experiment: Experiment) -> float:
    """Only relative loss takes a noticeable time;
    its proxy's steps are timed, a pass costs a third of them an image.
    """
    name, dataset = experiment.settings.importance, experiment.dataset
    if name != "loss":
        return 0.0
    score = experiment.methods["importance"]
    parameters = {field: getattr(score, field) for field in score.__dataclass_fields__}
    if cached_importance_path(dataset.hash, "loss", parameters, experiment.settings.seed).exists():
        return 0.0
    proxy = replace(experiment, settings=replace(experiment.settings, width=score.proxy_width, depth=None))
    images = score.proxy_steps * 128 + score.passes * len(dataset.train) / 3
    return _expert_step(job, proxy) / 128 * images


def _initialising(job: Job, experiment: Experiment) -> float:
    """Done in full: it takes seconds at most."""
    began = time.perf_counter()
    experiment.initial_set(job.progress)
    return time.perf_counter() - began


def _distilling(job: Job, experiment: Experiment) -> float:
    problem = experiment.problem(None)
    noise = {name: method for name, method in experiment.methods.items() if name != "init_score"}
    synthetic, _ = replace(experiment, methods=noise | {"init": Noise()}).initial_set()
    spent = []
    for event in distill(problem, experiment.distiller, synthetic, TIMED_STEPS + 1, experiment.settings.seed):
        spent.append(event.seconds)
        job.progress(event.step, TIMED_STEPS + 1, "timing distillation steps")
    return min(spent[2:]) * experiment.settings.steps


def _evaluating(job: Job, experiment: Experiment) -> dict[str, float]:
    settings, kept = experiment.settings, None
    if settings.evaluation == "none":
        return {}
    protocol, kept = experiment.protocol, experiment.kept_baselines()
    student = _epoch(job, experiment) * protocol.epochs + _test_pass(experiment)
    accuracies_of_all = 2 + (0 if "random" in kept else 1)  # final, initial, random images: all repeats each
    turns = protocol.repeats if experiment.compute.kind == "cpu" else 1  # a GPU trains all repeats at once
    parts = {"students": student * (accuracies_of_all * turns + len(settings.evaluation_steps))}
    if "full" not in kept:
        parts["full data"] = _expert_step(job, experiment) * experiment.full_schedule.steps
    return parts


def _epoch(job: Job, experiment: Experiment) -> float:
    """Seconds of one epoch of one student."""
    images, targets = experiment._random_set(0)
    clock: list[float] = []

    def tick(done: float, total: float, note: str) -> None:
        clock.append(time.perf_counter())
        job.progress(done, total, "timing a student")

    protocol = replace(experiment.protocol, epochs=TIMED_EPOCHS)
    train_students(
        experiment.network, images[None], targets[None], protocol, experiment.augmentation, experiment.compute,
        Randomness(experiment.settings.seed), progress=tick,
    )  # fmt: skip
    return (clock[-1] - clock[0]) / (len(clock) - 1)


def _test_pass(experiment: Experiment) -> float:
    """Seconds of testing one student, from a part of the test images."""
    rng = Randomness(0).torch("network", experiment.device)
    stacked = {name: value[None] for name, value in experiment.network.init(rng).items()}
    part = experiment.dataset.test.images[:500]
    images = experiment._on_device(part)
    began = time.perf_counter()
    accuracies(experiment.network, stacked, images, experiment.dataset.test.labels[: len(part)], experiment.compute)
    return (time.perf_counter() - began) * len(experiment.dataset.test) / len(part)


def _expert_step(job: Job, experiment: Experiment) -> float:
    """Seconds of one training step on 128 real images."""
    schedule = replace(FULL_SCHEDULES["quick"], steps=TIMED_STEPS + 1)
    steps = train_expert(
        experiment.network,
        experiment.train_images,
        experiment.dataset.train.labels,
        schedule,
        None,
        Randomness(0),
        "estimate",
    )
    clock = []
    for step, _ in steps:
        clock.append(time.perf_counter())
        job.progress(step, schedule.steps, "timing a network on the real data")
    return (clock[-1] - clock[0]) / (len(clock) - 1)


def _peak_memory_mb(experiment: Experiment) -> int:
    """Peak memory of the timed parts: of the GPU, or of this process."""
    if experiment.compute.kind == "cuda":
        return round(torch.cuda.max_memory_allocated(experiment.device) / 2**20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10))
