import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_digits

from ddcore.errors import BadInput
from ddcore.features.pca import fit_pca, principal_coordinates
from ddcore.files import read_npz, write_npz
from ddcore.maps.embedding import MapSettings, cached_map_path, embed, feature_matrix
from ddcore.maps.projection import load_map
from ddcore.progress import Stopped

SETTINGS = MapSettings(components=20)


@pytest.fixture(scope="module")
def all_digits():
    return load_digits().data.astype(np.float32)


@pytest.fixture(scope="module")
def digits(all_digits):
    return all_digits[:400], load_digits().target[:400]


@pytest.fixture(scope="module")
def digits_map(digits):
    return embed(digits[0], SETTINGS, "0123456789abcdef")


def test_pca_agrees_with_the_singular_value_decomposition():
    features = np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32) * np.arange(1, 13, dtype=np.float32)
    mean, components, explained = fit_pca(features, 5)
    centred = features.astype(float) - features.mean(axis=0, dtype=float)
    _, singular, right = np.linalg.svd(centred, full_matrices=False)
    assert np.abs(np.abs((components * right[:5]).sum(axis=1)) - 1).max() < 1e-5
    assert explained == pytest.approx((singular[:5] ** 2).sum() / (singular**2).sum(), rel=1e-5)
    assert (components[np.arange(5), np.abs(components).argmax(axis=1)] > 0).all()
    np.testing.assert_allclose(mean, features.mean(axis=0), atol=1e-5)


def test_pca_of_fewer_images_than_features_is_the_same_decomposition():
    features = np.random.default_rng(1).normal(size=(10, 40)).astype(np.float32)
    mean, components, explained = fit_pca(features, 50)
    assert components.shape == (9, 40)  # centring takes one of the ten dimensions away
    assert explained == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(components @ components.T, np.eye(9), atol=1e-5)
    rebuilt = principal_coordinates(features, mean, components) @ components + mean
    np.testing.assert_allclose(rebuilt, features, atol=1e-4)


def test_pca_in_several_chunks_is_the_pca_of_all(monkeypatch):
    features = np.random.default_rng(2).normal(size=(50, 4)).astype(np.float32)
    whole = fit_pca(features, 3)
    monkeypatch.setattr("ddcore.maps.embedding.CHUNK", 7)
    for expected, found in zip(whole, fit_pca(features, 3), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_map_has_its_arrays_and_survives_the_file(digits, digits_map, tmp_path):
    write_npz(tmp_path / "map.npz", **digits_map)
    stored = load_map(tmp_path / "map.npz", "0123456789abcdef", head=digits[0][:5])
    assert set(stored) == set(digits_map)
    assert stored["xy"].shape == (400, 2) and stored["xy"].dtype == np.float32
    assert stored["reduced"].shape == (400, 20) and stored["reduced"].dtype == np.float32
    assert stored["ids"].tolist() == list(range(400))
    assert 0.8 < float(stored["explained"]) < 1
    assert json.loads(str(stored["settings"]))["method"] == "umap"


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not(digits, digits_map):
    again = embed(digits[0], SETTINGS, "0123456789abcdef")
    for name in ("xy", "reduced", "pca_components", "typical_distance"):
        assert again[name].tobytes() == digits_map[name].tobytes()
    other = embed(digits[0], MapSettings(components=20, seed=1), "0123456789abcdef")
    assert not np.array_equal(other["xy"], digits_map["xy"])


def test_a_map_keeps_classes_together(digits, digits_map):
    xy, labels = digits_map["xy"].astype(float), digits[1]
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert (labels[apart.argmin(axis=1)] == labels).mean() > 0.9


@pytest.mark.parametrize("features", ["pixels", "network"])
def test_other_features_make_maps_too(digits, features):
    drawn = embed(digits[0][:120], MapSettings(features=features, components=10), "a")
    assert drawn["xy"].shape == (120, 2) and drawn["reduced"].shape == (120, 10)


def test_epochs_are_counted_and_reported(all_digits):
    seen = []
    embed(all_digits, SETTINGS, "a", lambda done, total, note: seen.append((done, total, note)))
    epochs = [(done, total) for done, total, note in seen if note == "laying out the map"]
    assert epochs == sorted(epochs) and {total for _, total in epochs} == {500} and epochs[-1][0] == 500
    assert seen[-1] == (1, 1, "map drawn")


def test_stopping_ends_the_layout_and_the_next_map_is_drawn(all_digits):
    reached = []

    def stop(done, total, note):
        if note == "laying out the map":
            reached.append(done)
            raise Stopped

    with pytest.raises(Stopped):
        embed(all_digits, SETTINGS, "a", stop)
    assert len(reached) == 1, "no epoch is begun after the stop"
    assert len(embed(all_digits[:50], SETTINGS, "a")["xy"]) == 50


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9])
def test_few_images_still_make_a_map_and_it_says_how(digits, count):
    drawn = embed(digits[0][:count], SETTINGS, "a")
    said = json.loads(str(drawn["settings"]))
    assert drawn["xy"].shape == (count, 2) and np.isfinite(drawn["xy"]).all()
    assert said["method"] == ("pca" if count < 4 else "umap")
    assert said["neighbours_used"] == (0 if count < 4 else count - 1)


def test_equal_images_make_a_map():
    assert np.isfinite(embed(np.ones((30, 4), np.float32), MapSettings(neighbours=5), "a")["xy"]).all()


@pytest.mark.parametrize("features", [np.zeros(5), np.zeros((0, 3)), np.full((5, 3), np.nan)])
def test_features_that_are_no_finite_matrix_are_refused(features):
    with pytest.raises(BadInput):
        embed(features, MapSettings(), "a")


def test_settings_out_of_bounds_are_refused():
    for wrong in ({"features": "sound"}, {"neighbours": 1}, {"min_dist": 1.0}, {"components": 1}, {"seed": -1}):
        with pytest.raises(BadInput):
            MapSettings(**wrong)


def test_pixels_are_normalised_and_network_features_are_not_ours():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3), np.uint8)
    matrix = feature_matrix("pca", images, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4))
    expected = (images / 255 - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    np.testing.assert_allclose(matrix, expected.reshape(6, -1), atol=1e-5)
    with pytest.raises(BadInput, match="network"):
        feature_matrix("network", images, (0.5,) * 3, (0.2,) * 3)


def test_the_cache_tells_datasets_and_settings_apart(monkeypatch, tmp_path):
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path))
    paths = {cached_map_path("a", SETTINGS), cached_map_path("b", SETTINGS), cached_map_path("a", MapSettings())}
    assert len(paths) == 3 and all(path.parent == tmp_path / "maps" for path in paths)


def test_a_map_of_other_data_or_another_pca_is_refused(digits_map, tmp_path):
    path = tmp_path / "map.npz"
    write_npz(path, **digits_map)
    with pytest.raises(BadInput, match="0123456789abcdef"):
        load_map(path, "ffff")
    with pytest.raises(BadInput, match="PCA"):
        load_map(path, "0123456789abcdef", head=digits_map["head"] + 1)
    write_npz(path, **read_npz(path) | {"pca_components": digits_map["pca_components"][::-1].copy()})
    with pytest.raises(BadInput, match="PCA"):
        load_map(path, "0123456789abcdef")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file"])
def test_a_damaged_map_is_one_sentence(tmp_path, content):
    path = tmp_path / "map.npz"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f"The map in {path} is damaged .*; delete it to have it drawn again"):
        load_map(path, "0123456789abcdef")


def test_the_server_may_import_all_of_this_without_the_heavy_libraries():
    check = "import sys, ddcore.maps.embedding, ddcore.maps.projection, ddcore.figures.colours, ddcore.figures;" + (
        "print([n for n in ('torch', 'umap', 'numba', 'sklearn', 'streamlit') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
