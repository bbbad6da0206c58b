"""One encoded image to pixels, within bounded memory: its header is read first and says what decoding would take."""

import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
from PIL import Image, ImageOps

from ddcore.data.reading import LARGEST_SIDE, RESIZE_HINT
from ddcore.errors import BadInput, shown

_NOT_READ = ("EPS", "WMF", "BUFR", "GRIB", "HDF5", "MPEG", "IPTC", "FLI")
"""Formats left alone: other programs would be started for them, or they hold no image that Pillow decodes itself."""
MOST_MEMORY = 2**30  # bytes that decoding one image may take
_PIXEL_BYTES = {"1": 2, "L": 1, "P": 5, "RGB": 4, "I;16": 6, "I;16B": 6, "I;16L": 6, "F": 12}
"""Memory a pixel of each mode takes, with the conversions and copies that follow; others: 8."""
_SEE_THROUGH_BYTES = 8  # more, for a transparent colour: its conversion and that to premultiplied values
_DECODER_BYTES = {"WEBP": 4, "AVIF": 3, "JPEG2000": 5, "TIFF": 1, "BLP": 1, "DDS": 1, "QOI": 1, "SGI": 1}
"""More for each band, in canvases or strips of the decoder's own."""
_SEQUENCES = ("GIF", "WEBP", "PNG", "TIFF", "AVIF")  # of which a file may hold several images
_USUAL = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")  # tried before the others
_GREY = ("L", "I", "F", "I;16", "I;16B", "I;16L")
_ORIENTATION = 0x0112  # EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PILLOW_LOCK = threading.RLock()
BROKEN = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, OverflowError,
    MemoryError, AttributeError, ZeroDivisionError, RuntimeError, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises of damaged files."""


@cache
def formats() -> tuple[str, ...]:
    """What the installed Pillow decodes, the usual formats first."""
    Image.init()
    usual = [name for name in _USUAL if name in Image.OPEN]
    return (*usual, *(name for name in Image.OPEN if name not in (*_USUAL, *_NOT_READ)))


@cache
def suffixes() -> frozenset[str]:
    """The endings of such files, in small letters."""
    Image.init()
    readable = {*formats(), "MPO"}
    return frozenset(suffix for suffix, name in Image.registered_extensions().items() if name in readable)


@dataclass(frozen=True)
class Picture:
    """One decoded image.

    `pixels`: (H,W) uint8 grey, (H,W,3) uint8 colour, or (H,W) float32 of a deep grey image, whose values are not scaled
    yet. `size`: (width, height) before resizing; of an image that is not resized, as it is turned. `low` and `high`:
    the range of a grey image's values before resizing; `whole`: they are whole numbers. `composed`: whether there was
    transparency. `frames`: whether the file holds more images.
    """

    pixels: np.ndarray
    size: tuple[int, int]
    low: float
    high: float
    whole: bool
    composed: bool
    frames: bool

    @property
    def deep(self) -> bool:
        return self.pixels.dtype != np.uint8

    @property
    def channels(self) -> int:
        return 1 if self.pixels.ndim == 2 else 3


def decode(data: bytes, size: int | None, background: tuple[int, int, int], where: str) -> Picture:
    """The image, its shorter side scaled to `size` pixels (bicubic, antialiased) and the centre cut out.

    Transparent parts show `background`. `BadInput` for one that is too large, and what is in `BROKEN` if it is damaged.
    """
    with _quiet():
        image: Image.Image = Image.open(io.BytesIO(data), formats=formats())
        original, frames = image.size, image.format in _SEQUENCES and bool(getattr(image, "is_animated", False))
        if size is None:
            check_side(*original, where)
        elif min(original) > 0:
            image.draft(None, (2 * size, 2 * size))  # large photographs decode at a fraction of their size
        _check_memory(image, original, where)
        exif = image.getexif()  # while the file is open
        image.load()
        turn = _TURNS.get(exif.get(_ORIENTATION, 1))  # after loading, since a TIFF file turns itself
        low, high = (0.0, 255.0) if image.mode not in _GREY else _extrema(image)
        whole = image.mode != "F"
        image, composed = _composite(background, _resizable(image), size)
        if turn is not None:
            image = image.transpose(turn)
    return Picture(np.asarray(image), image.size if size is None else original, low, high, whole, composed, frames)


def _extrema(image: Image.Image) -> tuple[float, float]:
    """The lowest and the highest value of an image of one band."""
    if image.mode in ("L", "I", "I;16"):
        low, high = cast(tuple[float, float], image.getextrema())
    else:  # Pillow does not know all modes, nor NaN
        values = np.asarray(image)
        low, high = values.min(), values.max()
    return float(low), float(high)


def _resizable(image: Image.Image) -> Image.Image:
    """A mode that keeps all values and can be resized: L, F, RGB, or with transparency LA or RGBA."""
    if image.has_transparency_data:
        grey = image.mode in ("LA", "La", "L", "1")
        return image if image.mode in ("LA", "RGBA") else image.convert("LA" if grey else "RGBA")
    if image.mode in ("L", "RGB", "F"):
        return image
    if image.mode in ("1", "LA", "La"):
        return image.convert("L")
    if image.mode in _GREY:  # 16 bits and more: Pillow's own conversion to 8 would clip them
        return image.convert("F")
    return image.convert("RGB")


def _composite(background: tuple[int, int, int], image: Image.Image, size: int | None) -> tuple[Image.Image, bool]:
    """The image, resized, on a background; and whether anything of that shows."""
    see_through = image.mode in ("LA", "RGBA") and _extrema(image.getchannel("A"))[0] < 255
    if size is not None and image.size != (size, size):
        image = fit(image, size, size)
    if image.mode not in ("LA", "RGBA"):
        return image, False
    grey = image.mode == "LA" and len(set(background)) == 1
    if see_through:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (*background, 255)), image)
    return image.convert("L" if grey or (image.mode == "LA" and not see_through) else "RGB"), see_through


def fit(image: Image.Image, width: int, height: int) -> Image.Image:
    """The image scaled (bicubic, antialiased) until it covers `width` x `height` pixels, and its centre cut out."""
    return ImageOps.fit(image, (width, height), method=Image.Resampling.BICUBIC)


def check_side(width: int, height: int, where: str) -> None:
    """`BadInput` if an image is too large to be prepared as it is."""
    if max(width, height) > LARGEST_SIDE:
        raise BadInput(
            f"{where} has {width}x{height} pixels, at most {LARGEST_SIDE}x{LARGEST_SIDE} are allowed: {RESIZE_HINT}."
        )


def _check_memory(image: Image.Image, original: tuple[int, int], where: str) -> None:
    """Refuse what would not fit: the pixels, and of a progressive JPEG all its coefficients."""
    each = _PIXEL_BYTES.get(image.mode, 8) + _SEE_THROUGH_BYTES * ("transparency" in image.info)
    each += _DECODER_BYTES.get(image.format or "", 0) * len(image.getbands())
    needed = image.width * image.height * each
    if image.info.get("progressive") or image.info.get("progression"):
        needed += original[0] * original[1] * 2 * len(image.getbands())
    if needed > MOST_MEMORY:
        raise BadInput(
            f"{where} has {original[0]:,}x{original[1]:,} pixels, and decoding it would take {needed / 2**30:.1f} GiB: "
            f"at most {MOST_MEMORY / 2**30:.0f} GiB is allowed for one image."
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's bound on pixels, since ours is on memory, and without its warnings of odd metadata."""
    with _PILLOW_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = bound


def brief(error: Exception) -> str:
    """Why an image cannot be read, in a few words."""
    if "cannot identify image file" in str(error):
        return "no known image format"
    return shown(error) or type(error).__name__
