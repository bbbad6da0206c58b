import numpy as np
import pytest

from ddcore.maps import nearest as module
from ddcore.maps.nearest import nearest
from ddcore.progress import Stopped


def brute_force(queries, points, k):
    apart = np.linalg.norm(queries[:, None].astype(float) - points[None], axis=2)
    ids = np.argsort(apart, axis=1, kind="stable")[:, :k]
    return ids, np.take_along_axis(apart, ids, axis=1)


@pytest.mark.parametrize("count", [200, 208, 1001])  # whole rows searched; groups without and with a remainder
@pytest.mark.parametrize("scale", [1, 1e-3])  # far from the origin, products alone lose their digits
def test_nearest_is_what_brute_force_finds(monkeypatch, count, scale):
    rng = np.random.default_rng(0)
    points = (rng.normal(size=(count, 6)) * scale + 1).astype(np.float32)
    queries = np.concatenate([points[:20], (rng.normal(size=(20, 6)) * scale + 1).astype(np.float32)])
    monkeypatch.setattr(module, "CHUNK_ENTRIES", 3 * count)  # three queries at a time
    ids, distances = nearest(queries, points, 7)
    expected, exact = brute_force(queries, points, 7)
    # A distance is within 4 roundings of the exact one: of a difference, a square, a root, and of the result.
    np.testing.assert_allclose(distances, exact, rtol=4 * 2.0**-24)
    assert (ids == expected).all() and not distances[:20, 0].any()


@pytest.mark.parametrize("value", [1e19, 1e30, np.inf, np.nan])
def test_only_points_that_are_there_are_found_where_products_overflow(value):
    points = np.random.default_rng(0).normal(size=(1001, 6)).astype(np.float32)
    queries = np.full((3, 6), value, np.float32)
    queries[1] = points[5]
    with np.errstate(all="ignore"):
        ids, distances = nearest(queries, points, 7)
    assert ids.max() < len(points) and all(len(set(row)) == 7 for row in ids.tolist())
    assert ids[1, 0] == 5 and distances[1, 0] == 0


def test_few_points_are_all_given():
    ids, distances = nearest(np.zeros((2, 1), np.float32), np.array([[3.0], [1.0]], np.float32), 15)
    assert ids.tolist() == [[1, 0], [1, 0]] and distances.tolist() == [[1, 3], [1, 3]]


def test_of_equally_far_points_the_first_comes_first():
    points = np.tile(np.arange(20, dtype=np.float32)[:, None], (1, 3)).repeat(2, axis=0)
    ids, distances = nearest(points, points, 2)
    assert ids.tolist() == [[i - i % 2, i - i % 2 + 1] for i in range(40)]
    assert not distances.any()


def test_equal_points_have_distance_0():
    ids, distances = nearest(np.ones((300, 4), np.float32), np.ones((300, 4), np.float32), 5)
    assert not distances.any() and all(len(set(row)) == 5 for row in ids.tolist())


def test_progress_goes_to_the_end_block_by_block_and_a_stop_passes(monkeypatch):
    points = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    monkeypatch.setattr(module, "CHUNK_ENTRIES", 3000)  # 30 queries at a time
    seen = []

    def stop(done, total, note):
        seen.append(done)
        if done >= 60:
            raise Stopped

    nearest(points, points, 5, lambda done, total, note: seen.append((done, total)))
    assert seen == [(0, 100), (30, 100), (60, 100), (90, 100), (100, 100)]
    seen.clear()
    with pytest.raises(Stopped):
        nearest(points, points, 5, stop)
    assert seen == [0, 30, 60]
