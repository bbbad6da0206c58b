"""Pictures that are too large, of several sizes, or damaged."""

import struct
from typing import Any

import numpy as np
from PIL.PngImagePlugin import PngInfo

from .case import Case, Opens, Refused
from .writing import Make, classes, encoded, parquet, picture, png, rows, tree, zipped

PETS = ("cat", "dog")
BOTH = Opens(PETS, 8, 2)
RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)


def shaped(height: int, width: int, channels: int = 1) -> Any:
    return lambda dataset: dataset.train.images.shape[1:] == dataset.test.images.shape[1:] == (height, width, channels)


def with_one(path: str, content: bytes) -> Make:
    """Ten sound pictures and one that may not be."""
    return tree(classes(), {path: content})


def gif_header(width: int, height: int) -> bytes:
    image = encoded(np.zeros((8, 8), np.uint8), "GIF")
    at = image.index(b"\x2c", 13)  # where the picture itself begins
    return (
        image[:6]
        + struct.pack("<HH", width, height)
        + image[10 : at + 5]
        + struct.pack("<HH", width, height)
        + image[at + 9 :]
    )


def bmp_header(width: int, height: int) -> bytes:
    image = encoded(NOISE, "BMP")
    return image[:18] + struct.pack("<ii", width, height) + image[26:]


def tiff_header(width: int, height: int) -> bytes:
    image = bytearray(encoded(NOISE, "TIFF"))
    entries = struct.unpack_from("<I", image, 4)[0]
    for number in range(struct.unpack_from("<H", image, entries)[0]):
        at = entries + 2 + 12 * number
        tag = struct.unpack_from("<H", image, at)[0]
        if tag in (256, 257):
            struct.pack_into("<HHII", image, at, tag, 4, 1, width if tag == 256 else height)
    return bytes(image)


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def black(width: int, height: int) -> bytes:
    """A grey PNG that is small as a file and true to its header."""
    return png(width, height, 8, 0, bytes((width + 1) * height))


def with_black(width: int, height: int) -> Make:
    """Ten small pictures and a large one, which is encoded only when it is needed."""
    return lambda folder: with_one("cat/x.png", black(width, height))(folder)


def noise(kind: str, **save: Any) -> bytes:
    return encoded(NOISE, kind, **save)


def with_comment(text: str) -> bytes:
    about = PngInfo()
    about.add_text("Comment", text, zip=True)
    return encoded(NOISE[:8, :8, 0], pnginfo=about)


SIZES = [
    Case("phone and camera: pictures of two sizes", tree(classes(), {"cat/x.png": picture(9, (12, 10))}),
         Refused("--size", "12")),
    Case("pictures of two sizes, with a size", tree(classes(), {"cat/x.png": picture(9, (12, 10))}),
         Opens(PETS, None, None, pixels=shaped(8, 8)), {"size": 8}),
    Case("train and test of two sizes", tree(classes("train/", 4), classes("test/", 2, size=(9, 9))), Refused("--size",
         "9")),
    Case("nine sizes", tree({f"{c}/{i}.png": picture(i, (8 + i, 8)) for c in PETS for i in range(9)}),
         Refused("--size")),
    Case("pictures upright and across", tree(classes(each=5, size=(8, 12)), {"cat/x.png": picture(9, (12, 8))}),
         Refused("--size")),
    Case("pictures wider than high", tree(classes(size=(12, 8))), Opens(PETS, 8, 2, pixels=shaped(8, 12))),
    Case("pictures wider than high, with a size", tree(classes(size=(12, 8))), Opens(PETS, 8, 2, pixels=shaped(6, 6)),
         {"size": 6}),
    Case("pictures of 300 by 300", tree(classes(size=(300, 300))), Refused("--size", "300")),
    Case("pictures of 300 by 200", tree(classes(size=(300, 200))), Refused("--size", "300")),
    Case("pictures of 300 by 300, with a size", tree(classes(size=(300, 300))), Opens(PETS, 8, 2, pixels=shaped(16,
         16)), {"size": 16}),
    Case("pictures of 256 by 256", tree(classes(size=(256, 256))), Opens(PETS, 8, 2, pixels=shaped(256, 256))),
    Case("pictures of 257 by 257", tree(classes(size=(257, 257))), Refused("--size", "257")),
    Case("a photograph of 4000 by 3000 among small ones, with a size", with_black(4000, 3000),
         Opens(PETS, None, None, pixels=shaped(8, 8)), {"size": 8}),
    Case("a panorama of 100 million pixels, with a size", with_black(12500, 8000),
         Opens(PETS, None, None, pixels=shaped(8, 8)), {"size": 8}),
    Case("a slide of 190 million pixels, with a size", with_black(19000, 10000),
         Opens(PETS, None, None, pixels=shaped(8, 8)), {"size": 8}),
    Case("a large JPEG, with a size", with_one("cat/x.jpg", encoded(np.zeros((3000, 4000), np.uint8), "JPEG")),
         Opens(PETS, None, None, pixels=shaped(8, 8)), {"size": 8}),
    Case("a strip of 1 by 5000, with a size", with_black(1, 5000), (Opens(PETS), Refused("x.png")), {"size": 8}),
]  # fmt: skip

BOMBS = [
    ("a PNG of 60,000 by 60,000", "bomb.png", png(60_000, 60_000, 8, 2)),
    ("a grey PNG of 40,000 by 40,000", "bomb.png", png(40_000, 40_000, 8, 0)),
    ("a PNG of two billion by two billion", "bomb.png", png(2**31 - 1, 2**31 - 1, 8, 6)),
    ("a PNG of one line of two billion", "bomb.png", png(2**31 - 1, 1, 8, 2)),
    ("a 1-bit PNG of 100,000 by 100,000", "bomb.png", png(100_000, 100_000, 1, 0)),
    ("a BMP of 60,000 by 60,000", "bomb.bmp", bmp_header(60_000, 60_000)),
    ("a TIFF of 100,000 by 100,000", "bomb.tif", tiff_header(100_000, 100_000)),
    ("a GIF of 65,000 by 65,000", "bomb.gif", gif_header(65_000, 65_000)),
]
DAMAGED = [
    ("a PNG of no bytes", "bad.png", b""),
    ("a PNG that ends after its header", "bad.png", picture(9)[:33]),
    ("a PNG that ends in its pixels", "bad.png", noise("PNG")[:3000]),
    ("a PNG with a flipped bit in its header", "bad.png", flipped(picture(9), 20)),
    ("a PNG of 0 by 0", "bad.png", png(0, 0, 8, 0)),
    ("a PNG of a colour type that does not exist", "bad.png", png(8, 8, 8, 5, bytes(72))),
    ("a JPEG that ends halfway", "bad.jpg", noise("JPEG", quality=95)[:1500]),
    ("a JPEG of its first bytes alone", "bad.jpg", noise("JPEG")[:20]),
    ("a GIF that ends halfway", "bad.gif", noise("GIF")[:1500]),
    ("a WebP that ends halfway", "bad.webp", noise("WEBP", lossless=True)[:2000]),
    ("an AVIF that ends halfway", "bad.avif", noise("AVIF")[:400]),
    ("a JPEG 2000 that ends after its header", "bad.jp2", noise("JPEG2000")[:120]),
    ("a BMP that ends halfway", "bad.bmp", noise("BMP")[:2000]),
    ("a TIFF that ends halfway", "bad.tif", noise("TIFF")[:2000]),
    ("a compressed TIFF that ends halfway", "bad.tif", noise("TIFF", compression="tiff_lzw")[-2000:]),
    ("a PPM that ends halfway", "bad.ppm", noise("PPM")[:2000]),
    ("a PPM whose header is no number", "bad.ppm", b"P6\nwide high\n255\n"),
    ("a TIFF whose directory points at itself", "bad.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0"),
    ("a picture of 4096 random bytes", "bad.png", RNG.integers(0, 256, 4096, dtype=np.uint8).tobytes()),
    ("a TGA of random bytes", "bad.tga", RNG.integers(0, 256, 512, dtype=np.uint8).tobytes()),
    ("a PSD of its first bytes alone", "bad.psd", b"8BPS\0\x01" + bytes(20)),
    ("a DDS of its first bytes alone", "bad.dds", b"DDS " + bytes(20)),
    ("an ICO of its first bytes alone", "bad.ico", b"\0\0\x01\0\xff\xff" + bytes(20)),
    ("an SVG called .png", "bad.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("a pickle called .png", "bad.png", b"\x80\x04cposix\nsystem\n."),
]  # fmt: skip

EVERYWHERE = [
    Case("a bomb in a zip", zipped(classes(), {"cat/bomb.png": png(60_000, 60_000, 8, 2)}), Refused("bomb.png"),
         {"size": 8}),
    Case("a damaged picture in a zip", zipped(classes(), {"cat/bad.png": picture(9)[:40]}), Refused("bad.png")),
    Case("a bomb in a Parquet file", parquet(rows() | {"image": [*rows()["image"][:9], {"bytes": png(60_000, 60_000, 8,
         2), "path": "b"}]}),
         Refused(), {"size": 8}),
    Case("a damaged picture in a Parquet file", parquet(rows() | {"image": [*rows()["image"][:9], {"bytes": b"",
         "path": "b"}]}), Refused()),
    Case("a PNG whose comment is a bomb", with_one("cat/text.png", with_comment("x" * 3_000_000)), (Opens(PETS),
         Refused("text.png"))),
    Case("a PNG with a comment", with_one("cat/text.png", with_comment("a cat")), Opens(PETS)),
    Case("a PNG whose pixels are fewer than its header says", with_one("cat/few.png", png(8, 8, 8, 0, bytes(9))),
         (Opens(PETS), Refused("few.png"))),
]  # fmt: skip

CASES = [
    *SIZES,
    *(Case(f"{name}, with a size", with_one(f"cat/{file}", content), Refused(file), {"size": 8})
      for name, file, content in BOMBS),
    *(Case(f"{name}, without a size", with_one(f"cat/{file}", content), Refused()) for name, file,
         content in BOMBS[:3]),
    *(Case(name, with_one(f"cat/{file}", content), Refused(file), {"size": 8}) for name, file, content in DAMAGED),
    *EVERYWHERE,
]  # fmt: skip
