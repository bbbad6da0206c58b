"""One flat description of a distillation run: what the form, the command line and `config.json` all hold.

The distiller's own hyper-parameters stand beside the common ones, under their own names. No torch here: the server and
the command line's parser read it.
"""

import dataclasses
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.parameters import check, parameter

EVALUATIONS = ("quick", "published", "none")
OWN_INITIALISER = {"dm": "kmeans-coreset"}
"""The initialiser of a distiller when none is asked for: the paper's k-means importance, except for kernel methods."""


@dataclass(frozen=True)
class DistillSettings:
    """Everything but the distiller's own hyper-parameters."""

    dataset: str = parameter("digits", "Name, path, or the name of something in the data folder.")
    size: int | None = parameter(None, "Resize and crop own images to this many pixels.", min=4, max=256)
    distiller: str = parameter("dm", "Distillation method.", choices=tuple(DISTILLERS.names()))
    init: str | None = parameter(
        None, "How the synthetic set starts; default: the distiller's own.", choices=tuple(INITIALISERS.names())
    )
    importance: str = parameter("uniform", "Importance by which real batches are drawn.", choices=tuple(SCORES.names()))
    mode: str = parameter(
        "emphasis",
        "emphasis: important images come more often and the objective moves towards them; "
        "corrected: weighted by 1/(n p), class means stay unbiased.",
        choices=("emphasis", "corrected"),
    )
    uniform: float = parameter(0.5, "Share of uniform sampling mixed into the importance.", min=0.0, max=1.0)
    temperature: float = parameter(1.0, "Scores are raised to this power; 0 is uniform.", min=0.0, max=10.0)
    direction: str = parameter("hard", "hard: high scores more often; easy: low ones.", choices=("hard", "easy"))
    ipc: int = parameter(1, "Synthetic images per class.", min=1, max=10_000)
    steps: int = parameter(1000, "Distillation steps.", min=1, max=10_000_000)
    width: int = parameter(128, "Channels of every block of the network.", min=1, max=4096)
    depth: int | None = parameter(None, "Blocks of the network; default by image size.", min=1, max=8)
    device: str = parameter("auto", "auto, cpu, cuda:0, mps.")
    evaluation: str = parameter("quick", "Protocol by which students are trained and tested.", choices=EVALUATIONS)
    repeats: int | None = parameter(
        None, "Students per accuracy; default 3 for quick, 5 for published.", min=1, max=100
    )
    evaluate_every: int | None = parameter(
        None,
        "Steps between accuracies along the way (one student each); 0 for none; default a quarter of the run.",
        min=0,
    )
    snapshot_every: int | None = parameter(None, "Steps between pictures; default a fortieth of the run.", min=1)
    seed: int = parameter(0, "Seed of everything random.", min=0, max=2**31 - 1)

    def __post_init__(self):
        check(self)
        if self.init is None:
            object.__setattr__(self, "init", OWN_INITIALISER[self.distiller])

    @property
    def snapshot_interval(self) -> int:
        return self.snapshot_every or max(1, self.steps // 40)

    @property
    def evaluation_steps(self) -> list[int]:
        """Steps at which one student is trained along the way; the last step gets all repeats and is not among them."""
        every = max(1, self.steps // 4) if self.evaluate_every is None else self.evaluate_every
        return list(range(every, self.steps, every)) if every and self.evaluation != "none" else []


COMMON = tuple(field.name for field in dataclasses.fields(DistillSettings))


def resolve(explicit: dict[str, Any], preset: str | None = None) -> dict[str, Any]:
    """Flat settings with every common one present and checked: an explicit value beats the preset beats the default.

    Values of `None` count as not given. Raises BadInput for values out of bounds. The distiller's own settings are
    passed on as they are (its file needs torch; `complete` checks them).
    """
    given = {name: value for name, value in explicit.items() if value is not None}
    distiller = given.get("distiller", DistillSettings().distiller)
    if preset is not None:
        given = {**find_preset(distiller, preset)["settings"], **given}
    common, method = split(given)
    return {**dataclasses.asdict(DistillSettings(**common)), **method}


def complete(flat: dict[str, Any]) -> dict[str, Any]:
    """`flat` with the distiller's own settings filled in and checked. Imports the distiller."""
    common, method = split(flat)
    return {**common, **dataclasses.asdict(DISTILLERS.make(common["distiller"], **method))}


def split(flat: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Flat settings -> (common ones, the distiller's own ones)."""
    common = {name: value for name, value in flat.items() if name in COMMON}
    return common, {name: value for name, value in flat.items() if name not in COMMON}


@cache
def presets() -> dict[str, dict[str, dict]]:
    """distiller -> preset name -> {"title", "help", "settings"}."""
    return json.loads((Path(__file__).parent / "presets.json").read_text())


def find_preset(distiller: str, name: str) -> dict:
    known = presets().get(distiller, {})
    if name not in known:
        raise BadInput(f"preset={name!r} is unknown for {distiller}; choose one of {', '.join(known) or 'none'}.")
    return known[name]
