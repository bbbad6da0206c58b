import numpy as np
import pytest

from ddcore.inspection.coverage import coverage
from ddcore.inspection.neighbours import Neighbours, neighbours
from ddcore.inspection.pixels import set_images


@pytest.mark.parametrize("factor", [1, 2])
def test_coverage_is_what_counting_finds(dataset, plain_pixels, snapshot_of, factor):
    arrays = snapshot_of(dataset, [0, 1, 30, 31, 60, 61], noise=1.0) | {"factor": np.array(factor)}
    images = set_images(arrays, dataset)
    apart = np.linalg.norm(plain_pixels(dataset)[:, None] - images.rows[None].astype(float), axis=2)
    limit = float(np.median(apart.min(axis=1)))
    found = coverage(neighbours(images.rows, dataset), images.classes, images.tiles, limit, dataset)
    counts = np.zeros((6, 3), int)
    distances, astray = [[], [], []], [[], [], []]
    for i, label in enumerate(dataset.train.labels):
        place = int(apart[i].argmin())
        counts[place // factor**2, label] += 1
        distances[label].append(apart[i, place])
        astray[label].append(images.classes[place] != label)
    assert found.counts.tolist() == counts.tolist()
    np.testing.assert_allclose(found.mean, [np.mean(values) for values in distances], rtol=1e-4)
    np.testing.assert_allclose(found.astray, [np.mean(values) for values in astray])
    np.testing.assert_allclose(found.bare_share, [np.mean(np.array(values) > limit) for values in distances])
    order = np.argsort(-apart.min(axis=1))
    assert found.bare.tolist() == order[:36].tolist()
    np.testing.assert_allclose(found.bare_distances, apart.min(axis=1)[found.bare], rtol=1e-4)


def test_of_a_sample_only_its_images_count_and_a_class_without_any_has_no_number(dataset):
    real = np.array([2, 50, 51])
    found = Neighbours(real, np.array([2, 50]), np.ones(2), np.array([0, 0, 1]), np.array([1.0, 5.0, 3.0]))
    covered = coverage(found, np.array([0, 2]), 1, 2.0, dataset)
    assert covered.counts.tolist() == [[1, 0, 1], [0, 0, 1]]
    assert covered.bare.tolist() == [50, 51] and covered.bare_distances.tolist() == [5, 3]
    np.testing.assert_array_equal(covered.mean, [1, np.nan, 4])
    np.testing.assert_array_equal(covered.astray, [0, np.nan, 0.5])
