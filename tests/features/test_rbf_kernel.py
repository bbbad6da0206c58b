import numpy as np
import pytest

from ddcore.features.rbf_kernel import median_distance, rbf, row_chunks, squared_distances


def points(count=30, size=7, offset=0.0, seed=0):
    return (np.random.default_rng(seed).normal(size=(count, size)) + offset).astype(np.float32)


@pytest.mark.parametrize("offset", [0, 1000])
def test_kernel_is_its_definition(offset):
    x, y = points(offset=offset), points(11, offset=offset, seed=1)
    naive = [[np.exp(-np.sum((a - b) ** 2) / (2 * 1.7**2)) for b in y.astype(float)] for a in x.astype(float)]
    np.testing.assert_allclose(rbf(x, y, 1.7), naive, rtol=1e-9)


def test_equal_points_are_at_distance_zero_even_for_a_tiny_bandwidth():
    base = points(5, 300, offset=50)
    x = base[np.arange(15) % 5]
    same = np.arange(15)[:, None] % 5 == np.arange(5)
    np.testing.assert_array_equal(squared_distances(x, base) == 0, same)
    np.testing.assert_array_equal(rbf(x, base, 1e-9), same)


def test_median_is_that_of_all_pairs():
    x = points(31)
    pairs = [np.linalg.norm(x[i].astype(float) - x[j]) for i in range(31) for j in range(i)]
    assert median_distance(x, np.random.default_rng(0)) == pytest.approx(np.median(pairs), rel=1e-9)


def test_median_of_many_points_is_that_of_a_seeded_subsample():
    x = points(5000, 3)
    first, again, other = (median_distance(x, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == again != other
    assert first == pytest.approx(other, rel=0.05)
    assert first == pytest.approx(np.sqrt(2 * 2.366), rel=0.05)  # median of chi-squared with 3 degrees of freedom


def test_median_of_degenerate_points():
    rng = np.random.default_rng(0)
    assert median_distance(np.full((9, 4), 0.1, np.float32), rng) == 1
    assert median_distance(points(1), rng) == 1
    mostly_equal = np.zeros((20, 4), np.float32)
    mostly_equal[0, 0] = 3
    assert median_distance(mostly_equal, rng) == pytest.approx(3)


@pytest.mark.parametrize(("count", "width"), [(10, 1), (10, 2**30), (5000, 2000)])
def test_chunks_cover_every_row_once(count, width):
    rows = np.concatenate([np.arange(count)[part] for part in row_chunks(count, width)])
    np.testing.assert_array_equal(rows, np.arange(count))
    assert all(part.stop <= count for part in row_chunks(count, width))
