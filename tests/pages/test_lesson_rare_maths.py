"""The lesson on rare points computes what `ddcore` computes on the same points: score, coreset, cost."""

import json

import numpy as np
import pytest
from seeded import Seeded
from test_browser_component import run_module

from ddcore.coresets.subsets import kmeans_cost, sensitivity_coreset
from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.importance.lightweight import lightweight_terms
from pages.parts.browser.component import HERE

MODULES = ("random.js", "lesson_sensitivity_maths.js", "lesson_rare_maths.js")
CASES = [  # rare points, draws, seed, score
    (10, 50, 0, "lightweight"), (1, 5, 3, "lightweight"), (100, 200, 7, "lightweight"), (10, 50, 0, "kmeans"),
    (100, 20, 1, "kmeans"),
]  # fmt: skip
REPEATS = 500


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """For each of CASES: the points, and for each law its probabilities, the chance of a miss, and repeated samples."""
    folder = tmp_path_factory.mktemp("rare")
    for name in MODULES:
        (folder / name).write_text((HERE / name).read_text())
    program = f"""
import {{ LAWS, cloud, counts, missed, repeated }} from "./lesson_rare_maths.js";
console.log(JSON.stringify({json.dumps(CASES)}.map(([rare, draws, seed, score]) => {{
  const data = cloud(rare, score), laws = {{}};
  for (const name of LAWS) {{
    const samples = repeated(data, name, draws, seed);
    laws[name] = {{ law: [...data.laws[name]], missed: missed(data, name, draws), ids: samples.ids,
      without: samples.without, ratios: [...samples.ratios], counts: [...counts(samples.ratios, 40, 2)] }};
  }}
  return {{ points: data.points, cost: data.cost, laws }};
}})));
"""
    return json.loads(run_module(program, folder))


def by_score(points: np.ndarray, score: str) -> np.ndarray:
    terms = (
        lightweight_terms(points)
        if score == "lightweight"
        else kmeans_sensitivity(points, 1, Seeded(1), seedings=10)[0]
    )
    scores = sum(terms.values())
    return scores / scores.sum()


def test_the_law_is_that_of_the_score_and_the_chance_of_a_miss_follows_from_it(found):
    for (rare, draws, _, score), case in zip(CASES, found, strict=True):
        laws = {"uniform": np.full(1000, 1 / 1000), "importance": by_score(np.array(case["points"]), score)}
        for name, law in laws.items():
            np.testing.assert_allclose(case["laws"][name]["law"], law, rtol=1e-10)
            expected = (1 - law[:rare].sum()) ** draws
            assert case["laws"][name]["missed"] == pytest.approx(expected, rel=1e-8)


def test_the_rare_points_lie_apart_and_the_others_stay_where_they_are(found):
    for (rare, *_), case in zip(CASES, found, strict=True):
        points = np.array(case["points"])
        assert points.shape == (1000, 2)
        away = np.linalg.norm(points, axis=1)
        assert away[:rare].min() > away[rare:].max()
    few, many = (np.array(found[place]["points"]) for place in (1, 2))
    np.testing.assert_array_equal(few[100:], many[100:])


def test_samples_are_coresets_of_the_library_and_say_what_their_weighted_points_cost(found):
    centre = np.zeros((1, 2))
    for (_, draws, seed, _), case in zip(CASES, found, strict=True):
        points = np.array(case["points"])
        assert case["cost"] == pytest.approx(kmeans_cost(points, centre), rel=1e-12)
        for sampled in case["laws"].values():
            rng = Seeded(seed)
            for place in range(3):
                ids, weights = sensitivity_coreset(np.array(sampled["law"]), draws, rng)
                assert place > 0 or sampled["ids"] == ids.tolist()
                cost = kmeans_cost(points[ids], centre, weights)
                assert sampled["ratios"][place] == pytest.approx(cost / case["cost"], rel=1e-10)


def test_repeated_samples_miss_as_often_as_the_chance_says_and_are_right_on_average(found):
    for (_, draws, *_), case in zip(CASES, found, strict=True):
        squares = (np.array(case["points"]) ** 2).sum(1)
        for sampled in case["laws"].values():
            chance, law, ratios = sampled["missed"], np.array(sampled["law"]), np.array(sampled["ratios"])
            assert abs(sampled["without"] - REPEATS * chance) <= 5 * np.sqrt(REPEATS * chance * (1 - chance)) + 1
            spread = np.sqrt(((squares / case["cost"]) ** 2 / law).sum() - 1) / np.sqrt(draws)
            assert len(ratios) == REPEATS
            assert abs(ratios.mean() - 1) < 5 * spread / np.sqrt(REPEATS), "the seeds are fixed: it holds or not"
            inside = np.histogram(np.minimum(ratios, 1.99), bins=40, range=(0, 2))[0]
            assert sampled["counts"] == inside.tolist()
