"""The synthetic set of a run as one file of arrays, as networks learn from it, that says where it comes from."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.files import write_atomically
from ddcore.runs.fields import CONFIG, refuse_wrong
from ddcore.runs.folder import RunFolder
from ddcore.runs.strict_json import strict
from ddcore.synthetic import SyntheticSet, brought

_OF_DATASET = ("name", "hash", "base", "classes", "shape", "train", "test")
_NEEDED = ("settings", "dataset")  # of what a file says of itself, what `evaluate` goes by


def export_set(run: RunFolder, out: Path, stored: bool = False) -> tuple[int, int]:
    """Write the last full snapshot of `run` to the `.npz` file `out`; returns (its step, the number of its images).

    It holds `images` (M, C, H, W) in training space, `targets` (M, K), `classes` (M,), `mean` and `std` of the
    normalisation, `lr_student` and `zca` where the run has them, and `about`, a JSON text on what this is. Tiles are
    whole images there; with `stored`, images are as the run keeps them, and `factor` says how many tiles a side has.
    BadInput if there is no full snapshot.
    """
    for step in reversed(run.snapshot_steps()):
        arrays: dict[str, Any] = run.snapshot(step)
        if "images" in arrays:
            break
    else:
        raise BadInput(f"Run {run.id} has no full snapshot yet; there is no set to export.")
    if not stored:
        arrays |= _decoded(arrays)
        arrays.pop("factor", None)
    arrays.pop("view")
    arrays["about"] = json.dumps(_about(run, step), indent=1, ensure_ascii=False)
    write_atomically(out, lambda file: np.savez(file, **arrays))
    return step, len(arrays["images"])


def _about(run: RunFolder, step: int) -> dict[str, Any]:
    """What someone needs who finds the file: a sentence, the run's settings and data, and how it did if it ended."""
    config, status = run.config(), run.status()
    settings, dataset = config["settings"], config["dataset"]
    method = DISTILLERS.about(settings["distiller"]).title
    images = f"{settings['ipc']} synthetic image{'' if settings['ipc'] == 1 else 's'} per class of {dataset['name']}"
    return {
        "what": f"{images}: {method}, seed {settings['seed']}, step {step:,}",
        "run": run.id, "created": config["created"], "step": step, "settings": settings,
        "dataset": {name: dataset.get(name) for name in _OF_DATASET},
        **{name: config.get(name) for name in ("network", "student_network", "protocol", "versions")},
        "result": status["result"] if step == status["total"] else None,
    }  # fmt: skip


def read_about(path: Path, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """What an exported file says of its run, its settings and dataset as those of a run; {} for a file without.

    BadInput for what no export writes: the file may come from anywhere.
    """
    if (text := arrays.get("about")) is None:
        return {}
    try:
        found = strict(str(text).encode()) if text.dtype.kind == "U" and text.shape == () else None
    except ValueError as error:
        raise BadInput(f"{path}: about is not the JSON text that export writes ({error}).") from None
    if not isinstance(found, dict):
        raise BadInput(f"{path}: about is not the JSON object that export writes.")
    refuse_wrong(f"about in {path} does not belong to a run", found, {name: CONFIG[name] for name in _NEEDED})
    return found


def _decoded(arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    images, targets, classes = (torch.as_tensor(arrays[name]) for name in ("images", "targets", "classes"))
    found = SyntheticSet(images, targets, classes, **brought(arrays)).decode()
    return {name: getattr(found, name).numpy() for name in ("images", "targets", "classes")}
