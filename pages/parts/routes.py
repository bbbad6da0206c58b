"""What the browser fetches by address: single dataset images, the synthetic images of a run at one step, packed arrays.

Addresses name content that never changes, so browsers may cache it for good. Imports stay light, since this module is
loaded before the first page appears.
"""

import io
import re
from functools import lru_cache
from hashlib import sha256
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ddcore.places import cache_root, runs_root
from ddcore.runs.naming import RUN_ID, snapshot_name

if TYPE_CHECKING:
    import numpy as np

OFFERED: dict[str, bytes] = {}  # address -> what lies there, for as long as the server runs
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_HASH = re.compile(r"[0-9a-f]{16}")
_NUMBER = re.compile(r"[0-9]{1,9}")


def thumbnail(request: Request) -> Response:
    """`/thumb/{hash}/{i}.png`: image `i` (train first, then test) of the materialised dataset `hash`."""
    name, index = request.path_params["hash"], request.path_params["i"]
    if not (_HASH.fullmatch(name) and _NUMBER.fullmatch(index)):
        return _missing()
    path = cache_root() / "datasets" / name / "images.npy"
    if not path.is_file():
        return _missing()
    try:
        images = _images(str(path))
    except (OSError, ValueError):  # damaged, or another user's
        return _missing()
    return _png(images[int(index)]) if int(index) < len(images) else _missing()


def contact_sheet(request: Request) -> Response:
    """`/frame/{run}/{step}.png`: all synthetic images of one snapshot, one row per class; see `arrange`."""
    run, step = request.path_params["run"], request.path_params["step"]
    if not (RUN_ID.fullmatch(run) and _NUMBER.fullmatch(step)):
        return _missing()
    for root in (runs_root(), EXAMPLES):
        path = root / run / "snapshots" / snapshot_name(int(step))
        if path.is_file():
            from ddcore.runs.snapshots import read_view

            try:
                shown = read_view(path)
            except (OSError, ValueError):  # damaged, another user's, or too large for a picture
                return _missing()
            return _png(arrange(shown.view, shown.classes))
    return _missing()


def offer(packed: bytes) -> str:
    """The address at which the browser fetches what `pack` made, once, where a page would send it with every run."""
    address = f"/packed/{sha256(packed).hexdigest()[:16]}"
    OFFERED[address] = packed
    return address


def offered(request: Request) -> Response:
    """`/packed/{hash}`: bytes that a page offers, for `payload.js` to unpack."""
    packed = OFFERED.get(f"/packed/{request.path_params['hash']}")
    if packed is None:
        return _missing()
    return Response(packed, media_type="application/octet-stream", headers={"Cache-Control": _KEEP})


def arrange(view: "np.ndarray", classes: "np.ndarray") -> "np.ndarray":
    """Images `view` (M,H,W,C) uint8 of `classes` (M,) as one picture without gaps: a row per class, in class order.

    A class with fewer images than the largest leaves its last tiles transparent: the picture then has an alpha channel.
    """
    import numpy as np

    _, height, width, _ = view.shape
    rows = [view[classes == label] for label in np.unique(classes)]
    columns = max(len(row) for row in rows)
    if any(len(row) < columns for row in rows):
        rows = [np.concatenate([row, np.full_like(row[..., :1], 255)], axis=-1) for row in rows]
    sheet = np.zeros((len(rows), columns, height, width, rows[0].shape[-1]), np.uint8)
    for place, row in zip(sheet, rows, strict=True):
        place[: len(row)] = row
    return sheet.transpose(0, 2, 1, 3, 4).reshape(len(rows) * height, columns * width, -1)


@lru_cache(maxsize=8)
def _images(path: str) -> "np.ndarray":
    """(N,H,W,C) uint8, memory-mapped; ValueError if the file holds something else, or OSError."""
    import numpy as np

    from ddcore.files import array_header, open_regular
    from ddcore.runs.snapshots import MOST_VALUES

    with open_regular(Path(path)) as file:
        header = array_header(file, Path(path).stat().st_size)
    sound = header.dtype == np.uint8 and len(header.shape) == 4 and header.shape[-1] in (1, 3)
    if not sound or not 0 < prod(header.shape[1:]) <= MOST_VALUES or not header.shape[0]:
        raise ValueError(f"{path} holds no images")
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _png(pixels: "np.ndarray") -> Response:
    """`pixels` (H,W,C) uint8 with C = 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(buffer, "PNG", compress_level=1)
    return Response(buffer.getvalue(), media_type="image/png", headers={"Cache-Control": _KEEP})


def _missing() -> Response:
    return Response("There is no such image.", 404, media_type="text/plain", headers={"Cache-Control": "no-store"})


_KEEP = "private, max-age=31536000, immutable"
ROUTES = [
    Route("/thumb/{hash}/{i}.png", thumbnail),
    Route("/frame/{run}/{step}.png", contact_sheet),
    Route("/packed/{hash}", offered),
]
