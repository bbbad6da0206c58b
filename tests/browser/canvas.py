"""What a canvas shows, read fast: as bytes, since a list of numbers takes Playwright seconds for a large one."""

import base64

import numpy as np
from playwright.sync_api import Locator

READ = """async (canvas, box) => {
  const [x, y, width, height] = box ?? [0, 0, canvas.width, canvas.height];
  const { data } = canvas.getContext("2d").getImageData(x, y, width, height);
  const reader = new FileReader();
  const read = new Promise((done) => { reader.onload = () => done(reader.result); });
  reader.readAsDataURL(new Blob([data]));
  return [width, height, (await read).split(",")[1]];
}"""


def canvas_pixels(canvas: Locator, box: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """(height, width, 4) uint8 of the canvas, or of its `box` (left, top, width, height)."""
    width, height, text = canvas.evaluate(READ, box and list(box))
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
