"""Many encoded images of one source into one array."""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from ddcore.data.reading import RESIZE_HINT, Reading, colour_of
from ddcore.data.report import Report
from ddcore.data.sources.decoding import BROKEN, Picture, brief, decode, fit
from ddcore.data.sources.scales import scale_of
from ddcore.data.sources.trees import MOST_BYTES, Tree
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress

_CHUNK = 4096  # images looked at together
_ALIKE = 0.5  # of the images: above that a person should look
_RESIZED = "images{kinds} are resized and cropped to {size}x{size} pixels"
EVERY = 16  # images between two progress calls: a second, even of large photographs


class ImageStack:
    """`count` encoded images, decoded one after another into one array.

    Grey until the first colour image comes, then RGB. Without a size in `reading`, all must have one size, at most 256.
    Grey images of more than 8 bits wait until the last is there, since they share one scale. What was decided about the
    pixels goes into the report.
    """

    def __init__(self, count: int, reading: Reading, report: Report):
        self.count, self.reading, self.report = count, reading, report
        self.sizes: Counter[tuple[int, int]] = Counter()
        self.resized = False
        self._background = colour_of(reading.background)
        self._unreadable: list[tuple[str, str]] = []
        self._pixels: np.ndarray | None = None
        self._deep: dict[int, np.ndarray] = {}
        self._low, self._high, self._whole = np.inf, -np.inf, True
        self._composed = self._frames = self._grey = self._shallow = 0
        self._brightest = 0.0  # of the grey images with 8 bits

    def add(self, index: int, data: bytes, where: str) -> None:
        """Decode image number `index`; `where` names it in messages. `BadInput` if it, or the whole set, is too large.

        `finish` refuses damaged images, all in one message.
        """
        try:
            picture = decode(data, self.reading.size, self._background, where)
        except BadInput:
            raise
        except BROKEN as error:
            self._unreadable.append((where, brief(error)))
            return
        self.sizes[picture.size] += 1
        if self.reading.size is None and len(self.sizes) > 1:
            return  # refused at the end, once all sizes are known
        self._take(index, picture)

    def _take(self, index: int, picture: Picture) -> None:
        self._composed += picture.composed
        self._frames += picture.frames
        self._grey += picture.channels == 1
        if picture.deep:
            self._low, self._high = np.minimum(self._low, picture.low), np.maximum(self._high, picture.high)  # keep NaN
            self._whole = self._whole and picture.whole
            self._deep[index] = picture.pixels
            self._bounded((len(self._deep), *picture.pixels.shape, picture.pixels.itemsize))
        elif picture.channels == 1:
            self._shallow += 1
            self._brightest = max(self._brightest, picture.high)
        self._put(index, np.zeros_like(picture.pixels, np.uint8) if picture.deep else picture.pixels)

    def _put(self, index: int, pixels: np.ndarray) -> None:
        (height, width), channels = pixels.shape[:2], 1 if pixels.ndim == 2 else 3
        if self._pixels is None:
            shape = (self.count, height, width, channels)
            self._bounded(shape)
            self._pixels = np.zeros(shape, np.uint8)
        if channels > self._pixels.shape[-1]:
            self._bounded((self.count, height, width, channels))
            self._pixels = np.repeat(self._pixels, 3, axis=-1)
        self._pixels[index] = pixels if channels == 3 else pixels[..., None]

    def _bounded(self, shape: tuple[int, ...]) -> None:
        if np.prod(shape, dtype=np.float64) > MOST_BYTES:
            raise BadInput(
                f"{self.count:,} images of {shape[2]}x{shape[1]} pixels take more than {MOST_BYTES / 2**30:.0f} GiB: "
                f"{RESIZE_HINT}."
            )

    def finish(self, where: str) -> np.ndarray:
        """(count,H,W,C) uint8; `BadInput` if images are damaged, or of several sizes and no size was asked for."""
        self._refuse_unreadable(where)
        size = self.reading.size
        if size is None and len(self.sizes) > 1:
            found = ", ".join(f"{width}x{height} ({n})" for (width, height), n in self.sizes.most_common(4))
            more = f" and {len(self.sizes) - 4} more" if len(self.sizes) > 4 else ""
            raise BadInput(f"{where} has images of several sizes, {found}{more}: {RESIZE_HINT}.")
        self.resized = size is not None and set(self.sizes) != {(size, size)}
        if self.resized:
            kinds = "" if len(self.sizes) == 1 else f" of {len(self.sizes):,} sizes"
            self.report.decide("size", _RESIZED.format(kinds=kinds, size=size))
        assert self._pixels is not None  # every source has an image
        self._scale(where)
        self._report_pixels()
        return self._pixels

    def _refuse_unreadable(self, where: str) -> None:
        if len(self._unreadable) == 1:
            (name, reason), *_ = self._unreadable
            raise BadInput(f"{name} is not a readable image ({reason}).")
        if self._unreadable:
            names = [name.removesuffix(f" in {where}").removesuffix(f" of {where}") for name, _ in self._unreadable]
            raise BadInput(f"{len(names):,} images in {where} are not readable: {listed(names)}.")

    def _scale(self, where: str) -> None:
        """Give deep images their one scale, and masks of 0 and 1 all of it."""
        assert self._pixels is not None
        if self._deep:
            scale = scale_of(self._low, self._high, where, self._whole)
            for index, values in self._deep.items():
                self._pixels[index] = scale.apply(values)[..., None]
            beside = f" (the other {self.count - len(self._deep):,} images have 8 bits)"
            self.report.decide(
                "pixels",
                f"{len(self._deep):,} grey images have more than 8 bits: {scale.text}"
                + (beside if len(self._deep) < self.count else ""),
            )
            self._deep.clear()
        elif self._shallow == self.count and self._brightest == 1:
            self._pixels *= 255
            self.report.decide("pixels", "the images are masks of 0 and 1: 1 is scaled to 255")
        elif self._shallow == self.count and self._brightest < 32:
            self.report.warn("pixels", f"the brightest pixel of all is {self._brightest:g} of 255")

    def _report_pixels(self) -> None:
        assert self._pixels is not None
        if self._composed:
            self.report.decide(
                "pixels", f"{self._composed:,} transparent images are shown on {self.reading.background}"
            )
        if self._frames:
            self.report.decide("pixels", f"{self._frames:,} files hold several images: the first is used")
        if 0 < self._grey < self.count:
            self.report.decide("pixels", f"{self._grey:,} grey images became colour images like the others")


def stack_images(
    tree: Tree, paths: Sequence[PurePosixPath], reading: Reading, report: Report, progress: Progress
) -> tuple[np.ndarray, bool]:
    """((N,H,W,C) uint8 of these files, whether any was resized). `BadInput` for what `ImageStack` refuses."""
    stack = ImageStack(len(paths), reading, report)
    for done, (i, data) in enumerate(tree.contents(paths)):
        if done % EVERY == 0:
            progress(done, len(paths), "reading images")
        stack.add(i, data, f"{shown(paths[i])} in {tree.where}")
    return stack.finish(tree.where), stack.resized


def resize_all(images: np.ndarray, size: int | None, report: Report, progress: Progress) -> np.ndarray:
    """(N,H,W,C) uint8, each image scaled and cropped to `size` as `decode` does; the same array if it fits."""
    if size is None or images.shape[1:3] == (size, size):
        return images
    report.decide("size", _RESIZED.format(kinds="", size=size))
    resized = np.empty((len(images), size, size, images.shape[-1]), np.uint8)
    for i, pixels in enumerate(images):
        if i % 1000 == 0:
            progress(i, len(images), "resizing images")
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        resized[i] = np.asarray(fit(image, size, size)).reshape(size, size, -1)
    return resized


def conformed(images: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """(N,h,w,c) uint8 -> (N,H,W,C) of this `shape`: scaled and cropped, colour made grey or grey made colour."""
    height, width, channels = shape
    found = np.empty((len(images), *shape), np.uint8)
    for place, pixels in zip(found, images, strict=True):
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        image = fit(image.convert("L" if channels == 1 else "RGB"), width, height)
        place[:] = np.asarray(image).reshape(shape)
    return found


def look_at(parts: Sequence[np.ndarray], report: Report, progress: Progress) -> None:
    """Warn of a set whose images are mostly constant, or mostly copies of one another. `parts`: (N,H,W,C) uint8."""
    count, constant, seen = sum(map(len, parts)), 0, Counter[int]()
    for images in parts:
        for start in range(0, len(images), _CHUNK):
            progress(seen.total(), count, "looking at the images")
            chunk = images[start : start + _CHUNK]
            rows = chunk.reshape(len(chunk), -1, chunk.shape[-1])
            constant += int((rows == rows[:, :1]).all(axis=(1, 2)).sum())
            seen.update(hash(row.tobytes()) for row in rows)
    alike = sum(copies for copies in seen.values() if copies > 1)
    total = f"of the {count:,} images"
    if constant > _ALIKE * count:
        report.warn(
            "pixels", f"{constant:,} {total} have one single colour; transparent ones may need another background"
        )
    elif alike > _ALIKE * count:
        report.warn("pixels", f"{alike:,} {total} are identical to another one")
