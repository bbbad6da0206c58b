"""Drawing on the map with a mouse, and what the page says was selected."""

import re
from pathlib import Path

import numpy as np
from conftest import settled
from playwright.sync_api import expect


def lasso(page, xy: np.ndarray, corners: np.ndarray) -> None:
    """Draw round `corners` (k,2), in the map's coordinates, while the map shows everything that is drawn, `xy`."""
    box = page.locator("canvas.overlay").bounding_box()
    low, high = xy.min(0), xy.max(0)
    scale = min((box["width"] - 48) / (high - low)[0], (box["height"] - 84) / (high - low)[1])
    middle = (low + high) / 2
    across = (box["x"] + box["width"] / 2 + (corners[:, 0] - middle[0]) * scale).tolist()
    down = (box["y"] + box["height"] / 2 + 12 - (corners[:, 1] - middle[1]) * scale).tolist()
    page.mouse.move(across[0], down[0])
    page.mouse.down()
    for x, y in [*zip(across[1:], down[1:], strict=True), (across[0], down[0])]:
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def rectangle(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(corners, ids well inside) of a rectangle in the middle of the map whose edges keep away from all points."""
    edges = []
    for axis in (0, 1):
        values = np.sort(xy[:, axis])
        for share in (0.55, 0.9):
            near = int(share * len(values))
            gap = near + int(np.diff(values[near : near + 40]).argmax())
            edges.append((values[gap] + values[gap + 1]) / 2)
    left, right, bottom, top = edges
    inside = (xy[:, 0] > left) & (xy[:, 0] < right) & (xy[:, 1] > bottom) & (xy[:, 1] < top)
    corners = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
    return corners, np.flatnonzero(inside)


def saved_ids(page) -> list[int]:
    """The ids in the CSV that the page offers of its selection."""
    settled(page)  # while it runs, old buttons stand beside new ones
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("CSV")).click()
    lines = Path(download.value.path()).read_text().splitlines()[1:]
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=re.compile("CSV"))).to_be_hidden()
    return [int(line.split(",")[0]) for line in lines]


def ours(problems: list[str]) -> list[str]:
    """Without the two requests that Streamlit itself sends astray when a page other than the first is opened.

    A missing image of ours is a problem of its own ("no image: ...").
    """
    return [text for text in problems if not (text.startswith("Failed to load resource") and "404" in text)]
