"""What the lesson on coresets computes in the browser is what `ddcore` computes on the same points and queries."""

import json

import numpy as np
import pytest
from seeded import Seeded
from test_browser_component import run_module

from ddcore.coresets.subsets import KMeansCost, kmeans_cost, sensitivity_coreset
from ddcore.importance.kmeans import kmeans_sensitivity
from pages.parts.browser.component import HERE

FILES = ("random.js", "lesson_sensitivity_maths.js", "lesson_coreset_maths.js")
K, QUERIES, TOLERANCE = 3, 21, 1e-9
SIZES = (5, 40, 200)


def made() -> tuple[np.ndarray, np.ndarray]:
    """Points, three clusters and two far ones, and their sensitivities."""
    rng = np.random.default_rng(5)
    points = rng.choice([[0.3, 0.74], [0.72, 0.74], [0.66, 0.38]], 198) + 0.035 * rng.normal(size=(198, 2))
    points = np.vstack([points, [[0.1, 0.12], [0.13, 0.1]]]).round(3)
    return points, sum(kmeans_sensitivity(points, K, Seeded(1), seedings=10)[0].values())


@pytest.fixture(scope="module")
def worst_centers():
    """(eps, centres) that the library's own search finds for each size."""
    points, scores = made()
    found = []
    for m in SIZES:
        indices, weights = sensitivity_coreset(scores, m, Seeded(m))
        found.append(KMeansCost(points, K).worst_found(indices, weights, np.random.default_rng(0)))
    return found


@pytest.fixture(scope="module")
def in_the_browser(tmp_path_factory, worst_centers):
    folder = tmp_path_factory.mktemp("coreset")
    for name in FILES:
        (folder / name).write_text((HERE / name).read_text())
    points, scores = made()
    program = f"""
import {{ coresetOf, costOf, errorOf, median, queriesOf, queryOf, worstOf }} from "./lesson_coreset_maths.js";
import {{ kmeansSensitivity, lawOf }} from "./lesson_sensitivity_maths.js";
import {{ generator }} from "./random.js";
const points = {json.dumps(points.tolist())};
const law = lawOf(kmeansSensitivity(points, {K}, generator(1)).scores, 1);
const queries = queriesOf(points, {K}, generator(2), {QUERIES}).map((centers) => queryOf(points, centers));
const given = {json.dumps([centers.tolist() for _, centers in worst_centers])};
const sizes = {json.dumps(SIZES)}.map((m, place) => {{
  const coreset = coresetOf(law, m, generator(m)), {{ worst, query }} = worstOf(queries, coreset);
  return {{ coreset, worst, centers: query.centers, costs: queries.map((one) => costOf(one, coreset)),
            error: errorOf(queryOf(points, given[place]), coreset) }};
}});
const covered = queryOf([[0, 0], [1, 1]], [[0, 0], [1, 1]]);
console.log(JSON.stringify({{ sizes, queries: queries.map((one) => one.centers), full: queries.map((one) => one.full),
  covered: errorOf(covered, {{ indices: [0], weights: [2] }}), medians: [median([3, 1, 2]), median([4, 1, 2, 3])] }}));
"""
    return json.loads(run_module(program, folder))


def test_the_coreset_is_the_one_that_the_library_draws(in_the_browser):
    _, scores = made()
    for m, found in zip(SIZES, in_the_browser["sizes"], strict=True):
        indices, weights = sensitivity_coreset(scores, m, Seeded(m))
        assert found["coreset"]["indices"] == indices.tolist()
        np.testing.assert_allclose(found["coreset"]["weights"], weights, rtol=TOLERANCE)


def test_costs_and_the_worst_error_over_the_queries_are_those_of_the_library(in_the_browser):
    points, scores = made()
    queries = [np.array(centers) for centers in in_the_browser["queries"]]
    assert len(queries) == QUERIES and all(centers.shape == (K, 2) for centers in queries)
    full = np.array([kmeans_cost(points, centers) for centers in queries])
    np.testing.assert_allclose(in_the_browser["full"], full, rtol=TOLERANCE)
    for m, found in zip(SIZES, in_the_browser["sizes"], strict=True):
        indices, weights = sensitivity_coreset(scores, m, Seeded(m))
        part = np.array([kmeans_cost(points[indices], centers, weights) for centers in queries])
        np.testing.assert_allclose(found["costs"], part, rtol=TOLERANCE)
        errors = abs(part / full - 1)
        np.testing.assert_allclose(found["worst"], errors.max(), rtol=TOLERANCE)
        assert found["centers"] == queries[int(errors.argmax())].tolist()


def test_the_error_at_the_centres_of_a_certificate_is_the_certificate(in_the_browser, worst_centers):
    for (eps, _), found in zip(worst_centers, in_the_browser["sizes"], strict=True):
        np.testing.assert_allclose(found["error"], eps, rtol=TOLERANCE)


def test_where_the_full_cost_is_0_so_is_the_error(in_the_browser):
    assert in_the_browser["covered"] == 0
    assert in_the_browser["medians"] == [2, 2.5]


def test_half_of_the_queries_are_points(in_the_browser):
    points, _ = made()
    kept = {tuple(point) for point in points.tolist()}
    of_points = [all(tuple(center) in kept for center in query) for query in in_the_browser["queries"]]
    assert sum(of_points) == QUERIES // 2
