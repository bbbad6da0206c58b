"""Watch: the map beside the synthetic images, in each of its states."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from inside_runs import shown_rows
from test_explore import at_work, words

from ddcore.experiments.resolving import resolve
from ddcore.figures.colours import shade_by_rank
from ddcore.files import write_json, write_npz
from ddcore.maps.embedding import MapSettings, cached_map_path
from ddcore.maps.projection import place_reduced, reduce
from ddcore.runs.draws import Draws, write_draws
from ddcore.runs.folder import create_run
from pages.parts.maps import loaded_map


@pytest.fixture
def drawn(monkeypatch):
    """What the map was last drawn with: its positions under "xy", and its options."""
    from pages.parts.watch import film_map

    last, draw = {}, film_map.point_map

    def point_map(xy, ids, shade, palette, **options):
        last.clear()
        last.update(options, xy=xy, ids=ids, shade=shade)
        return draw(xy, ids, shade, palette, **options)

    monkeypatch.setattr(film_map, "point_map", point_map)
    return last


@pytest.fixture(autouse=True)
def fresh():
    import streamlit as st

    st.cache_resource.clear()


@pytest.fixture
def a_run(prepared):
    """`a_run()`: a finished run of digits with snapshots at steps 0 and 5; `hash` may say that it is of other data."""

    def made(hash=prepared.hash, seed=0, **settings):
        run = create_run(resolve({"dataset": "digits", "steps": 5, "seed": seed} | settings))
        about = {"name": "digits", "hash": hash, "classes": list(prepared.classes), "shape": list(prepared.shape)}
        about["train"] = len(prepared.train)
        known = {"network": {"width": 8, "depth": 2}, "device": "cpu", "protocol": None}
        write_json(run.path / "config.json", run.config() | known | {"dataset": about})
        write_json(run.path / "status.json", run.status() | {"state": "finished", "step": 5, "total": 5})
        for step in (0, 5):
            images = np.random.default_rng(seed + step).normal(size=(10, 1, 8, 8)).astype(np.float32)
            view = np.roll(prepared.train.images[:10], step + 1, axis=2)
            write_npz(run.snapshot_path(step), view=view, images=images, classes=np.arange(10), step=np.array(step))
        return run

    return made


def expected_places(prepared, run, map):
    views = [np.load(run.snapshot_path(step))["view"] for step in (0, 5)]
    return [place_reduced(reduce(shown_rows(prepared, view), map), map) for view in views]


def pca_of(map, features):
    return ((features - map["pca_mean"]) @ map["pca_components"].T)[:, :2]


def test_a_run_lies_on_the_map_of_its_data(prepared, flat_map, watch, drawn, a_run):
    map, run = flat_map(prepared), a_run()
    map["xy"] = 2 * map["xy"] + 1  # unlike its principal coordinates
    write_npz(cached_map_path(prepared.hash, MapSettings()), **map)
    app = watch(run=run.id)
    (trails,) = drawn["film"].runs
    first, last = expected_places(prepared, run, map)
    np.testing.assert_allclose(trails.xy, [first[0], last[0]], atol=1e-4)
    np.testing.assert_array_equal(trails.odd, [first[2], last[2]])
    np.testing.assert_array_equal(drawn["xy"], map["xy"][drawn["ids"]])
    assert sorted(drawn["ids"].tolist()) == list(range(1438)) and drawn["thumbs"] == f"/thumb/{prepared.hash}/"
    assert "all 1,438 real images" in words(app)


def test_the_linear_twin_is_one_click_away_and_exact(prepared, flat_map, watch, drawn, a_run):
    map, run = flat_map(prepared), a_run()
    write_npz(cached_map_path(prepared.hash, MapSettings()), **map | {"xy": 2 * map["xy"] + 1})
    app = watch(run=run.id)
    app.segmented_control(key="film_layout").set_value("PCA").run()
    pixels = (prepared.train.images / 255 - np.array(prepared.mean)) / np.array(prepared.std)
    real = pca_of(map, pixels.reshape(1438, -1))
    np.testing.assert_allclose(drawn["xy"], real[drawn["ids"]], atol=1e-3)
    images = shown_rows(prepared, np.load(run.snapshot_path(5))["view"])
    np.testing.assert_allclose(drawn["film"].runs[0].xy[1], pca_of(map, images), atol=1e-3)


def test_real_images_can_be_grey(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    app = watch(run=a_run().id)
    assert len(np.unique(drawn["shade"])) == 10
    app.selectbox(key="film_colours").set_value("grey").run()
    assert len(np.unique(drawn["shade"])) == 1


def shades_of(values, drawn):
    return shade_by_rank(values)[drawn["ids"]].tolist()


def test_real_images_can_have_the_colour_of_their_draws_up_to_the_cursor(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    run = a_run()
    app = watch(run=run.id)
    assert "draws" not in app.selectbox(key="film_colours").options
    by_three, by_five = np.random.default_rng(0).integers(0, 9, (2, 1438))
    for step, counts in ((3, by_three), (5, by_five)):
        write_draws(run, step, Draws(counts))
    app = watch(run=run.id, real="draws")
    assert drawn["shade"].tolist() == shades_of(by_five, drawn)
    assert drawn["captions"].values.tolist() == by_five[drawn["ids"]].tolist() == sorted(by_five.tolist())
    assert "drawn most often up to step 5" in words(app)
    for path in run.snapshot_path(5), run.path / "draws" / run.snapshot_path(5).name:
        path.unlink()
    write_draws(run, 9, Draws(by_five))  # after the cursor
    write_npz(run.snapshot_path(4), **np.load(run.snapshot_path(0)))
    watch(run=run.id, real="draws")
    assert drawn["shade"].tolist() == shades_of(by_three, drawn)
    app = watch(run=run.id, step="0", real="draws")
    assert len(np.unique(drawn["shade"])) == 1 and "up to step 0" in words(app)


def test_without_a_record_of_draws_the_link_to_them_shows_why_not(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    app = watch(run=a_run().id, real="draws")
    assert len(np.unique(drawn["shade"])) == 1 and "was not recorded" in words(app)


def test_real_images_can_have_the_colour_of_their_distance_to_the_set(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    run = a_run()
    app = watch(run=run.id, real="distance")
    images, real = (
        shown_rows(prepared, view) for view in (np.load(run.snapshot_path(5))["view"], prepared.train.images)
    )
    distances = np.linalg.norm(real[:, None] - images, axis=-1).min(1)
    np.testing.assert_allclose(drawn["captions"].values, np.sort(distances), rtol=1e-3)
    assert np.abs(drawn["shade"].astype(int) - shades_of(distances, drawn)).max() <= 1
    assert "at step 5, so nobody covers it" in words(app)


def test_while_the_map_is_drawn_its_linear_twin_is_there_and_the_page_looks_often(prepared, watch, drawn, a_run):
    at_work("embedding", {"dataset": prepared.hash} | asdict(MapSettings()),
            progress={"done": 50, "total": 200, "note": "laying out the map"})  # fmt: skip
    run = a_run()
    app = watch(run=run.id)
    assert "laying out the map" in app.get("progress")[0].proto.text
    pixels = (prepared.train.images / 255 - np.array(prepared.mean)) / np.array(prepared.std)
    centred = pixels.reshape(1438, -1) - pixels.reshape(1438, -1).mean(axis=0)
    _, _, right = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(drawn["xy"]), np.abs(centred @ right[:2].T)[drawn["ids"]], atol=1e-2)
    assert drawn["film"].runs[0].steps == [0, 5] and app.session_state["film_map_busy"]


def test_a_large_map_is_offered(prepared, watch, drawn, a_run, monkeypatch):
    begun = []
    monkeypatch.setattr("pages.parts.watch.film_map.UNASKED", 1000)
    monkeypatch.setattr("pages.parts.watch.film_map.begin", lambda *call: begun.append(call))
    app = watch(run=a_run().id)
    assert drawn["film"] is not None and not begun and "UMAP of 50 components is not drawn yet" in words(app)
    app.button(key="film_draw").click().run()
    assert [kind for kind, *_ in begun] == ["embedding"]


def test_the_switch_keeps_its_words_while_the_map_is_drawn(prepared, flat_map, watch, drawn, a_run, monkeypatch):
    """The browser sends a choice as its words: if they changed meanwhile, Streamlit would take it for none."""
    monkeypatch.setattr("pages.parts.watch.film_map.UNASKED", 1000)
    app = watch(run=a_run().id)
    before = app.segmented_control(key="film_layout")
    flat_map(prepared)
    app.run()
    after = app.segmented_control(key="film_layout")
    assert after.options == before.options == ["UMAP", "PCA"] and after.value == "UMAP"


def test_a_stopped_map_can_be_drawn_again(prepared, watch, drawn, a_run):
    at_work("embedding", {"dataset": prepared.hash} | asdict(MapSettings()), state="stopped")
    app = watch(run=a_run().id)
    assert "Drawing the map: stopped." in words(app) and len(drawn["xy"]) == 1438
    assert "Draw it again" in [button.label for button in app.button]


def test_a_map_whose_job_cannot_start_is_told_and_the_linear_twin_is_there(prepared, watch, drawn, a_run, monkeypatch):
    """As where the runs' folder is another user's."""

    def refusing(*given, **more):
        raise PermissionError(13, "Permission denied", "/runs/.jobs")

    monkeypatch.setattr("pages.parts.job_view.ensure_job", refusing)
    app = watch(run=a_run().id)
    assert ["/runs/.jobs: Permission denied" in error.value for error in app.error] == [True]
    assert len(drawn["xy"]) == 1438


def test_without_the_data_a_sentence_and_a_button_lead_there(prepared, watch, drawn, a_run):
    app = watch(run=a_run(hash="0" * 16).id)
    assert "are not prepared on this machine" in words(app) and not drawn
    assert "Open the data in Explore" in [link.proto.label for link in app.get("page_link")]


def test_what_is_chosen_on_the_map_is_chosen_on_every_page(prepared, flat_map, watch, a_run, monkeypatch):
    from pages.parts import selection
    from pages.parts.browser.point_map import MapEvent, View
    from pages.parts.watch import film_map

    given, event = [], MapEvent(None, None)

    def point_map(*_, on_click, **options):
        given.append(options)
        if event.clicked is not None:
            on_click(event.clicked)
        return event

    monkeypatch.setattr(film_map, "point_map", point_map)
    flat_map(prepared)
    app = watch(run=a_run().id)
    assert given[-1]["selection"] is None and selection.KEY not in app.session_state, "a visit chooses nothing"
    event = MapEvent(np.array([3, 5]), 7, View(0.5, 1.0, 2.0))
    app.run()
    assert not app.exception, app.exception
    held = app.session_state[selection.KEY]
    assert (held["dataset"], held["chosen"], held["primary"]) == (prepared.hash, [3, 5], 7)
    event = MapEvent(np.array([3, 5]), None, View(0.5, 1.0, 2.0))
    app.run()
    assert given[-1]["highlight"] == [7] and list(given[-1]["selection"]) == [3, 5]
    assert given[-1]["view"] == View(0.5, 1.0, 2.0) and app.query_params["place"] == "0.5,1,2"
    assert "See the 2 selected images on Explore" in [link.proto.label for link in app.get("page_link")]


def test_a_visit_leaves_the_selection_in_other_data(prepared, flat_map, watch, a_run):
    from pages.parts import selection

    flat_map(prepared)
    run = a_run().id
    other = {"dataset": "0" * 16, "chosen": [1], "ids": [1], "source": "lasso", "primary": 1}
    app = watch(run=run)
    app.session_state[selection.KEY] = other | {"past": [], "future": [], "map": None}
    app.run()
    assert app.session_state[selection.KEY]["chosen"] == [1]


@pytest.mark.parametrize("state", ["without data", "without pictures"])
def test_a_link_names_the_map_also_where_there_is_none(prepared, watch, a_run, state):
    run = a_run(**({"hash": "0" * 16} if state == "without data" else {}))
    if state == "without pictures":
        write_json(run.path / "config.json", run.config() | {"dataset": None})
        for step in (0, 5):
            run.snapshot_path(step).unlink()
    app = watch(run=run.id, map="pixels", layout="PCA", real="grey")
    assert "which this page does not know" not in words(app)


def test_a_pair_on_the_same_data_is_on_one_map(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    one, two = a_run(), a_run(seed=1)
    watch(run=one.id, beside=two.id)
    assert [trails.run for trails in drawn["film"].runs] == [one.id, two.id]


def test_of_a_pair_on_different_data_the_first_is_on_its_map(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    one, two = a_run(), a_run(hash="0" * 16)
    app = watch(run=one.id, beside=two.id)
    assert [trails.run for trails in drawn["film"].runs] == [one.id] and "only A is on it" in words(app)


def test_a_damaged_snapshot_is_said_and_left_out(prepared, flat_map, watch, drawn, a_run):
    flat_map(prepared)
    run = a_run()
    run.snapshot_path(3).write_bytes(b"PK half a file")
    app = watch(run=run.id)
    assert "damaged and left out: 3." in words(app) and drawn["film"].runs[0].steps == [0, 5]


def test_a_map_of_network_features_waits_for_the_job_that_places(prepared, flat_map, watch, drawn, a_run, monkeypatch):
    begun, settings = [], MapSettings("random")
    monkeypatch.setattr("pages.parts.maps.begin", lambda *call: begun.append(call))
    map = flat_map(prepared)
    map["settings"] = np.array('{"features": "random"}')
    write_npz(cached_map_path(prepared.hash, settings), **map)
    app = watch(run=a_run().id)
    app.selectbox(key="film_features").set_value("random").run()
    assert begun[0][0] == "placing" and drawn["film"] is None and len(drawn["xy"]) == 1438


def test_the_network_of_an_old_map_is_made_in_the_line_of_the_gpu(prepared, flat_map, watch, drawn, a_run, monkeypatch):
    begun = []
    monkeypatch.setattr("pages.parts.maps.begin", lambda *call: begun.append(call))
    map, settings = flat_map(prepared), MapSettings("random")
    whole = map | {"settings": np.array(json.dumps(asdict(settings)))}
    run = a_run()
    for more in ({}, {"network_weight": np.zeros(1, np.float32)}):
        write_npz(cached_map_path(prepared.hash, settings), **whole | more)
        app = watch(run=run.id)
        app.selectbox(key="film_features").set_value("random").run()
        loaded_map.clear()
    assert [(kind, queue) for kind, _, queue in dict.fromkeys((c[0], str(c[1]), c[2]) for c in begun)] == [
        ("placing", "cuda:0"), ("placing", None)
    ]  # fmt: skip


def test_a_full_disk_leaves_the_map_as_it_is(prepared, watch, drawn, a_run, monkeypatch):
    at_work("embedding", {"dataset": prepared.hash} | asdict(MapSettings()))

    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ddcore.kept.write_npz", full)
    app = watch(run=a_run().id)
    assert not app.exception and drawn["film"].runs[0].steps == [0, 5]
