"""Preparing a folder of mixed pictures beside torchvision's `ImageFolder` reading the same files, in one run.

    python -m benchmarks.reading [--pictures 10000]

The folder is generated: every format, mode and orientation that people bring, a few very large photographs, and files
that are no pictures. Each side runs in a process of its own, on one thread. Ours walks, decodes, divides, looks at and
stores all pictures (`load_dataset(folder, size=32)`); `ImageFolder` opens each, resizes, crops and makes it uint8. CPU
seconds and memory do not count the imports. Exits 1 if the report does not add up.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from benchmarks.environment import describe
from ddcore.data.sources.decoding import suffixes
from ddcore.data.walking import is_ignored

SIDE = 32
CLASSES = 10
LARGE = (12_000, 9_000)
ORIENTATION = 0x0112  # EXIF tag
JUNK = ("notes.txt", "phone.heic", "Thumbs.db", ".hidden.png", "@eaDir/thumbnail.jpg")
IGNORED = 3  # of these: `Thumbs.db`, the hidden file, and `@eaDir` with all that is in it


class Form(NamedTuple):
    """One way to store a picture: ending, Pillow's format and mode, and options of `save`."""

    suffix: str
    format: str
    mode: str
    options: dict[str, Any] = {}


_JPEG = (
    Form(".jpg", "JPEG", "RGB"), Form(".jpeg", "JPEG", "L"), Form(".JPG", "JPEG", "RGB", {"progressive": True}),
    Form(".jfif", "JPEG", "RGB", {"quality": 95}), Form(".jpg", "JPEG", "CMYK"),
)  # fmt: skip
_ALL = (
    *_JPEG, *_JPEG, *_JPEG,
    *(Form(".png", "PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGB", "RGBA", "I;16")),
    Form(".png", "PNG", "P", {"transparency": 0}),
    *(Form(".webp", "WEBP", mode) for mode in ("RGB", "RGBA")), Form(".webp", "WEBP", "RGB", {"lossless": True}),
    *(Form(".avif", "AVIF", mode, {"speed": 10}) for mode in ("RGB", "RGBA")),
    *(Form(".tif", "TIFF", mode) for mode in ("1", "L", "RGB", "CMYK", "I;16")),
    Form(".tiff", "TIFF", "RGBA", {"compression": "tiff_lzw"}),
    *(Form(".gif", "GIF", "P", options) for options in ({}, {"transparency": 0}, {"save_all": True})),
    *(Form(".bmp", "BMP", mode) for mode in ("1", "L", "P", "RGB")),
)  # fmt: skip
Image.init()
FORMS = [form for form in _ALL if form.format in Image.SAVE]  # some Pillows lack AVIF


def write_pictures(root: Path, count: int, rng: np.random.Generator) -> list[Path]:
    """The paths of `count` pictures, written in class folders, each form in turn, and beside them what is no picture.

    Most have sides of 20 to 400 pixels, one in fifty of up to 2,000; one in 2,500 is a JPEG of 12,000x9,000.
    """
    canvas, paths = _canvas(rng), []
    for k in range(CLASSES):
        for name in JUNK:
            path = root / f"class{k}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"no picture")
    for i in range(count):
        form = FORMS[i // CLASSES % len(FORMS)]
        path = root / f"class{i % CLASSES}" / f"{i:05}{form.suffix}"
        if i % 2500 == 2499:
            path = path.with_suffix(".jpg")
            canvas.resize(LARGE).convert("RGB").save(path, "JPEG")
        else:
            highest = 2000 if i % 50 == 49 else 400
            width, height = np.exp(rng.uniform(np.log(20), np.log(highest), 2)).astype(int).tolist()
            _write(path, form, _cut(canvas, width, height, rng), int(rng.integers(1, 9)))
        paths.append(path)
    return paths


def _canvas(rng: np.random.Generator) -> Image.Image:
    """2,000x2,000 pixels of coarse colour with some noise, as photographs are; a part is transparent."""
    coarse = Image.fromarray(rng.integers(0, 256, (25, 25, 4), np.uint8)).resize((2000, 2000), Image.Resampling.BICUBIC)
    pixels = np.asarray(coarse) + rng.normal(0, 6, (2000, 2000, 4))
    pixels[..., 3] = np.clip(pixels[..., 3] * 3, 0, 255)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _cut(canvas: Image.Image, width: int, height: int, rng: np.random.Generator) -> Image.Image:
    left, top = (int(rng.integers(0, 2001 - side)) for side in (width, height))
    return canvas.crop((left, top, left + width, top + height))


def _write(path: Path, form: Form, image: Image.Image, orientation: int) -> None:
    """Saves the picture: with a transparent corner if its form allows one, with a second frame if it is animated."""
    if form.mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    elif form.mode != "RGBA":
        image = image.convert("LA" if form.mode == "LA" else "RGB").convert(form.mode)
    if form.mode in ("LA", "P", "RGBA"):
        image.paste(0 if form.mode == "P" else (0,) * len(form.mode), (0, 0, 8, 8))
    options = dict(form.options)
    if "save_all" in options:
        options["append_images"] = [image.transpose(Image.Transpose.ROTATE_180)]
    if form.format in ("JPEG", "WEBP"):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        options["exif"] = exif
    image.save(path, form.format, **options)


class Pulse:
    """Progress that keeps how often it was called, and the longest silence in seconds."""

    def __init__(self):
        self.calls, self.silence, self._last = 0, 0.0, time.perf_counter()

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.perf_counter()
        self.calls, self.silence, self._last = self.calls + 1, max(self.silence, now - self._last), now


def ours(root: Path) -> dict[str, Any]:
    """Prepares the folder; returns what the report says."""
    from ddcore.data.loading import load_dataset

    pulse = Pulse()
    dataset = load_dataset(root, size=SIDE, progress=pulse)
    report = dataset.report
    return {
        "pictures": len(dataset.train) + len(dataset.test),
        "counts": {name: getattr(report, name) for name in ("found", "read", "used", "ignored")},
        "left out": dict(report.left_out),
        "sentences": [f"{decision.about}: {decision.text}" for decision in report.decisions + report.warnings],
        "progress": f"{pulse.calls:,} calls, the longest silence {pulse.silence:.2f} s",
    }


def theirs(root: Path) -> dict[str, Any]:
    """Reads the same pictures with `ImageFolder`, which would leave out GIF and AVIF by itself."""
    from torchvision import datasets
    from torchvision.transforms import v2

    endings, start = tuple(suffixes()), len(str(root)) + 1

    def is_picture(name: str) -> bool:
        return name.lower().endswith(endings) and not any(map(is_ignored, name[start:].split("/")))

    steps = v2.Compose([v2.Resize(SIDE), v2.CenterCrop(SIDE), v2.PILToTensor()])
    folder = datasets.ImageFolder(str(root), transform=steps, is_valid_file=is_picture)
    return {"pictures": sum(pixels.shape == (3, SIDE, SIDE) for pixels, _ in folder)}


SIDES = {"ours": ours, "ImageFolder": theirs}
IMPORTS = {
    "ours": ("ddcore.data.loading", "ddcore.data.sources.own"),
    "ImageFolder": ("torchvision.datasets", "torchvision.transforms.v2"),
}


def measure(side: str, root: Path) -> dict[str, Any]:
    """What one side found, its CPU seconds, and by how many MiB its peak lies above what its imports take."""
    for module in IMPORTS[side]:
        import_module(module)
    suffixes()  # Pillow imports its formats
    seconds, memory = time.process_time(), _peak()
    found = SIDES[side](root)
    return found | {"seconds": time.process_time() - seconds, "MiB": _peak() - memory}


def _peak() -> float:
    """MiB of this process; unlike `ru_maxrss` it does not begin with what the process that started this one had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def run(side: str, root: Path, cache: str) -> dict[str, Any]:
    """`measure` in a process of its own, on one thread."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.reading", "--side", side, "--folder", str(root)]
    environment = os.environ | {"DDCORE_CACHE": cache, "OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--side", choices=SIDES, help="measure this side alone, as JSON")
    parser.add_argument("--folder", type=Path, help="of --side: the pictures")
    options = parser.parse_args()
    if options.side:
        print(json.dumps(measure(options.side, options.folder)))
        return 0
    print(describe("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "pictures"
        paths = write_pictures(root, options.pictures, np.random.default_rng(0))
        size = sum(path.stat().st_size for path in paths) / 2**20
        print(f"{len(paths):,} pictures of {len(FORMS)} forms, {size:,.0f} MiB")
        mine, other = (run(side, root, f"{folder}/cache") for side in SIDES)
    left, counts = mine["left out"], mine["counts"]
    print(f"report: {counts}, left out {left}", *mine["sentences"], sep="\n  ")
    print(f"progress: {mine['progress']}")
    for name, one in (("ours", mine), ("ImageFolder", other)):
        cost = 1000 * one["seconds"] / options.pictures
        print(f"{name:<12} {one['pictures']:,} pictures, {cost:.2f} CPU seconds a thousand, {one['MiB']:,.0f} MiB")
    print(f"ratio {mine['seconds'] / other['seconds']:.2f} of time, {mine['MiB'] / other['MiB']:.2f} of memory")
    wanted = {"found": len(paths) + len(JUNK) * CLASSES, "read": len(paths), "used": 0, "ignored": IGNORED * CLASSES}
    adds_up = counts == wanted and counts["found"] == counts["read"] + counts["ignored"] + sum(left.values())
    print(f"the report {'adds up' if adds_up else f'does not add up: {wanted} was written'}")
    return not adds_up


if __name__ == "__main__":
    sys.exit(main())
