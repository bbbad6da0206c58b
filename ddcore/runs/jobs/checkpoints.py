"""A run's checkpoint: all that going on bit for bit needs. It reaches the disk before it counts."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.serialization import default_restore_location

from ddcore.distillers.base import State, set_of
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.files import open_regular, write_atomically
from ddcore.runs.draws import Draws
from ddcore.runs.folder import RunFolder


class Checkpoint(NamedTuple):
    """Where a run is: what the loop goes on from, and what is told of the way to it."""

    step: int
    state: State
    seconds: float  # spent so far
    draws: Draws | None = None  # None: of a method that draws no batches, or by a version that did not count


def write_checkpoint(run: RunFolder, checkpoint: Checkpoint) -> None:
    step, state, seconds, draws = checkpoint
    method = run.config()["settings"].get("distiller")
    content = {"step": step, "state": state, "seconds": seconds, "distiller": method}
    if draws is not None:
        content |= {"drawn": torch.as_tensor(draws.counts), "drawn_since": draws.since}
    write_atomically(run.path / "checkpoint", lambda file: torch.save(content, file), durable=True)


def read_checkpoint(run: RunFolder, device: str) -> Checkpoint | None:
    """The checkpoint of a run that was interrupted, or None if it has not begun; BadInput if it left its own behind
    or that is damaged."""
    path = run.path / "checkpoint"
    if not path.exists() and any(run.snapshot_steps()):
        raise BadInput(f"Run {run.id} has no checkpoint, so it cannot resume; start a new run with its settings.")
    if not path.exists():
        return None
    try:
        with open_regular(path) as file:
            content = torch.load(file, map_location=_where_it_was(device), weights_only=True)
        checkpoint = Checkpoint(int(content["step"]), content["state"], float(content["seconds"]), _draws_in(content))
        made_by = content.get("distiller")  # none in checkpoints of earlier versions
        set_of(content["state"])
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # of a damaged file PyTorch raises whatever it stumbles over
        raise BadInput(
            f"The checkpoint of run {run.id} cannot be read ({type(error).__name__}), so it cannot go on; start a new "
            "run like it."
        ) from error
    method = run.config()["settings"].get("distiller")
    if made_by not in (None, method):
        raise BadInput(
            f"The checkpoint of run {run.id} is one of {made_by}, but the run distils by {method}, so it cannot go on; "
            "start a new run like it."
        )
    return checkpoint


def _draws_in(content: dict[str, Any]) -> Draws | None:
    if "drawn" not in content:
        return None
    return Draws(content["drawn"].cpu().numpy(), int(content["drawn_since"]))


def _where_it_was(device: str) -> Callable[[Any, str], Any]:
    """What was on the CPU, counts and choices of images, stays there: a step reads it, and would wait for a GPU."""
    return lambda storage, place: storage if place == "cpu" else default_restore_location(storage, device)


def check_checkpoint(run: RunFolder, experiment: Experiment, checkpoint: Checkpoint | None) -> None:
    """BadInput unless the checkpoint is of a step, and of a set, that this run can have."""
    if checkpoint is None:
        return
    step, state, _, draws = checkpoint
    settings, dataset = experiment.settings, experiment.dataset
    shape = (settings.ipc * dataset.num_classes, *dataset.shape)
    found = tuple(set_of(state).images.shape)
    wrong = ""
    if not 0 <= step <= settings.steps:
        wrong = f"is of step {step}, but the run has {settings.steps} steps"
    elif found != shape:
        wrong = f"holds images of shape {found}, but the run distils {shape}"
    elif draws is not None and draws.counts.shape != (len(dataset.train),):
        wrong = f"counts draws of {len(draws.counts):,} images, but the run has {len(dataset.train):,}"
    if wrong:
        raise BadInput(f"The checkpoint of run {run.id} {wrong}, so it cannot go on; start a new run like it.")
