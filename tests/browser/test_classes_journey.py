"""The task *hardest class*: which class is hardest to cover with one image? Answered on a real run, in two clicks."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, expect

from ddcore.data.loading import load_recorded
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.randomness import Randomness
from ddcore.runs.folder import RunFolder, create_run
from ddcore.runs.worker import work
from ddcore.training.students import train_students

APP = Path(__file__).resolve().parents[2] / "app.py"
SOON = 60_000  # milliseconds
STUDENTS = 3
SETTINGS = {
    "dataset": "digits", "distiller": "dm", "ipc": 1, "steps": 4, "width": 8, "device": "cpu", "snapshot_every": 1,
    "batch_real": 32, "evaluation": "quick", "repeats": STUDENTS, "evaluate_every": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("classes")
    return {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")}


@pytest.fixture(scope="module")
def run(folders):
    """A run of digits with one image a class, made as the worker makes it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in folders.items():
            patch.setenv(name, value)
        made = create_run(resolve(SETTINGS))
        assert work(made)["steps"] == SETTINGS["steps"]
        yield made


def counted(run: RunFolder, step: int, students: int) -> np.ndarray:
    """(10,10) counts, row = true class: students are trained on the snapshot, and their answers counted, one by one."""
    config, arrays = run.config(), run.snapshot(step)
    settings = complete(config["settings"], begun=True)
    made = Experiment.of(settings, load_recorded(config["dataset"], settings), "cpu")
    given = [torch.as_tensor(arrays[name])[None] for name in ("images", "targets")]
    counts = np.zeros((10, 10), int)
    for number in range(students):
        student = train_students(
            made.student_network, *given, made.protocol, made.augmentation, made.compute, Randomness(0), number
        )
        parameters = {name: value[0] for name, value in student.parameters.items()}
        with torch.no_grad():
            answers = made.student_network.logits(parameters, made.test_images[slice(None)], None).argmax(1)
        for label, answer in zip(made.dataset.test.labels, answers.tolist(), strict=True):
            counts[label, answer] += 1
    return counts


def hardest(counts: np.ndarray) -> tuple[str, str, str]:
    """Name, accuracy in percent, and the class it is most often taken for."""
    shares = counts / counts.sum(1, keepdims=True)
    worst = int(shares.diagonal().argmin())
    others = np.where(np.arange(10) == worst, -1, shares[worst])
    return str(worst), f"{100 * shares[worst, worst]:.1f} %", str(int(others.argmax()))


class Clicks:
    """Clicks, counted."""

    count = 0

    def on(self, what: Locator) -> None:
        what.click()
        self.count += 1


@pytest.fixture
def start(serve, page_of, folders, run):
    page = page_of(serve(APP, folders), viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(SOON)
    return page


def test_which_class_is_hardest_to_cover_with_one_image(start, run):
    clicks = Clicks()
    clicks.on(start.get_by_role("link", name="Watch", exact=True))
    clicks.on(start.get_by_role("radio", name="Classes", exact=True))
    sentence = start.get_by_text(re.compile("^Hardest to cover with 1 image a class: "))
    expect(sentence).to_be_visible(timeout=SOON)
    counts = counted(run, SETTINGS["steps"], STUDENTS)
    name, percent, other = hardest(counts)
    images = counts[int(name)].sum() // STUDENTS
    expect(sentence).to_contain_text(f"{name}, {percent} of its {images} test images")
    expect(sentence).to_contain_text(f"mean of {STUDENTS} students")
    expect(sentence).to_contain_text(f"taken for {other} (")
    assert clicks.count == 2 and not start.problems


def test_hovering_gives_the_counts(start, run):
    start.get_by_role("link", name="Watch", exact=True).click()
    start.get_by_role("radio", name="Classes", exact=True).click()
    counts = counted(run, SETTINGS["steps"], STUDENTS)
    name = hardest(counts)[0]
    own, of_class = counts[int(name), int(name)], counts[int(name)].sum()
    accuracies, confusions = (start.locator(".js-plotly-plot").nth(place) for place in (0, 1))
    dots = accuracies.locator(".scatterlayer .trace").last.locator(".point")
    expect(dots).to_have_count(10, timeout=SOON)
    dots.first.hover(force=True)
    expect(accuracies.locator(".hovertext")).to_contain_text(f"{own} of {of_class}")
    cell = counts[3, 3], counts[3].sum()
    area = confusions.locator(".nsewdrag").bounding_box()
    confusions.locator(".nsewdrag").hover(position={"x": area["width"] * 0.35, "y": area["height"] * 0.35})
    expect(confusions.locator(".hovertext")).to_contain_text(f"{cell[0]} of {cell[1]}")
    expect(confusions.locator(".hovertext")).to_contain_text("3 taken for 3")


def test_the_answer_follows_the_cursor(start, run):
    start.get_by_role("link", name="Watch", exact=True).click()
    start.get_by_role("radio", name="Classes", exact=True).click()
    expect(start.get_by_text(f"Confusion matrix, step {SETTINGS['steps']}")).to_be_visible(timeout=SOON)
    slider = start.get_by_role("slider").first
    slider.focus()
    start.keyboard.press("ArrowLeft")
    name, percent, _ = hardest(counted(run, 2, 1))
    sentence = start.get_by_text(re.compile("^Hardest to cover with 1 image a class: "))
    expect(sentence).to_contain_text("step 2, 1 student", timeout=SOON)
    expect(sentence).to_contain_text(f"{name}, {percent}")
    start.get_by_role("radio", name="Last test", exact=True).click()
    expect(sentence).to_contain_text(f"step {SETTINGS['steps']}, mean of {STUDENTS}", timeout=SOON)
