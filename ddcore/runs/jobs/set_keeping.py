"""What a run keeps of its synthetic set along the way, and how it reads that again."""

from contextlib import suppress
from typing import Any

import numpy as np
import torch

from ddcore.experiments.experiment import Experiment
from ddcore.files import read_npz, write_atomically
from ddcore.loop import Event
from ddcore.runs.draws import Draws, write_draws
from ddcore.runs.folder import RunFolder
from ddcore.runs.handle import Job
from ddcore.synthetic import SyntheticSet, brought, viewable


def keep_set(job: Job, experiment: Experiment, event: Event, full: bool, draws: Draws | None) -> None:
    """Write the set at `event.step` (see `save_snapshot`), and what was drawn by then."""
    if draws is not None:
        write_draws(job.run, event.step, draws, durable=full)
    save_snapshot(job, experiment, event, full)


def save_snapshot(job: Job, experiment: Experiment, event: Event, full: bool) -> None:
    """Write the set at `event.step`: with `full` everything, else the picture only. A full one is never replaced."""
    path, dataset = job.run.snapshot_path(event.step), experiment.dataset
    if path.exists():
        with suppress(ValueError, OSError):
            if not full or "images" in read_npz(path):
                return
    synthetic = event.synthetic
    arrays: dict[str, Any] = {
        "view": viewable(synthetic.images, dataset.mean, dataset.std, experiment.whitening),
        "classes": synthetic.classes.cpu().numpy(),
        "targets": synthetic.targets.cpu().numpy(),
        "step": event.step,
    }
    if full:
        arrays |= {
            "images": synthetic.images.cpu().numpy(), "mean": dataset.mean, "std": dataset.std,
        }  # fmt: skip
        if experiment.whitening is not None:
            arrays["zca"] = experiment.whitening.identity  # the transform itself is in the run folder
    if synthetic.factor > 1:
        arrays["factor"] = synthetic.factor
    if synthetic.lr_student is not None:
        arrays["lr_student"] = synthetic.lr_student
    # A full one is what a finished run is, and what a resumed one starts from: it reaches the disk as checkpoints do.
    write_atomically(path, lambda file: np.savez(file, **arrays), durable=full)
    job.event("snapshot", step=event.step, file=f"snapshots/{path.name}")


def read_set(run: RunFolder, step: int, device: str) -> SyntheticSet:
    """The set of a full snapshot, as it was kept."""
    arrays = run.snapshot(step)
    images, targets, classes = (torch.as_tensor(arrays[k], device=device) for k in ("images", "targets", "classes"))
    return SyntheticSet(images, targets, classes, **brought(arrays))
