"""Watch: the real images chosen on the map, and the one clicked, are in the address and open again from it."""

import random

import numpy as np
import pytest
from inside_runs import images_like, of_classes, set_run
from made_runs import made_run
from test_address import note_of_link

from ddcore.data.slices import slices_of
from pages.parts import address, linked_ids, selection
from pages.parts.browser.point_map import MapEvent
from pages.parts.spelling import packed
from pages.parts.watch import film_map


@pytest.fixture
def run(prepared, flat_map):
    flat_map(prepared)
    return set_run("one", prepared, {0: images_like(prepared, of_classes(prepared))})


@pytest.fixture
def map_of(monkeypatch):
    """The map in the browser: what it was last drawn with; `map_of["event"]`: what it reports, nothing at first."""
    seen = {"event": MapEvent(None, None)}

    def point_map(*_, on_click, **options):
        seen.update(options)
        if seen["event"].clicked is not None:
            on_click(seen["event"].clicked)
        return seen["event"]

    monkeypatch.setattr(film_map, "point_map", point_map)
    return seen


def chosen_on(app, map_of, ids, clicked=None):
    """A lasso round `ids`, and a click; then the map says the same in every run."""
    map_of["event"] = MapEvent(np.array(ids), clicked)
    app.run()
    map_of["event"] = MapEvent(np.array(ids), None)
    app.run()
    assert not app.exception


def test_a_lasso_and_a_click_on_the_map_open_again_from_the_address(run, prepared, watch, map_of):
    app = watch(run=run.id)
    assert set(app.query_params) == {"run"} and selection.KEY not in app.session_state, "a visit chooses nothing"
    chosen_on(app, map_of, [3, 5, 800], clicked=7)
    assert app.query_params == {"run": run.id, "chosen": packed([3, 5, 800]), "image": "7"}
    assert note_of_link(app) == ""
    map_of["event"] = MapEvent(None, None)  # another browser
    again = watch(**app.query_params)
    assert not again.warning and again.query_params == app.query_params
    held = again.session_state[selection.KEY]
    assert (held["dataset"], held["chosen"], held["primary"]) == (prepared.hash, [3, 5, 800], 7)
    assert list(map_of["selection"]) == [3, 5, 800] and map_of["highlight"] == [7]


@pytest.mark.parametrize(("name", "text"), [("image", "1438"), ("image", "cat"), ("chosen", "cat")])
def test_what_the_address_cannot_choose_is_told_and_dropped(run, watch, map_of, name, text):
    app = watch(run=run.id, **{name: text})
    assert f"“{text}”" in app.warning[0].value and set(app.query_params) == {"run"}


def test_without_the_real_images_the_choice_is_told_to_need_them(watch, map_of):
    app = watch(run=made_run("far", "finished").id, image="7", chosen=packed([1, 2]))
    assert "not prepared on this machine" in app.warning[0].value and set(app.query_params) == {"run"}


def test_images_too_many_for_an_address_are_kept_as_a_slice(run, prepared, watch, map_of, monkeypatch):
    for module in (address, linked_ids):
        monkeypatch.setattr(module, "LONGEST", 60)
    many = sorted(random.Random(0).sample(range(len(prepared.train)), 300))
    app = watch(run=run.id)
    chosen_on(app, map_of, many)
    assert "chosen" not in app.query_params and "leaves out the chosen images" in note_of_link(app)
    app.button(key="slice-for-link-chosen").click().run()
    (kept,) = slices_of(prepared.hash)
    assert app.query_params["chosen"] == f"slice:{kept.name}" and kept.name in note_of_link(app)
    map_of["event"] = MapEvent(None, None)
    assert watch(**app.query_params).session_state[selection.KEY]["chosen"] == many


def test_a_choice_can_be_undone_on_watch(run, watch, map_of):
    app = watch(run=run.id)
    assert "selection_undo" not in [button.key for button in app.button]
    chosen_on(app, map_of, [3, 5])
    app.button(key="selection_undo").click().run()
    assert app.session_state[selection.KEY]["chosen"] is None and "chosen" not in app.query_params
    assert map_of["selection"] is None and app.button(key="selection_redo").disabled is False


def test_an_address_that_chooses_nothing_leaves_the_selection_in_other_data(run, watch, map_of):
    app = watch(run=run.id, image="7")
    other = {"dataset": "0" * 16, "chosen": [1], "ids": [1], "source": "lasso", "primary": 1}
    app.session_state[selection.KEY] = other | {"past": [], "future": [], "map": None}
    del app.query_params["image"]
    app.run()
    assert app.session_state[selection.KEY]["chosen"] == [1] and set(app.query_params) == {"run"}
