"""Watch in a real browser: the map of the data beside the images of a run, on digits, its linear twin, and grey."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import settled
from drawing import ours
from playwright.sync_api import expect

from ddcore.commands.schema_cache import read_now
from ddcore.data.loading import load_dataset
from ddcore.experiments.resolving import resolve
from ddcore.files import write_json, write_npz
from ddcore.maps import embedding
from ddcore.maps.embedding import MapSettings, cached_map_path, embed, feature_matrix
from ddcore.runs.folder import create_run

APP = Path(__file__).resolve().parents[2] / "app.py"
expect.set_options(timeout=60_000)
_NAME = re.compile("^Map of 1438 images, and 10 synthetic ones")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """(environment, run id): digits with a map, and a run that ends on ten real images."""
    root = tmp_path_factory.mktemp("film-map")
    env = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")} | {"OMP_NUM_THREADS": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        read_now()
        dataset = load_dataset("digits")
        patch.setattr(embedding, "umap_layout", lambda points, start, *rest: np.abs(start))
        features = feature_matrix("pca", dataset.train.images, dataset.mean, dataset.std)
        write_npz(cached_map_path(dataset.hash, MapSettings()), **embed(features, MapSettings(), dataset.hash))
        run = create_run(resolve({"dataset": "digits", "steps": 10}))
        about = {"name": "digits", "hash": dataset.hash, "classes": list(dataset.classes), "shape": list(dataset.shape)}
        known = {"network": {"width": 8, "depth": 2}, "device": "cpu", "protocol": None, "dataset": about}
        write_json(run.path / "config.json", run.config() | known)
        write_json(run.path / "status.json", run.status() | {"state": "finished", "step": 10, "total": 10})
        firsts = [int(np.argmax(dataset.train.labels == label)) for label in range(10)]
        for step, picked in ((0, firsts[::-1]), (10, firsts)):
            view = dataset.train.images[picked]
            write_npz(run.snapshot_path(step), view=view, classes=np.arange(10), step=np.array(step))
        yield env, run.id


def test_the_map_of_a_run_and_its_linear_twin(prepared, serve, page_of):
    env, run = prepared
    page = page_of(f"{serve(APP, env)}/watch?run={run}", viewport={"width": 1440, "height": 1600})
    expect(page.get_by_role("application", name=_NAME)).to_be_visible()
    expect(page.get_by_text("all 1,438 real images")).to_be_visible()
    page.locator(".st-key-film_layout").get_by_text("PCA", exact=True).click()
    expect(page.get_by_role("application", name=_NAME)).to_be_visible()
    for choice in ("grey", "distance"):
        page.locator(".st-key-film_colours").get_by_role("combobox").click()
        page.get_by_role("option", name=choice).click()
        expect(page.get_by_role("application", name=_NAME)).to_be_visible()
    assert ours(page.problems) == []


def test_a_lasso_and_a_click_are_in_the_address_and_survive_a_reload(prepared, serve, page_of):
    env, run = prepared
    page = page_of(f"{serve(APP, env)}/watch?run={run}", viewport={"width": 1440, "height": 1600})
    expect(page.get_by_role("application", name=_NAME)).to_be_visible()
    settled(page)
    box = page.locator("canvas.overlay").bounding_box()
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(across - 90, down - 90)
    page.mouse.down()
    for x, y in ((90, -90), (90, 90), (-90, 90), (-90, -90)):
        page.mouse.move(across + x, down + y, steps=6)
    page.mouse.up()
    link = page.get_by_role("link", name=re.compile(r"^See the [\d,]+ selected images on Explore$"))
    expect(link).to_be_visible()
    expect(page).to_have_url(re.compile("[?&]chosen="))
    words = link.inner_text()
    settled(page)
    chosen = page.url
    page.reload()
    expect(page.get_by_role("link", name=words)).to_be_visible()
    settled(page)
    assert page.url == chosen
    page.get_by_role("button", name="↶").click()
    expect(link).to_be_hidden()
    expect(page).not_to_have_url(re.compile("chosen="))
    assert ours(page.problems) == []


# The map's column is not there when the player first looks for it, as on a busy machine.
_MAP_LATE = """
const look = Element.prototype.querySelector;
Element.prototype.querySelector = function (selector) {
  if (selector !== ".st-key-film-map" || window.looked) return look.call(this, selector);
  window.looked = true;
  return null;
};
"""


def test_a_map_that_comes_late_has_its_place_beside_the_images(prepared, serve, page_of):
    env, run = prepared
    address = serve(APP, env)
    page = page_of(f"{address}/library", viewport={"width": 1440, "height": 900})
    page.add_init_script(_MAP_LATE)
    page.goto(f"{address}/watch?run={run}")
    expect(page.get_by_role("application", name=_NAME)).to_be_visible()
    page.wait_for_function("window.looked")
    expect(page.locator(".st-key-film")).to_have_attribute("data-form", "beside")
