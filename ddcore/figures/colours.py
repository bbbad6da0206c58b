"""Colours of maps and figures: a palette for classes and a ramp for importance, for the dark and the light theme.

Petroff, "Accessible Color Sequences for Data Visualization", 2021 (ten colours). Machado simulation of the three colour
deficiencies leaves a smallest CIEDE2000 difference of 11.9 between two of them, tab10 1.3. Ramp: viridis (van der Walt,
Smith, 2015), turned round in the light theme and cropped, so that what matters stands out and nothing disappears.
"""

import numpy as np

from ddcore.errors import BadInput

PALETTE = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
GREYISH = (3, 8)
"""Entries of the palette that look grey: a map draws them in another form than what is grey for a reason."""
REST = len(PALETTE)
"""Shade of the images whose class is not in focus: the entry behind the palette in `class_colours`."""

_REST = {"dark": "#38424f", "light": "#d9dfe6"}
_VIRIDIS = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
_CROP = {"dark": (0.22, 1.0), "light": (0.85, 0.0)}


def ramp(*, dark: bool) -> tuple[str, ...]:
    """256 hex colours: entry 0 is the least important, faint but visible, 255 the most important."""
    anchors = np.array([list(bytes.fromhex(colour[1:])) for colour in _VIRIDIS], float)
    where = np.linspace(*_CROP["dark" if dark else "light"], 256) * (len(anchors) - 1)
    channels = [np.interp(where, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)]
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in np.rint(channels).astype(int).T)


def class_colours(*, dark: bool) -> tuple[str, ...]:
    """11 hex colours: the palette, then the grey of all other classes (entry `REST`)."""
    return (*PALETTE, _REST["dark" if dark else "light"])


def shade_by_rank(values: np.ndarray) -> np.ndarray:
    """(N,) uint8 entries of `ramp` by the rank of `values` (N,): each shade gets as many images, however skewed.

    Equal values share a shade; all equal, or a single one, is the middle. NaN (a quantity unknown for that image) is 0.
    """
    from scipy.stats import rankdata

    values = np.asarray(values, np.float64)
    shades, known = np.zeros(values.shape, np.uint8), ~np.isnan(values)
    count = int(known.sum())
    if count:
        share = (rankdata(values[known]) - 0.5) / count
        shades[known] = np.minimum(255, np.floor(256 * share))
    return shades


def shade_by_class(labels: np.ndarray, focus: tuple[int, ...] | None = None) -> np.ndarray:
    """(N,) uint8 entries of `class_colours` for `labels` (N,): colour j for the j-th class of `focus`, else `REST`.

    Without `focus` the classes 0..9 are in focus: more than ten colours cannot be distinguished. Raises `BadInput` for
    more than ten classes in focus.
    """
    focus = tuple(range(len(PALETTE))) if focus is None else tuple(focus)
    if len(focus) > len(PALETTE):
        raise BadInput(f"{len(focus)} classes in focus cannot be told apart by colour; choose at most {len(PALETTE)}.")
    shades = np.full(np.shape(labels), REST, np.uint8)
    for shade, chosen in enumerate(focus):
        shades[np.asarray(labels) == chosen] = shade
    return shades
