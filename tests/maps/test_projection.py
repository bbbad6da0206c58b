import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.maps.projection import neighbours, place_reduced, reduce, typical_distance


@pytest.fixture
def grid_map():
    """Real images on a 20 x 20 grid of step 1 in four dimensions (two of them constant), drawn as that grid."""
    grid = np.stack(np.meshgrid(np.arange(20), np.arange(20), indexing="ij"), axis=-1).reshape(-1, 2)
    reduced = np.zeros((400, 4), np.float32)
    reduced[:, :2] = grid
    return {
        "xy": grid.astype(np.float32),
        "reduced": reduced,
        "pca_mean": np.zeros(4, np.float32),
        "pca_components": np.eye(4, dtype=np.float32),
        "typical_distance": np.float64(1.0),
    }


def test_neighbours_leave_out_the_image_itself():
    reduced = np.array([[0.0], [0.0], [1.0], [3.0], [-2.0]], np.float32)
    ids, distances = neighbours(reduced, 0, 3)
    assert ids.tolist() == [1, 2, 4] and distances.tolist() == [0, 1, 2]
    assert neighbours(reduced, 3, 99)[0].tolist() == [2, 0, 1, 4]
    assert neighbours(reduced[:1], 0, 5)[0].tolist() == []


def test_an_image_of_the_map_lands_on_itself(grid_map):
    xy, distance, odd = place_reduced(grid_map["reduced"], grid_map)
    np.testing.assert_allclose(xy, grid_map["xy"], atol=1e-4)
    assert distance.max() == 0 and not odd.any()


def test_an_image_between_two_lands_between_them(grid_map):
    xy, distance, odd = place_reduced(np.array([[5.5, 7.0, 0.0, 0.0]], np.float32), grid_map)
    np.testing.assert_allclose(xy, [[5.5, 7.0]], atol=0.5)
    assert distance == pytest.approx([0.5]) and not odd.any()


def test_an_image_off_the_manifold_is_odd(grid_map):
    _, distance, odd = place_reduced(np.array([[5, 5, 3, 0], [5, 5, 0.5, 0]], np.float32), grid_map)
    assert distance == pytest.approx([3, 0.5]) and odd.tolist() == [True, False]


def test_no_image_lands_between_two_islands():
    reduced = np.linspace(0, 1, 20, dtype=np.float32)[:, None]
    xy = np.where(reduced < 0.5, [0.0, 0.0], [100.0, 0.0]).astype(np.float32)
    line = {"xy": xy, "reduced": reduced, "pca_mean": np.zeros(1, np.float32), "typical_distance": np.float64(1)}
    line["pca_components"] = np.ones((1, 1), np.float32)
    placed, _, _ = place_reduced(np.array([[0.40], [0.60]], np.float32), line)
    np.testing.assert_allclose(placed, [[0, 0], [100, 0]], atol=0.1)


def test_a_place_does_not_depend_on_the_batch(grid_map):
    queries = np.random.default_rng(0).uniform(0, 20, (30, 4)).astype(np.float32)
    together, _, _ = place_reduced(queries, grid_map)
    alone = np.concatenate([place_reduced(query[None], grid_map)[0] for query in queries])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_features_of_another_size_are_refused(grid_map):
    with pytest.raises(BadInput, match="4"):
        reduce(np.zeros((2, 3)), grid_map)


def test_typical_distance_is_between_real_images():
    rng = np.random.default_rng(0)
    assert typical_distance(np.arange(50, dtype=np.float32)[:, None], rng) == 1
    assert typical_distance(np.zeros((10, 2), np.float32), rng) == 0
    assert typical_distance(np.zeros((1, 2), np.float32), rng) == np.inf
