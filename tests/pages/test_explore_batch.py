"""Explore: the sliding law has the scores that the page shows, and stands where settings from elsewhere put it."""

import json

from pages.parts.browser.law import LawSettings
from pages.parts.explore import batch


def shown(app) -> dict:
    """What the sliders were given."""
    (data,) = [one.proto.bytes for one in app.get("bidi_component") if one.proto.component_name.endswith("law")]
    return json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])


def test_the_sliders_have_the_scores_of_the_page(ready, explore):
    header = shown(explore("digits", score="kmeans"))
    assert header["thumbs"] == f"/thumb/{ready.hash}/" and header["classes"] == list(ready.classes) and header["pick"]
    assert header["arrays"]["scores"][1:] == ["float64", [len(ready.train)]]


def test_settings_from_elsewhere_reach_the_sliders(ready, explore):
    app = explore("digits", score="kmeans")
    app.session_state[batch.LAW] = LawSettings("all", 0.1, 2.0, "easy")
    assert shown(app.run())["settings"] == {"draws": "all", "uniform": 0.1, "temperature": 2.0, "direction": "easy"}
    assert not app.exception


def test_a_link_says_where_the_sliders_stand(ready, explore):
    app = explore("digits", score="kmeans", law="all;0.1;2;easy")
    assert shown(app)["settings"] == {"draws": "all", "uniform": 0.1, "temperature": 2.0, "direction": "easy"}
    assert app.query_params["law"] in ("all;0.1;2;easy", ["all;0.1;2;easy"])
    app.session_state[batch.LAW] = LawSettings("balanced", 0.25, 1.5, "hard")
    assert app.run().query_params["law"] == "balanced;0.25;1.5;hard"


def test_a_link_to_no_law_is_told(ready, explore):
    for wrong in ("all;0.1;2", "all;7;2;easy", "all;0.1;2;sideways"):
        app = explore("digits", score="kmeans", law=wrong)
        assert f"“{wrong}”" in app.warning[0].value and shown(app)["settings"]["draws"] == "class"
