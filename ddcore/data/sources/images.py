"""Decoding images, bounded: nothing is decoded before its header says that it is small enough."""

import io
import struct
import warnings
from collections import Counter

import numpy as np
from PIL import Image, ImageOps

from ddcore.data.specs import LARGEST_SIDE, RESIZE_HINT
from ddcore.errors import BadInput
from ddcore.progress import Progress

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")  # Pillow would also start Ghostscript for EPS
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff")
EVERY = 16  # images between two progress calls: a second, even of large photographs
MOST_PIXELS = 4096 * 4096  # of one encoded image
MOST_BYTES = 4 * 2**30  # of all pixels of a dataset, and of an archive's unpacked members
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error, Image.DecompressionBombError)
_ORIENTATION = 0x0112  # EXIF tag


class ImageStack:
    """`count` encoded images of one size, decoded one after another into one array.

    Grey until the first colour image comes, then RGB (transparency is dropped). With `size`, each image's shorter
    side is scaled to `size` pixels (bicubic, antialiased) and its centre is cut out; without, all must have one size,
    at most 256.
    """

    def __init__(self, count: int, size: int | None):
        self.count, self.size = count, size
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.resized = False
        self._pixels: np.ndarray | None = None

    def add(self, index: int, data: bytes, where: str) -> None:
        """Decode image number `index`; `where` names it in messages. `BadInput` if it is broken or too large."""
        try:
            image = _open(data, where)
            self.sizes[image.size] += 1
            if self.size is None and len(self.sizes) > 1:
                return  # refused at the end, once all sizes are known
            self._put(index, _pixels(image, self.size, where))
        except BadInput:
            raise
        except _BROKEN as error:
            raise BadInput(f"{where} is not a readable image ({_brief(error)}).") from error

    def _put(self, index: int, pixels: np.ndarray) -> None:
        (height, width), channels = pixels.shape[:2], 1 if pixels.ndim == 2 else 3
        if self._pixels is None:
            self._pixels = np.empty(self._bounded(height, width, channels), np.uint8)
        if channels > self._pixels.shape[-1]:
            self._bounded(height, width, channels)
            self._pixels = np.repeat(self._pixels, 3, axis=-1)
        self._pixels[index] = pixels if channels == 3 else pixels[..., None]

    def _bounded(self, height: int, width: int, channels: int) -> tuple[int, int, int, int]:
        shape = (self.count, height, width, channels)
        if np.prod(shape, dtype=np.int64) > MOST_BYTES:
            raise BadInput(
                f"{self.count:,} images of {width}x{height} pixels take more than {MOST_BYTES / 2**30:.0f} GB: "
                f"{RESIZE_HINT}."
            )
        return shape

    def finish(self, where: str) -> np.ndarray:
        """(count,H,W,C) uint8; `BadInput` if the images are of several sizes and no size was asked for."""
        if self.size is None and len(self.sizes) > 1:
            found = ", ".join(f"{width}x{height} ({n})" for (width, height), n in self.sizes.most_common(4))
            more = f" and {len(self.sizes) - 4} more" if len(self.sizes) > 4 else ""
            raise BadInput(f"{where} has images of several sizes, {found}{more}: {RESIZE_HINT}.")
        self.resized = self.size is not None and set(self.sizes) != {(self.size, self.size)}
        assert self._pixels is not None  # every source has an image
        return self._pixels


def resize_all(images: np.ndarray, size: int | None, progress: Progress) -> np.ndarray:
    """(N,H,W,C) uint8, each image scaled and cropped to `size` as `ImageStack` does; the same array if it fits."""
    if size is None or images.shape[1:3] == (size, size):
        return images
    resized = np.empty((len(images), size, size, images.shape[-1]), np.uint8)
    for i, pixels in enumerate(images):
        if i % 1000 == 0:
            progress(i, len(images), "resizing images")
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        resized[i] = np.asarray(_fit(image, size)).reshape(size, size, -1)
    return resized


def conformed(images: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """(N,h,w,c) uint8 -> (N,H,W,C) of this `shape`: scaled and cropped, colour made grey or grey made colour."""
    height, width, channels = shape
    found = np.empty((len(images), *shape), np.uint8)
    for place, pixels in zip(found, images, strict=True):
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        image = ImageOps.fit(image.convert("L" if channels == 1 else "RGB"), (width, height), Image.Resampling.BICUBIC)
        place[:] = np.asarray(image).reshape(shape)
    return found


def check_side(width: int, height: int, where: str) -> None:
    if max(width, height) > LARGEST_SIDE:
        raise BadInput(
            f"{where} has {width}x{height} pixels, at most {LARGEST_SIDE}x{LARGEST_SIDE} are allowed: {RESIZE_HINT}."
        )


def _open(data: bytes, where: str) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Pillow warns of bombs and odd metadata; the size is checked here, before decoding
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise BadInput(f"{where} has {image.width}x{image.height} pixels, at most {MOST_PIXELS:,} are allowed.")
    return image


def _pixels(image: Image.Image, size: int | None, where: str) -> np.ndarray:
    """(H,W) uint8 of a grey image, (H,W,3) of a colour image."""
    if size is None:
        check_side(*image.size, where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if size is not None:
            image.draft(None, (2 * size, 2 * size))  # large photographs decode at a fraction of their size
        if image.getexif().get(_ORIENTATION, 1) != 1:
            image = ImageOps.exif_transpose(image)
        image = _eight_bit(image, where)
    return np.asarray(image if size is None else _fit(image, size))


def _eight_bit(image: Image.Image, where: str) -> Image.Image:
    if image.mode in ("L", "RGB"):
        image.load()
        return image
    if image.mode in ("1", "LA", "La"):
        return image.convert("L")
    if image.mode.startswith("I"):  # 16-bit grey: Pillow's own conversion would clip it
        return Image.fromarray((np.clip(np.asarray(image), 0, 65535) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise BadInput(f"{where} holds floating-point pixels: allowed are 8-bit and 16-bit images.")
    return image.convert("RGB")


def _fit(image: Image.Image, size: int) -> Image.Image:
    return ImageOps.fit(image, (size, size), method=Image.Resampling.BICUBIC)


def _brief(error: Exception) -> str:
    if "cannot identify image file" in str(error):
        return "no known image format"
    return str(error) or type(error).__name__
