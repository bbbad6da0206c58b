"""The images served by address: right pixels, and nothing outside the folders they belong to."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from ddcore.files import write_npz
from pages.parts import routes

HASH = "0123456789abcdef"
RUN = "20260101-120000-digits-dm-ipc2-ab12"


def get(path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request to the routes, without a server."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8501")],
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    asyncio.run(Starlette(routes=routes.ROUTES)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def picture(path: str) -> np.ndarray:
    status, headers, body = get(path)
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "immutable" in headers["cache-control"]
    return np.asarray(Image.open(io.BytesIO(body)))


@pytest.fixture
def images(tmp_path, monkeypatch):
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path))
    folder = tmp_path / "datasets" / HASH
    folder.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (5, 6, 7, 3), dtype=np.uint8)
    np.save(folder / "images.npy", images)
    return images


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("DDCORE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(routes, "EXAMPLES", tmp_path / "examples")
    return tmp_path


def test_thumbnail_is_the_image(images):
    np.testing.assert_array_equal(picture(f"/thumb/{HASH}/3.png"), images[3])


@pytest.mark.parametrize(
    "path",
    [
        f"/thumb/{HASH}/5.png",
        f"/thumb/{HASH}/-1.png",
        f"/thumb/{HASH}/99999999999999999999.png",
        f"/thumb/{HASH}/x.png",
        "/thumb/ffffffffffffffff/0.png",
        "/thumb/0123456789ABCDEF/0.png",
        "/thumb/../0.png",
    ],
)
def test_no_such_thumbnail(images, path):
    status, headers, _ = get(path)
    assert status == 404
    assert "immutable" not in headers.get("cache-control", "")


@pytest.mark.parametrize("root", ["runs", "examples"])
def test_frame_has_a_row_a_class_in_class_order(runs, root):
    view = np.random.default_rng(0).integers(0, 256, (4, 3, 2, 1), dtype=np.uint8)
    write_npz(runs / root / RUN / "snapshots" / "step_000120.npz", view=view, classes=np.array([1, 0, 1, 0]))
    sheet = picture(f"/frame/{RUN}/120.png")
    np.testing.assert_array_equal(
        sheet, np.block([[view[1, :, :, 0], view[3, :, :, 0]], [view[0, :, :, 0], view[2, :, :, 0]]])
    )


def test_frame_leaves_missing_tiles_transparent(runs):
    view = np.full((3, 2, 2, 3), 200, np.uint8)
    write_npz(runs / "runs" / RUN / "snapshots" / "step_000000.npz", view=view, classes=np.array([0, 1, 1]))
    sheet = picture(f"/frame/{RUN}/0.png")
    assert sheet.shape == (4, 4, 4)
    assert not sheet[:2, 2:].any()
    assert (sheet[2:, 2:, 3] == 255).all()


@pytest.mark.parametrize(
    "path", [f"/frame/{RUN}/7.png", "/frame/../0.png", "/frame/UPPER/0.png", f"/frame/{'a' * 300}/0.png"]
)
def test_no_such_frame(runs, path):
    assert get(path)[0] == 404
