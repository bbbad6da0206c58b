"""Explore: synthetic images of a run on the map of the real ones."""

import numpy as np
import pytest
import torch
from test_explore import words

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json, write_npz
from ddcore.formation import decode
from ddcore.maps.embedding import MapSettings, cached_map_path, feature_matrix
from ddcore.maps.projection import place
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


def test_synthetic_images_of_a_run_lie_on_the_map(ready, explore, drawn):
    run = create_run(resolve({"dataset": "digits"}))
    known = {"name": "digits", "hash": ready.hash, "classes": list(ready.classes), "shape": list(ready.shape)}
    write_json(run.path / "config.json", run.config() | {"dataset": known})
    write_json(run.path / "status.json", run.status() | {"state": "finished"})
    picked = [int(np.argmax(ready.train.labels == label)) for label in range(10)]
    write_npz(run.snapshot_path(0), view=ready.train.images[picked], classes=np.arange(10), step=np.array(0))
    page = explore()
    page.selectbox(key=f"explore_run_{ready.hash}").set_value(run.id).run()
    assert "Diamonds: 10 synthetic images at step 0" in words(page)
    xy = np.load(cached_map_path(ready.hash, MapSettings()))["xy"]
    np.testing.assert_allclose(drawn["synthetic"].xy, xy[picked], atol=1e-3)  # real images land on themselves
    run.snapshot_path(1).write_bytes(run.snapshot_path(0).read_bytes()[:-40])
    page.run()
    assert not page.exception and f"snapshot of run {run.id} cannot be read" in page.info[0].value


def test_tiles_of_a_run_lie_on_the_map_as_students_see_them(ready, explore, drawn, monkeypatch):
    run = create_run(resolve({"dataset": "digits", "factor": 2}))
    known = {"name": "digits", "hash": ready.hash, "classes": list(ready.classes), "shape": list(ready.shape)}
    write_json(run.path / "config.json", run.config() | {"dataset": known})
    write_json(run.path / "status.json", run.status() | {"state": "finished"})
    picked = [int(np.argmax(ready.train.labels == label)) for label in range(10)]
    view = ready.train.images[picked]  # each is four tiles of 4 x 4 pixels now
    arrays = {"view": view, "classes": np.arange(10), "step": np.array(0)}
    write_npz(run.snapshot_path(0), **arrays, factor=np.array(2))
    page = explore()
    page.selectbox(key=f"explore_run_{ready.hash}").set_value(run.id).run()
    assert "Diamonds: the 40 tiles of 10 synthetic images at step 0" in words(page)
    xy, names = drawn["synthetic"].xy, drawn["synthetic"].names
    assert names[0].endswith("step 0 · image 1, tile 1 of 4") and names[39].endswith("image 10, tile 4 of 4")
    assert all(f"synthetic · {ready.classes[place // 4]} ·" in name for place, name in enumerate(names))
    pixels = feature_matrix("pixels", view, ready.mean, ready.std).reshape(10, 1, 8, 8)
    seen_by_students = decode(torch.as_tensor(pixels), 2).flatten(1).numpy()
    expected = place(seen_by_students, dict(np.load(cached_map_path(ready.hash, MapSettings()))))
    np.testing.assert_allclose(xy, expected[0], atol=1e-3)
    monkeypatch.setattr("pages.parts.explore.on_the_map.CHUNK_ENTRIES", 300)  # an image at a time
    monkeypatch.setattr("pages.parts.explore.on_the_map._MOST_TILES", 40)
    write_npz(run.snapshot_path(1), **arrays, factor=np.array(2))
    page.run()
    np.testing.assert_allclose(drawn["synthetic"].xy, xy, atol=1e-3)
    write_npz(run.snapshot_path(2), **arrays, factor=np.array(3))
    page.run()
    assert "The set holds 90 tiles; at most 40" in page.info[0].value
    for step, factor in ((3, 0), (4, 9), (5, -2)):
        write_npz(run.snapshot_path(step), **arrays, factor=np.array(factor))
        page.run()
        assert not page.exception and f"snapshot of run {run.id} cannot be read" in page.info[0].value
