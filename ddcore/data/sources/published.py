"""MNIST, Fashion-MNIST, SVHN, CIFAR-10 and CIFAR-100 through torchvision, from files that are on disk already."""

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from torchvision import datasets as published

from ddcore.data.builtin import BUILT_IN
from ddcore.data.dataset import Split
from ddcore.data.report import Report
from ddcore.data.sources.contents import Contents
from ddcore.errors import BadInput

READERS = {
    "mnist": published.MNIST,
    "fashion-mnist": published.FashionMNIST,
    "svhn": published.SVHN,
    "cifar10": published.CIFAR10,
    "cifar100": published.CIFAR100,
}
_BROKEN = (RuntimeError, ValueError, AssertionError, LookupError, TypeError, OSError, EOFError, pickle.UnpicklingError)


def read(name: str, root: Path) -> Contents:
    """Published train and test sets of `name`, torchvision's layout below `root`; `BadInput` if files are damaged."""
    try:
        train, test = (_split(open_part(name, root, part)) for part in ("train", "test"))
    except _BROKEN as error:
        brief = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(
            f"The files of {name} in {root} are damaged ({brief}): delete them and load it again."
        ) from error
    report = Report()
    report.decide("split", "as published")
    return Contents(train, test, BUILT_IN[name].classes, report)


def open_part(name: str, root: Path, part: str, download: bool = False) -> Any:
    """torchvision's dataset object of one part; with `download` it unpacks an archive that lies there verified."""
    reader = READERS[name]
    chosen = {"split": part} if name == "svhn" else {"train": part == "train"}
    with warnings.catch_warnings():
        # NumPy 2.4.0 to 2.4.4 warn about the CIFAR pickles, which describe arrays the way NumPy did in 2009.
        warnings.filterwarnings("ignore", message=r".*align should be passed")
        return reader(root, download=download, **chosen)


def _split(dataset: Any) -> Split:
    images = np.asarray(dataset.data, dtype=np.uint8)
    if images.ndim == 3:
        images = images[..., None]
    if images.shape[1] == 3 and images.shape[-1] != 3:  # SVHN alone is (N,C,H,W)
        images = images.transpose(0, 2, 3, 1)
    labels = dataset.labels if hasattr(dataset, "labels") else dataset.targets
    return Split(np.ascontiguousarray(images), np.asarray(labels, dtype=np.int64))
