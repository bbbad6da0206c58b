"""A variant of digits is chosen beside the dataset, made, named in the address, and kept from page to page."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def explore(serve, page_of, tmp_path_factory):
    root = tmp_path_factory.mktemp("variants")
    folders = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")}
    page = page_of(serve("app.py", folders | {"OMP_NUM_THREADS": "1"}) + "/distill")
    expect(page.get_by_role("button", name="Start distilling", exact=True)).to_be_visible(timeout=60_000)
    return page


def test_a_variant_is_chosen_and_stays(explore):
    page = explore
    expect(page).to_have_url(re.compile(r"dataset=digits$"))
    page.get_by_role("button", name="Variant", exact=True).click()
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_text("Long tail", exact=True).click()
    amount = form.get_by_label("Imbalance factor")
    amount.fill("20")
    amount.press("Enter")
    expect(form.get_by_text("long-tail:20")).to_be_visible()
    form.get_by_role("button", name="Use this variant").click()
    expect(form).to_have_count(0)
    chosen = page.get_by_role("button", name="long tail 20:1")
    expect(chosen).to_be_visible()
    expect(page.get_by_text("stand for 489")).to_be_visible(timeout=60_000)
    assert page.evaluate("new URL(location).searchParams.get('variant')") == "long-tail:20"
    page.reload()
    expect(chosen).to_be_visible()
    page.get_by_test_id("stTopNav").get_by_role("link", name="Library").click()
    row = page.locator('[class*="st-key-dataset-"]').filter(has_text="long tail 20:1")
    expect(row.get_by_text("489 + 359 test")).to_be_visible()
    page.get_by_test_id("stTopNav").get_by_role("link", name="Distill").click()
    expect(chosen).to_be_visible()
    chosen.click()
    form.get_by_text("Original", exact=True).click()
    form.get_by_role("button", name="Use the original").click()
    expect(page.get_by_text("stand for 1,438")).to_be_visible()
    expect(page).to_have_url(re.compile(r"dataset=digits$"))
