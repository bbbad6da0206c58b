"""Odd pixels, names, files and prepared copies: read rightly, or refused in a sentence."""

import io
import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from ddcore.data.catalogue import add_upload, catalogue
from ddcore.data.dataset import dataset_folder, materialised, open_dataset
from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput
from ddcore.places import data_root


def test_floats_just_above_one_are_fractions(sources, arrays):
    images = arrays["images"] / 255
    images[0, 0, 0] = 1.0000001
    dataset = load_dataset(sources.npz(images=images, labels=arrays["labels"]))
    assert len(np.unique(dataset.train.images)) > 50
    half = load_dataset(sources.npz("half.npz", images=arrays["images"] / 255 * 2, labels=arrays["labels"]))
    assert len(np.unique(half.train.images)) > 50
    mixed = {"test_images": images.astype(np.float32), "test_labels": arrays["labels"]}
    with pytest.raises(BadInput, match="images of float32 and uint8"):
        load_dataset(sources.npz("mixed.npz", **arrays, **mixed))


def test_photographs_that_are_turned(sources):
    """One of several is turned: of two sizes, or resized, as a person sees it."""
    pixels = np.zeros((8, 6, 3), np.uint8)
    pixels[:4] = 255  # white above
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # its top is at the right
    Image.fromarray(pixels).save(buffer, "JPEG", exif=exif, quality=95)
    members = sources.members(size=(6, 8), colour=True) | {"dog/9.jpg": buffer.getvalue()}
    path = sources.folder(members)
    with pytest.raises(BadInput, match=r"several sizes, 6x8 \(10\), 8x6 \(1\)"):
        load_dataset(path)
    dataset = load_dataset(path, size=4)
    (turned,) = [
        image for image in np.concatenate([dataset.train.images, dataset.test.images]) if image[..., 1].max() > 99
    ]
    assert turned[:, -1].min() > 200 and turned[:, 0].max() < 50


def test_not_a_number_is_refused_wherever_it_stands(sources):
    values = np.ones((8, 8), np.float32)
    values[0, 0] = np.nan
    members = {"a/0.tiff": sources.encoded(values, "TIFF")}
    members |= {
        f"{name}/{i}.tiff": sources.encoded(np.ones((8, 8), np.float32), "TIFF") for name in "ab" for i in (1, 2)
    }
    with pytest.raises(BadInput, match="pets has images with values from nan to nan"):
        load_dataset(sources.folder(members))


def test_class_folders_that_swap_their_names_are_read_again(sources):
    path = sources.folder(sources.members())
    before = sources.labels_of(load_dataset(path))
    for old, new in (("cat", "x"), ("dog", "cat"), ("x", "dog")):
        (path / old).rename(path / new)
    after = sources.labels_of(load_dataset(path))
    assert after == {value: {"cat": "dog", "dog": "cat"}[name] for value, name in before.items()}
    (path / "emu").mkdir()
    with pytest.raises(BadInput, match="The folder emu"):
        load_dataset(path)


def test_spaces_around_a_name(sources):
    plain = load_dataset(sources.folder(sources.members(), "ts"))
    spaced = load_dataset(sources.folder(sources.members(each=8), "ts "))
    assert len(spaced.train) > len(plain.train)
    assert load_dataset(f"  {sources.root / 'ts'}").hash == plain.hash
    with pytest.raises(BadInput, match="is not allowed"):
        add_upload("pets ", b"PK", ".zip")


def test_names_in_both_forms_of_unicode_are_one_class(sources):
    members = {f"train/caf\u00e9/{i}.png": sources.picture(i) for i in range(4)}
    members |= {f"train/tea/{i}.png": sources.picture(10 + i) for i in range(4)}
    members |= {"test/cafe\u0301/0.png": sources.picture(4), "test/tea/0.png": sources.picture(14)}
    dataset = load_dataset(sources.folder(members))
    assert dataset.classes == ("caf\u00e9", "tea") and len(dataset.test) == 2


def test_classes_that_differ_in_their_capitals(sources):
    members = sources.members(prefix="train/") | {
        "test/Cat/0.png": sources.picture(1),
        "test/dog/0.png": sources.picture(2),
    }
    with pytest.raises(BadInput, match=r"class 'Cat' that the training images lack \(they have 'cat'\)"):
        load_dataset(sources.folder(members))


def test_pointers_of_git_lfs(sources):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    path = sources.folder({"data/train-00000-of-00001.parquet": pointer})
    with pytest.raises(BadInput, match="git lfs pull"):
        load_dataset(path)


def test_class_names_of_each_part_agree(sources, arrays):
    (sources.root / "parts").mkdir()
    for part in ("train", "test"):
        np.savez(sources.root / "parts" / f"{part}.npz", **arrays, classes=list("xyz"))
    assert load_dataset(sources.root / "parts").classes == ("x", "y", "z")
    np.savez(sources.root / "parts" / "test.npz", **arrays, classes=list("xzy"))
    with pytest.raises(
        BadInput,
        match="different names of classes in 'train_classes' and 'test_classes'|'test_classes' and 'train_classes'",
    ):
        load_dataset(sources.root / "parts")


def test_huge_labels_and_depths_are_refused_at_once(sources):
    with pytest.raises(BadInput, match="a label of 400,000 characters"):
        load_dataset(sources.parquet("long.parquet", 4, label=["a", "b", "c", "x" * 400_000]))
    path = sources.root / "deep.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("d/" * 8000 + "0.png", sources.picture(0))
    with pytest.raises(BadInput, match="in 8,001 folders"):
        load_dataset(path)


def test_a_fan_of_links_ends(sources, monkeypatch):
    monkeypatch.setattr("ddcore.data.walking._MOST", 2000)
    path = sources.folder(sources.members())
    for i in range(30):
        (sources.root / f"d{i}").mkdir()
        for name in "ab":
            (sources.root / f"d{i}" / name).symlink_to(sources.root / f"d{i + 1}")
    (sources.root / "d30").mkdir()
    (path / "cat" / "fan").symlink_to(sources.root / "d0")
    with pytest.raises(BadInput, match="holds more than 2,000 files and folders"):
        load_dataset(path)


def test_a_file_that_cannot_be_read_is_a_sentence(sources):
    path = sources.folder(sources.members())
    (path / "cat" / "9.png").symlink_to("/proc/self/mem")
    with pytest.raises(BadInput, match=r"cat/9.png in .*pets cannot be read"):
        load_dataset(path)


@pytest.mark.parametrize("content", ["{}", '{"hash": 1}', "[1]"])
def test_a_damaged_prepared_copy_hides_no_other(sources, content):
    kept, damaged = (load_dataset(sources.folder(sources.members(each=n), f"n{n}")) for n in (4, 5))
    (dataset_folder(damaged.hash) / "meta.json").write_text(content)
    assert [meta["hash"] for meta in materialised()] == [kept.hash]
    assert kept.hash in [info.hash for info in catalogue()]
    with pytest.raises(BadInput, match="No dataset 'nosuch'"):
        load_dataset("nosuch")


def test_a_prepared_copy_that_lost_labels_is_damaged(sources):
    dataset = load_dataset(sources.folder(sources.members()))
    file = dataset_folder(dataset.hash) / "labels.npy"
    np.save(file, np.load(file)[:3])
    with pytest.raises(BadInput, match="is damaged"):
        open_dataset(dataset.hash)


def test_a_cache_that_may_not_be_written_is_a_sentence(sources, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("ddcore.data.storing.new_folder", refuse)
    with pytest.raises(BadInput, match="cannot be written to .Permission denied"):
        load_dataset(sources.folder(sources.members()))


def test_options_without_effect_are_refused(sources):
    folder = sources.folder(sources.members())
    for spec, option in (
        ("digits", {"background": "black"}),
        (folder, {"label_column": "x"}),
        (folder, {"image_column": "x"}),
    ):
        with pytest.raises(BadInput, match=f"{next(iter(option))}=.*has no effect"):
            load_dataset(spec, **option)


def test_an_uploaded_file_is_not_the_one_of_the_same_name_in_the_data_root(sources):
    from ddcore.runs.removal import removable_source

    spec = add_upload("pets", (sources.zip(sources.members())).read_bytes(), ".zip")
    assert removable_source(spec) is not None
    data_root().mkdir()
    shutil.copy(sources.root / "pets.zip", data_root() / spec)
    assert removable_source(spec) is None  # the row of the table is now about the other


def test_titles_without_their_notes(sources):
    load_dataset("digits")
    from ddcore.places import cache_root

    shutil.rmtree(cache_root() / "sources")
    assert [info.title for info in catalogue() if info.hash] == ["Digits (scikit-learn)"]
