"""What every feature map promises, and what each does at the edges."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.features import FEATURES
from ddcore.features.making import make_features
from ddcore.features.rbf_kernel import median_distance
from ddcore.progress import Stopped

RANDOM = ("rff", "nystroem", "ntk", "nngp", "network")
every_kind = pytest.mark.parametrize("kind", FEATURES)
pytestmark = pytest.mark.usefixtures("short_training")


@every_kind
@pytest.mark.parametrize("channels", [1, 3])
def test_shape_type_and_determinism(kind, channels, train_set):
    train = train_set(channels=channels)
    features = make_features(kind, train, 10, seed=4)
    columns = {"pixels": 64 * channels, "kernel": 24}.get(kind, 10)
    assert features.shape == (24, columns)
    assert features.dtype == np.float32
    assert features.flags.c_contiguous
    np.testing.assert_array_equal(features, make_features(kind, train_set(channels=channels), 10, seed=4))
    assert np.array_equal(features, make_features(kind, train, 10, seed=5)) == (kind not in RANDOM)


@every_kind
def test_one_image(kind, train_set):
    train = train_set()
    one = replace(train, images=train.images[:1], labels=train.labels[:1])
    features = make_features(kind, one, 5, seed=0)
    assert features.shape == (1, {"pixels": 64, "rff": 5, "nngp": 5}.get(kind, 1))
    assert np.isfinite(features).all()


@every_kind
def test_all_images_equal(kind, train_set):
    train = train_set(2)
    equal = replace(train, images=np.repeat(train.images[:1], 6, axis=0))
    features = make_features(kind, equal, 5, seed=0)
    assert np.isfinite(features).all()
    np.testing.assert_allclose(features, np.repeat(features[:1], 6, axis=0), atol=1e-6)
    if kind in ("nystroem", "kernel"):
        np.testing.assert_allclose(np.abs(features), np.ones((6, 1)), atol=1e-6)
    if kind in ("pca", "network"):
        assert features.shape == (6, 1)


@every_kind
def test_more_features_asked_for_than_images_and_pixels(kind, train_set):
    train = train_set()
    columns = {
        "pixels": 64,
        "pca": 23,
        "rff": 200,
        "nystroem": 24,
        "kernel": 24,
        "ntk": 24,
        "nngp": 200,
        "network": 128,
    }
    features = make_features(kind, train, 200, seed=0)
    assert features.shape == (24, columns[kind])
    assert np.isfinite(features).all()


@every_kind
def test_one_feature(kind, train_set):
    features = make_features(kind, train_set(), 1, seed=0)
    assert features.shape == (24, {"pixels": 64, "kernel": 24}.get(kind, 1))
    assert features.std() > 0


@every_kind
def test_can_be_stopped(kind, train_set):
    def stop(done, total, note):
        raise Stopped

    if kind != "pixels":
        with pytest.raises(Stopped):
            make_features(kind, train_set(40), 10, seed=0, progress=stop)


@pytest.mark.parametrize("kind", ["rff", "nystroem", "kernel"])
def test_bandwidth_zero_is_the_median_distance(kind, train_set):
    train = train_set()
    median = median_distance(train.pixels, np.random.default_rng(0))
    by_median = make_features(kind, train, 10, 0, median)
    np.testing.assert_array_equal(make_features(kind, train, 10, 0), by_median)
    assert not np.allclose(make_features(kind, train, 10, 0, 3 * median)[:, 0], by_median[:, 0])


@pytest.mark.parametrize("kind", ["rff", "nystroem", "kernel"])
@pytest.mark.parametrize(("bandwidth", "expected"), [(1e-6, np.eye(24)), (1e6, np.ones((24, 24)))])
def test_extreme_bandwidths(kind, bandwidth, expected, train_set):
    features = make_features(kind, train_set(), 4000, 0, bandwidth)
    np.testing.assert_allclose(features @ features.T, expected, atol=0.1 if kind == "rff" else 1e-5)


def test_pixels_are_those_of_the_training_set(train_set):
    train = train_set()
    assert make_features("pixels", train, 3, seed=0) is train.pixels


def test_principal_components_are_those_of_a_singular_value_decomposition(train_set):
    train = train_set(40)
    features = make_features("pca", train, 6, seed=0)
    left, sizes, _ = np.linalg.svd(train.pixels - train.pixels.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(features), np.abs(left[:, :6] * sizes[:6]), atol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fourier", 10, 0), "features='fourier' is not known; choose one of pixels, pca, rff, .*, network"),
        (("rff", 0, 0), "num_features=0 is not allowed"),
        (("kernel", -3, 0), "num_features=-3 is not allowed"),
        (("rff", 10, 0, -1.0), "bandwidth=-1.0 is not allowed"),
        (("kernel", 10, 0, 1e-200), "bandwidth=1e-200 is not allowed; choose a number from 1e-06 to 1e\\+06, or 0"),
        (("rff", 10, 0, float("nan")), "bandwidth=nan is not allowed"),
        (("nngp", 10, 0, 0.0, "cuda:77"), "device='cuda:77' is not available"),
        (("network", 10, 0, 0.0, "cuda:77"), "device='cuda:77' is not available"),
    ],
)
def test_impossible_wishes_are_refused(arguments, message, train_set):
    kind, *rest = arguments
    with pytest.raises(BadInput, match=message):
        make_features(kind, train_set(), *rest)


def test_the_server_may_ask_for_the_names():
    code = (
        "import sys, ddcore.features, ddcore.features.rbf_kernel; print(sorted({'torch','scipy'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
