"""Explore in a real browser: what is drawn round on the map is what the page selects, small and large."""

import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from drawing import lasso, ours, rectangle, saved_ids
from playwright.sync_api import expect

from ddcore.commands.schema_cache import read_now
from ddcore.data.loading import load_dataset
from ddcore.files import write_npz
from ddcore.importance.agreement import average_precision
from ddcore.importance.scoring import importance_of
from ddcore.maps import embedding
from ddcore.maps.embedding import MapSettings, cached_map_path, embed, feature_matrix
from pages.parts.explore.map_choice import UNASKED
from pages.parts.explore.rank_stability import SEEDS
from pages.parts.explore.scored import DRAWN, thinned
from pages.parts.explore.two_scores import WIDE, places

APP = Path(__file__).resolve().parents[2] / "app.py"
expect.set_options(timeout=20_000)  # milliseconds: other tests may be at work beside these
KMEANS = {"clusters": 100, "per_class": False, "seedings": 0}


@contextmanager
def folders(root: Path, data: Path | None = None):
    """The environment of a server with folders of its own, in which this process may prepare things, too."""
    env = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("CACHE", "RUNS")}
    env |= {"DDCORE_DATA": str(data or root / "data"), "OMP_NUM_THREADS": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        yield env


def prepare(name: str, variant: str | None = None):
    """(dataset, scores, positions): scored by two scores, and mapped onto its first two principal components.

    Small data for all seeds that the page would ask for: it does not change while a test is at it.
    """
    dataset = load_dataset(name, variant=variant)
    read_now()
    scores = importance_of(dataset, "kmeans", 0, **KMEANS).scores
    for seed in range(1, SEEDS if len(dataset.train) <= UNASKED else 1):
        importance_of(dataset, "kmeans", seed, **KMEANS)
    importance_of(dataset, "lightweight", 0)
    features = feature_matrix("pca", dataset.train.images, dataset.mean, dataset.std)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedding, "umap_layout", lambda points, start, *rest: start)
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


def rank_of(scores, id):
    rank = 1 + int((scores > scores[id]).sum())
    return re.compile(rf"rank {rank:,} \([\d,]+ to [\d,]+ over 5 seeds\) of 1,438")


def test_lasso_on_digits_selects_those_images(digits_app, page_of):
    address, dataset, scores, xy = digits_app
    page = page_of(f"{address}/explore")
    expect(page.get_by_text("The 143 most important images")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="1,438 images")).to_be_visible()
    corners, wanted = rectangle(xy)
    lasso(page, xy, corners)
    expect(page.get_by_text(re.compile(r"^\d+ selected images$"))).to_be_visible()
    found = saved_ids(page)
    assert len(wanted) > 50
    # A mouse moves in whole pixels: images within a pixel of the line may fall on either side.
    assert len(set(found) ^ set(wanted.tolist())) <= 0.04 * len(wanted)
    assert (np.diff(scores[found]) <= 0).all()
    first = found[0]
    expect(page.get_by_text(f"image {first:,} ")).to_contain_text(rank_of(scores, first))
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
    expect(page.get_by_text(f"image {order[1]:,} ")).to_contain_text(rank_of(scores, order[1]))
    page.get_by_test_id("stNumberInput").filter(has_text="Image number").get_by_role("spinbutton").fill("17")
    page.keyboard.press("Enter")
    expect(page.get_by_text("image 17 ")).to_be_visible()
    assert 17 not in order[:143]
    sheet = page.locator(".st-key-explore_sheet")
    expect(sheet.locator('[aria-selected="true"]')).to_have_count(0)  # the image of the card is not in it
    for number in (1, 2, 3):
        expect(page.get_by_role("button", name=f"Page {number}", exact=True)).to_be_visible()
    assert ours(page.problems) == []


def test_hovering_fetches_the_image_and_a_missing_one_is_noticed(digits_app, page_of):
    address, dataset, _, xy = digits_app
    page = page_of(f"{address}/explore?dataset=digits")
    expect(page.get_by_role("status").filter(has_text="1,438 images")).to_be_visible()
    box = page.locator("canvas.overlay").bounding_box()
    with page.expect_response(re.compile(rf"/thumb/{dataset.hash}/\d+\.png")) as answer:
        hover_over_points(page, box)
    assert answer.value.ok and ours(page.problems) == []
    page.evaluate(f"fetch('/thumb/{dataset.hash}/99999.png').then((answer) => answer.status)")
    assert [text for text in ours(page.problems) if "99999.png" in text]


def hover_over_points(page, box) -> None:
    """Move over the middle of the map until a point is under the mouse."""
    for step in range(60):
        page.mouse.move(box["x"] + box["width"] * (0.3 + 0.4 * step / 60), box["y"] + box["height"] * 0.55)
        if page.locator(".tip").is_visible():
            return


def test_corner_of_two_scores_selects_what_only_one_finds_important(digits_app, page_of):
    address, dataset, scores, _ = digits_app
    rival = importance_of(dataset, "lightweight", 0).scores  # as the app has it: nothing in it is random
    page = page_of(f"{address}/explore?dataset=digits", viewport={"width": 1280, "height": 1200})
    page.get_by_text("Two scores", exact=True).click()
    expect(page.get_by_text(re.compile("Spearman's rank correlation.*chance would be 10"))).to_be_visible()
    across, up = places(scores, "across"), places(rival, "up")
    xy = np.stack([WIDE * across, up], axis=1)
    expect(page.get_by_text("All 1,438 training images; equal scores")).to_be_visible()
    expect(page.locator("canvas.overlay")).to_have_count(1)
    lasso(page, xy, np.array([[0.75 * WIDE, -0.03], [1.02 * WIDE, -0.03], [1.02 * WIDE, 0.4], [0.75 * WIDE, 0.4]]))
    expect(page.get_by_text(re.compile(r"^\d+ selected images$"))).to_be_visible()
    wanted, found = np.flatnonzero((across > 0.75) & (up < 0.4)), saved_ids(page)
    assert len(wanted) > 20 and len(set(found) ^ set(wanted.tolist())) <= 0.1 * len(wanted)
    expect(page.get_by_text(f"image {found[0]:,} ")).to_be_visible()
    page.locator(".st-key-explore_view").get_by_text("Map", exact=True).click()
    expect(page.get_by_text("All 1,438 training images.")).to_be_visible()
    one_selection = page.get_by_text(f"{len(found):,} selected images", exact=True)  # on every picture
    expect(one_selection).to_be_visible()
    assert ours(page.problems) == []


@pytest.mark.slow
def test_the_score_that_finds_wrong_labels_is_named(serve, tmp_path_factory, page_of):
    with folders(tmp_path_factory.mktemp("explore-noisy")) as env:
        address = serve(APP, env)
        dataset, *_ = prepare("digits", "label-noise:0.1")
        loss = importance_of(dataset, "loss", 0).scores
        found = average_precision(loss, np.asarray(dataset.planted))
        assert found > 0.8
        page = page_of(f"{address}/explore?dataset=digits&variant=label-noise:0.1")
        sentence = f"relative loss finds the wrong labels best: average precision {found:.3f}"
        expect(page.get_by_text(re.compile(sentence))).to_be_visible()
        wrong = int(np.flatnonzero(dataset.planted)[0])
        page.get_by_test_id("stNumberInput").filter(has_text="Image number").get_by_role("spinbutton").fill(str(wrong))
        page.keyboard.press("Enter")
        truth = dataset.classes[dataset.true_labels[wrong]]
        expect(page.get_by_text(f"image {wrong:,} ")).to_contain_text(f"wrong label, truly {truth}")
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
    expect(page.get_by_text(re.compile(r"^[\d,]+ selected images$"))).to_be_visible()
    found = saved_ids(page)
    assert set(found) <= set(drawn.tolist())
    assert len(set(found) ^ set(wanted.tolist())) <= 0.04 * len(wanted)
    colour = page.get_by_role("combobox", name="Colour by")
    colour.click()
    colour.press("ArrowDown")  # Streamlit loses the first click after a popover was open
    page.get_by_role("option", name="class", exact=True).click()
    expect(page.get_by_text("Ankle boot").first).to_be_visible()
    expect(page.get_by_text(f"{len(found):,} selected images", exact=True)).to_be_visible()
    assert ours(page.problems) == []
