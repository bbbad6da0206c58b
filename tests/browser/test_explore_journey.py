"""Explore in a real browser: what is drawn round on the map is what the page selects, small and large."""

import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from drawing import lasso, ours, rectangle, saved_ids
from playwright.sync_api import expect

from ddcore import embedding
from ddcore.data.loading import load_dataset
from ddcore.embedding import MapSettings, cached_map_path, embed, feature_matrix
from ddcore.files import write_npz
from ddcore.schema_cache import read_now
from ddcore.scoring import importance_of
from pages.parts.exploring import DRAWN, thinned

APP = Path(__file__).resolve().parents[2] / "app.py"
KMEANS = {"clusters": 100, "per_class": False}


@contextmanager
def folders(root: Path, data: Path | None = None):
    """The environment of a server with folders of its own, in which this process may prepare things, too."""
    env = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("CACHE", "RUNS")}
    env |= {"DDCORE_DATA": str(data or root / "data"), "OMP_NUM_THREADS": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        yield env


def prepare(name: str):
    """(dataset, scores, positions): scored, and mapped onto its first two principal components."""
    dataset = load_dataset(name)
    read_now()
    scores = importance_of(dataset, "kmeans", 0, **KMEANS).scores
    features = feature_matrix("pca", dataset.train.images, dataset.mean, dataset.std)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "_umap", lambda points, start, *rest: start)
        arrays = embed(features, MapSettings(), dataset.hash)
    write_npz(cached_map_path(dataset.hash, MapSettings()), **arrays)
    return dataset, scores, arrays["xy"]


@pytest.fixture(scope="module")
def digits_app(serve, tmp_path_factory):
    with folders(tmp_path_factory.mktemp("explore")) as env:
        yield serve(APP, env), *prepare("digits")


@pytest.fixture(scope="module")
def fashion_app(serve, tmp_path_factory, real_data):
    with folders(tmp_path_factory.mktemp("explore-large"), real_data) as env:
        yield serve(APP, env), *prepare("fashion-mnist")


def test_lasso_on_digits_selects_those_images(digits_app, page_of):
    address, dataset, scores, xy = digits_app
    page = page_of(f"{address}/explore")
    expect(page.get_by_text("The 143 most important images")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="1,438 images")).to_be_visible()
    corners, wanted = rectangle(xy)
    lasso(page, xy, corners)
    expect(page.get_by_text(re.compile(r"^\d+ images you drew round$"))).to_be_visible()
    found = saved_ids(page)
    assert len(wanted) > 50
    # A mouse moves in whole pixels: images within a pixel of the line may fall on either side.
    assert len(set(found) ^ set(wanted.tolist())) <= 0.04 * len(wanted)
    assert (np.diff(scores[found]) <= 0).all()
    first = found[0]
    rank = 1 + int((np.argsort(-scores, kind="stable") == first).argmax())
    expect(page.get_by_text(f"image {first:,} ")).to_contain_text(f"rank {rank:,} of 1,438")
    page.get_by_role("button", name="Next ›").click()
    expect(page.get_by_text(f"image {found[1]:,} ")).to_be_visible()
    expect(page.get_by_text(f"2 of {len(found):,}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Clear the selection").click()
    expect(page.get_by_text("The 143 most important images")).to_be_visible()
    assert ours(page.problems) == []


def test_clicking_an_image_of_the_sheet_opens_its_card(digits_app, page_of):
    address, dataset, scores, _ = digits_app
    page = page_of(f"{address}/explore?dataset=digits")
    order = np.argsort(-scores, kind="stable")
    expect(page.get_by_text(f"image {order[0]:,} ")).to_be_visible()
    page.locator(".st-key-explore_sheet").get_by_role("gridcell").nth(1).click()
    expect(page.get_by_text(f"image {order[1]:,} ")).to_contain_text("rank 2 of 1,438")
    page.get_by_test_id("stNumberInput").filter(has_text="Image number").get_by_role("spinbutton").fill("17")
    page.keyboard.press("Enter")
    expect(page.get_by_text("image 17 ")).to_be_visible()
    assert ours(page.problems) == []


@pytest.mark.slow
def test_lasso_on_sixty_thousand_selects_those_drawn(fashion_app, page_of):
    address, dataset, scores, xy = fashion_app
    page = page_of(f"{address}/explore?dataset=fashion-mnist")
    expect(page.get_by_role("status").filter(has_text="20,000 images")).to_be_visible()
    expect(page.get_by_text(re.compile("20,000 of 60,000 training images are drawn"))).to_be_visible()
    drawn = thinned(np.argsort(-scores, kind="stable"), DRAWN)
    corners, inside = rectangle(xy[drawn])
    wanted = drawn[inside]
    lasso(page, xy[drawn], corners)
    expect(page.get_by_text(re.compile(r"^[\d,]+ images you drew round$"))).to_be_visible()
    found = saved_ids(page)
    assert set(found) <= set(drawn.tolist())
    assert len(set(found) ^ set(wanted.tolist())) <= 0.04 * len(wanted)
    colour = page.get_by_role("combobox", name="Colour by")
    colour.click()
    colour.press("ArrowDown")  # Streamlit loses the first click after a popover was open
    page.get_by_role("option", name="class", exact=True).click()
    expect(page.get_by_text("Ankle boot").first).to_be_visible()
    expect(page.get_by_text(f"{len(found):,} images you drew round")).to_be_visible()
    assert ours(page.problems) == []
