from dataclasses import asdict

import numpy as np
import pytest
import toy

from ddcore.files import write_npz
from ddcore.inspection import usual as module
from ddcore.inspection.spectrum import fineness, radial_power
from ddcore.inspection.usual import spread, usual
from ddcore.kept import USUAL


def test_what_is_usual_is_what_the_real_images_show(dataset, plain_pixels):
    found, rows, pixels = usual(dataset), plain_pixels(dataset), dataset.train.images
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    np.testing.assert_allclose(found.nearest, np.sort(apart.min(axis=1)), rtol=1e-4)
    assert found.far == pytest.approx(np.percentile(apart.min(axis=1), 99), rel=1e-4)
    assert found.typical == pytest.approx(np.median(apart.min(axis=1)), rel=1e-4)
    for k in range(3):
        inside = np.flatnonzero(dataset.train.labels == k)
        images = rows[inside].reshape(-1, 8, 8, 1)
        for value, told in ((0, found.black), (255, found.white)):
            shares = [(pixels[i] == value).mean() for i in inside]
            assert told[k] == pytest.approx(np.percentile(shares, 99))
        assert found.fine[k] == pytest.approx(np.percentile(fineness(images), 99), rel=1e-4)
        pairs = [np.linalg.norm(rows[i] - rows[j]) for i in inside for j in inside if i < j]
        assert found.spread[k] == pytest.approx(np.mean(pairs), rel=1e-4)
        np.testing.assert_allclose(found.spectra[k], radial_power(images).mean(axis=0), rtol=1e-4)


def test_it_is_kept_and_a_damaged_file_is_as_good_as_none(dataset, monkeypatch):
    found = usual(dataset)
    (path,) = USUAL.files()
    with monkeypatch.context() as patch:
        patch.setattr(module, "measured", lambda *_: pytest.fail("it was kept"))
        again = usual(dataset)
    assert all(np.array_equal(values, getattr(again, name), equal_nan=True) for name, values in asdict(found).items())
    for content in (b"", path.read_bytes()[:-40]):
        path.write_bytes(content)
        assert usual(dataset).far == found.far
    write_npz(path, **asdict(found) | {"black": np.zeros(9)})
    assert usual(dataset).black.tolist() == found.black.tolist()


def test_exact_copies_do_not_make_the_typical_distance_0(dataset, monkeypatch):
    found = usual(dataset)
    copies = module.Usual(np.array([0.0, 0.0, 0.0, 2.0, 4.0]), *(getattr(found, name) for name in
                          ("black", "white", "fine", "spread", "spectra")))  # fmt: skip
    assert copies.typical == 3


def test_samples_are_bounded(monkeypatch):
    dataset = toy.dataset(40)
    monkeypatch.setattr(module, "APART", 12)
    monkeypatch.setattr(module, "OF_CLASS", 5)
    few = usual(dataset)
    assert len(few.nearest) == 12 and len(few.black) == 3


def test_of_a_single_image_nothing_is_known():
    assert np.isnan(spread(np.ones((1, 4))))
    lonely = toy.dataset(1)
    found = usual(lonely)
    assert np.isnan(found.spread).all() and len(found.nearest) == 3
    assert module.Usual(np.empty(0), *[np.empty(0)] * 5).far == np.inf
    assert module.Usual(np.empty(0), *[np.empty(0)] * 5).typical == 0
