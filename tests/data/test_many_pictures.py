"""A tree of pictures of every form: its report adds up, stopping leaves nothing, and memory is bounded."""

import io
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.reading import CLASSES, FORMS, IGNORED, JUNK, LARGE, ORIENTATION, write_pictures
from ddcore.data.dataset import materialised
from ddcore.data.loading import load_dataset
from ddcore.data.sources import decoding
from ddcore.errors import BadInput
from ddcore.places import cache_root
from ddcore.progress import Stopped

WHITE = (255, 255, 255)
MiB = 2**20
EACH = CLASSES  # pictures of each form: one in each class
COUNT = len(FORMS) * EACH

needs_avif = pytest.mark.skipif("AVIF" not in Image.SAVE, reason="this Pillow cannot write AVIF")
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks of memory are read in /proc")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    root = tmp_path_factory.mktemp("many") / "pictures"
    write_pictures(root, COUNT, np.random.default_rng(0))
    return root


def test_the_report_of_a_mixed_tree_adds_up(pictures):
    dataset = load_dataset(pictures, size=16)
    report = dataset.report
    assert (report.found, report.read, report.used) == (COUNT + len(JUNK) * CLASSES, COUNT, 0)
    assert (report.ignored, report.left_out) == (IGNORED * CLASSES, Counter({".txt": CLASSES, ".heic": CLASSES}))
    assert report.found == report.read + report.used + report.ignored + report.left_out.total()
    assert len(dataset.train) + len(dataset.test) == COUNT
    assert np.bincount(np.concatenate([dataset.train.labels, dataset.test.labels])).tolist() == [len(FORMS)] * CLASSES
    sentences = [decision.text for decision in report.decisions if decision.about == "pixels"]
    see_through = sum(form.mode in ("LA", "RGBA") or "transparency" in form.options for form in FORMS)
    grey = sum(form.mode in ("1", "L", "LA", "I;16") for form in FORMS)
    deep = sum(form.mode == "I;16" for form in FORMS)
    several = sum("save_all" in form.options for form in FORMS)
    for kind, forms in {
        "transparent": see_through,
        "grey images became": grey,
        "than 8": deep,
        "several": several,
    }.items():
        (sentence,) = [sentence for sentence in sentences if kind in sentence]
        assert sentence.startswith(f"{forms * EACH} "), sentence


def test_progress_is_regular_and_stopping_leaves_nothing(pictures):
    calls = []

    def stop(done, total, note):
        if note == "reading images":
            calls.append((done, total))
            if done > COUNT / 2:
                raise Stopped

    with pytest.raises(Stopped):
        load_dataset(pictures, size=16, progress=stop)
    assert {total for _, total in calls} == {COUNT}
    assert max(np.diff([done for done, _ in calls])) <= COUNT / 20
    assert materialised() == []
    assert [path for path in cache_root().rglob("*") if path.is_file()] == []


PEAK = """
import sys
from pathlib import Path
from PIL import Image
from ddcore.data.sources.decoding import decode, formats

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

formats()
data = Path(sys.argv[1]).read_bytes()
before = peak()
decode(data, 32, (255, 255, 255), "it")
print((peak() - before) * 1024)
"""
# Not `ru_maxrss`: that begins with the peak of the process which started this one.


def peak_of(path):
    """Bytes that decoding this file to 32 pixels takes at its peak, in a process of its own."""
    command = [sys.executable, "-c", PEAK, str(path)]
    root = str(Path(__file__).parents[2])
    return int(subprocess.check_output(command, env=os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}))


@needs_proc
@pytest.mark.parametrize("size", [LARGE, (60_000, 1200)], ids=["photograph", "panorama"])
def test_a_large_jpeg_is_decoded_small(tmp_path, size):
    Image.new("RGB", size, (200, 100, 50)).save(tmp_path / "large.jpg")
    assert 4 * size[0] * size[1] > 250 * MiB  # its pixels in full
    assert peak_of(tmp_path / "large.jpg") < 50 * MiB


@needs_proc
@pytest.mark.parametrize(
    ("name", "options"), [("large.png", {"compress_level": 1}), ("large.jpg", {"progressive": True})]
)
def test_what_cannot_be_decoded_small_stays_within_the_bound(tmp_path, name, options):
    """All rows of a PNG, and all coefficients of a progressive JPEG, are in memory at once."""
    Image.new("RGB", LARGE, (200, 100, 50)).save(tmp_path / name, **options)
    assert peak_of(tmp_path / name) < decoding.MOST_MEMORY


SAVED = {
    "colour": ("RGB", "PNG", {}),
    "masks": ("1", "PNG", {}),
    "palettes": ("P", "PNG", {}),
    "transparent palettes": ("P", "PNG", {"transparency": 0}),
    "transparency": ("RGBA", "PNG", {}),
    "grey transparency": ("LA", "PNG", {}),
    "16 bits": ("I;16", "PNG", {}),
    "floats": ("F", "TIFF", {}),
    "one strip": ("RGB", "TIFF", {"compression": "tiff_lzw", "strip_size": 2**30}),
    "progressive": ("RGB", "JPEG", {"progressive": True, "subsampling": 0}),
    "CMYK": ("CMYK", "TIFF", {}),
    "WebP": ("RGB", "WEBP", {"method": 0}),
    "AVIF": ("RGBA", "AVIF", {"speed": 10}),
    "JPEG 2000": ("RGB", "JPEG2000", {}),
}


@needs_proc
@pytest.mark.parametrize("name", [pytest.param(name, marks=needs_avif if name == "AVIF" else ()) for name in SAVED])
def test_what_takes_more_memory_than_allowed_is_refused(tmp_path, monkeypatch, name):
    """The bound holds for each form: an image is refused if less is allowed than the peak that was measured.

    The peak of these three megapixels is 6 to 50 MiB; a tenth and 1 MiB are left for what comes with small things.
    """
    mode, kind, options = SAVED[name]
    path = tmp_path / "picture"
    Image.new(mode, (2000, 1500)).save(path, kind, **options)
    peak = peak_of(path)
    monkeypatch.setattr(decoding, "MOST_MEMORY", int(0.9 * peak) - MiB)
    with pytest.raises(BadInput, match=r"^it has 2,000x1,500 pixels, and decoding it would take [^.]+\.[^.]+\.$"):
        decoding.decode(path.read_bytes(), 32, WHITE, "it")
    monkeypatch.setattr(decoding, "MOST_MEMORY", 4 * peak)
    assert decoding.decode(path.read_bytes(), 32, WHITE, "it").size == (2000, 1500)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("TIFF", "RGB"), ("PNG", "RGBA"), ("PNG", "I;16")])
def test_pictures_are_turned_as_their_exif_says(kind, mode, orientation):
    """Whatever is done to their pixels: transparent ones are composed, deep ones scaled."""
    pixels = np.arange(20 * 12 * 4).reshape(20, 12, 4).astype(np.uint8)
    deep = pixels[..., 0].astype(np.uint16) * 257
    exif, buffer, upright = Image.Exif(), io.BytesIO(), io.BytesIO()
    exif[ORIENTATION] = orientation
    image = Image.fromarray(deep) if mode == "I;16" else Image.fromarray(pixels).convert(mode)
    image.save(buffer, kind, exif=exif)
    ImageOps.exif_transpose(Image.open(buffer)).save(upright, "PNG")
    found, wanted = (decoding.decode(data.getvalue(), None, WHITE, "it") for data in (buffer, upright))
    np.testing.assert_array_equal(found.pixels, wanted.pixels)
    assert found.pixels.shape[:2] == ((20, 12) if orientation < 5 else (12, 20))
