"""The labels in a run's snapshots, reduced to what is shown; each is read once."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ddcore.runs.snapshots import read_arrays
from pages.parts.run_history import RunHistory

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS = 100  # above, a row is the mean of a class
MOST_CLASSES = 200  # above, nothing could be distinguished


class LabelShot(NamedTuple):
    """Labels of one snapshot, each rescaled to sum 1: an image's weight on each class, which may be negative."""

    rows: "np.ndarray"  # (R, K): one per image, in class order, or the mean of each class
    classes: "np.ndarray"  # (R,)
    averaged: bool  # whether rows are means of classes
    own: float  # mean weight on the own class, over all images
    other: float  # mean of the largest weight on another class


def labels_change(history: RunHistory) -> bool:
    """Whether the run's method changes labels, too."""
    return history.about.learns_labels


def label_shots(history: RunHistory) -> dict[int, LabelShot]:
    """Step -> labels, for each snapshot with labels (pictures of older runs have none); empty for fixed labels."""
    if not labels_change(history):
        return {}
    for step in history.run.snapshot_steps():
        path = history.run.snapshot_path(step)
        written = path.stat().st_mtime_ns  # a picture may be replaced by a full snapshot
        if history.labels.get(step, (None,))[0] != written:
            history.labels[step] = (written, _read(path))
    return {step: shot for step, (_, shot) in sorted(history.labels.items()) if shot is not None}


def _read(path: Path) -> LabelShot | None:
    try:
        return shot_of(*read_arrays(path, "targets", "classes"))
    except (ValueError, OSError):  # a picture without labels, or a damaged file: the others are still shown
        return None


def shot_of(targets: "np.ndarray", classes: "np.ndarray") -> LabelShot | None:
    """The labels of `targets` (M, K), images of `classes` (M,); None if there is 1 class or more than can be shown."""
    import numpy as np

    count = targets.shape[1]
    if not 2 <= count <= MOST_CLASSES:
        return None
    order = np.argsort(classes, kind="stable")
    labels, classes = targets[order].astype(np.float64), classes[order]
    labels /= labels.sum(1, keepdims=True)
    is_own = np.arange(count) == classes[:, None]
    own, other = labels[is_own].mean(), np.where(is_own, -np.inf, labels).max(1).mean()
    averaged = len(labels) > MOST_ROWS
    if averaged:
        present = np.unique(classes)
        labels, classes = np.stack([labels[classes == k].mean(0) for k in present]), present
    return LabelShot(labels, classes, averaged, float(own), float(other))
