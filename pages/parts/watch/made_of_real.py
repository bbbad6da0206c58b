"""One synthetic image beside real ones: the nearest, the mixture that comes closest, the spectrum."""

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.inspection.mixture import Mixture
from ddcore.inspection.pixels import shown_pixels
from ddcore.inspection.spectrum import radial_power
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.figure import show_figure
from pages.parts.watch.image_choice import Chosen
from pages.parts.watch.inspected import alike_of, images_of, mixture_of, usual_of
from pages.parts.watch.real_sheet import SPACE, scale_of, show_real
from pages.parts.words import percent, plain

HEAVIEST = 12  # parts of a mixture shown
_FAINTEST = 0.1  # of the image's largest value: what a mixture leaves is drawn in full colour from there on


def show_nearest(chosen: Chosen, dataset: Dataset) -> None:
    """The nearest real images with their classes and distances."""
    found = alike_of(chosen.snapshot, dataset, chosen.place)
    labels = dataset.train.labels[found.ids]
    same = int((labels == chosen.label).sum())
    sample = " (a random sample)" if found.compared < len(dataset.train) else ""
    st.markdown("**Nearest real images**")
    show_real(dataset, found.ids, [f"{distance:.2f}" for distance in found.distances], "made_of_nearest")
    st.caption(
        f"The {len(found.ids)} nearest of {found.compared:,} training images{sample} with their distances; "
        f"{same} {'is' if same == 1 else 'are'} of its class, {plain(chosen.class_name)}.",
        help=f"{SPACE} {compared_words(chosen)}",
    )


def show_mixture(chosen: Chosen, dataset: Dataset) -> None:
    """Its mixture of real images: the sum, what is left, and the heaviest parts."""
    from ddcore.figures.signed import signed_pictures

    found = mixture_of(chosen.snapshot, dataset, chosen.place)
    row = images_of(chosen.snapshot, dataset).rows[chosen.place]
    shape = dataset.train.images.shape[1:]
    st.markdown("**As a mixture of real images**")
    whole, summed = shown_pixels(np.stack([row, row - found.rest]), dataset)
    rest = found.rest.reshape(shape).transpose(2, 0, 1)[None]
    full = max(np.abs(rest.mean(1)).max(), _FAINTEST * np.abs(row).max()) or 1.0
    left = signed_pictures(rest, full, dark=st.context.theme.type == "dark")[0]
    pictures = [picture if picture.shape[-1] == 3 else picture.repeat(3, axis=2) for picture in (whole, summed, left)]
    image_sheet(
        np.stack(pictures), [0, 1, 2], ["the image", "its mixture", "what is left"], key="made_of_sum",
        scale=scale_of(shape[1]),
    )  # fmt: skip
    parts = slice(0, HEAVIEST)
    if len(found.ids):
        show_real(dataset, found.ids[parts], [percent(share) for share in found.shares[parts]], "made_of_parts")
    count = len(found.ids)
    shown = "all are shown" if count <= HEAVIEST else f"the {HEAVIEST} heaviest are shown"
    st.caption(
        f"A weighted sum of {count:,} real images leaves {percent(found.residual)} of the image unexplained; {shown} "
        "with their share of all weights."
        if count
        else "No sum of real images comes nearer to it than a plain grey.",
        help=f"{_weights_words(found)} {compared_words(chosen)}",
    )


def _weights_words(found: Mixture) -> str:
    among, total = f"all {found.candidates:,} training images", float(found.weights.sum())
    if found.near:
        among = f"the {found.near} nearest training images and the {found.near} with the largest inner product"
    return (
        f"Non-negative least squares over {among}, in normalised pixels, without a constant; weights need not sum to "
        f"1, and these sum to {total:.2f}. Unexplained: |image − sum|² divided by |image|². What is left is orange "
        "where the image is darker than its mixture, blue where it is lighter."
    )


def show_spectrum(chosen: Chosen, dataset: Dataset) -> None:
    """Its power over frequency beside real images of its class."""
    from ddcore.figures.inspection import spectrum

    row = images_of(chosen.snapshot, dataset).rows[chosen.place]
    own = radial_power(row.reshape(1, *dataset.train.images.shape[1:]))[0]
    usual = usual_of(dataset.hash).spectra[chosen.label]
    st.markdown("**Spectrum**")
    figure = spectrum(own, usual, f"real, {chosen.class_name}", dark=st.context.theme.type == "dark")
    show_figure(figure, key="made_of_spectrum")
    st.caption(
        "Power at each frequency: coarse shapes are at the left, fine detail at the right.",
        help="Squared size of the Fourier transform, averaged over directions and colours, both axes logarithmic. The "
        "dashed line is the mean over up to 100 real images of the class.",
    )


def compared_words(chosen: Chosen) -> str:
    """What of the image is compared."""
    tile = (
        f"Of the image, tile {chosen.tile + 1} is compared, enlarged as students see it. " if chosen.tiles > 1 else ""
    )
    return f"{tile}As at every step, the image is compared as shown: values beyond black and white are cut off."
