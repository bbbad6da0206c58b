"""What the lesson on sensitivity computes in the browser is what `ddcore` computes on the same points."""

import json

import numpy as np
import pytest
from seeded import Seeded
from test_browser_component import run_module

from ddcore.coresets.clustering import d2_sampling, nearest_centers
from ddcore.importance.kmeans import kmeans_sensitivity, sensitivity_terms
from ddcore.ridge.leverage import centred_targets, ridge_terms
from ddcore.sampling.law import probabilities
from pages.parts.browser.component import HERE

FILES = ("random.js", "lesson_points.js", "lesson_sensitivity_maths.js")
TOLERANCE = 1e-9  # sums of some tens of terms in float64, and one Cholesky factor of four columns
KS, RIDGES, TEMPERATURES = (1, 2, 3, 5, 8), (0.001, 0.1, 1.0, 30.0), (0.0, 0.7, 1.0, 4.0)


def made() -> dict[str, np.ndarray]:
    """Points: three clusters, the same with duplicates, all on a line, three places only, a single far one.

    None is equally near to two centres, where rounding would decide.
    """
    rng = np.random.default_rng(3)
    clusters = rng.choice([[0.2, 0.7], [0.7, 0.7], [0.6, 0.2]], 45) + 0.05 * rng.normal(size=(45, 2))
    far = np.vstack([0.5 + 0.001 * rng.normal(size=(30, 2)), [[0.0, 1.0]]])
    return {
        "clusters": np.round(clusters, 3),
        "duplicates": np.round(clusters, 3)[rng.integers(15, size=45)],
        "a line": np.repeat(rng.random(20).round(3)[:, None], 2, axis=1),
        "three places": rng.choice([[0.1, 0.2], [0.5, 0.9], [0.8, 0.3]], 30),
        "far": far,
    }


def signs(count: int) -> np.ndarray:
    return np.where(np.arange(count) % 3, 1, -1)


@pytest.fixture(scope="module")
def in_the_browser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sensitivity")
    for name in FILES:
        (folder / name).write_text((HERE / name).read_text())
    data = {name: [points.tolist(), signs(len(points)).tolist()] for name, points in made().items()}
    return json.loads(
        run_module(
            f"""
import {{ d2Sampling, kmeansSensitivity, lawOf, nearestCenters, ridgeLeverage, sensitivityOf }} from
  "./lesson_sensitivity_maths.js";
import {{ scattered }} from "./lesson_points.js";
import {{ generator, normal }} from "./random.js";
const out = {{}};
for (const [name, [points, signs]] of Object.entries({json.dumps(data)})) {{
  out[name] = {{
    draws: {json.dumps(KS)}.map((k) => d2Sampling(points, k, generator(k), 6)),
    kmeans: {json.dumps(KS)}.map((k) => kmeansSensitivity(points, k, generator(k))),
    once: {json.dumps(KS)}.map((k) => kmeansSensitivity(points, k, generator(k), 1)),
    ridge: {json.dumps(RIDGES)}.map((ridge) => ridgeLeverage(points, signs, ridge)),
  }};
  out[name].laws = {json.dumps(TEMPERATURES)}.map((t) => lawOf(out[name].kmeans[2].scores, t));
}}
out.zeros = lawOf([0, 0, 0, 0], 2);
const random = generator(11);
out.normal = Array.from({{ length: 2000 }}, () => normal(random));
out.scattered = scattered(4, [
  {{ at: [0.9, 0.5], spread: 0.1, count: 50 }}, {{ at: [0, 0], spread: 0, count: 2, sign: -1 }},
]);
console.log(JSON.stringify(out));
""",
            folder,
        )
    )


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=1e-12)


@pytest.mark.parametrize("name", made())
def test_centres_are_drawn_as_the_library_draws_them(in_the_browser, name):
    for k, found in zip(KS, in_the_browser[name]["draws"], strict=True):
        places, costs = d2_sampling(made()[name], k, Seeded(k), 6)
        assert [one["centers"] for one in found] == places.tolist()
        close([one["cost"] for one in found], costs)


@pytest.mark.parametrize("name", made())
def test_kmeans_sensitivity_is_that_of_the_library(in_the_browser, name):
    points = made()[name]
    for way, seedings in (("kmeans", 10), ("once", 1)):
        for k, found in zip(KS, in_the_browser[name][way], strict=True):
            terms, centers = kmeans_sensitivity(points, k, Seeded(k), seedings=seedings)
            close(found["scores"], sum(terms.values()))
            close(points[found["centers"]], centers)


@pytest.mark.parametrize("name", made())
def test_one_seeding_is_the_published_formula(in_the_browser, name):
    points = made()[name]
    for found in in_the_browser[name]["once"]:
        nearest, distances = nearest_centers(points, points[found["centers"]])
        terms = sensitivity_terms(distances, nearest, len(found["centers"]), distances.sum())
        close(found["scores"], sum(terms.values()))


@pytest.mark.parametrize("name", made())
def test_ridge_leverage_and_its_fit_are_those_of_the_library(in_the_browser, name):
    points = made()[name]
    features = np.hstack([np.ones((len(points), 1)), points])
    targets = centred_targets((signs(len(points)) > 0).astype(int), 2)
    for ridge, found in zip(RIDGES, in_the_browser[name]["ridge"], strict=True):
        close(found["scores"], sum(ridge_terms(features, targets, ridge).values()))
        normal = features.T @ features + ridge * np.eye(3)
        np.testing.assert_allclose(found["line"], np.linalg.solve(normal, features.T @ targets[:, 1]), rtol=1e-6)


@pytest.mark.parametrize("name", made())
def test_the_law_is_that_of_the_library(in_the_browser, name):
    scores = np.array(in_the_browser[name]["kmeans"][2]["scores"])
    for temperature, found in zip(TEMPERATURES, in_the_browser[name]["laws"], strict=True):
        close(found, probabilities(scores, uniform=0, temperature=temperature))


def test_scores_of_zero_are_drawn_uniformly(in_the_browser):
    assert in_the_browser["zeros"] == [0.25] * 4


def test_points_are_scattered_normally_within_the_square(in_the_browser):
    numbers = np.array(in_the_browser["normal"])
    assert abs(numbers.mean()) < 4 / np.sqrt(2000) and abs(numbers.var() - 1) < 4 * np.sqrt(2 / 2000)
    made = in_the_browser["scattered"]
    points = np.array(made["points"])
    assert points.shape == (52, 2) and points.min() >= 0.03 and points.max() <= 0.97
    assert made["signs"] == [1] * 50 + [-1] * 2 and made["groups"] == [0] * 50 + [1] * 2
    assert points[:, 0].max() == 0.97, "what falls outside is put at the edge"
