"""The images served by address: right pixels, and nothing outside the folders they belong to."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette

from ddcore.files import write_npz
from ddcore.runs import snapshots
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


def test_what_a_page_offers_is_there_and_nothing_else():
    address = routes.offer(b"some arrays")
    status, headers, body = get(address)
    assert (status, body) == (200, b"some arrays")
    assert "immutable" in headers["cache-control"]
    assert routes.offer(b"other arrays") != address
    assert get("/packed/0000000000000000")[0] == 404


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


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


VIEW, CLASSES = np.zeros((4, 3, 2, 1), np.uint8), np.array([0, 0, 1, 1])
DAMAGED = {
    "empty": b"",
    "no npz": b"x" * 100,
    "cut off": npz(view=VIEW, classes=CLASSES)[:-40],
    "a changed byte": npz(view=VIEW, classes=CLASSES).replace(bytes(12), bytes(11) + b"x", 1),
    "no view": npz(classes=CLASSES),
    "no classes": npz(view=VIEW),
    "no images": npz(view=VIEW[:0], classes=CLASSES[:0]),
    "no pixels": npz(view=VIEW[:, :0], classes=CLASSES),
    "fewer classes than images": npz(view=VIEW, classes=CLASSES[:3]),
    "classes of fractions": npz(view=VIEW, classes=CLASSES / 2),
    "pickles": npz(view=VIEW, classes=np.array([{}] * 4)),
    "seven channels": npz(view=np.zeros((4, 3, 2, 7), np.uint8), classes=CLASSES),
    "a bomb": zipped(view=np.zeros((4, 3000, 3000, 1), np.uint8), classes=CLASSES),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_snapshot_is_a_missing_picture(runs, content):
    path = runs / "runs" / RUN / "snapshots" / "step_000000.npz"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    status, headers, _ = get(f"/frame/{RUN}/0.png")
    assert status == 404 and headers["cache-control"] == "no-store"


@pytest.mark.parametrize("classes", [np.arange(6), np.zeros(6, int), np.array([0, 0, 0, 0, 0, 1])])
def test_a_picture_has_so_many_values_at_most(runs, classes, monkeypatch):
    """A larger set is shown with fewer pixels an image; one of too many images or values is not shown."""
    view = np.arange(6 * 3 * 3, dtype=np.uint8).reshape(6, 3, 3, 1)
    write_npz(runs / "runs" / RUN / "snapshots" / "step_000000.npz", view=view, classes=classes)
    sheet = picture(f"/frame/{RUN}/0.png")
    monkeypatch.setattr(snapshots, "MOST_VALUES", sheet.size)
    np.testing.assert_array_equal(picture(f"/frame/{RUN}/0.png"), sheet)
    monkeypatch.setattr(snapshots, "MOST_VALUES", sheet.size - 1)
    tiles = sheet.reshape(len(sheet) // 3, 3, sheet.shape[1] // 3, 3, *sheet.shape[2:])[:, ::2, :, ::2]
    smaller = tiles.reshape(len(sheet) // 3 * 2, sheet.shape[1] // 3 * 2, *sheet.shape[2:])
    np.testing.assert_array_equal(picture(f"/frame/{RUN}/0.png"), smaller)
    monkeypatch.setattr(snapshots, "MOST_VALUES", sheet.size // 9 - 1)
    assert get(f"/frame/{RUN}/0.png")[0] == 404
    monkeypatch.setattr(snapshots, "MOST_VALUES", sheet.size)
    monkeypatch.setattr(snapshots, "LARGEST_VIEW", view.size - 1)
    assert get(f"/frame/{RUN}/0.png")[0] == 404


def npy(header: str) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


HEADERS = ["(", "-" * 9000, "{[]: 1}", "{'descr': '|u1', 'fortran_order': False, 'shape': (9, 8, 8, 3)}", "", "\0"]
NO_IMAGES = [np.zeros(5), np.zeros((5, 6, 7, 3)), np.zeros((0, 6, 7, 3), np.uint8)]


@pytest.mark.parametrize("content", [b"", b"x", *NO_IMAGES, *map(npy, HEADERS)])
def test_a_damaged_dataset_has_no_thumbnails(tmp_path, monkeypatch, content):
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path))
    path = tmp_path / "datasets" / HASH / "images.npy"
    path.parent.mkdir(parents=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    assert get(f"/thumb/{HASH}/0.png")[0] == 404
