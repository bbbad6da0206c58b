"""Distill: the law of the form is drawn over the scores it would draw by, and takes settings over."""

import json

from pages.parts.browser.law import LawSettings


def shown(app) -> list[dict]:
    """What the sliders were given."""
    found = [one.proto.bytes for one in app.get("bidi_component") if one.proto.component_name.endswith("law")]
    return [json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")]) for data in found]


def opened(open_page, **choices):
    app = open_page("distill.py")
    for name, value in choices.items():
        kind = app.radio if name == "mode" else app.selectbox
        kind(key=f"distill_{name}").set_value(value).run()
    assert not app.exception
    return app


def test_the_law_is_drawn_where_its_scores_are_kept(prepared, open_page):
    app = opened(open_page, importance="kmeans")
    (header,) = shown(app)
    assert header["settings"] == {"draws": "class", "uniform": 0.5, "temperature": 1.0, "direction": "hard"}
    app.number_input(key="distill_temperature").set_value(2.5).run()
    app.selectbox(key="distill_direction").set_value("easy").run()
    assert shown(app)[0]["settings"] == header["settings"] | {"temperature": 2.5, "direction": "easy"}
    app.selectbox(key="distill_distiller").set_value("kip").run()
    assert shown(app)[0]["settings"]["draws"] == "balanced", "its batches are drawn from all classes at once"


def test_no_law_is_drawn_where_none_acts_or_no_scores_are_kept(prepared, open_page):
    assert not shown(opened(open_page))
    assert not shown(opened(open_page, importance="loss")), "not computed"
    assert not shown(opened(open_page, importance="kmeans", mode="stratified"))


def test_settings_taken_over_are_those_of_the_form(prepared, open_page):
    app = opened(open_page, importance="kmeans", direction="hard-then-easy")
    app.session_state["distill_law_taken"] = LawSettings("class", 0.25, 1.5, "hard")
    app.run()
    assert app.number_input(key="distill_uniform").value == 0.25
    assert app.number_input(key="distill_temperature").value == 1.5
    assert app.selectbox(key="distill_direction").value == "hard-then-easy", "the turn stays where its start does"
    app.session_state["distill_law_taken"] = LawSettings("class", 0.25, 1.5, "easy")
    app.run()
    assert app.selectbox(key="distill_direction").value == "easy" and not app.exception
