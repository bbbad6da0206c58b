"""ddcore: dataset distillation with provable importance, headless.

What most people need is here; each name is documented where it is defined, and imported when it is first used, so that
`import ddcore` stays light.

    load_dataset          a dataset by name or path: train and test images
    score                 an importance score by name and parameters, to be computed on any images
    importance_of         the same of a dataset's training images, computed once and kept
    train_set             a dataset's training images as scores see them
    SamplingLaw           scores -> probabilities
    sensitivity_coreset   probabilities -> a weighted subset
    RidgeCost             ... and its certificate: how far off the cost of any ridge regression is on it
    centred_targets       the targets of that regression
    Experiment            a dataset and a few choices -> initial set, problem, distiller, accuracies and baselines
    distill               the only distillation loop, an iterator of events
    evaluate              students trained from scratch on a synthetic set
    open_run, list_runs   runs on this computer
    BadInput              what all of these raise for a user's mistake
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "BadInput": "ddcore.errors",
    "centred_targets": "ddcore.ridge.leverage",
    "Experiment": "ddcore.experiments.experiment",
    "RidgeCost": "ddcore.coresets.subsets",
    "SamplingLaw": "ddcore.sampling.law",
    "distill": "ddcore.loop",
    "evaluate": "ddcore.training.students",
    "importance_of": "ddcore.importance.scoring",
    "list_runs": "ddcore.runs.folder",
    "load_dataset": "ddcore.data.loading",
    "open_run": "ddcore.runs.folder",
    "score": "ddcore.importance",
    "sensitivity_coreset": "ddcore.coresets.subsets",
    "train_set": "ddcore.data.train_set",
}

__all__ = [*_PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'ddcore' has no attribute {name!r}; it offers {', '.join(_PUBLIC)}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
