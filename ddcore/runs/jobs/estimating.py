"""What a run will cost on this machine: a few of its own steps and epochs, timed, and multiplied out."""

from dataclasses import replace
from typing import Any

import numpy as np

from ddcore.data.loading import load_dataset
from ddcore.data.reading import options_in
from ddcore.data.train_set import train_set
from ddcore.devices import finished_at, forget_peak, peak_memory
from ddcore.distillers import DISTILLERS
from ddcore.distillers.base import Distiller
from ddcore.experiments.experiment import FULL_SCHEDULES, Experiment
from ddcore.experiments.resolving import complete
from ddcore.importance import SCORES, UNIFORM
from ddcore.importance.scoring import cached_importance_path
from ddcore.initialisers.noise import Noise
from ddcore.loop import distill, refresh
from ddcore.networks.base import Trained
from ddcore.networks.compute import resolve_device
from ddcore.parameters import named_by
from ddcore.randomness import Randomness
from ddcore.runs.handle import Job
from ddcore.runs.jobs.expert_timing import TIMED_STEPS, expert_seconds, pretended_experts
from ddcore.runs.jobs.kernel_timing import kernel_tests
from ddcore.runs.jobs.score_timing import seconds_of
from ddcore.sampling.following import FOLLOWERS
from ddcore.synthetic import SyntheticSet
from ddcore.training.experts import train_expert
from ddcore.training.protocols import Protocol
from ddcore.training.students import students_at_once, train_students
from ddcore.training.testing import accuracies

TIMED_EPOCHS = 4


def estimate(job: Job) -> dict[str, Any]:
    """Settings of a distillation run -> {"seconds": {part: s}, "total": s, "memory_mb", "device"}.

    What a first step takes beyond the others (warming up, compiling) counts once; a first epoch is not timed. What is
    cached already costs nothing.
    """
    job.phase("estimating")
    settings = complete(job.config["settings"])
    dataset = load_dataset(
        settings["dataset"], progress=job.progress, variant=settings["variant"], **options_in(settings)
    )
    experiment = Experiment.of(settings, dataset, resolve_device(settings["device"]), progress=job.progress)
    _ = experiment.whitening  # kept: the run will find it
    forget_peak(experiment.device)
    seconds = {"scoring": _scoring(job, experiment), "initialising": _initialising(job, experiment)}
    seconds |= expert_seconds(job, experiment)
    seconds["distilling"] = _distilling(job, experiment)
    seconds |= _evaluating(job, experiment) | kernel_tests(job, experiment)
    return {
        "seconds": {name: round(value, 2) for name, value in seconds.items()},
        "total": round(sum(seconds.values()), 2),
        "memory_mb": round(peak_memory(experiment.device) / 2**20),
        "device": experiment.device,
    }


def _scoring(job: Job, experiment: Experiment) -> float:
    """The scores that real batches and the start go by, each once, unless they are there already."""
    settings, asked = experiment.settings, {}
    for role in ("importance", "init_score"):
        name = getattr(settings, role)
        if role in experiment.methods and name in SCORES.names() and name != UNIFORM:
            score = experiment.methods[role]
            asked[cached_importance_path(experiment.dataset.hash, name, named_by(score), settings.seed)] = score
    train = train_set(experiment.dataset)
    return sum(
        seconds_of(score, train, settings.seed, job.progress) for path, score in asked.items() if not path.exists()
    )


def _initialising(job: Job, experiment: Experiment) -> float:
    """Images whitened, if they are, and the start made: in full, it takes seconds at most.

    Where the start uses a score, a made-up one: `_scoring` counts the real.
    """
    scores = (
        np.random.default_rng(0).random(len(experiment.dataset.train)) if "init_score" in experiment.methods else None
    )
    began = finished_at(experiment.device)
    _ = experiment.train_images, experiment.test_images
    experiment.initial_set(job.progress, scores)
    return finished_at(experiment.device) - began


def _distilling(job: Job, experiment: Experiment) -> float:
    """All steps, kind by kind."""
    kinds = experiment.distiller.kinds_of_step(experiment.settings.steps)
    return sum(_steps_of(job, experiment, method, steps) for method, steps in kinds if steps)


def _steps_of(job: Job, experiment: Experiment, method: Distiller, steps: int) -> float:
    """Seconds of `steps` of one kind, from a few of them, one choice of real batches if they follow the synthetic set,
    and one of the expensive steps, if the method has any from time to time."""
    settings, problem = experiment.settings, experiment.problem_with(None, pretended_experts(experiment))
    noise = Noise().start(train_set(experiment.dataset), settings.ipc, settings.seed)
    made = SyntheticSet.of_classes(noise.images, noise.classes, problem.num_classes, experiment.device)
    synthetic = replace(made, factor=settings.factor)
    spent, state = {}, {}
    for event in distill(problem, method, synthetic, TIMED_STEPS + 1, settings.seed):
        spent[event.step], state = event.seconds, event.state
        job.progress(event.step, TIMED_STEPS + 1, "timing distillation steps")
    choosing, choices = 0.0, 0
    if settings.importance in FOLLOWERS.names():
        choices = experiment.methods["importance"].choices(settings.steps) * steps / settings.steps
        began = finished_at(experiment.device)
        refresh(problem, method, state, Randomness(settings.seed).at(TIMED_STEPS + 2), job.progress)
        choosing = finished_at(experiment.device) - began
    own = max(0.0, min(spent[step] - choosing * problem.sampler.due(step) for step in range(2, TIMED_STEPS + 2)))
    warming = max(0.0, spent[1] - choosing * problem.sampler.due(1) - own)
    total = warming + own * steps + choosing * choices
    if every := method.expensive_every:
        began = finished_at(experiment.device)
        method.step(problem, state, Randomness(settings.seed).at(every * (TIMED_STEPS + 2)))
        extra = max(0.0, finished_at(experiment.device) - began - own)
        total += extra * (steps // every)  # that of the first step is in `warming`
    return total


def _evaluating(job: Job, experiment: Experiment) -> dict[str, float]:
    settings, kept = experiment.settings, None
    if settings.evaluation == "none":
        return {}
    kept, test = experiment.kept_baselines(), _test_pass(experiment)
    protocol, full = experiment.protocol, replace(experiment.protocol, until=None)
    along, sets = len(settings.evaluation_steps), 1 + DISTILLERS.about(settings.distiller).distills  # final, initial
    seconds = sets * _training(job, experiment, settings.factor, protocol)
    students = sets * protocol.repeats + along
    if along:
        seconds += along * _training(job, experiment, settings.factor, replace(full, repeats=1))
    if "random" not in kept:
        seconds += _training(job, experiment, 1, full)
        students += protocol.repeats
    parts = {"students": seconds + students * test}
    if "full" not in kept:
        parts["full data"] = _expert_step(job, experiment) * experiment.full_schedule.steps
    return parts


def _training(job: Job, experiment: Experiment, factor: int, protocol: Protocol) -> float:
    """Seconds of training all students that `protocol` allows a set of factor x factor tiles."""
    batch = min(experiment.settings.ipc * experiment.dataset.num_classes * factor**2, protocol.batch)
    size = students_at_once(experiment.student_network, batch, protocol, experiment.compute, protocol.repeats)
    return -(-protocol.repeats // size) * protocol.epochs * _epoch(job, experiment, factor, size)


def _epoch(job: Job, experiment: Experiment, factor: int, students: int) -> float:
    """Seconds of one epoch of so many students at once, on images of factor x factor tiles."""
    random = replace(experiment.random_set(0), factor=factor).decode()
    clock: list[float] = []

    def tick(done: float, total: float, note: str) -> None:
        clock.append(finished_at(experiment.device))
        job.progress(done, total, "timing a student")

    protocol = replace(experiment.protocol, epochs=TIMED_EPOCHS)
    train_students(
        experiment.student_network, random.images.expand(students, *random.images.shape),
        random.targets.expand(students, *random.targets.shape), protocol, experiment.augmentation, experiment.compute,
        Randomness(experiment.settings.seed), progress=tick,
    )  # fmt: skip
    return (clock[-1] - clock[0]) / (len(clock) - 1)


def _test_pass(experiment: Experiment) -> float:
    """Seconds of testing one student, from a part of the test images."""
    network, rng = experiment.student_network, Randomness(0).torch("network", experiment.device)
    student = Trained(network.init(rng), network.fresh_buffers(experiment.device))
    part = experiment.dataset.test.images[:500]
    images = experiment._on_device(part)
    began = finished_at(experiment.device)
    accuracies(network, [student], images, experiment.dataset.test.labels[: len(part)], experiment.compute)
    return (finished_at(experiment.device) - began) * len(experiment.dataset.test) / len(part)


def _expert_step(job: Job, experiment: Experiment) -> float:
    """Seconds of one training step on 128 real images."""
    schedule = replace(FULL_SCHEDULES["quick"], steps=TIMED_STEPS + 1)
    steps = train_expert(
        experiment.student_network,
        experiment.train_images,
        experiment.dataset.train.labels,
        schedule,
        None,
        Randomness(0),
        "estimate",
    )
    clock = []
    for step, _ in steps:
        clock.append(finished_at(experiment.device))
        job.progress(step, schedule.steps, "timing a network on the real data")
    return (clock[-1] - clock[0]) / (len(clock) - 1)
