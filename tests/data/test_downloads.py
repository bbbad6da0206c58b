"""Downloads, against a web server on this machine that serves the real Fashion-MNIST files and made-up CIFARs."""

import fcntl
import gzip
import hashlib
import io
import os
import pickle
import tarfile
import threading

import numpy as np
import pytest
from torchvision import datasets as published

from ddcore.data.builtin import BUILT_IN
from ddcore.data.catalogue import catalogue
from ddcore.data.downloads import DownloadFailed, archives, download
from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput
from ddcore.places import data_root
from ddcore.progress import Stopped


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def archived(real_data):
    """The four published files, compressed as they are served."""
    raw = real_data / "FashionMNIST" / "raw"
    return {f"{path.name}.gz": gzip.compress(path.read_bytes(), 1) for path in sorted(raw.glob("*-ubyte"))}


@pytest.fixture
def fashion(server, archived, monkeypatch):
    """Fashion-MNIST lies on the server; the first mirror is gone."""
    server.files = dict(archived)
    names = [name for name, _ in published.FashionMNIST.resources]
    monkeypatch.setattr(published.FashionMNIST, "mirrors", [f"{server.url}gone/", server.url])
    monkeypatch.setattr(published.FashionMNIST, "resources", [(name, md5(archived[name])) for name in names])
    return server


def assert_nothing_left():
    assert [path.name for path in data_root().iterdir()] == []
    assert not BUILT_IN["fashion-mnist"].raw_folder()


def test_real_files_through_the_whole_path(fashion, real_data):
    calls = []
    dataset = load_dataset("fashion-mnist", progress=lambda *call: calls.append(call))
    assert (len(dataset.train), len(dataset.test)) == (60_000, 10_000)
    assert dataset.mean == (pytest.approx(0.2861, abs=1e-4),)
    for file in BUILT_IN["fashion-mnist"].files:
        assert (data_root() / file).read_bytes() == (real_data / file).read_bytes()
    assert [path.name for path in data_root().iterdir()] == ["FashionMNIST"]
    assert fashion.asked[:2] == ["gone/train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz"]
    fetched = [(done, total) for done, total, note in calls if note.startswith("downloading")]
    assert fetched == sorted(fetched)
    assert all(done <= total for done, total in fetched)
    assert fetched[-1][0] == sum(map(len, fashion.files.values()))
    fashion.asked.clear()
    load_dataset("fashion-mnist", size=14)
    assert fashion.asked == []


@pytest.mark.parametrize("fault", ["truncated", "truncated without a length", "missing", "other content"])
def test_a_failed_download_leaves_nothing_and_can_be_retried(fashion, archived, fault):
    name = "train-labels-idx1-ubyte.gz"
    if fault == "missing":
        del fashion.files[name]
        reason = "HTTP Error 404"
    elif fault == "other content":
        fashion.files[name] = b"<html>Log in to this network</html>"
        reason = "MD5 sum"
    else:
        fashion.truncate.add(name)
        fashion.unsized |= {name} if "without" in fault else set()
        reason = "MD5 sum" if "without" in fault else "connection ended after"
    with pytest.raises(
        DownloadFailed, match=f"Downloading Fashion-MNIST failed .*{name}.*{reason}.*tried again"
    ) as failure:
        load_dataset("fashion-mnist")
    assert isinstance(failure.value, BadInput)
    assert "\n" not in str(failure.value)
    assert_nothing_left()
    assert not next(info for info in catalogue() if info.name == "fashion-mnist").present
    fashion.files[name] = archived[name]
    fashion.truncate.clear()
    fashion.unsized.clear()
    download("fashion-mnist")
    assert BUILT_IN["fashion-mnist"].raw_folder() == data_root() / "."


def test_no_server(fashion):
    fashion.http.server_close()
    fashion.http.shutdown()
    with pytest.raises(DownloadFailed, match="Connection refused"):
        download("fashion-mnist")
    assert_nothing_left()


def test_a_silent_server_is_given_up(fashion, monkeypatch):
    monkeypatch.setattr("ddcore.data.downloads._TIMEOUT", 0.2)
    go_on = threading.Event()
    monkeypatch.setattr(fashion, "answer", lambda request: go_on.wait(10))
    with pytest.raises(DownloadFailed, match="timed out"):
        download("fashion-mnist")
    go_on.set()
    assert_nothing_left()


def test_stopping(fashion):
    def stop_halfway(done, total, note):
        if done > total / 2:
            raise Stopped

    with pytest.raises(Stopped):
        load_dataset("fashion-mnist", progress=stop_halfway)
    assert_nothing_left()


def test_an_archive_that_cannot_be_unpacked(fashion, monkeypatch):
    broken = dict.fromkeys(fashion.files, b"no gzip")
    fashion.files = broken
    monkeypatch.setattr(published.FashionMNIST, "resources", [(name, md5(broken[name])) for name in broken])
    with pytest.raises(DownloadFailed, match="was downloaded but cannot be unpacked"):
        download("fashion-mnist")
    assert_nothing_left()


def test_what_a_killed_process_left_is_cleared_and_incomplete_files_replaced(fashion, real_data):
    (data_root() / ".incoming-fashion-mnist" / "FashionMNIST").mkdir(parents=True)
    (data_root() / ".incoming-fashion-mnist" / "junk.part").write_bytes(b"half")
    target = data_root() / BUILT_IN["fashion-mnist"].files[0]
    target.parent.mkdir(parents=True)
    target.write_bytes(b"half")
    download("fashion-mnist")
    assert target.read_bytes() == (real_data / BUILT_IN["fashion-mnist"].files[0]).read_bytes()
    assert [path.name for path in data_root().iterdir()] == ["FashionMNIST"]


def test_two_downloads_at_once(fashion):
    staging = data_root() / ".incoming-fashion-mnist"
    staging.mkdir(parents=True)
    handle = os.open(staging, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(DownloadFailed, match="being downloaded by another process"):
        download("fashion-mnist")
    os.close(handle)
    download("fashion-mnist")


def test_a_data_root_that_is_no_folder(fashion):
    data_root().write_text("a file")
    with pytest.raises(DownloadFailed, match="is not writable"):
        download("fashion-mnist")


class OldArray:
    """Pickles as NumPy arrays of 2009 did: with 0 and 1 where today's NumPy writes booleans."""

    def __init__(self, array):
        self.array = array

    def __reduce__(self):
        _, (kind, shape, order), _ = self.array.__reduce__()
        state = (1, self.array.shape, OldType(), False, self.array.tobytes())
        return np._core.multiarray._reconstruct, (kind, shape, order), state


class OldType:
    def __reduce__(self):
        return np.dtype, ("u1", 0, 1), (3, "|", None, None, None, -1, -1, 0)


def cifar_archive(reader, key: str, classes: int, monkeypatch) -> bytes:
    """A tar of the published layout with `classes` random images in every file, whose MD5 sums torchvision is told."""
    rng = np.random.default_rng(0)
    names = [name for name, _ in reader.train_list + reader.test_list]
    members = {
        name: {"data": OldArray(rng.integers(0, 256, (classes, 3072), dtype=np.uint8)), key: [*range(classes)]}
        for name in names
    }
    members[reader.meta["filename"]] = {reader.meta["key"]: [str(i) for i in range(classes)]}
    packed = {name: pickle.dumps(value, protocol=2) for name, value in members.items()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in packed.items():
            info = tarfile.TarInfo(f"{reader.base_folder}/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    for part in ("train_list", "test_list"):
        monkeypatch.setattr(reader, part, [[name, md5(packed[name])] for name, _ in getattr(reader, part)])
    monkeypatch.setattr(reader, "meta", reader.meta | {"md5": md5(packed[reader.meta["filename"]])})
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "key", "classes"), [("cifar10", "labels", 10), ("cifar100", "fine_labels", 100)])
def test_cifar(server, monkeypatch, name, key, classes):
    reader = getattr(published, name.upper())
    data = cifar_archive(reader, key, classes, monkeypatch)
    server.files[reader.filename] = data
    monkeypatch.setattr(reader, "url", server.url + reader.filename)
    monkeypatch.setattr(reader, "tgz_md5", md5(data))
    dataset = load_dataset(name)
    assert (len(dataset.train), len(dataset.test)) == (classes * len(reader.train_list), classes)
    assert (dataset.shape, dataset.num_classes, dataset.flip) == ((3, 32, 32), classes, True)
    first = np.random.default_rng(0).integers(0, 256, (classes, 3072), dtype=np.uint8)[0]
    np.testing.assert_array_equal(dataset.train.images[0], first.reshape(3, 32, 32).transpose(1, 2, 0))
    assert [path.name for path in data_root().iterdir()] == [reader.base_folder]


def test_svhn(server, monkeypatch):
    import scipy.io

    for part in ("train", "test"):
        buffer = io.BytesIO()
        scipy.io.savemat(buffer, {"X": np.zeros((32, 32, 3, 20), np.uint8), "y": np.arange(20)[:, None] % 10 + 1})
        file = f"{part}_32x32.mat"
        server.files[file] = buffer.getvalue()
        monkeypatch.setitem(published.SVHN.split_list, part, [server.url + file, file, md5(buffer.getvalue())])
    assert len(load_dataset("svhn").train) == 20
    assert [path.name for path in data_root().iterdir()] == ["SVHN"]


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name != "digits"])
def test_every_published_dataset_has_verified_sources(name):
    for archive in archives(name):
        assert len(archive.md5) == 32
        assert all(url.startswith(("http://", "https://")) for url in archive.urls)
