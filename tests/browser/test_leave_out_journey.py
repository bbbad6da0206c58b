"""Leave them out in a real browser: images drawn round on the map, trained without and with only them."""

import re

import pytest
from drawing import lasso, ours, rectangle, saved_ids
from playwright.sync_api import expect
from test_explore_journey import APP, folders, prepare

from ddcore.studies.leaving_out import ALL, ONLY, ONLY_RANDOM, WITHOUT, WITHOUT_RANDOM, LeavingOut

LONG = 60_000


@pytest.fixture
def digits_app(serve, own_folders, tmp_path):
    """The address, the dataset and the places on the map, with folders that this test reads, too."""
    with folders(tmp_path) as env:
        dataset, _, xy = prepare("digits")
        yield serve(APP, env), dataset, xy


def test_images_drawn_round_are_left_out_and_kept_alone(digits_app, page_of):
    address, dataset, xy = digits_app
    page = page_of(f"{address}/explore?dataset=digits")
    expect(page.get_by_role("status").filter(has_text="1,438 images")).to_be_visible()
    corners, _ = rectangle(xy)
    lasso(page, xy, corners)
    expect(page.get_by_text(re.compile(r"^\d+ selected images$"))).to_be_visible()
    ids = saved_ids(page)
    page.get_by_role("button", name=re.compile("^Train")).click()
    with_only = page.get_by_text(re.compile(r"^With only them: .* 5 pairs"))
    expect(with_only).to_be_visible(timeout=LONG)
    without = page.get_by_text(re.compile(r"^Without them: .* 5 pairs"))
    expect(without).to_have_count(1)  # those of fewer pairs are gone
    study = LeavingOut.of(dataset, ids)
    assert not study.missing(), "what the page says is of all seeds"
    mean = {arm: sum(by_seed.values()) / len(by_seed) for arm, by_seed in study.accuracies(study.results()).items()}
    for place, arm, base in (
        (without, WITHOUT, ALL),
        (without, WITHOUT, WITHOUT_RANDOM),
        (with_only, ONLY, ONLY_RANDOM),
    ):
        points = f"{abs(100 * (mean[arm] - mean[base])):.2f}"
        expect(place).to_contain_text(re.compile(rf"{re.escape(points)}|equal"))
    for chart in ("without", "only"):
        expect(page.locator(f".st-key-leave-out-{chart} .js-plotly-plot")).to_be_visible()
    expect(page.get_by_text(re.compile("^By class: "))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Train"))).to_have_count(0)
    assert ours(page.problems) == []
