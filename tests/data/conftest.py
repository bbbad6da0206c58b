"""Small sources of images, written the way people have them, and a web server to download from."""

import contextlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def picture(value: int, size=(8, 8), colour: bool = False) -> bytes:
    """PNG of one grey value, or of (value, 0, 255)."""
    pixels = np.full((size[1], size[0]), value, np.uint8)
    if colour:
        pixels = np.stack([pixels, np.zeros_like(pixels), np.full_like(pixels, 255)], axis=-1)
    return encoded(pixels)


class Sources:
    """Writes sources below one folder."""

    def __init__(self, root):
        self.root = root
        root.mkdir()

    encoded = staticmethod(encoded)
    picture = staticmethod(picture)

    def members(self, classes=("cat", "dog"), each=5, prefix="", **options) -> dict[str, bytes]:
        """{path: bytes} of `each` images a class; image i of class k has the grey value 10 k + i."""
        return {
            f"{prefix}{name}/{i}.png": picture(10 * k + i, **options)
            for k, name in enumerate(classes)
            for i in range(each)
        }

    def folder(self, members: dict[str, bytes], name="pets"):
        for path, data in members.items():
            file = self.root / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return self.root / name

    def zip(self, members: dict[str, bytes], name="pets.zip"):
        with zipfile.ZipFile(self.root / name, "w") as archive:
            for path, data in members.items():
                archive.writestr(path, data)
        return self.root / name

    def npz(self, name="pets.npz", **arrays):
        np.savez(self.root / name, **arrays)
        return self.root / name

    @staticmethod
    def labels_of(dataset):
        """{grey value: class} of all images, which are constant."""
        return {
            int(image[0, 0, 0]): dataset.classes[label]
            for split in (dataset.train, dataset.test)
            for image, label in zip(split.images, split.labels, strict=True)
        }

    def parquet(self, path, count=4, **columns):
        """A table of `count` images whose grey value is their row, labels 0, 1, 0, 1 ..."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        pictures = [picture(i) for i in range(count)]
        pq.write_table(pa.table({"image": pictures, "label": [i % 2 for i in range(count)]} | columns), file)
        return file

    def noise(self, per_class, shape=(6, 5), name="small"):
        """An npz with so many training images of each class, and one test image a class."""
        labels = np.repeat(np.arange(len(per_class)), per_class)
        rng = np.random.default_rng(0)
        images, tests = (rng.integers(0, 256, (n, *shape), dtype=np.uint8) for n in (len(labels), len(per_class)))
        own_tests = {"test_images": tests, "test_labels": np.arange(len(per_class))}
        return self.npz(f"{name}.npz", images=images, labels=labels, **own_tests)


@pytest.fixture
def sources(tmp_path):
    return Sources(tmp_path / "sources")


@pytest.fixture
def arrays():
    """Valid `images` and `labels` of an npz: 12 grey images of 6x5 in classes 0, 1, 2."""
    rng = np.random.default_rng(0)
    return {"images": rng.integers(0, 256, (12, 6, 5), dtype=np.uint8), "labels": np.arange(12) % 3}


class Server:
    """Serves `files` {path: bytes}; `truncate` names files that break off halfway, `unsized` those without a length."""

    def __init__(self):
        self.files, self.truncate, self.unsized, self.asked = {}, set(), set(), []
        server = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

    def answer(self, request):
        path = request.path.strip("/")
        self.asked.append(path)
        body = self.files.get(path.split("/")[-1]) if not path.startswith("gone/") else None
        if body is None:
            request.send_error(404)
            return
        request.send_response(200)
        if path not in self.unsized:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        with contextlib.suppress(ConnectionError):  # the client stopped
            request.wfile.write(body[: len(body) // 2] if path in self.truncate else body)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()
