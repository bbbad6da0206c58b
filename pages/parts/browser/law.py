"""Sampling-law sliders: what a batch would be, computed and drawn in the browser."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.sampling.law import DIRECTIONS
from pages.parts.browser.component import component, ignore, pack

DRAWS = ("class", "all", "balanced")
"""A batch is drawn from each class by itself, from all images, or from all with every class as likely as any other."""


@dataclass(frozen=True)
class LawSettings:
    """Where the sliders stand: one of `DRAWS`, uniform share, temperature and direction (of `DIRECTIONS`)."""

    draws: str = "class"
    uniform: float = 0.5
    temperature: float = 1.0
    direction: str = "hard"

    @classmethod
    def of(cls, told: Any) -> "LawSettings | None":
        """The settings that the browser tells, or an address; None for anything else."""
        try:
            found = cls(str(told["draws"]), float(told["uniform"]), float(told["temperature"]), str(told["direction"]))
        except (KeyError, TypeError, ValueError):
            return None
        sound = found.draws in DRAWS and found.direction in DIRECTIONS
        return found if sound and 0 <= found.uniform <= 1 and 0 <= found.temperature <= 10 else None


@dataclass(frozen=True)
class LawEvent:
    """`settings` where the sliders stand, `taken` the settings and `clicked` the image taken and clicked just now."""

    settings: LawSettings
    taken: LawSettings | None
    clicked: int | None


def law_sliders(
    scores: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    *,
    key: str,
    source: str,
    thumbs: str,
    shape: tuple[int, int],
    settings: LawSettings,
    take: str | None = None,
    pick: bool = False,
) -> LawEvent:
    """Draw the sliders over `scores` (N,) >= 0 of images with `labels` (N,) into `classes`, and return what was done.

    `source` names the scores: as long as it stays, the browser keeps what it sorted. Image i is at `thumbs`i.png and
    has `shape` (height, width). The sliders start at `settings`, and go there again when these change. `take` is the
    label of a button that takes settings over; `pick`: images can be clicked. Raises `BadInput` if the lengths differ.
    """
    if np.shape(scores) != np.shape(labels) or np.ndim(scores) != 1:
        raise BadInput(f"A sampling law needs a label per score, not {np.shape(scores)} and {np.shape(labels)}.")
    header = {"source": source, "classes": list(classes), "thumbs": thumbs, "shape": list(shape), "take": take}
    header |= {"settings": asdict(settings), "directions": dict(DIRECTIONS), "pick": pick}
    data = pack(
        header,
        scores=np.asarray(scores, np.float64),
        labels=np.asarray(labels, np.uint8 if len(classes) <= 256 else np.int32),
    )
    state = component("law")(
        key=key, data=data, on_settings_change=ignore, on_taken_change=ignore, on_clicked_change=ignore
    )
    clicked = state.get("clicked")
    told = state.get("settings") or {}
    now = LawSettings.of(told.get("now")) if LawSettings.of(told.get("since")) == settings else None
    return LawEvent(now or settings, LawSettings.of(state.get("taken")), None if clicked is None else int(clicked))
