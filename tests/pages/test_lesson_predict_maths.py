"""The lesson on choosing ten images: its regression is that of `ddcore`, and its file holds what it names."""

import json
from base64 import b64encode
from functools import partial

import numpy as np
import pytest
import torch
from test_browser_component import run_module

from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import train_set
from ddcore.importance.scoring import importance_of
from ddcore.ridge import kernels
from ddcore.ridge.regression import Predictor, centred_one_hot
from pages.parts.browser.component import HERE
from pages.parts.learn.predict import PREDICT
from pages.parts.routes import EXAMPLES, OFFERED

MODULES = ("random.js", "payload.js", "lesson_predict_maths.js")
SEED = 3
CHOSEN = [0, 1, 2, 3, 4, 5, 6, 0, 1, 2]  # the column of each digit on the sheet


@pytest.fixture(scope="module")
def kept() -> dict[str, np.ndarray]:
    with np.load(EXAMPLES / "lesson-digits.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The sheet, its tens, their accuracies, and for the chosen ten coefficients and predictions, as the browser has
    them from what the page gives it."""
    folder = tmp_path_factory.mktemp("predict")
    for name in MODULES:
        (folder / name).write_text((HERE / name).read_text())
    packed = b64encode(OFFERED[PREDICT.address]).decode()
    program = f"""
import {{ unpack }} from "./payload.js";
import {{ contest, cut, fit, kernel, predict, randomTens }} from "./lesson_predict_maths.js";
import {{ sheet, spread, standardised }} from "./lesson_predict_maths.js";
const {{ header, arrays }} = unpack(new Uint8Array(Buffer.from("{packed}", "base64")));
const about = {{ ...header, size: header.side ** 2 }};
const sets = cut(Float64Array.from(arrays.distilled), header.classes * about.size);
const data = {{ ...about, testLabels: arrays.test_labels, importance: arrays.importance,
  images: standardised(arrays.images, about), tests: standardised(arrays.test_images, about),
  nearness: arrays.distance.map((one) => -one), distilled: sets.map((set) => cut(set, about.size)) }};
const rows = sheet(arrays.labels, header.classes, {SEED});
const chosen = {CHOSEN}.map((column, k) => rows[k][column]);
const support = chosen.map((i) => data.images[i]), across = kernel(support, data.tests, data);
const coefficients = fit(kernel(support, support, data), data);
console.log(JSON.stringify({{ rows, chosen, coefficients: coefficients.map((row) => [...row]),
  tens: randomTens(rows, {SEED}), spread: spread([1, 2, 4]),
  predictions: data.tests.map((_, t) => rows.map((_, k) => predict(across, coefficients, t, k))),
  entries: contest(data, rows, chosen, {SEED}) }}));
"""
    return json.loads(run_module(program, folder))


@pytest.fixture(scope="module")
def accuracy_of(kept, digits):
    """`accuracy_of(images (10, 64) as training sees them)`, computed by `ddcore` on the test images of digits."""
    tests = torch.tensor((digits.test.images.reshape(-1, 64) / 255 - digits.mean[0]) / digits.std[0])

    def accuracy(images: np.ndarray) -> float:
        predicted = predictor_of(kept, images)(tests).argmax(1).numpy()
        return float((predicted == digits.test.labels).mean())

    return accuracy


def predictor_of(kept, images) -> Predictor:
    kernel = partial(kernels.rbf, width=float(kept["width"]))
    labels = centred_one_hot(torch.arange(10), 10)
    return Predictor.fit(torch.tensor(np.asarray(images, np.float64)), labels, kernel, float(kept["ridge"]))


def standardised(kept, places) -> np.ndarray:
    return (kept["images"][places] / 255 - kept["mean"]) / kept["std"]


def test_coefficients_and_predictions_are_those_of_the_library(kept, found):
    predictor = predictor_of(kept, standardised(kept, found["chosen"]))
    np.testing.assert_allclose(found["coefficients"], predictor.coefficients.numpy(), rtol=0, atol=1e-9)
    tests = torch.tensor((kept["test_images"] / 255 - kept["mean"]) / kept["std"])
    np.testing.assert_allclose(found["predictions"], predictor(tests).numpy(), rtol=0, atol=1e-9)


def test_a_sheet_has_different_candidates_of_each_digit_and_random_tens_one_of_each(kept, found):
    rows = np.array(found["rows"])
    assert rows.shape == (10, 7) and len(np.unique(rows)) == 70
    assert (kept["labels"][rows] == np.arange(10)[:, None]).all()
    tens = np.array(found["tens"])
    assert tens.shape == (200, 10) and all(np.isin(tens[:, k], rows[k]).all() for k in range(10))
    taken = np.array([[np.sum(tens[:, k] == i) for i in rows[k]] for k in range(10)])
    assert abs(taken - 200 / 7).max() < 5 * np.sqrt(200 / 7 * 6 / 7), "the seed is fixed: it holds or not"


def test_everyone_is_tested_by_what_the_library_finds_for_the_same_images(kept, found, accuracy_of):
    entries = {entry["name"]: entry for entry in found["entries"]}
    rows = np.array(found["rows"])
    picked = {
        "yours": np.array(found["chosen"]),
        "important": rows[np.arange(10), kept["importance"][rows].argmax(1)],
        "typical": rows[np.arange(10), kept["distance"][rows].argmin(1)],
    }
    for name, ten in picked.items():
        assert entries[name]["ten"] == ten.tolist()
        assert entries[name]["accuracies"] == [accuracy_of(standardised(kept, ten))]
    expected = [accuracy_of(standardised(kept, ten)) for ten in found["tens"]]
    assert entries["random"]["accuracies"] == expected
    assert entries["distilled"]["accuracies"] == [accuracy_of(images) for images in kept["distilled"]]
    assert found["spread"] == pytest.approx({"mean": 7 / 3, "std": np.std([1, 2, 4], ddof=1)})


def test_the_file_holds_the_digits_and_what_was_made_of_training_images_alone(kept, digits, accuracy_of):
    train, test = digits.train.images.reshape(-1, 64), digits.test.images.reshape(-1, 64)
    np.testing.assert_array_equal(kept["test_images"], test)
    np.testing.assert_array_equal(kept["test_labels"], digits.test.labels)
    assert (kept["mean"], kept["std"], kept["train"]) == (digits.mean[0], digits.std[0], len(train))
    pixels, labels = train_set(digits).pixels, np.asarray(digits.train.labels)
    scores = importance_of(digits, "ridge", seed=0).scores
    for place, (image, label) in enumerate(zip(kept["images"], kept["labels"], strict=True)):
        same = np.flatnonzero((train == image).all(1) & (labels == label))
        away = np.linalg.norm(pixels[same[0]] - pixels[labels == label].mean(0))
        assert kept["distance"][place] == pytest.approx(away, rel=1e-5)
        assert kept["importance"][place] == pytest.approx(scores[same[0]], rel=1e-4)  # BLAS differs between machines
    means = np.stack([pixels[labels == k].mean(0) for k in range(10)])
    assert min(accuracy_of(images) for images in kept["distilled"]) > accuracy_of(means), "distilled beats class means"
