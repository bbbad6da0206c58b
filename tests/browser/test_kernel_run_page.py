"""The page of a kernel run in a real browser: two curves told apart, and labels that follow the player's cursor."""

import os
import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "pages"))

from made_runs import KERNEL, STEPS, made_kernel_run, made_run  # noqa: E402


@pytest.fixture
def watch(serve, page_of, own_folders):
    """`watch("run=one", **context options)`: the page of these runs of this test's own folder."""

    def opened(query: str, **options) -> Page:
        folders = {name: os.environ[name] for name in ("DDCORE_RUNS", "DDCORE_CACHE", "DDCORE_DATA")}
        page = page_of(f"{serve(ROOT / 'app.py', folders)}/watch?{query}", **options)
        expect(page.locator(".player")).to_be_visible(timeout=20_000)
        return page

    return opened


def cells(page: Page) -> list[str]:
    """The numbers in the heat map, row by row."""
    return page.locator(".js-plotly-plot").first.locator(".heatmap-label").all_text_contents()


def test_the_predictor_is_a_curve_of_its_own_beside_its_own_baseline(watch):
    made_kernel_run("one", "finished")
    page = watch("run=one")
    chart = page.locator(".chart").first
    students, predictor = chart.locator(".ahead .series").all()
    assert "predictor" not in students.get_attribute("class") and "predictor" in predictor.get_attribute("class")
    dashes = [curve.locator(".line").get_attribute("stroke-dasharray") for curve in (students, predictor)]
    assert dashes[0] == "none" != dashes[1]
    fills = [curve.locator(".dot").first.evaluate("dot => getComputedStyle(dot).fill") for curve in
             (page.locator(".now.s0:not(.predictor)").first, page.locator(".now.predictor"))]  # fmt: skip
    assert fills[0] != fills[1], "a predictor's marks are hollow"
    assert chart.locator(".labels .name").all_text_contents() == ["kernel predictor", "students"]
    for text in ("random images, students 75.0 % (n = 3)", "random images, kernel 68.0 % (n = 3)"):
        expect(chart.locator(".labels .base", has_text=text)).to_have_count(1)
    expect(chart.locator(".flag")).to_have_text(
        [f"step {STEPS}: students 92.0 ± 0.4 % (n = 3)", f"step {STEPS}: kernel predictor 96.0 %"]
    )
    assert "kernel predictor: from 86.0 % at step 0 to 96.0 % at step 40" in chart.locator("svg").get_attribute(
        "aria-label"
    )


def test_the_name_of_a_curve_that_goes_on_stands_beside_its_end(watch):
    """Left of it the name would cover what there is of the curve."""
    made_kernel_run("one", "failed", step=20, tested=False, events=KERNEL[:2])
    chart = watch("run=one").locator(".chart").first
    name, last = chart.locator(".labels .name"), chart.locator(".now.predictor .dot")
    expect(name).to_have_text("kernel predictor")
    assert name.bounding_box()["x"] > last.bounding_box()["x"] + last.bounding_box()["width"]


def test_the_labels_follow_the_cursor(watch):
    made_kernel_run("one", "finished")
    page = watch("run=one")
    expect(page.get_by_text(f"Learned labels at step {STEPS}")).to_be_visible()
    expect(page.locator(".heatmap-label").first).to_have_text("1.50")
    assert len(cells(page)) == 100 and cells(page)[1] == "−0.06"
    page.locator(".player").focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("Learned labels at step 0")).to_be_visible()
    expect(page.locator(".heatmap-label").first).to_have_text("1.00")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Learned labels at step 20")).to_be_visible()
    expect(page.locator(".heatmap-label").first).to_have_text("1.25")
    assert set(cells(page)) == {"1.25", "−0.03"}


def test_two_kernel_runs_stay_apart(watch):
    made_kernel_run("one", "finished")
    made_kernel_run("two", "finished", importance="loss")
    page = watch("run=one&beside=two")
    chart = page.locator(".chart").first
    expect(chart.locator(".ahead .series")).to_have_count(4)
    looks = chart.locator(".ahead .series .line").evaluate_all(
        "lines => lines.map(line => [getComputedStyle(line).stroke, line.getAttribute('stroke-dasharray')].join())"
    )
    assert len(set(looks)) == 4
    assert sorted(chart.locator(".labels .name").all_text_contents()) == ["A", "A kernel", "B", "B kernel"]
    expect(chart.locator(".flag").last).to_have_text(re.compile(r"kernel A 96.0 %\s+B 96.0 %"))
    expect(page.get_by_text(f"Learned labels at step {STEPS}")).to_have_count(2)


def test_before_students_are_tested_the_predictor_is_drawn_and_the_chart_says_so(watch):
    made_kernel_run("one", "stopped", step=20, tested=False, events=KERNEL[:2])
    chart = watch("run=one").locator(".chart").first
    expect(chart.locator(".detail")).to_have_text("students: not measured before it stopped")
    expect(chart.locator(".empty")).to_have_count(0)
    expect(chart.locator(".flag")).to_have_text(["step 20", "step 20: kernel predictor 94.0 %"])


def test_a_run_without_a_predictor_is_drawn_as_before(watch):
    made_run("plain", "finished")
    page = watch("run=plain")
    chart = page.locator(".chart").first
    expect(chart.locator(".flag")).to_have_count(1)
    expect(chart.locator(".ahead .series")).to_have_count(1)
    expect(chart.locator(".labels .base", has_text="random images, same budget 75.0 %")).to_have_count(1)
    expect(chart.locator(".labels .name")).to_have_count(0)
