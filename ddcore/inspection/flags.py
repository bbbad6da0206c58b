"""What has gone wrong with the images of a snapshot, each kind of failure measured against real images.

The bounds were set on runs of seven methods on Digits, MNIST and Fashion-MNIST that went well: none of their images
after the start comes near one.
"""

from dataclasses import dataclass

import numpy as np

from ddcore.inspection.neighbours import Neighbours, sampled
from ddcore.inspection.pixels import BOUND, SetImages
from ddcore.inspection.spectrum import fineness
from ddcore.inspection.usual import OF_CLASS, Usual, extreme_share, spread

SATURATED = 0.25  # share of values beyond the 99th percentile of real images; sound sets stayed within 0.11
COLLAPSED = 0.25  # of the mean distance of two real images of the class; sound sets were at 0.8 to 1.0
EXPLODING = 3.0  # times the fineness of the 99th percentile; sound sets stayed within 1.5, noise is at 4 to 18
NEAR_COPY = 0.25  # of the typical distance of real images to the nearest other; sound sets were at 0.56 and more

KINDS = ("exploded", "black", "white", "collapsed", "exploding", "copies")


@dataclass(frozen=True)
class Flag:
    """Stored `images` that show a failure, the worst first; `number` of the worst and what is `usual`, in its unit.

    exploded: the largest size of a value as learned; `BOUND`. All other kinds are of what is shown.
    black, white: saturated, the share of its values that are 0 or 255; 99th percentile of its class.
    collapsed: mean distance of two images of its class; the same of real images. All images of the class are listed.
    exploding: `spectrum.fineness`; 99th percentile of its class.
    copies: distance to the nearest training image; median distance of a training image to the nearest other one.
    """

    kind: str
    images: tuple[int, ...]
    number: float
    usual: float


def flags(images: SetImages, found: Neighbours, usual: Usual) -> list[Flag]:
    """The failures of a set, in the order of `KINDS`; `found`: its `neighbours` among real images."""
    classes, tiles = images.classes, images.tiles
    stored = classes[::tiles]
    black, white = (extreme_share(images.view, value) for value in (0, 255))
    fine = fineness(images.rows.reshape(len(images.rows), *images.view.shape[1:]))
    apart = _spreads(images, len(usual.spread))[classes]
    typical = np.full(len(found.away), usual.typical)
    measured = (
        _flag("exploded", images.largest, np.full(len(stored), BOUND), images.largest - BOUND, 1),
        _flag("black", black, usual.black[stored], black - usual.black[stored] - SATURATED, 1),
        _flag("white", white, usual.white[stored], white - usual.white[stored] - SATURATED, 1),
        _flag("collapsed", apart, usual.spread[classes], COLLAPSED * usual.spread[classes] - apart, tiles),
        _flag("exploding", fine, usual.fine[classes], fine - EXPLODING * usual.fine[classes], tiles),
        _flag("copies", found.away, typical, NEAR_COPY * typical - found.away, tiles),
    )
    return [flag for flag in measured if flag is not None]


def _spreads(images: SetImages, count: int) -> np.ndarray:
    """(K,) the mean distance between two images of each class (at most `OF_CLASS` of it); NaN for fewer than two."""
    found = (images.rows[images.classes == label] for label in range(count))
    return np.array([spread(rows[sampled(len(rows), OF_CLASS)]) for rows in found])


def _flag(kind: str, numbers: np.ndarray, usual: np.ndarray, excess: np.ndarray, tiles: int) -> Flag | None:
    """The flag of the images whose `excess` (m,) is above 0, `tiles` of them in a stored one; None if there is none."""
    places = np.flatnonzero(excess > 0)  # NaN is not
    if not len(places):
        return None
    worst = places[np.argsort(-excess[places], kind="stable")]
    stored = dict.fromkeys((worst // tiles).tolist())
    return Flag(kind, tuple(stored), float(numbers[worst[0]]), float(usual[worst[0]]))
