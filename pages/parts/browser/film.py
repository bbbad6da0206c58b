"""The film layer of the map: a run's synthetic images at their places, step by step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ddcore.errors import BadInput

_MOST_RUNS = 2  # more forms than two would not be recognised


class Trails(NamedTuple):
    """One run's M synthetic images on the map at S steps: thumbnails where they are, trails of where they were.

    An image is cut from the run's contact sheet of the step, `frames` + "<step>.png" (`pages/parts/routes.py`): row
    `r` holds the r-th of the classes present, in their order in `classes`. If a stored image holds `parts` x `parts`
    tiles, M counts the tiles, those of one stored image in a row, and the image named to others is the stored one.
    """

    run: str  # its id
    steps: Sequence[int]  # S, ascending
    xy: np.ndarray  # (S, M, 2) in the map's coordinates
    odd: np.ndarray  # (S, M) bool: too unlike any real image for its place to mean much; drawn hollow and faded
    classes: np.ndarray  # (M,)
    colours: Sequence[str]  # M CSS colours of the borders and trails
    frames: str  # prefix of the addresses of contact sheets
    tile: tuple[int, int]  # height and width of a stored image
    rows: int  # of a contact sheet
    columns: int
    parts: int = 1


class Film(NamedTuple):
    """One run, or two (A solid, B dashed), on the map. The cursor comes from the player, or is the last step.

    Topics of `link.js`: the map hears `cursor`, hears and says `over`, and says `pick` when an image is clicked.
    """

    runs: Sequence[Trails]
    picked: tuple[str, int] | None = None  # run id and image, drawn with a second border


def packed_film(film: Film) -> tuple[list[dict], dict[str, np.ndarray]]:
    """(what the header says of each run, the arrays by name). Raises `BadInput` if the film cannot be drawn."""
    if not 1 <= len(film.runs) <= _MOST_RUNS:
        raise BadInput(f"A map shows the images of one or two runs, not of {len(film.runs)}.")
    told, arrays = [], {}
    for place, trails in enumerate(film.runs):
        xy, odd, classes = np.asarray(trails.xy, np.float32), np.asarray(trails.odd, bool), np.asarray(trails.classes)
        _check(trails, xy, odd, classes)
        sheet = {"frames": trails.frames, "tile": list(trails.tile), "parts": int(trails.parts)}
        steps = [int(step) for step in trails.steps]
        told.append({"run": trails.run, "steps": steps, "colours": list(trails.colours), **sheet})
        rows, columns = _places(classes[:: trails.parts**2])
        arrays |= {
            f"film{place}_xy": xy,
            f"film{place}_odd": odd.astype(np.uint8),
            f"film{place}_classes": classes.astype(np.int32),
            f"film{place}_rows": rows,
            f"film{place}_columns": columns,
        }
    return told, arrays


def _places(classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each stored image in the contact sheet: by class, then in the order given."""
    _, rows = np.unique(classes, return_inverse=True)
    columns = np.zeros(len(rows), np.int32)
    for row in range(rows.max(initial=-1) + 1):
        columns[rows == row] = np.arange((rows == row).sum())
    return rows.astype(np.int32), columns


def _check(trails: Trails, xy: np.ndarray, odd: np.ndarray, classes: np.ndarray) -> None:
    steps, count = len(trails.steps), len(classes)
    if not steps or xy.shape != (steps, count, 2) or odd.shape != (steps, count) or len(trails.colours) != count:
        given = f"{xy.shape}, {odd.shape} and {len(trails.colours)}"
        raise BadInput(f"{steps} steps of {count} images need xy (S,M,2), odd (S,M) and M colours, not {given}.")
    if not np.isfinite(xy).all():
        raise BadInput("The places of synthetic images must be finite numbers; some are not.")
    stored = classes[:: trails.parts**2]
    rows, columns = len(np.unique(stored)), int(np.unique(stored, return_counts=True)[1].max(initial=0))
    if (rows, columns) != (trails.rows, trails.columns):
        raise BadInput(
            f"These classes fill {rows} x {columns} tiles of a contact sheet, not {trails.rows} x {trails.columns}."
        )
