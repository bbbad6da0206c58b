"""Accuracies that authors report, and which cells of a study are tested as theirs were.

Confirmed numbers only. VICO: the readme of the authors of DC, DSA and DM, with the spread as the KIP paper repeats it;
PAD: Table 1 of "Prioritize Alignment in Dataset Distillation" (2024), whose random images are augmented like DSA's.
Mean and standard deviation over all students of all sets (5 sets by 20 students for DC and DSA), in percent.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from ddcore.studies.grid import SEED, Grid
from ddcore.studies.rows import resolved

RANDOM = "random"
NOT_ALIKE = {
    "dc": "DC's authors do not augment the images that students learn from; here they are augmented.",
    "mtt": "MTT's authors report the best of several tests of one set; here the last one counts.",
    "datm": "DATM's authors report the best of several tests of one set; here the last one counts.",
    "frepo": "FRePo's authors train wider networks by a protocol of their own.",
}
"""Method -> why its published accuracies are of another protocol than `evaluation="published"`."""
_NETWORK = {"network": "convnet", "student_network": (None, "convnet"), "width": 128, "depth": (None, 3)}
_ASKED: dict[str, Any] = {"evaluation": "published", **_NETWORK, "factor": 1, "zca": False, "variant": None}
_COPIES = {"cifar10-jpeg": "cifar10"}


@dataclass(frozen=True)
class Published:
    """Percent: `mean` ± `std`."""

    method: str
    dataset: str
    ipc: int
    mean: float
    std: float
    source: str

    def __str__(self) -> str:
        return f"{self.mean} ± {self.std}"


_TABLE = {
    (RANDOM, "cifar10", "PAD"): {1: (15.4, 0.3), 10: (31.0, 0.5), 50: (50.6, 0.3)},
    (RANDOM, "cifar100", "PAD"): {1: (4.2, 0.3), 10: (14.6, 0.5), 50: (33.4, 0.4)},
    ("dc", "mnist", "VICO"): {1: (91.7, 0.5), 10: (97.4, 0.2), 50: (98.8, 0.2)},
    ("dc", "fashion-mnist", "VICO"): {1: (70.5, 0.6), 10: (82.3, 0.4), 50: (83.6, 0.4)},
    ("dc", "svhn", "VICO"): {1: (31.2, 1.4), 10: (76.1, 0.6), 50: (82.3, 0.3)},
    ("dc", "cifar10", "VICO"): {1: (28.3, 0.5), 10: (44.9, 0.5), 50: (53.9, 0.5)},
    ("dc", "cifar100", "PAD"): {1: (12.8, 0.3), 10: (25.2, 0.3)},
    ("dsa", "mnist", "VICO"): {1: (88.7, 0.6), 10: (97.8, 0.1), 50: (99.2, 0.1)},
    ("dsa", "fashion-mnist", "VICO"): {1: (70.6, 0.6), 10: (84.6, 0.3), 50: (88.7, 0.2)},
    ("dsa", "svhn", "VICO"): {1: (27.5, 1.4), 10: (79.2, 0.5), 50: (84.4, 0.4)},
    ("dsa", "cifar10", "PAD"): {1: (28.8, 0.7), 10: (52.1, 0.5), 50: (60.6, 0.5)},
    ("dsa", "cifar100", "PAD"): {1: (13.9, 0.3), 10: (32.3, 0.3), 50: (42.8, 0.4)},
    ("dm", "cifar10", "PAD"): {1: (26.0, 0.8), 10: (48.9, 0.6), 50: (63.0, 0.4)},
    ("dm", "cifar100", "PAD"): {1: (11.4, 0.3), 10: (29.7, 0.3), 50: (43.6, 0.4)},
    ("mtt", "cifar10", "PAD"): {1: (46.2, 0.8), 10: (65.4, 0.7), 50: (71.6, 0.2)},
    ("mtt", "cifar100", "PAD"): {1: (24.3, 0.3), 10: (39.7, 0.4), 50: (47.7, 0.2)},
    ("datm", "cifar10", "PAD"): {1: (46.9, 0.5), 10: (66.8, 0.2), 50: (76.1, 0.3)},
    ("datm", "cifar100", "PAD"): {1: (27.9, 0.2), 10: (47.2, 0.4), 50: (55.0, 0.2)},
    ("frepo", "cifar10", "PAD"): {1: (46.8, 0.7), 10: (65.5, 0.4), 50: (71.7, 0.2)},
    ("frepo", "cifar100", "PAD"): {1: (28.7, 0.1), 10: (42.5, 0.2), 50: (44.3, 0.2)},
}
PUBLISHED = {
    (method, dataset, ipc): Published(method, dataset, ipc, *values, source)
    for (method, dataset, source), by_ipc in _TABLE.items()
    for ipc, values in by_ipc.items()
}
"""(method, dataset, images per class) -> what its authors report, whatever their protocol."""


class Marks(NamedTuple):
    marks: list[Published]
    reasons: list[str]
    """Why other cells have no mark although something is published of them; none twice."""


def marks(grid: Grid, where: dict[str, Any] | None = None) -> Marks:
    """What is published of the cells that have the values `where`, and of random images as many.

    The evaluation has to be the authors' in full. How a set was distilled may differ, in steps and in importance: that
    is what a study asks about.
    """
    found: dict[Published, None] = {}
    reasons: dict[str, None] = {}
    for cell in islice(grid.cells(), grid.size // len(grid.axes[SEED])):
        if (where or {}).items() <= cell.choices.items():
            settings = resolved(cell)
            for method in (str(settings.get("distiller")), RANDOM):
                one = PUBLISHED.get((method, _original(settings), settings.get("ipc", 0)))
                if one is not None and (reason := unlike(settings, one)):
                    reasons[reason] = None
                elif one is not None:
                    found[one] = None
    return Marks(list(found), list(reasons))


def unlike(settings: dict[str, Any], one: Published) -> str:
    """Why a published accuracy is no mark for a run of these resolved settings, in one sentence; "" if it is."""
    if settings["dataset"] != one.dataset:
        return f"Published accuracies are of {one.dataset} itself; {settings['dataset']} is a lossy copy."
    if one.method in NOT_ALIKE:
        return NOT_ALIKE[one.method]
    for name, allowed in _ASKED.items():
        if settings[name] not in (allowed if isinstance(allowed, tuple) else (allowed,)):
            usual = allowed[-1] if isinstance(allowed, tuple) else allowed
            return f"Published accuracies are of {name}={usual}; here it is {settings[name]}."
    return ""


def _original(settings: dict[str, Any]) -> str:
    return _COPIES.get(settings.get("dataset", ""), settings.get("dataset", ""))
