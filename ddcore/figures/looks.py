"""Colour, dash and mark of each line of a chart, so that lines can be told apart without their colours."""

from collections.abc import Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np

from ddcore.figures.canvas import inks_of
from ddcore.figures.colours import ramp

FIRST_SHADE = {True: 40, False: 80}
"""Of 256 in the ramp of a theme, dark or not: from here on, contrast is 3 and more."""
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "pentagon", "star", "hexagon")
_OPEN = ("circle-open", "diamond-open", "triangle-up-open", "square-open")


class Look(NamedTuple):
    colour: str
    dash: str
    symbol: str


def looks_of(roles: Sequence[str], *, dark: bool) -> list[Look]:
    """A look for each role: random | full | any other. Random images and all the data look alike in every chart,
    several of them but for their forms; of others, several share the ramp."""
    inks = inks_of(dark)
    fixed = {
        "random": (Look(inks.faint, "dash", symbol) for symbol in cycle(_OPEN)),
        "full": (Look(inks.text, "dot", symbol) for symbol in cycle(reversed(_OPEN))),
    }
    own = sum(role not in fixed for role in roles)
    if own > 2:
        places = np.linspace(FIRST_SHADE[dark], 255, own).astype(int)
        looks = [Look(ramp(dark=dark)[at], "solid", SYMBOLS[place % len(SYMBOLS)]) for place, at in enumerate(places)]
    else:
        looks = [Look(inks.accent, "solid", "circle"), Look(inks.mark, "solid", "diamond")]
    chosen = iter(looks)
    return [next(fixed.get(role, chosen)) for role in roles]
