"""Explore: what filters, a lasso and a number select."""

import numpy as np
from test_explore import KMEANS, words

from ddcore.importance.scoring import importance_of


def test_filters_alone_select(ready, explore, monkeypatch):
    from pages.parts.explore import map as explore_map

    drawn, real = {}, explore_map.point_map
    monkeypatch.setattr(
        explore_map, "point_map", lambda *args, **options: drawn.update(options) or real(*args, **options)
    )
    page = explore()
    assert drawn["within"] is None and "not the best examples" in words(page)
    page.multiselect(key=f"explore_classes_{ready.hash}").set_value([3]).run()
    page.slider(key=f"explore_range_{ready.hash}").set_value((90.0, 100.0)).run()
    found = page.session_state["selection"]
    scores = importance_of(ready, "kmeans", 0, **KMEANS).scores
    wanted = (ready.train.labels == 3) & (scores >= np.quantile(scores, 0.9, method="nearest"))
    assert sorted(found["ids"]) == np.flatnonzero(wanted).tolist() and found["source"] == "filter"
    assert f"{wanted.sum()} images within the filters" in words(page)
    outside = int(np.flatnonzero(ready.train.labels == 4)[0])
    page.number_input(key=f"explore_number_{ready.hash}").set_value(outside).run()
    assert "outside the filters" in words(page) and (drawn["highlight"], drawn["within"]) == ([], wanted.sum())
    page.number_input(key=f"explore_number_{ready.hash}").set_value(found["ids"][0]).run()
    assert "outside the filters" not in words(page) and drawn["highlight"] == [found["ids"][0]]
    ranked = scores[found["ids"]]
    assert (np.diff(ranked) <= 0).all()


def test_nothing_left_is_said(ready, explore):
    scores = importance_of(ready, "kmeans", 0, **KMEANS).scores
    absent = int(ready.train.labels[np.argmax(scores)] + 1) % 10
    page = explore()
    page.multiselect(key=f"explore_classes_{ready.hash}").set_value([absent]).run()
    page.slider(key=f"explore_range_{ready.hash}").set_value((100.0, 100.0)).run()
    assert not page.exception
    assert "No image passes all filters" in words(page)
    assert page.session_state["selection"]["ids"] == []


def test_lasso_in_the_session_reaches_the_sheet(ready, explore, monkeypatch):
    from pages.parts.browser.point_map import MapEvent

    drawn = np.array([4, 9, 700])
    monkeypatch.setattr("pages.parts.explore.map.point_map", lambda *args, **options: MapEvent(drawn, None))
    page = explore()
    found = page.session_state["selection"]
    assert sorted(found["ids"]) == drawn.tolist() and found["source"] == "lasso"
    assert "3 selected images" in words(page)
    page.button(key="explore_next").click().run()
    assert page.session_state["selection"]["primary"] == found["ids"][1]
    assert "2 of 3" in words(page)


def test_number_opens_the_card_of_that_image(ready, explore):
    page = explore()
    page.number_input(key=f"explore_number_{ready.hash}").set_value(17).run()
    scores = importance_of(ready, "kmeans", 0, **KMEANS).scores
    rank = 1 + int((np.argsort(-scores, kind="stable") == 17).argmax())
    assert page.session_state["selection"]["primary"] == 17
    assert "image 17 " in words(page) and f"rank {rank:,} (" in words(page)


def test_other_images_are_shown_from_their_first_page(ready, explore):
    page = explore(sheet="2")
    assert page.session_state["explore_page"] == 2, "a link says which page"
    page.run()
    assert page.session_state["explore_page"] == 2
    page.multiselect(key=f"explore_classes_{ready.hash}").set_value([3]).run()
    assert not page.exception and page.session_state["explore_page"] == 1
