"""Importance scores: how much each training image matters, one score a file.

A score is a frozen dataclass with `compute(train, seed, progress) -> Importance`. Adding one is a file and a line here.
"""

from ddcore.importance.base import Importance, Score, TrainSet
from ddcore.registry import Registry

SCORES = Registry(
    "score",
    {
        "uniform": "ddcore.importance.uniform:Uniform",
        "kmeans": "ddcore.importance.kmeans:KMeansSensitivity",
        "lightweight": "ddcore.importance.lightweight:Lightweight",
        "ridge": "ddcore.importance.ridge:RidgeLeverage",
        "loss": "ddcore.importance.loss:RelativeLoss",
        "el2n": "ddcore.importance.el2n:EL2N",
        "grand": "ddcore.importance.grand:GraNd",
        "forgetting": "ddcore.importance.forgetting:Forgetting",
        "margin": "ddcore.importance.margin:Margin",
        "entropy": "ddcore.importance.entropy:Entropy",
    },
)


def score(name: str, **fields) -> Score:
    """The score called `name` with its parameters; `BadInput` for an unknown name, field or a value out of bounds."""
    return SCORES.make(name, **fields)


__all__ = ["SCORES", "Importance", "Score", "TrainSet", "score"]
