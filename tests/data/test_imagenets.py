"""Tiny-ImageNet, ImageNette and ImageWoof: downloaded as one archive, which is kept and read as it is."""

import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from ddcore.data.builtin import BUILT_IN, IMAGENETTE, IMAGEWOOF
from ddcore.data.catalogue import catalogue
from ddcore.data.downloads import DownloadFailed
from ddcore.data.loading import load_dataset
from ddcore.places import data_root

WNIDS = ["n02124075", "n01443537"]  # not in alphabetical order
WORDS = "n01443537\tgoldfish, Carassius auratus\nn02124075\tEgyptian cat\nn99999999\tnothing\n"


def jpeg(value, size=(64, 64)):
    buffer = io.BytesIO()
    Image.fromarray(np.full((*size[::-1], 3), value, np.uint8)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def tiny_imagenet():
    members = {"wnids.txt": "\n".join(WNIDS).encode(), "words.txt": WORDS.encode()}
    for k, wnid in enumerate(WNIDS):
        for i in range(3):
            members[f"train/{wnid}/images/{wnid}_{i}.JPEG"] = jpeg(100 * k + 10 * i)
        members[f"train/{wnid}/{wnid}_boxes.txt"] = b"0 0 1 1"
    rows = [f"val_{k}.JPEG\t{wnid}\t0\t0\t62\t62" for k, wnid in enumerate(reversed(WNIDS))]
    members["val/val_annotations.txt"] = "\n".join(rows).encode()
    members |= {f"val/images/val_{k}.JPEG": jpeg(200 + k) for k in range(2)}
    members |= {f"test/images/test_{k}.JPEG": jpeg(250) for k in range(5)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in members.items():
            archive.writestr(f"tiny-imagenet-200/{path}", data)
    return buffer.getvalue()


def imagenet_subset(wnids, folder):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for part, each in (("val", 1), ("train", 2)):  # the order of the archive is not that of the classes
            for k, wnid in reversed(list(enumerate(wnids))):
                for i in range(each):
                    data = jpeg(20 * k + i, (200, 160))
                    info = tarfile.TarInfo(f"{folder}/{part}/{wnid}/{wnid}_{i}.JPEG")
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def publish(server, monkeypatch):
    """Puts an archive on the server in the place of the published one."""

    def put(name, data):
        entry = BUILT_IN[name]
        server.files[entry.files[0]] = data
        sum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        monkeypatch.setitem(BUILT_IN, name, replace(entry, archive=(server.url + entry.files[0], sum)))
        return server

    return put


def test_tiny_imagenet(publish):
    data = tiny_imagenet()
    publish("tiny-imagenet", data)
    notes = []
    dataset = load_dataset("tiny-imagenet", progress=lambda done, total, note: notes.append(note))
    assert dataset.classes == ("Egyptian cat", "goldfish")  # in the order of wnids.txt
    assert dataset.shape == (3, 64, 64)
    np.testing.assert_allclose(dataset.train.images[:, 32, 32, 0], [100, 110, 120, 0, 10, 20], atol=2)
    assert dataset.train.labels.tolist() == [1, 1, 1, 0, 0, 0]
    np.testing.assert_allclose(dataset.test.images[:, 32, 32, 0], [200, 201], atol=2)
    assert dataset.test.labels.tolist() == [1, 0]
    report = dataset.report
    assert (report.found, report.read, report.used, dict(report.left_out)) == (18, 8, 5, {".jpeg": 5})
    assert "5 images without a label are left out" in [one.text for one in report.decisions]
    assert (data_root() / "tiny-imagenet-200.zip").read_bytes() == data  # kept as it is, nothing beside it
    assert [path.name for path in data_root().iterdir()] == ["tiny-imagenet-200.zip"]
    assert any(note.startswith("downloading") for note in notes) and "reading images" in notes


@pytest.mark.parametrize(("name", "names"), [("imagenette", IMAGENETTE), ("imagewoof", IMAGEWOOF)])
def test_imagenette_and_imagewoof(publish, name, names):
    server = publish(name, imagenet_subset(list(names), f"{name}2-160"))
    dataset = load_dataset(name)
    assert dataset.classes == tuple(names.values()) == BUILT_IN[name].classes
    assert (dataset.shape, len(dataset.train), len(dataset.test)) == ((3, 128, 128), 20, 10)
    np.testing.assert_allclose(dataset.train.images[::2, 64, 64, 0], 20 * np.arange(10), atol=2)
    assert dataset.train.labels.tolist() == [k for k in range(10) for _ in range(2)]
    assert "validation images are the test set" in dataset.split
    server.asked.clear()
    assert load_dataset(name, size=16).shape == (3, 16, 16)  # from the archive that is here
    assert server.asked == []
    assert [info.present for info in catalogue() if info.spec == name] == [True]


def test_an_archive_that_is_not_the_published_one(publish, server):
    publish("tiny-imagenet", tiny_imagenet())
    server.files["tiny-imagenet-200.zip"] = b"<html>"
    with pytest.raises(DownloadFailed, match="MD5 sum"):
        load_dataset("tiny-imagenet")
    assert list(data_root().iterdir()) == []
