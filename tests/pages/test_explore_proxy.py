"""Explore: colours by what a proxy network says of each image."""

import numpy as np
import pytest
from made_scores import kept_as
from test_explore import words

from ddcore.files import write_npz


@pytest.fixture
def drawn(monkeypatch):
    """What the map of points was last drawn with."""
    from pages.parts.explore import map as explore_map

    last, draw = {}, explore_map.point_map

    def point_map(xy, ids, shade, palette, **options):
        last.update(options, ids=ids, shade=shade)
        return draw(xy, ids, shade, palette, **options)

    monkeypatch.setattr(explore_map, "point_map", point_map)
    return last


def test_right_or_wrong_needs_a_network_and_offers_to_train_it(ready, explore, drawn, monkeypatch):
    begun = []
    monkeypatch.setattr("pages.parts.explore.proxy_colours.begin", lambda *call: begun.append(call))
    page = explore()
    page.selectbox(key="explore_colour").set_value("right or wrong").run()
    assert not page.exception and len(np.unique(drawn["shade"])) == 10, "by class meanwhile"
    page.button(key="explore_proxy").click().run()
    kind, wish, _ = begun[0]
    assert kind == "importance" and (wish["dataset"], wish["score"]) == (ready.hash, "margin")


def test_images_are_coloured_by_how_often_the_network_was_right(ready, explore, drawn):
    right = np.resize([1.0, 0.75, 0.0, 0.25], len(ready.train))
    write_npz(kept_as(ready, "margin", 0), scores=np.linspace(0, 1, len(right)), right=right)
    page = explore()
    page.selectbox(key="explore_colour").set_value("right or wrong").run()
    expected = np.array([0, 1, 2, 1])[drawn["ids"] % 4]
    np.testing.assert_array_equal(drawn["shade"], expected)
    assert "looked at every image 4 times" in words(page)
    page.selectbox(key="explore_colour").set_value("margin of a network").run()
    np.testing.assert_allclose(drawn["captions"].values, 1 - 2 * np.linspace(0, 1, len(right))[drawn["ids"]])


def test_a_margin_kept_by_an_earlier_version_shows_margins_and_offers_the_rest(ready, explore, drawn):
    write_npz(kept_as(ready, "margin", 0), scores=np.linspace(0, 1, len(ready.train)))
    page = explore()
    page.selectbox(key="explore_colour").set_value("margin of a network").run()
    assert drawn["captions"].values is not None
    page.selectbox(key="explore_colour").set_value("right or wrong").run()
    assert "explore_proxy" in [button.key for button in page.button]
