"""How stable a rank is over seeds, and the job that finds out."""

import numpy as np
import pytest
import toy

from ddcore.errors import BadInput
from ddcore.importance import SCORES
from ddcore.importance.kmeans import KMeansSensitivity
from ddcore.importance.scoring import cached_importance_path, importance_of
from ddcore.importance.stability import rank_interval, scores_of_seeds
from ddcore.runs.folder import create_run
from ddcore.runs.worker import work

KMEANS = {"clusters": 3, "per_class": False, "seedings": 0}


def test_rank_interval_is_the_best_and_the_worst_rank():
    low, high = rank_interval(np.array([[9.0, 5.0, 1.0, 0.0], [2.0, 7.0, 2.0, 2.0], [3.0, 4.0, 1.0, 2.0]]))
    np.testing.assert_array_equal(low, [1, 1, 3, 3])
    np.testing.assert_array_equal(high, [3, 2, 4, 4])


def test_one_seed_has_intervals_of_one_rank_and_equal_scores_share_the_middle():
    low, high = rank_interval(np.array([[1.0, 1.0, 1.0, 0.0]]))
    np.testing.assert_array_equal(low, [2, 2, 2, 4])
    np.testing.assert_array_equal(high, low)


@pytest.mark.parametrize("scores", [np.ones(3), np.ones((0, 3)), np.ones((3, 0))])
def test_what_has_no_ranks_is_refused(scores):
    with pytest.raises(BadInput, match="have no rank intervals; give one row per seed"):
        rank_interval(scores)


def test_scores_of_seeds_are_the_scores_of_each_seed_and_are_kept(monkeypatch):
    dataset, heard = toy.dataset(), []
    found = scores_of_seeds(dataset, "kmeans", 3, first=5, progress=lambda *call: heard.append(call), clusters=3)
    expected = [importance_of(dataset, "kmeans", seed, clusters=3).scores for seed in (5, 6, 7)]
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found[0], found[1])
    done = [call[0] for call in heard]
    assert done == sorted(done) and done[0] >= 0 and done[-1] <= 3 and {call[1] for call in heard} == {3}
    assert heard[0][2].startswith("seed 1 of 3: ") and heard[-1][2].startswith("seed 3 of 3: ")
    monkeypatch.setattr(KMeansSensitivity, "compute", lambda *_: pytest.fail("computed again"))
    scores_of_seeds(dataset, "kmeans", 2, first=6, clusters=3)


@pytest.mark.parametrize("seeds", [0, 101, 2.5, True])
def test_an_impossible_number_of_seeds_is_refused(seeds):
    with pytest.raises(BadInput, match=f"seeds={seeds} is not allowed; choose a whole number from 1 to 100"):
        scores_of_seeds(toy.dataset(), "kmeans", seeds)


def test_the_job_fills_the_score_cache_for_every_seed():
    dataset = toy.dataset()
    settings = {"dataset": dataset.hash, "score": "kmeans", "seeds": 3, "seed": 1, **KMEANS}
    result = work(create_run(settings, kind="stability"))
    assert result == {"hash": dataset.hash, "score": "kmeans", "seeds": 3, "n": 24}
    there = [cached_importance_path(dataset.hash, "kmeans", KMEANS, seed).exists() for seed in range(5)]
    assert there == [False, True, True, True, False]


def test_the_job_takes_a_network_score_with_its_parameters():
    dataset = toy.dataset()
    own = {"proxy_steps": 3, "passes": 1, "networks": 1, "proxy_width": 4, "proxy_depth": 0}
    work(create_run({"dataset": dataset.hash, "score": "el2n", "seeds": 2, "device": "cpu", **own}, kind="stability"))
    assert all(cached_importance_path(dataset.hash, "el2n", own, seed).exists() for seed in (0, 1))


@pytest.mark.parametrize("name", SCORES.names())
def test_whether_another_seed_gives_other_scores_is_said_truly(name):
    train, score = toy.train_set(20), SCORES.make(name, **toy.small("scores", name))
    first, second = (score.compute(train, seed).scores for seed in (0, 1))
    chance = not np.array_equal(first, second)
    assert SCORES.about(name).chance == chance, f"{name}: say chance={chance} in ddcore/importance/__init__.py"
