"""What a watched step leaves in its run folder."""

from typing import Any

import torch

from ddcore.experiments.experiment import Experiment
from ddcore.loop import Event
from ddcore.runs.folder import RunFolder
from ddcore.runs.watched_steps import MOST_NUMBERS, write_step
from ddcore.synthetic import viewable


def record_step(run: RunFolder, experiment: Experiment, event: Event) -> None:
    """Keep what the witness of `event` saw: see `ddcore.runs.watched_steps`."""
    seen, images = event.seen, event.state["images"].detach()
    assert seen is not None  # the step was watched
    arrays: dict[str, Any] = {"classes": _array(event.state["classes"]), "others": seen.others}
    if seen.batch is not None and len(seen.batch.labels) <= MOST_NUMBERS:
        arrays |= {name: _array(getattr(seen.batch, name)) for name in ("indices", "labels", "weights")}
    if images.numel() <= MOST_NUMBERS:
        data = experiment.dataset
        before, after = (viewable(x, data.mean, data.std, experiment.whitening) for x in (seen.before, images))
        arrays |= {"before": _array(seen.before), "after": _array(images), "view_before": before, "view": after}
        if seen.gradient is not None:
            arrays["gradient"] = _array(seen.gradient.float())
    write_step(run, event.step, arrays)


def _array(values: torch.Tensor) -> Any:
    return values.cpu().numpy()
