"""What the pixels of people's pictures are: transparent, deep, grey and colour, constant or all alike."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from .case import Case, Opens, Refused
from .writing import Make, Members, classes, encoded, grey, npz, picture, png, tree

PETS = ("cat", "dog")


def all_of(dataset: Any) -> np.ndarray:
    return np.concatenate([dataset.train.images, dataset.test.images])


def ranges_over(low: int, high: int) -> Callable[[Any], bool]:
    """A check of the smallest and the largest value of the whole set."""
    return lambda dataset: (int(all_of(dataset).min()), int(all_of(dataset).max())) == (low, high)


def first_is(*colour: int) -> Callable[[Any], bool]:
    """A check that the first pixel of every image is this colour, give or take one."""
    return lambda d: (
        all_of(d).shape[3] == len(colour) and bool((np.abs(all_of(d)[:, 0, 0].astype(int) - colour) <= 1).all())
    )


def only(*values: int) -> Callable[[Any], bool]:
    return lambda dataset: set(np.unique(all_of(dataset)).tolist()) == set(values)


def distinct(dataset: Any) -> bool:
    images = all_of(dataset)
    return len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def ten(image: Callable[[int], Any], kind: str = "PNG", suffix: str = ".png", **save: Any) -> Members:
    """Five pictures a class; `image(number)` gives the pixels of each."""
    return {
        f"{name}/{i}{suffix}": encoded(image(5 * k + i), kind, **save) for k, name in enumerate(PETS) for i in range(5)
    }


def glyph(number: int, ink: tuple[int, ...] = (0, 0, 0), strength: int = 255) -> np.ndarray:
    """RGBA: ink in one row, nothing elsewhere."""
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[1 + number % 7, 1 : 3 + number // 7] = (*ink, strength)
    return pixels


def opaque(number: int) -> np.ndarray:
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[..., :3] = grey(number)[..., None]
    return pixels


def palette(number: int) -> Image.Image:
    image = Image.frombytes("P", (8, 8), bytes([1] * 63 + [2]))
    image.putpalette([0, 0, 0, 200, 100, number, 0, 0, 255])
    return image


def see_through_palette(number: int) -> bytes:
    """Colour 0 of the palette is transparent and covers all but the last pixel."""
    image = Image.frombytes("P", (8, 8), bytes([0] * 63 + [1]))
    image.putpalette([0, 0, 0, 200, 100, number])
    return encoded(image, transparency=0)


def deep(low: int, high: int, test_high: int | None = None, dtype: Any = np.uint16) -> Make:
    """train/ and test/ of grey pictures from `low` (first pixel) to `high`; the test set's may end elsewhere."""

    def image(top: int) -> np.ndarray:
        pixels = np.full((8, 8), top, dtype)
        pixels[0, 0] = low
        return pixels

    suffix, kind = (".png", "PNG") if dtype == np.uint16 else (".tif", "TIFF")
    return tree({
        f"{part}/{name}/{i}{suffix}": encoded(image(top), kind)
        for part, top, each in (("train", high, 4), ("test", high if test_high is None else test_high, 2))
        for name in PETS
        for i in range(each)
    })  # fmt: skip


def floats(first: float, last: float) -> Make:
    """TIFFs of 32-bit floats, whose first pixel is `first` and whose others are `last`."""

    def image(number: int) -> np.ndarray:
        pixels = np.full((8, 8), last, np.float32)
        pixels[0, 0] = first
        return pixels

    return tree(ten(image, "TIFF", ".tif"))


def array(first: Any, last: Any, dtype: Any, shape: tuple[int, ...] = (8, 8)) -> Make:
    """An npz of ten images, whose first values are `first` and whose others are `last`."""
    images = np.full((10, *shape), last, dtype)
    images.reshape(10, -1)[:, 0] = first
    return npz(images=images, labels=np.arange(10) % 2)


SCALED = ("pixels: ",)
DEPTHS: list[tuple[str, Make, int, int]] = [
    ("16-bit scans that use the full range", deep(0, 65535), 0, 255),
    ("12-bit X-rays in 16-bit PNGs", deep(0, 4095), 0, 255),
    ("12-bit X-rays that end at 4000", deep(0, 4000), 0, 249),
    ("12-bit values that end at 3000, too dark for 12 bits", deep(0, 3000), 0, 255),
    ("10-bit values that end at 1000", deep(0, 1000), 0, 249),
    ("10-bit values that end at 600, too dark for 10 bits", deep(0, 600), 0, 255),
    ("16-bit PNGs that hold 8-bit values", deep(0, 200), 0, 200),
    ("16-bit masks of 0 and 1", deep(0, 1), 0, 255),
    ("32-bit TIFFs up to 65535", deep(0, 65535, dtype=np.int32), 0, 255),
    ("CT scans from -1000 to 3000", deep(-1000, 3000, dtype=np.int32), 0, 255),
    ("TIFFs of floats from 0 to 1", floats(0, 1), 0, 255),
    ("TIFFs of floats from 0 to 200.4", floats(0, 200.4), 0, 200),
    ("TIFFs of floats from -3 to 5", floats(-3, 5), 0, 255),
    ("TIFFs of floats from 0 to 1000", floats(0, 1000), 0, 255),
    ("npz of uint16 up to 4095", array(0, 4095, np.uint16), 0, 255),
    ("npz of int16 up to 1000", array(0, 1000, np.int16), 0, 249),
    ("npz of int16 from -1000 to 3000", array(-1000, 3000, np.int16), 0, 255),
    ("npz of int64 up to 255", array(0, 255, np.int64), 0, 255),
    ("npz of uint8 masks of 0 and 1", array(0, 1, np.uint8), 0, 255),
    ("npz of booleans", array(False, True, bool), 0, 255),
    ("npz of float32 from 0 to 1", array(0, 1, np.float32), 0, 255),
    ("npz of float64 from 0 to 255", array(0, 255, np.float64), 0, 255),
    ("npz of float16 from 0 to 1", array(0, 1, np.float16), 0, 255),
    ("npz of float32 from -1 to 1", array(-1, 1, np.float32), 0, 255),
    ("npz of float32 colour from 0 to 0.8", array(0, 0.8, np.float32, (8, 8, 3)), 0, 204),
]
REFUSED = [
    ("TIFFs of floats with NaN", floats(float("nan"), 1)), ("TIFFs of floats with inf", floats(0, float("inf"))),
    ("npz of floats with NaN", array(np.nan, 1, np.float32)), ("npz of floats with -inf", array(-np.inf, 1,
    np.float64)),
]  # fmt: skip


def white_around(dataset: Any) -> bool:
    return distinct(dataset) and bool((all_of(dataset)[:, 0, 0] == 255).all())


def says_nothing_of_alpha(dataset: Any) -> bool:
    return distinct(dataset) and not any("transparen" in note.text.lower() for note in dataset.report.decisions)


ALPHA = [
    Case("glyphs in black on nothing", tree(ten(glyph)),
         Opens(PETS, 8, 2, says=("pixels: 10", "pixels: white"),
         pixels=white_around)),
    Case("white glyphs on a black background", tree(ten(lambda i: glyph(i, (255, 255, 255)))),
         Opens(PETS, 8, 2, says=("pixels: 10", "pixels: black"), pixels=lambda d: distinct(d) and int(all_of(d)[:,
         0].max()) == 0),
         {"background": "black"}),
    Case("glyphs on a colour by name", tree(ten(glyph)), Opens(PETS, 8, 2, pixels=first_is(255, 0, 0)),
         {"background": "red"}),
    Case("glyphs on a colour by number", tree(ten(glyph)), Opens(PETS, 8, 2, pixels=first_is(18, 52, 86)),
         {"background": "#123456"}),
    Case("half-transparent ink", tree(ten(lambda i: glyph(i, strength=128))),
         Opens(PETS, 8, 2, says=("pixels: 10",), pixels=lambda d: abs(int(all_of(d).min()) - 127) <= 1)),
    Case("grey with alpha", tree(ten(lambda i: Image.fromarray(glyph(i)).convert("LA"))),
         Opens(PETS, 8, 2, says=("pixels: 10",), pixels=lambda d: distinct(d) and bool((all_of(d)[:, 0,
         0] == 255).all()))),
    Case("WebP stickers", tree(ten(glyph, "WEBP", ".webp", lossless=True, exact=True)),
         Opens(PETS, 8, 2, says=("pixels: 10",), pixels=white_around)),
    Case("a palette with a transparent colour",
         tree({f"{c}/{i}.png": see_through_palette(20 * k + i) for k, c in enumerate(PETS) for i in range(5)}),
         Opens(PETS, 8, 2, says=("pixels: 10",), pixels=first_is(255, 255, 255))),
    Case("three glyphs among photographs", tree(classes(colour=True),
         {f"cat/9{i}.png": encoded(glyph(i)) for i in range(3)}),
         Opens(PETS, None, None, says=("pixels: 3",))),
    Case("screenshots whose alpha is fully opaque", tree(ten(opaque)), Opens(PETS, 8, 2, pixels=says_nothing_of_alpha)),
]  # fmt: skip


def some(constant: int, alike: int) -> Make:
    """Ten pictures of noise, of which so many are of one grey each, and so many others all the same."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (10, 8, 8), dtype=np.uint8)
    images[:constant] = 20 * np.arange(constant, dtype=np.uint8)[:, None, None]
    images[10 - alike :] = images[9]
    return tree(ten(lambda i: images[i]))


WARNINGS = [
    Case("six of ten pictures are one grey", some(6, 0), Opens(PETS, 8, 2, warns=("6",))),
    Case("five of ten pictures are one grey", some(5, 0), Opens(PETS, 8, 2, warns=())),
    Case("six of ten pictures are the same", some(0, 6), Opens(PETS, 8, 2, warns=("6",))),
    Case("five of ten pictures are the same", some(0, 5), Opens(PETS, 8, 2, warns=())),
    Case("pictures of noise", some(0, 0), Opens(PETS, 8, 2, warns=())),
    Case("npz of black images alone", array(0, 0, np.uint8), Opens(None, 8, 2, warns=("10",))),
]

MODES = [
    Case("one scale for train and test", deep(0, 1000, test_high=4095),
         Opens(PETS, 8, 4, says=SCALED, pixels=lambda d: (int(d.train.images.max()), int(d.test.images.max())) == (62,
         255))),
    Case("8-bit masks of 0 and 1", tree(ten(lambda i: np.eye(8, k=i % 5, dtype=np.uint8))),
         Opens(PETS, 8, 2, says=SCALED, pixels=only(0, 255))),
    Case("8-bit labels of 0, 1 and 2 are no masks", tree(ten(lambda i: np.eye(8, k=i % 5, dtype=np.uint8) * 2)),
         Opens(PETS, 8, 2, pixels=only(0, 2))),
    Case("48-bit colour", tree({f"{c}/{i}.png": png(8, 8, 16, 2, (b"\0" + b"\x80\x12\x20\x34\xff\x56" * 8) * 8)
                                for c in PETS for i in range(5)}), Opens(PETS, 8, 2, pixels=first_is(128, 32, 255))),
    Case("one colour picture among grey ones", tree(classes(), {"cat/x.png": picture(99, colour=True)}),
         Opens(PETS, None, None, pixels=lambda d: d.train.images.shape[3] == d.test.images.shape[3] == 3)),
    Case("grey pictures stay grey", tree(classes()), Opens(PETS, 8, 2, pixels=lambda d: d.train.images.shape[3] == 1)),
    Case("a palette of colours", tree(ten(palette)), Opens(PETS, 8, 2, pixels=lambda d: d.train.images.shape[3] == 3
                                                         and bool((all_of(d)[:, 0, 0, :2] == (200, 100)).all()))),
    Case("1-bit scans", tree(ten(lambda i: Image.fromarray(np.eye(8, k=i % 5) > 0))), Opens(PETS, 8, 2, pixels=only(0,
         255))),
    Case("1-bit faxes as TIFF", tree(ten(lambda i: Image.fromarray(np.eye(8, k=i % 5) > 0), "TIFF", ".tif")),
         Opens(PETS, 8, 2, pixels=only(0, 255))),
    Case("CMYK from a print shop", tree(ten(lambda i: Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "TIFF", ".tif")),
         Opens(PETS, 8, 2, pixels=first_is(255, 0, 0))),
    Case("CMYK JPEGs", tree(ten(lambda i: Image.new("CMYK", (8, 8), (9 * i, 0, 0, 0)), "JPEG", ".jpg")),
         Opens(PETS, 8, 2, pixels=lambda d: d.train.images.shape[3] == 3)),
    Case("Lab from Photoshop", tree(ten(lambda i: Image.new("LAB", (8, 8), (200, 128, 128)), "TIFF", ".tif")),
         (Opens(PETS, 8, 2, pixels=lambda d: d.train.images.shape[3] == 3), Refused(".tif"))),
    Case("2-bit grey", tree({f"{c}/{i}.png": png(8, 8, 2, 0, b"\0\x1b\x1b" * 8) for c in PETS for i in range(5)}),
         Opens(PETS, 8, 2, pixels=only(0, 85, 170, 255))),
]  # fmt: skip

CASES = [
    *(Case(name, make, Opens(None, None, None, pixels=ranges_over(low, high))) for name, make, low, high in DEPTHS),
    *(Case(name, make, Refused("NaN|inf|finite")) for name, make in REFUSED),
    *ALPHA,
    *WARNINGS,
    *MODES,
]
