"""What an image is made of, in a real browser on Fashion-MNIST: ids computed here, from the files."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import settled
from drawing import ours
from playwright.sync_api import expect

from ddcore.data.loading import load_dataset
from ddcore.inspection.usual import usual
from ddcore.runs.folder import list_runs
from pages.parts.routes import EXAMPLES

APP = Path(__file__).resolve().parents[2] / "app.py"
expect.set_options(timeout=30_000)  # milliseconds: other tests may be at work beside these
SNEAKER = 7


@pytest.fixture(scope="module")
def fashion(serve, tmp_path_factory, real_data):
    """(address, dataset) of a server where Fashion-MNIST is prepared; the recorded example is a run of it."""
    root = tmp_path_factory.mktemp("made-of")
    env = {"DDCORE_CACHE": str(root / "cache"), "DDCORE_RUNS": str(root / "runs"), "DDCORE_DATA": str(real_data)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (env | {"OMP_NUM_THREADS": "1"}).items():
            patch.setenv(name, value)
        dataset = load_dataset("fashion-mnist")
        usual(dataset)  # kept from now on
        yield serve(APP, env | {"OMP_NUM_THREADS": "1"}), dataset


def rows_of(run, dataset):
    """(10, D) float64: the last images as they are shown, in the space of the training images."""
    return ((run.snapshot(400)["view"] / 255 - dataset.mean) / dataset.std).reshape(10, -1)


def distances(dataset, row):
    """(N,) from every training image, a thousand at a time in float64."""
    found = []
    for start in range(0, len(dataset.train), 1000):
        real = (dataset.train.images[start : start + 1000] / 255 - dataset.mean) / dataset.std
        found.append(np.linalg.norm(real.reshape(len(real), -1) - row, axis=1))
    return np.concatenate(found)


def shown_ids(page):
    """The ids of the training images on the page, in order."""
    captions = page.locator(".sheet .caption.lines").all_inner_texts()
    return [int(match[1].replace(",", "")) for caption in captions if (match := re.search(r"image ([\d,]+)", caption))]


@pytest.mark.slow
def test_a_chosen_image_is_beside_its_nearest_real_ones(fashion, page_of):
    address, dataset = fashion
    (run,) = list_runs(EXAMPLES)
    (place,) = np.flatnonzero(run.snapshot(400)["classes"] == SNEAKER)
    nearest = np.argsort(distances(dataset, rows_of(run, dataset)[place]))[:12].tolist()

    page = page_of(f"{address}/watch?run={run.id}")
    choice = page.get_by_role("combobox", name="Class")
    expect(choice).to_be_visible()
    settled(page)
    choice.press("Enter")  # by the keyboard alone
    choice.press_sequentially("Sneaker")
    choice.press("Enter")
    expect(page.get_by_role("gridcell", name=re.compile(f"image {nearest[0]:,},")).first).to_be_visible()
    expect(page.get_by_text("training images with their distances")).to_be_visible()
    assert shown_ids(page)[:12] == nearest
    assert not ours(page.problems)


@pytest.mark.slow
def test_the_worst_covered_images_are_those_farthest_from_the_set(fashion, page_of):
    address, dataset = fashion
    (run,) = list_runs(EXAMPLES)
    closest = np.min([distances(dataset, row) for row in rows_of(run, dataset)], axis=0)
    worst = np.argsort(-closest)[:24].tolist()

    page = page_of(f"{address}/watch?run={run.id}")
    page.get_by_role("button", name="Coverage").or_(page.get_by_text("Coverage", exact=True)).first.click()
    expect(page.get_by_role("gridcell", name=re.compile(f"image {worst[0]:,},"))).to_be_visible()
    assert shown_ids(page) == worst
    assert not ours(page.problems)
