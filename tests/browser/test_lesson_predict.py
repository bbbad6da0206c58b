"""The lesson on choosing ten images in a real browser: by keyboard, on a phone, and its accuracies by the library."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from drawing import ours
from lesson_page import TOUCH, assert_fits_a_phone, drawn, in_address, open_lesson, opened
from playwright.sync_api import expect

from ddcore.data.loading import load_dataset
from ddcore.ridge import kernels
from ddcore.ridge.regression import Predictor, centred_one_hot
from pages.parts.learn.predict import PREDICT

FILE = Path(__file__).resolve().parents[2] / "examples" / "lesson-digits.npz"


def accuracy(images: np.ndarray) -> float:
    """Of kernel ridge regression on ten images (10, 64) as training sees them, on the test images of digits."""
    digits = load_dataset("digits")
    tests = torch.tensor((digits.test.images.reshape(-1, 64) / 255 - digits.mean[0]) / digits.std[0])
    labels = centred_one_hot(torch.arange(10), 10)
    fitted = Predictor.fit(torch.tensor(np.float64(images)), labels, partial(kernels.rbf, width=1.0), 1e-6)
    return float((fitted(tests).argmax(1).numpy() == digits.test.labels).mean())


def shown_images(page) -> np.ndarray:
    """(10, 64) pixels of the pressed candidates, as the page draws them."""
    channels = page.locator("[aria-pressed=true] canvas").evaluate_all(
        "all => all.map((one) => [...one.getContext('2d').getImageData(0, 0, 8, 8).data])"
    )
    return np.array(channels)[:, ::4]


def test_ten_chosen_by_keyboard_are_tested_as_the_library_tests_them(page_of, serve, shared_cache):
    page = opened(page_of, serve, "lesson=predict&seed=2")
    number, reveal = page.locator("output.number"), page.get_by_role("button", name="Reveal")
    expect(number).to_have_text("0 of 10")
    expect(reveal).to_be_disabled()
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")  # from here on the server hears nothing
    page.get_by_role("button", name="Digit 0, candidate 1").focus()
    for digit in range(10):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        pressed = page.get_by_role("group", name=f"Digit {digit}").locator("[aria-pressed=true]")
        expect(pressed).to_have_count(1)
        page.keyboard.press("Tab" if digit % 2 else "ArrowDown")
    expect(number).to_have_text("10 of 10")
    with np.load(FILE) as kept:
        images, distilled, mean, std = (kept[name] for name in ("images", "distilled", "mean", "std"))
    pixels = shown_images(page)
    assert all((images == image).all(1).any() for image in pixels), "they are candidates, pixel by pixel"
    yours = accuracy((pixels / 255 - mean) / std)
    reveal.press("Enter")
    expect(number).to_have_text(f"{100 * yours:.1f} %")
    found = json.loads(page.locator(".picture").get_attribute("data-found"))["accuracies"]
    assert found["yours"] == [yours] and float(number.get_attribute("data-value")) == yours
    assert found["distilled"] == pytest.approx([accuracy(one) for one in distilled])
    random = np.array(found["random"])
    expect(page.locator(".board .random")).to_contain_text(
        f"{100 * random.mean():.1f} ± {100 * random.std(ddof=1):.1f} %"
    )
    expect(page.get_by_text(f"better than {(random < yours).sum()} of 200 random tens")).to_be_visible()
    beaten = (random > found["important"][0]).sum()
    expect(page.get_by_text(f"Of 200 random tens {beaten} do better than the most important ten")).to_be_visible()
    shown = page.locator(".board .value").evaluate_all("all => all.map((one) => parseFloat(one.textContent))")
    assert shown == sorted(shown, reverse=True) and len(shown) == 6
    expect(reveal).to_be_disabled()
    page.get_by_role("button", name="New candidates").click()
    expect(number).to_have_text("0 of 10")
    assert not ours(page.problems)


def test_the_images_chosen_are_there_after_another_lesson_and_in_the_link(page_of, serve):
    page = opened(page_of, serve, "lesson=predict&seed=3")
    number = page.locator("output.number")
    for digit in (0, 4, 9):
        page.get_by_role("button", name=f"Digit {digit}, candidate 3").click()
    expect(number).to_have_text("3 of 10")
    chosen = shown_images(page)
    open_lesson(page, "coreset")
    open_lesson(page, "predict")
    expect(number).to_have_text("3 of 10")
    np.testing.assert_array_equal(shown_images(page), chosen)
    for digit in (1, 2, 3, 5, 6, 7, 8):
        page.get_by_role("button", name=f"Digit {digit}, candidate 1").click()
    page.get_by_role("button", name="Reveal").click()
    in_address(page, "chosen=2000200002r")
    shown = number.inner_text()
    page.reload()
    drawn(page)
    expect(number).to_have_text(shown)
    expect(page.locator(".board .yours")).to_be_visible()


def test_images_that_do_not_arrive_are_told(page_of, serve):
    page = opened(page_of, serve, "lesson=coreset")
    page.route("**/packed/**", lambda route: route.abort())
    page.get_by_role("radio", name=PREDICT.title).click()
    expect(page.locator(".words")).to_contain_text("did not arrive")
    page.unroute("**/packed/**")
    page.reload()
    drawn(page)
    expect(page.locator("output.number")).to_have_text("0 of 10")


def test_a_phone_has_room_for_every_candidate(page_of, serve):
    page = opened(page_of, serve, "lesson=predict", viewport={"width": 390, "height": 844})
    candidates = page.locator(".candidates button")
    expect(candidates).to_have_count(70)
    widths = candidates.evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
    assert min(widths) >= TOUCH - 0.5
    assert_fits_a_phone(page)
