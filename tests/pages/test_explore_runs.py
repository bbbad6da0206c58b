"""Explore: synthetic images of a run on the map of the real ones."""

import numpy as np
import pytest
import torch
from test_explore import words

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json, write_npz
from ddcore.formation import decode
from ddcore.maps.embedding import MapSettings, cached_map_path, feature_matrix
from ddcore.maps.projection import place_reduced, reduce
from ddcore.runs.folder import create_run


@pytest.fixture
def drawn(monkeypatch):
    """What the map of points was last drawn with."""
    from pages.parts.explore import map as explore_map

    options_of_last, draw = {}, explore_map.point_map
    monkeypatch.setattr(
        explore_map, "point_map", lambda *args, **options: options_of_last.update(options) or draw(*args, **options)
    )
    return options_of_last


@pytest.fixture
def a_run(ready):
    """`a_run(factor=2)`: a finished run of digits; and a way to write its snapshots."""

    def made(**settings):
        run = create_run(resolve({"dataset": "digits"} | settings))
        known = {"name": "digits", "hash": ready.hash, "classes": list(ready.classes), "shape": list(ready.shape)}
        write_json(run.path / "config.json", run.config() | {"dataset": known})
        write_json(run.path / "status.json", run.status() | {"state": "finished"})
        return run

    return made


def one_of_each(ready):
    return [int(np.argmax(ready.train.labels == label)) for label in range(10)]


def test_synthetic_images_of_a_run_lie_on_the_map(ready, explore, drawn, a_run):
    run, picked = a_run(), one_of_each(ready)
    for step in (0, 5):
        view = ready.train.images[picked if step else picked[::-1]]
        write_npz(run.snapshot_path(step), view=view, classes=np.arange(10), step=np.array(step))
    page = explore()
    page.selectbox(key=f"explore_run_{ready.hash}").set_value(run.id).run()
    assert "10 synthetic images at step 5" in words(page)
    (trails,) = drawn["film"].runs
    xy = np.load(cached_map_path(ready.hash, MapSettings()))["xy"]
    np.testing.assert_allclose(trails.xy, [xy[picked[::-1]], xy[picked]], atol=1e-3)  # real images land on themselves
    assert (trails.run, trails.steps, trails.rows, trails.columns, trails.tile) == (run.id, [0, 5], 10, 1, (8, 8))
    assert not trails.odd.any()
    page.select_slider(key=f"explore_step_{ready.hash}").set_value(0).run()
    assert drawn["film"].runs[0].steps == [0] and "at step 0" in words(page)
    run.snapshot_path(9).write_bytes(run.snapshot_path(0).read_bytes()[:-40])
    page.run().select_slider(key=f"explore_step_{ready.hash}").set_value(9).run()
    assert not page.exception and f"step 9 of run {run.id} is damaged" in page.info[0].value
    assert drawn["film"].runs[0].steps == [0, 5]


def test_tiles_of_a_run_lie_on_the_map_as_students_see_them(ready, explore, drawn, a_run, monkeypatch):
    run, view = a_run(factor=2), ready.train.images[one_of_each(ready)]  # each is four tiles of 4 x 4 pixels now
    arrays = {"view": view, "classes": np.arange(10), "step": np.array(0), "factor": np.array(2)}
    write_npz(run.snapshot_path(0), **arrays)
    page = explore()
    page.selectbox(key=f"explore_run_{ready.hash}").set_value(run.id).run()
    assert "40 tiles of synthetic images at step 0" in words(page)
    (trails,) = drawn["film"].runs
    assert trails.parts == 2 and trails.classes.tolist() == np.repeat(np.arange(10), 4).tolist()
    pixels = feature_matrix("pixels", view, ready.mean, ready.std).reshape(10, 1, 8, 8)
    seen_by_students = decode(torch.as_tensor(pixels), 2).flatten(1).numpy()
    map = dict(np.load(cached_map_path(ready.hash, MapSettings())))
    expected = place_reduced(reduce(seen_by_students, map), map)
    np.testing.assert_allclose(trails.xy[0], expected[0], atol=1e-3)
    np.testing.assert_array_equal(trails.odd[0], expected[2])


def test_a_run_that_cannot_be_placed_says_why(ready, explore, drawn, a_run, monkeypatch):
    monkeypatch.setattr("ddcore.runs.placed.MOST_TILES", 39)
    run = a_run(factor=2)
    arrays = {"view": ready.train.images[:10], "classes": np.arange(10)}
    write_npz(run.snapshot_path(0), **arrays, step=np.array(0), factor=np.array(2))
    page = explore()
    page.selectbox(key=f"explore_run_{ready.hash}").set_value(run.id).run()
    assert not page.exception and "at most 39 are placed" in page.info[0].value and drawn["film"] is None


def test_what_takes_longer_than_a_look_is_left_to_a_job(ready, explore, drawn, a_run, monkeypatch):
    begun = []
    monkeypatch.setattr("pages.parts.maps.begin", lambda kind, settings, queue: begun.append((kind, settings, queue)))
    monkeypatch.setattr("pages.parts.maps._AT_ONCE", 10 * len(ready.train) * 50 + 1)  # one snapshot
    run = a_run()
    for step in (0, 1, 2):
        write_npz(run.snapshot_path(step), view=ready.train.images[:10], classes=np.arange(10), step=np.array(step))
    page = explore()
    page.selectbox(key=f"explore_run_{ready.hash}").set_value(run.id).run()
    assert drawn["film"].runs[0].steps == [2], "the newest comes first"
    ((kind, settings, queue),) = begun
    assert kind == "placing" and settings["run"] == str(run.path) and queue is None
