import numpy as np
import pytest

from ddcore.inspection import neighbours as module
from ddcore.inspection.neighbours import alike, nearest_others, neighbours, sampled
from ddcore.inspection.pixels import set_images
from ddcore.progress import Stopped

FOUR_DIGITS = 1e-4  # what distances promise


def apart(rows, others):
    return np.linalg.norm(rows[:, None].astype(float) - others[None], axis=2)


@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.parametrize("chunk", [7 * 64, 10**6])
def test_both_directions_are_what_brute_force_finds(dataset, plain_pixels, snapshot_of, monkeypatch, count, chunk):
    monkeypatch.setattr(module, "CHUNK_VALUES", chunk)
    rows = set_images(snapshot_of(dataset, np.arange(count) * 8, noise=0.5), dataset).rows
    found, exact = neighbours(rows, dataset), apart(rows, plain_pixels(dataset))
    assert found.real.tolist() == list(range(72))
    assert found.nearest.tolist() == exact.argmin(axis=1).tolist()
    assert found.owner.tolist() == exact.argmin(axis=0).tolist()
    np.testing.assert_allclose(found.away, exact.min(axis=1), rtol=FOUR_DIGITS)
    np.testing.assert_allclose(found.distance, exact.min(axis=0), rtol=FOUR_DIGITS)


def test_images_that_products_cannot_tell_apart_are_compared_exactly(dataset, plain_pixels):
    """Synthetic images far away in the same direction: their distances differ by less than float32 products see."""
    rng = np.random.default_rng(0)
    far = 1000 * np.ones(64)
    rows = (far + 1e-3 * rng.normal(size=(6, 64))).astype(np.float32)
    found, exact = neighbours(rows, dataset), apart(rows, plain_pixels(dataset))
    chosen = np.take_along_axis(exact, found.owner[None], axis=0)[0]
    # A distance of differences is within 4 roundings, so no rival is nearer by more than twice that.
    assert (chosen - exact.min(axis=0) <= 8 * 2.0**-24 * chosen).all()


def test_a_real_image_in_the_set_is_at_distance_0(dataset, snapshot_of):
    rows = set_images(snapshot_of(dataset, [5, 40]), dataset).rows
    found = neighbours(rows, dataset)
    assert found.nearest.tolist() == [5, 40] and found.owner[[5, 40]].tolist() == [0, 1]
    np.testing.assert_allclose([*found.away, *found.distance[[5, 40]]], 0, atol=1e-5)


def test_beyond_the_bound_a_fixed_sample_stands_for_all(dataset, plain_pixels, snapshot_of, monkeypatch):
    rows = set_images(snapshot_of(dataset, [1, 30, 50], noise=0.5), dataset).rows
    monkeypatch.setattr(module, "MOST_PRODUCTS", 20 * 64 * (3 + module.READING))
    found = neighbours(rows, dataset)
    assert len(found.real) == 20 and (np.diff(found.real) > 0).all()
    assert found.real.tolist() == neighbours(rows, dataset).real.tolist()
    exact = apart(rows, plain_pixels(dataset)[found.real])
    assert found.nearest.tolist() == found.real[exact.argmin(axis=1)].tolist()
    assert found.owner.tolist() == exact.argmin(axis=0).tolist()


def test_alike_are_the_nearest_and_those_with_the_largest_product(dataset, plain_pixels, snapshot_of, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_VALUES", 10 * 64)
    row = set_images(snapshot_of(dataset, [30], noise=0.5), dataset).rows[0]
    found, real = alike(row, dataset, 7), plain_pixels(dataset)
    exact = apart(row[None], real)[0]
    assert found.ids.tolist() == np.argsort(exact)[:7].tolist()
    np.testing.assert_allclose(found.distances, np.sort(exact)[:7], rtol=FOUR_DIGITS)
    assert sorted(found.aligned) == sorted(np.argsort(-(real @ row))[:7])
    assert len(alike(row, dataset, 500).ids) == len(alike(row, dataset, 500).aligned) == found.compared == 72
    monkeypatch.setattr(module, "MOST_PRODUCTS", 30 * 64 * module.READING)
    few = alike(row, dataset, 7)
    assert few.compared == 30 and (few.distances >= found.distances).all()


def test_nearest_others_leave_out_the_image_itself(dataset, plain_pixels, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_VALUES", 10 * 64)
    exact = apart(plain_pixels(dataset), plain_pixels(dataset))
    np.fill_diagonal(exact, np.inf)
    ids = np.array([0, 9, 10, 71])
    np.testing.assert_allclose(nearest_others(ids, dataset), exact[ids].min(axis=1), rtol=FOUR_DIGITS)
    monkeypatch.setattr(module, "MOST_ONCE", 30 * 64 * (4 + module.READING))
    among = sampled(72, 30)
    np.testing.assert_allclose(nearest_others(ids, dataset), exact[ids][:, among].min(axis=1), rtol=FOUR_DIGITS)


def test_samples_are_ascending_whole_where_they_can_be_and_never_empty():
    assert sampled(5, 5).tolist() == [0, 1, 2, 3, 4]
    assert len(set(sampled(100, 10).tolist())) == 10 and (np.diff(sampled(100, 10)) > 0).all()
    assert len(sampled(5, 0)) == 1


def test_a_stop_passes(dataset, snapshot_of, monkeypatch):
    monkeypatch.setattr(module, "CHUNK_VALUES", 10 * 64)
    rows = set_images(snapshot_of(dataset, [1, 2]), dataset).rows
    seen = []

    def stop(done, total, note):
        seen.append((done, total))
        if done == 20:
            raise Stopped

    with pytest.raises(Stopped):
        neighbours(rows, dataset, stop)
    assert seen == [(0, 72), (10, 72), (20, 72)]
