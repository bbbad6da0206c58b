"""The address of Explore names what is looked at: a link or a reload shows the same."""

import pytest


@pytest.fixture
def explore(prepared, flat_map, open_page):
    """`explore(score="loss")`: the page at that address."""
    flat_map(prepared)
    return lambda **query: open_page("explore.py", **query)


def choice(page, key):
    return next(widget.value for widget in (*page.selectbox, *page.segmented_control) if widget.key == key)


def test_a_link_chooses_the_score_and_the_one_it_is_held_against(explore):
    page = explore(dataset="digits", score="kmeans", against="margin", settings="clusters:50;seed:3")
    assert not page.exception
    assert (choice(page, "explore_score"), choice(page, "explore_view")) == ("kmeans", "Two scores")
    assert choice(page, "explore_rival") == "margin"
    assert page.number_input(key="score_kmeans_clusters").value == 50
    assert page.query_params["settings"] == "clusters:50;seed:3"


def test_a_link_keeps_its_score_until_the_scores_are_known_by_name(explore, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("pages.parts.schema.schema", lambda: None)
        page = explore(score="uniform", classes="7")
        assert not page.warning
        assert (page.query_params["score"], page.query_params["classes"]) == ("uniform", "7")
    page.run()
    assert not page.warning and choice(page, "explore_score") == "uniform"


def test_the_address_follows_what_is_chosen(explore):
    page = explore()
    assert set(page.query_params) == {"dataset"}  # all else is as the page begins
    page.selectbox(key="explore_score").set_value("uniform").run()
    assert page.query_params["score"] == "uniform" == choice(page, "explore_score")
    page.segmented_control(key="explore_view").set_value("Two scores").run()
    assert page.query_params["against"] == choice(page, "explore_rival")
    page.segmented_control(key="explore_view").set_value("Map").run()
    assert "against" not in page.query_params


def test_a_link_to_no_score_is_told(explore):
    page = explore(score="beauty")
    assert not page.exception and choice(page, "explore_score") != "beauty"
    assert "“beauty”" in page.warning[0].value and "kmeans" in page.warning[0].value
    assert "score" not in page.query_params
