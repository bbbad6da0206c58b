"""Values that page and reader both set: what the page repeats undoes nothing, what it sets anew is an order."""

from types import SimpleNamespace

import pytest

from pages.parts.browser import agreed


@pytest.fixture
def agree(monkeypatch):
    """`agree(given, reported, serial)` in a session of its own."""
    monkeypatch.setattr(agreed, "st", SimpleNamespace(session_state={}))
    return lambda given, reported=None, serial=None: agreed.agree("view", given, reported, serial)


def test_what_a_link_says_is_ordered_once_and_there_at_once(agree):
    first = agree([1, 2, 3])
    assert first.value == [1, 2, 3]
    assert first.order["value"] == [1, 2, 3] and first.order["after"] is None
    assert agree([1, 2, 3]) == first  # nothing was done: nothing new to send


def test_what_the_reader_does_arrives_and_is_no_order_when_the_page_repeats_it(agree):
    order = agree([1, 2, 3]).order
    assert agree([1, 2, 3], [4, 5, 6], 1) == ([4, 5, 6], order)  # the page learns of it in this very run
    assert agree([4, 5, 6], [7, 8, 9], 2) == ([7, 8, 9], order)  # it is a run behind
    assert agree([7, 8, 9], [7, 8, 9], 2) == ([7, 8, 9], order)


def test_going_back_is_an_order_after_the_last_report(agree):
    first = agree(None).order
    agree(None, [4, 5, 6], 1)
    back = agree(None, [4, 5, 6], 1)
    assert back.value is None and back.order["token"] != first["token"] and back.order["after"] == 1
    assert agree(None, [4, 5, 6], 1) == back
    assert agree(None, [7, 8, 9], 2).value == [7, 8, 9]


def test_a_component_that_was_gone_is_told_again(agree):
    first = agree([1, 2, 3]).order
    agree([1, 2, 3], [4, 5, 6], 1)
    again = agree([4, 5, 6])  # another page was open: Streamlit forgot the report
    assert again.value == [4, 5, 6] and again.order["value"] == [4, 5, 6]
    assert again.order["token"] != first["token"] and again.order["after"] is None


def test_without_a_value_of_the_page_the_reader_decides(agree):
    assert agree(agreed.KEPT) == (None, None)
    assert agree(agreed.KEPT, [4, 5, 6], 1) == ([4, 5, 6], None)
    assert agree([1, 2, 3], [4, 5, 6], 1).order["value"] == [1, 2, 3]
