"""Class folders of images, in a folder and in a zip."""

import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest

from ddcore.data.dataset import materialised
from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput
from ddcore.progress import Stopped


@pytest.fixture(params=["folder", "zip"])
def write(request, sources):
    return getattr(sources, request.param)


def values(split):
    """The grey value of each (constant) image."""
    return split.images[:, 0, 0, 0].tolist()


def test_published_parts(write, sources):
    members = sources.members(prefix="train/", each=3) | sources.members(prefix="test/", each=2)
    dataset = load_dataset(write(members))
    assert dataset.classes == ("cat", "dog")
    assert values(dataset.train) == [0, 1, 2, 10, 11, 12]
    assert sorted(values(dataset.test)) == [0, 1, 10, 11]
    assert dataset.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert (dataset.name, dataset.split, dataset.shape, dataset.flip) == ("pets", "as published", (1, 8, 8), True)


def test_validation_images_are_left_out_and_said_so(write, sources):
    parts = {part: sources.members(prefix=f"{part}/", each=2) for part in ("train", "val", "test")}
    dataset = load_dataset(write(parts["train"] | parts["val"] | parts["test"]))
    assert (len(dataset.train), len(dataset.test)) == (4, 4)
    assert dataset.split == "as published; 4 validation images not used"


def test_without_a_test_part_a_stratified_fifth_becomes_one(write, sources):
    dataset = load_dataset(write(sources.members(each=10)))
    assert np.bincount(dataset.test.labels).tolist() == [2, 2]
    assert sorted(values(dataset.train) + values(dataset.test)) == list(range(20))
    assert "20% test split, seed 0" in dataset.split


def test_surroundings_do_not_matter(write, sources):
    """One folder around everything, files that are no images, hidden files and macOS's extras."""
    plain = sources.members()
    noise = {
        "pets/README.txt": b"hello",
        "pets/.DS_Store": b"",
        "__MACOSX/pets/cat/._0.png": b"no image",
        "pets/.x/a.png": b"",
    }
    wrapped = {f"pets/{path}": data for path, data in plain.items()} | noise
    first = load_dataset(sources.folder(plain, "plain"))
    assert load_dataset(write(wrapped)).hash == first.hash


def test_number_names_are_ordered_as_numbers(write, sources):
    names = [str(i) for i in range(11)]
    assert load_dataset(write(sources.members(names, each=2))).classes == tuple(names)


def test_one_colour_image_makes_all_rgb(write, sources):
    dataset = load_dataset(write(sources.members() | {"dog/9.png": sources.picture(77, colour=True)}))
    assert dataset.shape == (3, 8, 8)
    pixels = np.concatenate([dataset.train.images, dataset.test.images])[:, 0, 0].tolist()
    assert [77, 0, 255] in pixels
    assert [14, 14, 14] in pixels


def test_sixteen_bit_grey_keeps_its_range(write, sources):
    deep = {"dog/7.png": sources.encoded(np.full((8, 8), 200 * 257, np.uint16))}
    dataset = load_dataset(write(sources.members(each=4) | deep))
    assert 200 in values(dataset.train) + values(dataset.test)


def test_transparent_and_palette_images_are_read(write, sources):
    clear = {"dog/7.png": sources.encoded(np.full((8, 8, 4), 90, np.uint8))}
    assert load_dataset(write(sources.members() | clear)).shape == (3, 8, 8)


def test_several_sizes_are_refused_with_the_sizes_and_the_offer(write, sources):
    path = write(sources.members() | {"dog/9.png": sources.picture(9, size=(12, 10))})
    with pytest.raises(BadInput, match=r"several sizes, 8x8 \(10\), 12x10 \(1\): .*--size 32"):
        load_dataset(path)
    dataset = load_dataset(path, size=6)
    assert (dataset.shape, dataset.name) == ((1, 6, 6), "pets-6")


def test_size_scales_the_shorter_side_and_crops_the_centre(write, sources):
    """A 24x8 image, black | white | black in thirds, at size 4: only the white centre is left."""
    striped = np.zeros((8, 24), np.uint8)
    striped[:, 8:16] = 255
    dataset = load_dataset(write(sources.members(each=2) | {"dog/9.png": sources.encoded(striped)}), size=4)
    centres = np.concatenate([dataset.train.images, dataset.test.images])
    assert (centres.reshape(len(centres), -1) > 200).all(axis=1).sum() == 1


def test_large_images_need_a_size(write, sources):
    path = write(sources.members(size=(300, 20)))
    with pytest.raises(BadInput, match=r"cat/0.png in .* has 300x20 pixels, at most 256x256 .*--size 32"):
        load_dataset(path)
    assert load_dataset(path, size=8).shape == (1, 8, 8)


def test_a_decompression_bomb_is_refused_before_decoding(write, sources):
    """Headers that promise more than a gigabyte of grey pixels, and ten times that."""
    for side, message in ((33_000, "has 33,000x33,000 pixels, .* at most 1 GiB"), (99_999, "would take 9.3 GiB")):
        header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
        bomb += sources.picture(0)[33:]
        path = write(sources.members() | {"dog/bomb.png": bomb})
        with pytest.raises(BadInput, match=f"dog/bomb.png in .* {message}"):
            load_dataset(path, size=32)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-30], lambda data: b"", lambda data: b"GIF89a", lambda data: b"%!PS-Adobe"]
)
def test_a_corrupt_image_is_named(write, sources, damage):
    members = sources.members()
    members["dog/3.png"] = damage(members["dog/3.png"])
    with pytest.raises(BadInput, match="dog/3.png in .* is not a readable image"):
        load_dataset(write(members))
    assert materialised() == []


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "holds no images"),
        ({"README.txt": b"only text"}, "holds no images"),
        ({"cat/1.png": b""}, "only one class, 'cat'"),
        ({"x/cat/1.png": b"", "x/cat/2.png": b""}, "only one class, 'cat'"),
        ({"cat/1.png": b"", "2.png": b""}, "2.png in .* does not lie in a class folder"),
        ({"cat/1.png": b"", "dog/small/2.png": b""}, "dog/small/2.png in .* does not lie in a class folder"),
        ({"train/cat/1.png": b"", "dog/2.png": b""}, "inside and outside train and test"),
        ({"train/a/1.png": b"", "train/b/1.png": b"", "test/c/1.png": b""}, "class 'c' that the training images lack"),
    ],
)
def test_layouts_that_are_refused(write, sources, members, message):
    (sources.root / "pets").mkdir()
    with pytest.raises(BadInput, match=message):
        load_dataset(write(members))


def test_a_class_with_one_image_cannot_be_split(write, sources):
    with pytest.raises(BadInput, match=r"class 'emu' has 1 image\(s\), at least 2"):
        load_dataset(write(sources.members() | {"emu/0.png": sources.picture(1)}))


def test_only_test_images(write, sources):
    with pytest.raises(BadInput, match="no training images"):
        load_dataset(write(sources.members(prefix="test/")))


@pytest.mark.parametrize("name", ["../cat/1.png", "cat/../../1.png", "/cat/1.png", "..\\cat\\1.png", "C:/cat/1.png"])
def test_members_that_leave_the_archive_are_refused(sources, name):
    with pytest.raises(BadInput, match="points outside the archive"):
        load_dataset(sources.zip(sources.members() | {name: sources.picture(1)}))


def test_links_in_archives_are_refused(sources):
    path = sources.zip(sources.members())
    link = zipfile.ZipInfo("cat/link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadInput, match="has a link 'cat/link.png'"):
        load_dataset(path)


def test_archives_that_unpack_to_too_much_are_refused(sources, monkeypatch):
    path = sources.zip(sources.members())
    monkeypatch.setattr("ddcore.data.sources.archives.MOST_BYTES", 100)
    with pytest.raises(BadInput, match="pets.zip unpacks to more than 100 bytes"):
        load_dataset(path)


def test_broken_archives_are_told(sources):
    path = sources.zip(sources.members())
    data = bytearray(path.read_bytes())
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(BadInput, match="not a readable zip archive"):
        load_dataset(path)
    at = bytes(data).find(b"IDAT")
    data[at + 6] ^= 255
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r"cat/0.png in .* cannot be unpacked"):
        load_dataset(path)


def test_a_total_above_the_bound_is_refused(write, sources, monkeypatch):
    monkeypatch.setattr("ddcore.data.sources.images.MOST_BYTES", 100)
    monkeypatch.setattr("ddcore.data.sources.archives.MOST_BYTES", 10**9)
    with pytest.raises(BadInput, match="10 images of 8x8 pixels take more than"):
        load_dataset(write(sources.members()))


def test_reading_tells_its_progress_and_can_be_stopped(write, sources):
    path = write(sources.members(each=20))
    calls = []
    load_dataset(path, progress=lambda *call: calls.append(call))
    assert [call for call in calls if call[2] == "reading images"] == [(i, 40, "reading images") for i in (0, 16, 32)]

    def stop(done, total, note):
        raise Stopped

    with pytest.raises(Stopped):
        load_dataset(path, size=5, progress=stop)
    assert len(materialised()) == 1
