"""What one synthetic image is made of: nearest real images, mixture, difference to its start, strip, spectrum,
what students take it for."""

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.inspection.pixels import shown_pixels
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.watch.image_choice import Chosen, choose_image
from pages.parts.watch.inspected import image_of, images_of, snapshot_of
from pages.parts.watch.made_of_real import show_mixture, show_nearest, show_spectrum
from pages.parts.watch.picking import Picked
from pages.parts.watch.real_sheet import scale_of
from pages.parts.watch.student_view import show_students
from pages.parts.words import plain

_LARGE = 196  # CSS pixels
_FRAME = 12  # what the sheet leaves free round an image
_MOST_STEPS = 12  # of the strip


def made_of_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the picked image at step `cursor`; without one, for the first image."""
    try:
        chosen = choose_image(read, cursor, picked)
        dataset = dataset_of(chosen.history)
        left, right = st.columns(2, gap="large")
        with left:
            _show_pictures(chosen, dataset)
        with right:
            _show_strip(chosen)
        if dataset is None:
            st.caption(plain(why_no_dataset(chosen.history)))
            show_students(chosen)
            return
        left, right = st.columns(2, gap="large")
        with left:
            show_nearest(chosen, dataset)
            show_spectrum(chosen, dataset)
        with right:
            show_mixture(chosen, dataset)
            show_students(chosen)
    except BadInput as error:
        st.warning(plain(str(error)))


def _show_pictures(chosen: Chosen, dataset: Dataset | None) -> None:
    """The image, how it differs from its start, and its chosen tile as students see it, large."""
    picture = image_of(chosen.snapshot, chosen.image)
    with st.container(horizontal=True, gap="medium"):
        _show_large(picture, f"step {chosen.snapshot.step:,}", "made_of_picture")
        changed = _show_difference(chosen, picture)
        if chosen.tiles > 1 and dataset is not None:
            rows = images_of(chosen.snapshot, dataset).rows[[chosen.place]]
            _show_large(shown_pixels(rows, dataset)[0], f"tile {chosen.tile + 1}, enlarged", "made_of_tile")
    holds = f" It holds {chosen.tiles}×{chosen.tiles} tiles, which students see enlarged." if chosen.tiles > 1 else ""
    st.caption(f"An image of {plain(chosen.class_name)}{plain(changed)}.{holds}")


def _show_difference(chosen: Chosen, picture: np.ndarray) -> str:
    """Draw the image minus its start; returns what is seen of it in words."""
    first = chosen.history.run.snapshot_steps()[0]
    if chosen.snapshot.step == first:
        return " as it starts"
    try:
        difference, most = _difference(picture, image_of(snapshot_of(chosen.history, first), chosen.image))
    except BadInput as error:
        return f"; it is not compared with its start: {str(error).rstrip('.')}"
    if most == 0:
        return f", unchanged since step {first:,}"
    _show_large(difference, f"minus step {first:,}", "made_of_difference")
    return (
        f", and where it became lighter (blue) or darker (orange) since step {first:,}: by up to {100 * most:.0f} % of "
        "the range from black to white"
    )


def _show_large(picture: np.ndarray, caption: str, key: str) -> None:
    width = picture.shape[1]
    scale = max(1, _LARGE // width)
    with st.container(width=scale * width + _FRAME):
        image_sheet(picture[None], [0], [caption], key=key, scale=scale, columns=1)


def _difference(picture: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, float]:
    """(picture (H,W,3) of the difference, its largest size as a fraction of the range), averaged over colours."""
    from ddcore.figures.signed import signed_pictures

    if picture.shape != start.shape:
        raise BadInput(f"The start has images of {start.shape}, this step of {picture.shape}: they cannot be compared.")
    difference = (picture.astype(np.float64) - start).transpose(2, 0, 1)[None] / 255
    most = float(np.abs(difference.mean(1)).max())
    return signed_pictures(difference, most or 1.0, dark=st.context.theme.type == "dark")[0], most


def _show_strip(chosen: Chosen) -> None:
    """The image at up to twelve steps."""
    steps = strip_steps(chosen.history.run.snapshot_steps(), chosen.snapshot.step)
    found, damaged = {}, 0
    for step in steps:
        try:
            found[step] = image_of(snapshot_of(chosen.history, step), chosen.image)
        except BadInput:
            damaged += 1
    st.markdown("**Over time**")
    pixels = np.stack(list(found.values()))
    captions = [f"{step:,}" for step in found]
    image_sheet(
        pixels, list(found), captions, key="made_of_strip", selected=chosen.snapshot.step,
        scale=scale_of(pixels.shape[2]),
    )  # fmt: skip
    missing = f" {damaged} of these snapshots cannot be read." if damaged else ""
    st.caption(f"The same image at {len(found)} steps; the ring marks the one above.{missing}")


def strip_steps(steps: list[int], shown: int, most: int = _MOST_STEPS) -> list[int]:
    """At most `most` of the ascending `steps`, evenly spread, with the first, the last and the one `shown`."""
    if len(steps) <= most:
        return steps
    places = [round(i * (len(steps) - 1) / (most - 1)) for i in range(most)]
    at = steps.index(shown)
    if at not in places:
        places[min(range(1, most - 1), key=lambda i: abs(places[i] - at))] = at
    return [steps[place] for place in sorted(places)]
