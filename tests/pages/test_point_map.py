"""What the map's Python side makes of the browser's answer, and what it refuses to draw."""

import base64
import json
from types import SimpleNamespace

import numpy as np
import pytest

from ddcore.errors import BadInput
from pages.parts.browser import agreed
from pages.parts.browser import image_sheet as image_sheet_module
from pages.parts.browser import point_map as point_map_module
from pages.parts.browser.component import pack
from pages.parts.browser.film import Film, Trails, packed_film
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.browser.point_map import ids_among, point_map


def browser_answer(ids: list[int]) -> str:
    """As the browser sends it: lowest bit first, without zero bytes at the end."""
    bits = np.zeros(max(ids) // 8 * 8 + 8, np.uint8)
    bits[ids] = 1
    return base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()


def test_selection_comes_back_as_the_ids_in_ascending_order():
    ids = np.array([70_000, 9, 0, 8, 1_000, 64])
    np.testing.assert_array_equal(ids_among(browser_answer([8, 0, 1_000, 70_000]), ids), [0, 8, 1_000, 70_000])


def test_selection_keeps_to_the_points_shown():
    np.testing.assert_array_equal(ids_among(browser_answer([3, 5]), np.array([5, 900])), [5])
    assert ids_among(browser_answer([3]), np.array([5, 900])) is None


def test_a_click_is_heard_once_and_again_if_the_run_was_interrupted(monkeypatch):
    session, heard = {}, []
    for module in (agreed, point_map_module):
        monkeypatch.setattr(module, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(point_map_module, "component", lambda name: lambda key, **_: session.get(key, {}))

    def run(act):
        return point_map(np.zeros((3, 2)), np.arange(3), np.zeros(3, int), ["#000"], key="map", on_click=act).clicked

    def interrupt(id):
        raise InterruptedError

    assert run(heard.append) is None
    session["map"] = {"clicked": {"source": "", "serial": 1, "id": 2}}
    with pytest.raises(InterruptedError):
        run(interrupt)
    assert run(heard.append) == 2 and run(heard.append) is None and heard == [2]
    session["map"] = {"clicked": {"source": "", "serial": 2, "id": 2}}
    assert run(heard.append) == 2 and heard == [2, 2], "the same image, clicked again"


def test_a_click_on_a_sheet_is_new_once_and_not_lost_by_an_interrupted_run(monkeypatch):
    session, heard = {}, []
    monkeypatch.setattr(agreed, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(image_sheet_module, "component", lambda name: lambda key, **_: session.get(key, {}))

    def run(act):
        return image_sheet(np.zeros((2, 4, 4, 1), np.uint8), [5, 6], ["a", "b"], key="sheet", on_click=act)

    def interrupt(id):
        raise InterruptedError

    assert run(heard.append) is None
    session["sheet"] = {"clicked": {"serial": 10, "id": 6}}
    with pytest.raises(InterruptedError):
        run(interrupt)
    assert run(heard.append) == 6 and run(heard.append) is None and heard == [6]
    session["sheet"] = {"clicked": {"serial": 11, "id": 6}}
    assert run(None) == 6 and run(None) is None


def test_a_click_that_an_earlier_session_heard_is_no_news(monkeypatch):
    session = {"map": {"clicked": {"source": "", "serial": 7, "id": 2}}}  # the browser sends its states again
    for module in (agreed, point_map_module):
        monkeypatch.setattr(module, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(point_map_module, "component", lambda name: lambda key, **_: session[key])
    assert point_map(np.zeros((3, 2)), np.arange(3), np.zeros(3, int), ["#000"], key="map").clicked is None


def test_packed_bytes_are_aligned_and_complete():
    arrays = {"a": np.arange(5, dtype=np.uint8), "b": np.arange(6, dtype=np.float32).reshape(3, 2)}
    data = pack({"title": "é"}, **arrays)
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    assert header["title"] == "é"
    for name, (offset, dtype, shape) in header["arrays"].items():
        start = 4 + length + offset
        assert start % 8 == 0
        read = np.frombuffer(data, dtype, count=int(np.prod(shape)), offset=start).reshape(shape)
        np.testing.assert_array_equal(read, arrays[name])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"xy": np.zeros((3, 3))}, r"\(3, 3\)"),
        ({"ids": np.array([0, 1, -2])}, "-2"),
        ({"ids": np.array([0, 1, 2**24])}, "16777216"),
        ({"shade": np.array([0, 1, 2])}, "2 colours"),
        ({"palette": []}, "0 colours"),
        ({"xy": np.full((3, 2), np.nan)}, "finite"),
        ({"form": np.array([0, 4, 1])}, "from 0 to 3"),
        ({"form": np.array([0, 1])}, "3 numbers"),
    ],
)
def test_map_refuses_what_it_cannot_draw(change, told):
    good = {"xy": np.zeros((3, 2)), "ids": np.arange(3), "shade": np.array([0, 1, 0]), "palette": ["#000", "#fff"]}
    with pytest.raises(BadInput, match=told):
        point_map(**(good | change), key="map")


def trails(classes: list[int], **change) -> Trails:
    count = len(classes) * change.get("parts", 1) ** 2
    good = {
        "run": "a", "steps": [0, 5], "xy": np.zeros((2, count, 2)), "odd": np.zeros((2, count), bool),
        "classes": np.repeat(classes, change.get("parts", 1) ** 2), "colours": ["#000"] * count, "frames": "/frame/a/",
        "tile": (8, 8), "rows": len(set(classes)), "columns": max(classes.count(k) for k in classes),
    }  # fmt: skip
    return Trails(**(good | change))


def test_film_knows_where_each_image_is_in_the_contact_sheet():
    """As `pages/parts/routes.py: arrange` puts them: a row per class in ascending order, stable within the class."""
    told, arrays = packed_film(Film([trails([7, 2, 7, 4, 2, 7])]))
    np.testing.assert_array_equal(arrays["film0_rows"], [2, 0, 2, 1, 0, 2])
    np.testing.assert_array_equal(arrays["film0_columns"], [0, 0, 1, 0, 1, 2])
    assert told[0]["steps"] == [0, 5] and told[0]["tile"] == [8, 8]
    tiled = packed_film(Film([trails([3, 1], parts=2)]))[1]
    np.testing.assert_array_equal(tiled["film0_rows"], [1, 0])
    assert tiled["film0_xy"].shape == (2, 8, 2)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"xy": np.zeros((2, 3, 2))}, r"\(2, 3, 2\)"),
        ({"odd": np.zeros((1, 2), bool)}, r"\(1, 2\)"),
        ({"colours": ["#000"]}, "not .* and 1"),
        ({"steps": []}, "0 steps"),
        ({"xy": np.full((2, 2, 2), np.inf)}, "finite"),
        ({"columns": 2}, "not 2 x 2"),
    ],
)
def test_film_refuses_what_cannot_be_drawn(change, told):
    with pytest.raises(BadInput, match=told):
        packed_film(Film([trails([0, 1], **change)]))
    with pytest.raises(BadInput, match="not of 3"):
        packed_film(Film([trails([0, 1])] * 3))


def test_sheet_refuses_what_it_cannot_draw():
    with pytest.raises(BadInput, match="float64"):
        image_sheet(np.zeros((2, 4, 4, 1)), [0, 1], ["a", "b"], key="sheet")
    with pytest.raises(BadInput, match=r"\[2, 2, 1, 2\]"):
        image_sheet(np.zeros((2, 4, 4, 1), np.uint8), [0, 1], ["a"], key="sheet")
