"""A small app around the player: made-up runs whose images turn from noise into gradients. See `player_page.py`."""

import io

import numpy as np
import streamlit as st
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MISSING = 60  # the step of the run "torn" whose image is not there
LAST = 200
LATER = 60  # steps that the run "later" is ahead


def contact_sheet(step: int, side: int, columns: int) -> np.ndarray:
    """(10 * side, columns * side, 3) uint8: ten classes of gradients, `step` of LAST on their way out of noise."""
    shape = (10, columns, side, side)
    row, column, y, x = (axis / size for axis, size in zip(np.indices(shape), (10, columns, side, side), strict=True))
    angle = 2 * np.pi * row + column
    wave = np.sin(6 * (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)) + 0.02 * step)
    colour = np.stack([0.5 + 0.5 * wave, 0.35 + 0.3 * row + 0.2 * wave, 0.75 - 0.4 * wave * (1 - row)], axis=-1)
    noise = np.random.default_rng(0).random((*shape, 3))
    share = min(1.0, step / LAST) ** 0.5
    tiles = (255 * np.clip(share * colour + (1 - share) * noise, 0, 1)).astype(np.uint8)
    return tiles.transpose(0, 2, 1, 3, 4).reshape(10 * side, columns * side, 3)


def frame(request: Request) -> Response:
    run, side, columns, step = (request.path_params[name] for name in ("run", "side", "columns", "step"))
    if run == "torn" and step == MISSING:
        return Response("There is no such image.", 404)
    buffer = io.BytesIO()
    Image.fromarray(contact_sheet(step + LATER * (run == "later"), side, columns)).save(buffer, "PNG")
    return Response(buffer.getvalue(), media_type="image/png")


app = st.App("player_page.py", routes=[Route("/made/{run}/{side:int}/{columns:int}/{step:int}.png", frame)])
