"""Small inputs that people really have, each with its right values (`../shared/cases`)."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ddcore.data.loading import load_dataset

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def case(tmp_path):
    """A copy of a case: the folder itself may not be written."""
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases in {folder}")

    def copy(name):
        shutil.copytree(folder / name, tmp_path / name)
        return tmp_path / name

    return copy


def pixels(dataset):
    return np.concatenate([dataset.train.images, dataset.test.images])


def test_transparent_glyphs(case):
    folder = case("transparent-glyphs")
    dataset = load_dataset(folder)
    found, labels = pixels(dataset), np.concatenate([dataset.train.labels, dataset.test.labels])
    assert len(found) == 20 and dataset.classes == ("disc", "square")
    assert len(np.unique(found, axis=0)) == len(
        {Image.open(path).tobytes() for path in folder.glob("*/*.png")}
    )  # as many as the source has
    dark = (found < 128).all(axis=-1).sum(axis=(1, 2))
    assert set(dark[labels == 0]).isdisjoint(dark[labels == 1])  # a disc covers less than its square
    assert "20 transparent images are shown on white" in [decision.text for decision in dataset.report.decisions]
    black = load_dataset(folder, background="black")
    assert pixels(black).max() == 0  # black glyphs on black: which the report then says
    assert "20 of the 20 images have one single colour" in black.report.warnings[0].text


def test_parquet_with_the_split_in_its_names(case):
    dataset = load_dataset(case("parquet-split-in-name"))
    assert (len(dataset.train), len(dataset.test), dataset.split) == (12, 4, "as published")


@pytest.mark.parametrize("kind", ["link", "text"])
def test_a_linked_class_folder(case, kind):
    """A symbolic link, and the text that is left of one where links cannot be stored."""
    folder, target = case("linked-class"), case("linked-target")
    folder.chmod(0o755)
    (folder / "c").unlink()
    if kind == "link":
        (folder / "c").symlink_to(target)
    else:
        (folder / "c").write_text("../linked-target")
    dataset = load_dataset(folder)
    assert dataset.classes == ("a", "b", "c") and len(dataset.train) + len(dataset.test) == 24
    told = "links saved as text are followed: c" in [decision.text for decision in dataset.report.decisions]
    assert told == (kind == "text")


def test_a_class_of_jfif(case):
    dataset = load_dataset(case("jfif-class"))
    assert dataset.classes == ("a", "b", "c") and len(dataset.train) + len(dataset.test) == 30


def test_twelve_bits_keep_their_levels(case):
    folder = case("twelve-bit")
    dataset = load_dataset(folder)
    deep = [np.asarray(Image.open(path)) for path in sorted(folder.glob("*/*.png"))]
    top = max(int(image.max()) for image in deep)
    assert 255 < top < 4096
    expected = {np.rint(image * (255 / 4095)).astype(np.uint8).tobytes() for image in deep}
    assert {image.tobytes() for image in pixels(dataset)} == expected
    assert any(f"12-bit values (up to {top}) are scaled" in decision.text for decision in dataset.report.decisions)


def test_twelve_bits_of_all_levels_keep_more_than_200(sources):
    ramp = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    members = {f"{name}/{i}.png": sources.encoded(ramp) for name in ("up", "down") for i in range(3)}
    dataset = load_dataset(sources.folder(members))
    assert len(np.unique(pixels(dataset))) == 256


def test_medmnist(case):
    dataset = load_dataset(case("medmnist-npz") / "d.npz")
    assert (len(dataset.train), len(dataset.test)) == (20, 6)
    assert dataset.split == "as published; 4 validation images not used"


def test_a_class_name_that_no_row_has(case):
    dataset = load_dataset(case("unused-class-name"))
    assert dataset.classes == ("disc", "square")
    assert any(decision.text.endswith("dropped: never") for decision in dataset.report.decisions)
