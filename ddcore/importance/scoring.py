"""Importance of a dataset's training images, computed once and kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.data.train_set import train_set
from ddcore.importance import SCORES
from ddcore.importance.base import Importance, Score
from ddcore.kept import SCORES as KEPT
from ddcore.parameters import named_by
from ddcore.progress import Progress, silent


def cached_importance_path(dataset_hash: str, score: str, named: dict[str, Any], seed: int) -> Path:
    """Where scores are kept; `named`: the score's parameters, see `ddcore.parameters.named`."""
    return KEPT.path(dataset_hash, score, named, seed)


def importance_of(
    dataset: Dataset,
    name: str,
    seed: int,
    progress: Progress = silent,
    device: str = "cpu",
    with_right: bool = False,
    **parameters: Any,
) -> Importance:
    """Scores of `dataset.train` under the score called `name`, from the cache if they exist undamaged.

    Earlier versions kept no `right`: `with_right` computes it then, and keeps it beside the scores as they were.
    """
    score = _made(name, device, parameters)
    path = cached_importance_path(dataset.hash, name, named_by(score), seed)
    kept = kept_importance(path, len(dataset.train))
    if kept is not None and not (with_right and score.keeps_right and kept.right is None):
        return kept
    found = score.compute(train_set(dataset), seed, progress)
    if kept is not None:  # runs were made with these, which another machine computes with other last bits
        found = replace(kept, right=found.right)
    KEPT.write(path, packed(found))
    return found


def kept_importance(path: Path, count: int) -> Importance | None:
    """The scores of `count` images kept at `path`; None if there are none, or none that can be used."""

    def understood(arrays: dict[str, np.ndarray]) -> Importance | None:
        found = unpacked(arrays)
        each = [found.scores, *found.terms.values(), *([] if found.right is None else [found.right])]
        whole = all(array.shape == (count,) and array.dtype.kind == "f" and np.isfinite(array).all() for array in each)
        return found if whole and (found.scores >= 0).all() else None

    return KEPT.read(path, understood)


def features_seen(
    dataset: Dataset, name: str, seed: int, progress: Progress = silent, device: str = "cpu", **parameters: Any
) -> np.ndarray:
    """(N, D) float32 features of `dataset.train` exactly as the score called `name` sees them."""
    return _made(name, device, parameters).features_of(train_set(dataset), seed, progress)


def _made(name: str, device: str, parameters: dict[str, Any]) -> Score:
    if "device" in SCORES.get(name).__dataclass_fields__:
        parameters = parameters | {"device": device}
    return SCORES.make(name, **parameters)


def packed(importance: Importance) -> dict[str, np.ndarray]:
    """As arrays: `scores`, one `term_<name>` per term, `centers` and `right` where there are any."""
    arrays = {"scores": importance.scores}
    arrays |= {f"term_{name.removeprefix('term_')}": values for name, values in importance.terms.items()}
    further = {"centers": importance.centers, "right": importance.right}
    return arrays | {name: values for name, values in further.items() if values is not None}


def unpacked(arrays: dict[str, np.ndarray]) -> Importance:
    terms = {name.removeprefix("term_"): values for name, values in arrays.items() if name.startswith("term_")}
    return Importance(arrays["scores"], terms, arrays.get("centers"), arrays.get("right"))
