"""The lesson on distillation in a real browser: its slider shows the images and the numbers of the recorded run."""

import json

import numpy as np
from drawing import ours
from lesson_page import assert_fits_a_phone, drawn, in_address, opened, shown_number, slide

from pages.parts.learn.distillation import RUN, STEPS


def measured(step: int) -> float:
    events = [json.loads(line) for line in (RUN.path / "events.jsonl").read_text().splitlines()]
    return next(event["mean"] for event in events if event["event"] == "accuracy" and event["step"] == step)


def pixels(page) -> np.ndarray:
    """(10, 28, 28) what the ten pictures show."""
    channels = page.locator(".distillation canvas").evaluate_all(
        "all => all.map((one) => [...one.getContext('2d').getImageData(0, 0, 28, 28).data])"
    )
    return np.array(channels)[:, ::4].reshape(-1, 28, 28)


def agrees(page, step: int) -> None:
    assert shown_number(page) == measured(step)
    with np.load(RUN.path / "snapshots" / f"step_{step:06d}.npz") as file:
        np.testing.assert_array_equal(pixels(page), file["view"][..., 0])


def test_the_slider_goes_through_the_recorded_run(page_of, serve):
    page = opened(page_of, serve, "lesson=distillation")
    agrees(page, 0)
    slide(page, "Distillation step", "ArrowRight", 2)
    agrees(page, STEPS[2])
    slide(page, "Distillation step", "End")
    agrees(page, STEPS[-1])
    in_address(page, f"step={STEPS[-1]}")
    page.reload()
    drawn(page)
    agrees(page, STEPS[-1])
    assert not ours(page.problems)


def test_it_fits_a_phone(page_of, serve):
    page = opened(page_of, serve, f"lesson=distillation&step={STEPS[1]}", viewport={"width": 390, "height": 844})
    agrees(page, STEPS[1])
    assert_fits_a_phone(page)
