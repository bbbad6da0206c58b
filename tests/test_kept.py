"""Things kept: under a name made of all that determined them, damaged is none, and what there is can be freed."""

import numpy as np
import pytest

from ddcore import kept
from ddcore.kept import SHELVES, Shelf, clear, stocks

ARRAYS, NUMBERS = Shelf("Arrays", "arrays", "array", 1), Shelf("Numbers", "numbers", "number", 1, ".json", "n-")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path))
    monkeypatch.setattr(kept, "SHELVES", (ARRAYS, NUMBERS))
    return tmp_path


def test_everything_that_determines_a_thing_is_in_its_name():
    paths = {ARRAYS.path("a", 1), ARRAYS.path("a", 2), ARRAYS.path("b", 1), ARRAYS.path({"a": 1}), NUMBERS.path("a", 1)}
    other_format, other_word = Shelf("Arrays", "arrays", "array", 2), Shelf("Arrays", "arrays", "row", 1)
    assert len(paths | {shelf.path("a", 1) for shelf in (other_format, other_word)}) == 7
    assert ARRAYS.path({"a": 1, "b": 2}) == ARRAYS.path({"b": 2, "a": 1})


def test_what_is_written_is_read():
    path = ARRAYS.path("x")
    ARRAYS.write(path, {"values": np.arange(3)})
    assert ARRAYS.read(path, lambda arrays: arrays["values"].tolist()) == [0, 1, 2]
    NUMBERS.write(NUMBERS.path("x"), [0.5])
    assert NUMBERS.read(NUMBERS.path("x"), lambda values: values) == [0.5]


@pytest.mark.parametrize("shelf", [ARRAYS, NUMBERS])
@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[: len(content) // 2], lambda _: b"\0"])
def test_what_is_missing_or_damaged_is_none(shelf, damage):
    path = shelf.path("x")
    assert shelf.read(path, lambda content: content) is None
    shelf.write(path, {"values": np.arange(300)} if shelf is ARRAYS else [1.0, 2.0])
    path.write_bytes(damage(path.read_bytes()))
    assert shelf.read(path, lambda content: content) is None


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError])
def test_what_cannot_be_understood_is_none_and_a_defect_is_not_hidden(error):
    def refuse(_):
        raise error

    def defect(_):
        raise ZeroDivisionError

    NUMBERS.write(NUMBERS.path("x"), 1)
    assert NUMBERS.read(NUMBERS.path("x"), refuse) is None
    with pytest.raises(ZeroDivisionError):
        NUMBERS.read(NUMBERS.path("x"), defect)


def test_what_is_kept_is_counted_and_cleared_by_title(cache):
    assert stocks() == []
    for name in ("x", "y"):
        NUMBERS.write(NUMBERS.path(name), [1.0])
    ARRAYS.write(ARRAYS.path("x"), {"values": np.arange(3)})
    (cache / "numbers" / "another.json").write_text("not of this shelf")
    found = {stock.title: stock for stock in stocks()}
    assert {title: stock.count for title, stock in found.items()} == {"Arrays": 1, "Numbers": 2}
    assert found["Arrays"].size == ARRAYS.path("x").stat().st_size
    assert clear("Numbers") == found["Numbers"]
    assert [stock.title for stock in stocks()] == ["Arrays"] and ARRAYS.path("x").exists()
    assert (cache / "numbers" / "another.json").exists()


def test_what_a_full_disk_does_not_take_is_told_in_the_log_only(monkeypatch, caplog):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept, "write_npz", full)
    ARRAYS.keep(ARRAYS.path("x"), {"values": np.arange(3)})
    assert "No space left" in caplog.text and not ARRAYS.path("x").exists()
    with pytest.raises(OSError, match="No space left"):
        ARRAYS.write(ARRAYS.path("x"), {"values": np.arange(3)})


def test_the_shelves_share_no_file():
    """Files of one belong to no other, whatever folder they share."""
    for one in SHELVES:
        one.write(one.path("x"), [1.0] if one.suffix == ".json" else {"values": np.arange(3)})
    for one in SHELVES:
        assert one.files() == [one.path("x")]
