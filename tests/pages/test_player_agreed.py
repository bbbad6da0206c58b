"""The player's step and picked image, which both the page and the reader set."""

from types import SimpleNamespace

import pytest

from pages.parts.browser import agreed, player
from pages.parts.browser.player import Track

BARE = {"title": "", "frames": "", "tile": (8, 8), "loss": ([], []), "accuracy": ([], [], []), "class_names": [""]}
REST = {"rows": 1, "columns": 3, "random": None, "full": None, "repeats": None, "live": False}


@pytest.fixture
def show(monkeypatch):
    """`show(step, picked, steps)`: the event, and what the browser is given; `show.said(name, value)` is its report."""
    session, sent = {}, []
    monkeypatch.setattr(agreed, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(player, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(player, "component", lambda name: lambda **given: sent.append(given["data"]))

    def shown(steps=(0, 10, 20), **given):
        tracks = [Track("a", steps=list(steps), **BARE, **REST)]
        event = player.player(tracks, total_steps=30, key="film", **given)
        return event, sent[-1]["agreed"]

    def said(name, value):
        told = session.setdefault("film", {})
        told[name] = {"source": "a", "serial": (told.get(name) or {"serial": 0})["serial"] + 1, "value": value}

    shown.said = said
    return shown


def test_the_page_is_followed_once_and_the_reader_after_that(show):
    event, told = show(step=10, picked=(0, 2))
    assert event == (10, (0, 2), False) and told["cursor"]["order"]["value"] == 10 and told["picked"]["value"] == [0, 2]
    show.said("cursor", 0)
    event, again = show(step=10, picked=(0, 2))
    assert event == (0, (0, 2), False) and again["cursor"]["order"] == told["cursor"]["order"]
    assert show(step=0, picked=(0, 2))[1]["cursor"]["order"] == told["cursor"]["order"], "no order, as nothing is new"


def test_going_back_is_an_order(show):
    show(step=None, picked=None)
    show.said("cursor", 10)
    show.said("picked", [0, 1])
    assert show(step=None, picked=None)[0] == (10, (0, 1), False)
    event, told = show(step=None, picked=None)
    assert event == (20, None, False)
    assert told["cursor"]["order"]["after"] == told["picked"]["order"]["after"] == 1


def test_a_live_run_is_followed_without_orders(show):
    first = show(step=None)[1]["cursor"]
    assert first == show((0, 10, 20, 30), step=None)[1]["cursor"]
    assert show((0, 10, 20, 30), step=None)[0].cursor == 30


def test_without_values_of_the_page_the_reader_decides(show):
    assert show()[0] == (20, None, False)
    show.said("cursor", 10)
    event, told = show()
    assert event.cursor == 10 and told["cursor"]["order"] is None


def test_steps_and_images_that_are_not_there(show):
    event, told = show(step=13, picked=(1, 0))
    assert event == (10, None, False) and told["cursor"]["value"] == 10
    show.said("picked", [0, 3])
    assert show(step=13, picked=None)[0] == (10, None, False)
    assert show((), step=13)[0] == (0, None, False)


def test_the_difference_is_the_pages_until_the_reader_switches_it(show):
    assert show(difference=True)[0].difference
    show.said("difference", False)
    assert not show(difference=True)[0].difference
    event, told = show(difference=True)  # the reader goes back
    assert event.difference and told["difference"]["order"]["value"] is True
