"""The synthetic set of a run as one file of arrays, as networks learn from it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddcore.errors import BadInput
from ddcore.files import write_atomically
from ddcore.runs.folder import RunFolder
from ddcore.synthetic import SyntheticSet, brought


def export_set(run: RunFolder, out: Path, stored: bool = False) -> tuple[int, int]:
    """Write the last full snapshot of `run` to the `.npz` file `out`; returns (its step, the number of its images).

    It holds `images` (M, C, H, W) in training space, `targets` (M, K), `classes` (M,), `mean` and `std` of the
    normalisation, and `lr_student` and `zca` where the run has them. Tiles are whole images there; with `stored`,
    images are as the run keeps them, and `factor` says how many tiles a side has. BadInput if there is no full
    snapshot.
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
    write_atomically(out, lambda file: np.savez(file, **arrays))
    return step, len(arrays["images"])


def _decoded(arrays: dict[str, Any]) -> dict[str, np.ndarray]:
    images, targets, classes = (torch.as_tensor(arrays[name]) for name in ("images", "targets", "classes"))
    found = SyntheticSet(images, targets, classes, **brought(arrays)).decode()
    return {name: getattr(found, name).numpy() for name in ("images", "targets", "classes")}
