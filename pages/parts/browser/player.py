"""The player: synthetic images at a cursor beside their curves, of a finished run or a live one, alone or two together.

Replaying and watching are the same here: a list of snapshots and a cursor. Playing, scrubbing and following the newest
snapshot happen in the browser (`player.js`); Python describes the tracks, and page and reader agree on where the cursor
rests and which image is picked (`agreed.py`). As the film of a page, images, controls and charts have places of their
own (`film.css`), and other components of the page move with the cursor (`link.js`).
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

import streamlit as st

from pages.parts.browser.agreed import KEPT, Kept, agree
from pages.parts.browser.component import HERE, component, ignore

MOST_POINTS = 2000  # of one loss curve: more than a chart has pixels across


@dataclass(frozen=True)
class Track:
    """One run as the player shows it. Accuracies are fractions in [0, 1]; lists of one curve have the same length."""

    run: str
    title: str
    frames: str  # address prefix: frames + "120.png" is the contact sheet of step 120, see `rows`
    steps: list[int]  # of the snapshots, ascending
    tile: tuple[int, int]  # height and width of one image in pixels
    rows: int  # of a contact sheet: one a class, tiles without gaps
    columns: int  # of a contact sheet: images per class
    class_names: list[str]
    loss: tuple[Sequence[int], Sequence[float]]  # steps, values
    accuracy: tuple[Sequence[int], Sequence[float], Sequence[float]]  # steps, mean, standard deviation
    random: tuple[float, float, int] | None  # mean, standard deviation, repeats of random images at the same budget
    full: tuple[float, float, int] | None  # the same of the full data
    repeats: int | None  # students behind each accuracy, at least
    live: bool  # more may come
    counts: Sequence[int] = ()  # students behind each accuracy, where these differ
    badge: str = ""  # beside the title: "live", "paused"
    images: list[int | None] | None = None  # place in the set of each tile, row by row; None where that is its number
    kernel: tuple[Sequence[int], Sequence[float], Sequence[float]] = ((), (), ())  # as `accuracy`, of its own predictor
    kernel_random: tuple[float, float, int] | None = None  # as `random`, under that predictor
    no_accuracy: str = "not measured in this run"  # shown while there is no accuracy
    no_loss: str = "no loss recorded"  # shown while there is no loss
    no_images: str = "No snapshot yet: the first images appear here."
    marks: dict[int, tuple[str, str]] = field(default_factory=dict)  # step -> name on the axis, words beside it


class Parting(NamedTuple):
    """Where the pictures of two runs part, by the snapshot steps that both have."""

    same: int | None  # the last step up to which all are equal, None if there is none
    apart: int | None  # the first at which they differ, None if there is none yet
    more: bool = True  # whether more steps may be compared later


class PlayerEvent(NamedTuple):
    """What the reader of a player looks at."""

    cursor: int  # step; 0 while there is no snapshot
    picked: tuple[int, int] | None  # track, and place of the image in its set
    difference: bool  # whether the difference of two tracks is shown beside them


class FilmPlaces(NamedTuple):
    """Containers of a film's parts, within the one called "film"; the map is no part of the player."""

    sheets: Any
    map: Any
    controls: Any
    charts: Any


def film_places() -> FilmPlaces:
    """Lay out a film: images beside a map, controls and charts under both, as there is room."""
    st.html(f"<style>{(HERE / 'film.css').read_text()}</style>")
    with st.container(key="film"):
        return FilmPlaces(*(st.container(key=f"film-{part}") for part in FilmPlaces._fields))


def player(
    tracks: list[Track],
    *,
    total_steps: int,
    key: str,
    step: int | None | Kept = KEPT,
    picked: tuple[int, int] | None | Kept = KEPT,
    difference: bool | Kept = KEPT,
    autoplay: bool = False,
    seconds: float = 8.0,
    height: int | None = None,
    parting: Parting | None = None,
    places: FilmPlaces | None = None,
) -> PlayerEvent:
    """Show one or two tracks on one cursor; returns where it rests, the image picked, and the *Difference* switch.

    `step` (None: the newest snapshot, also later), `picked` and `difference` are the page's: pass what the last event
    said and the player stays as the reader has it; pass anything else and the player takes it, once. Without them the
    browser alone remembers them. The step is sent when the user stops moving the cursor, not while playing. Playing
    from the first snapshot to the last takes at most `seconds`; `autoplay` does so once, unless a track is live or the
    reader's system asks for reduced motion. `height` bounds the images in pixels; what does not fit scrolls. `parting`
    is marked on the slider. With `places`, the parts go there, and images can be picked.
    """
    source = " ".join(track.run for track in tracks)
    steps = sorted({step for track in tracks for step in track.steps})
    agreed = {
        "cursor": _agree("cursor", key, source, step, partial(_at, steps)),
        "picked": _agree("picked", key, source, picked, partial(known_image, tracks=tracks)),
        "difference": _agree("difference", key, source, difference, bool),
    }
    data = {
        "tracks": tuple(_described(track) for track in tracks),  # a list makes Streamlit import pandas
        "totalSteps": total_steps,
        "agreed": agreed,
        "autoplay": autoplay,
        "seconds": seconds,
        "height": height,
        "parting": parting and parting._asdict(),
        "film": key if places else None,
        "comparable": comparable(tracks),
    }
    mount = component("player")
    with places.sheets if places else nullcontext():
        mount(key=key, data=data, on_cursor_change=ignore, on_picked_change=ignore, on_difference_change=ignore)
    for part in ("controls", "charts") if places else ():
        with getattr(places, part):
            mount(key=f"{key}-{part}", data={"part": part, "film": key})
    image = agreed["picked"]["value"]
    cursor = cursor_step(steps, agreed["cursor"]["value"])
    return PlayerEvent(cursor, image and tuple(image), agreed["difference"]["value"])


def _agree(name: str, key: str, source: str, given: Any, sound: Callable[[Any], Any]) -> dict[str, Any]:
    """What is there now, the number of reports and the order, for the browser; `sound` checks values."""
    told = (st.session_state.get(key) or {}).get(name)
    told = told if isinstance(told, dict) and told.get("source") == source else {}
    serial = told.get("serial")
    given = given if given == KEPT else sound(given)
    return {**agree(f"{name} {key} {source}", given, sound(told.get("value")), serial)._asdict(), "serial": serial}


def _at(steps: list[int], step: Any) -> int | None:
    """The snapshot for `step`; None for the newest, and for what is no step."""
    found = cursor_step(steps, step if isinstance(step, int) else None)
    return None if not steps or found == steps[-1] else found


def known_image(value: Any, tracks: list[Track]) -> list[int] | None:
    """[track, image], if these exist."""
    match value:
        case [int(run), int(image)] if 0 <= run < len(tracks) and image in _images(tracks[run]):
            return [run, image]
    return None


def comparable(tracks: list[Track]) -> bool:
    """Whether two runs' sheets, both with images, have the same places for them, so that there is a difference."""
    sheets = [(track.tile, track.rows, track.columns, track.class_names, track.images) for track in tracks]
    return len(tracks) == 2 and sheets[0] == sheets[1] and all(track.steps for track in tracks)


def _images(track: Track) -> Sequence[int | None]:
    return range(track.rows * track.columns) if track.images is None else track.images


def cursor_step(steps: list[int], chosen: int | None) -> int:
    """The snapshot for a `chosen` step: the nearest earlier one; the newest if None; 0 if there are no snapshots."""
    if not steps:
        return 0
    if chosen is None:
        return steps[-1]
    return max((step for step in steps if step <= chosen), default=steps[0])


def _described(track: Track) -> dict:
    return {
        "run": track.run,
        "title": track.title,
        "frames": track.frames,
        "steps": list(track.steps),
        "tile": list(track.tile),
        "rows": track.rows,
        "columns": track.columns,
        "classNames": list(track.class_names),
        "loss": thinned(*track.loss),
        "accuracy": _curve(track.accuracy),
        "kernel": _curve(track.kernel),
        "kernelRandom": track.kernel_random,
        "random": track.random,
        "full": track.full,
        "repeats": track.repeats,
        "live": track.live,
        "counts": list(track.counts),
        "badge": track.badge,
        "images": track.images,
        "noImages": track.no_images,
        "noAccuracy": track.no_accuracy,
        "noLoss": track.no_loss,
        "marks": {str(step): list(words) for step, words in track.marks.items()},
    }


def thinned(steps: Sequence[int], values: Sequence[float], most: int = MOST_POINTS) -> list[list]:
    """[steps, values] of a long curve, keeping the extremes of each stretch, so that it looks the same.

    Nothing is averaged. The first and the last point stay; values that are not finite become None (a gap).
    """
    steps, values = [int(step) for step in steps], _plain(values)
    if len(steps) <= most:
        return [steps, values]
    stretches = most // 2 - 1
    edges = [1 + round(i * (len(steps) - 2) / stretches) for i in range(stretches + 1)]
    kept = {0, len(steps) - 1}
    for start, end in pairwise(edges):
        gaps = [i for i in range(start, end) if values[i] is None]
        solid = [i for i in range(start, end) if values[i] is not None]
        kept.update(gaps[:1])
        if solid:
            kept.update((min(solid, key=values.__getitem__), max(solid, key=values.__getitem__)))
    return [[steps[i] for i in sorted(kept)], [values[i] for i in sorted(kept)]]


def _curve(curve: tuple[Sequence[int], Sequence[float], Sequence[float]]) -> list[list]:
    steps, mean, std = curve
    return [[int(step) for step in steps], _plain(mean), _plain(std)]


def _plain(values: Sequence[float]) -> list[float | None]:
    return [float(value) if isfinite(value) else None for value in values]
