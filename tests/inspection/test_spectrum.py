import numpy as np
import pytest

from ddcore.inspection.spectrum import fineness, frequencies, power, radial_power


def wave(height, width, down, across):
    rows, columns = np.mgrid[:height, :width]
    return np.cos(2 * np.pi * (down * rows / height + across * columns / width))[None, :, :, None]


def slow_power(image):
    """One sum for each frequency, straight from the definition."""
    height, width = image.shape
    rows, columns = np.mgrid[:height, :width]
    found = np.empty(image.shape)
    for u in range(height):
        for v in range(width):
            turn = np.exp(-2j * np.pi * (u * rows / height + v * columns / width))
            found[u, v] = abs((image * turn).sum() / image.size) ** 2
    return found


@pytest.mark.parametrize("shape", [(8, 8), (7, 7), (6, 10)])
def test_power_is_that_of_the_definition_and_sums_to_the_mean_square(shape):
    images = np.random.default_rng(0).normal(size=(2, *shape, 3))
    found = power(images)
    expected = [np.mean([slow_power(image[..., c]) for c in range(3)], axis=0) for image in images]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=(1, 2)), np.square(images).mean(axis=(1, 2, 3)))


@pytest.mark.parametrize(("down", "across", "ring"), [(3, 0, 3), (0, 4, 4), (3, 4, 5), (2, 2, 3), (0, 0, 0)])
def test_a_wave_has_its_power_in_its_ring(down, across, ring):
    found = radial_power(wave(16, 16, down, across))[0]
    assert len(found) == 9 and found.argmax() == ring
    np.testing.assert_allclose(np.delete(found, ring), 0, atol=1e-20)


def test_a_ring_has_the_mean_of_its_frequencies():
    images = np.random.default_rng(1).normal(size=(3, 9, 9, 1))
    spectra, place = power(images), frequencies(9, 9)
    for ring, found in enumerate(radial_power(images).T):
        inside = np.abs(place - ring) <= 0.5
        np.testing.assert_allclose(found, spectra[:, inside].mean(axis=1))


def test_frequencies_count_cycles_over_the_shorter_side():
    place = frequencies(8, 16)
    assert place[1, 0] == 1 and place[0, 2] == 1 and place[0, 0] == 0 and place.max() == pytest.approx(np.sqrt(32))


def test_fineness_divides_fine_by_coarse():
    assert fineness(wave(16, 16, 0, 6) + 2 * wave(16, 16, 3, 0) + 7)[0] == pytest.approx(1 / 4)
    assert fineness(np.ones((1, 8, 8, 1)))[0] == 0
    assert fineness(wave(16, 16, 2, 0))[0] == pytest.approx(0, abs=1e-20)
    assert 1e9 < fineness(wave(16, 16, 8, 8))[0] <= 1e12
