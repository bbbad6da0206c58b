"""Whitening, against its definition, and one training space for everyone who sees the images."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy

from ddcore.data.dataset import Split, materialise
from ddcore.data.device_images import DeviceImages
from ddcore.data.train_set import TrainSet
from ddcore.data.zca import ZCA, check_size, fit_zca, fitted, read_zca, stored_zca, write_zca
from ddcore.errors import BadInput
from ddcore.features.network import network_features
from ddcore.features.nngp import nngp_features
from ddcore.places import cache_root
from ddcore.progress import Stopped
from ddcore.synthetic import viewable

MEAN, STD = (0.3, 0.4, 0.5), (0.2, 0.25, 0.3)


def colour_images(count=300, side=5, seed=0):
    """(N, H, W, 3) uint8 of correlated pixels: sums along both axes, channels mixed."""
    rng = np.random.default_rng(seed)
    images = rng.standard_normal((count, side, side, 3)).cumsum(1).cumsum(2)
    images[..., 1] += images[..., 0]
    return (128 + 12 * images).clip(0, 255).astype(np.uint8)


def standardised(images):
    """(N, D) float64 in the order (C, H, W), number by number."""
    count, height, width, channels = images.shape
    out = np.empty((count, channels, height, width))
    for c in range(channels):
        out[:, c] = (images[..., c] / 255 - MEAN[c]) / STD[c]
    return out.reshape(count, -1)


@pytest.fixture(scope="module")
def images():
    return colour_images()


@pytest.fixture(scope="module")
def zca(images):
    return fitted(images, MEAN, STD)


def whitened_rows(zca, images):
    as_images = standardised(images).reshape(len(images), 3, *images.shape[1:3]).astype(np.float32)
    return zca.whiten(as_images).reshape(len(images), -1)


def test_it_is_the_definition(zca, images):
    """W is the one symmetric positive matrix with W (S + r) W = 1."""
    rows = standardised(images)
    covariance = np.mean([np.outer(x, x) for x in rows - rows.mean(0)], axis=0)
    regulariser = 0.1 * np.mean(np.linalg.eigvalsh(covariance))
    W = zca.matrix.astype(np.float64)
    np.testing.assert_array_equal(zca.matrix, zca.matrix.T)
    assert np.linalg.eigvalsh(W).min() > 0
    identity = np.eye(len(W))
    np.testing.assert_allclose(W @ (covariance + regulariser * identity) @ W, identity, atol=1e-4)
    np.testing.assert_allclose(zca.mean, rows.mean(0), atol=1e-6)


def test_whitened_images_have_shrunk_unit_variances(zca, images):
    """Along eigenvectors of the covariance s becomes s / (s + r): directions the images hardly use stay small."""
    rows, found = standardised(images), whitened_rows(zca, images)
    np.testing.assert_allclose(found, (rows - rows.mean(0)) @ zca.matrix, atol=1e-4)
    values = np.linalg.eigvalsh(np.cov(rows.T, bias=True))
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-5)
    expected = values / (values + 0.1 * values.mean())
    np.testing.assert_allclose(np.linalg.eigvalsh(np.cov(found.T, bias=True)), expected, atol=1e-4)


def test_chunks_change_nothing(images, zca, monkeypatch):
    monkeypatch.setattr("ddcore.data.zca.ROWS", 7)
    other = fitted(images, MEAN, STD)
    np.testing.assert_allclose(other.matrix, zca.matrix, atol=1e-5)
    np.testing.assert_allclose(other.mean, zca.mean, atol=1e-6)


def test_undo_inverts_arrays_and_tensors_alike(zca):
    given = np.random.default_rng(1).standard_normal((9, 3, 5, 5)).astype(np.float32)
    whitened = zca.whiten(given)
    assert whitened.dtype == np.float32 and whitened.shape == given.shape
    np.testing.assert_allclose(zca.undo(whitened), given, atol=1e-4)
    tensor = zca.whiten(torch.as_tensor(given))
    assert tensor.dtype == torch.float32
    np.testing.assert_allclose(tensor.numpy(), whitened, atol=1e-5)
    np.testing.assert_allclose(zca.undo(tensor).numpy(), given, atol=1e-4)


def test_gradients_pass_through(zca):
    given = torch.ones(2, 3, 5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(zca.whiten, given)


def test_the_view_of_whitened_images_is_the_images(zca, images):
    on_device = DeviceImages(images, MEAN, STD, "cpu", zca)
    seen = viewable(on_device[torch.arange(len(images))], MEAN, STD, zca).astype(int)
    assert np.abs(seen - images).max() <= 1


# -- one training space


def test_train_sets_devices_and_features_see_the_same_images(zca, images):
    labels = np.arange(len(images)) % 3
    train = TrainSet(images, labels, MEAN, STD, 3, whitening=zca)
    expected = whitened_rows(zca, images).reshape(-1, 3, 5, 5)
    some = np.array([5, 299, 0])
    np.testing.assert_allclose(train.normalised(some), expected[some], atol=1e-5)
    np.testing.assert_array_equal(train.normalised(some)[1], train.normalised(np.arange(290, 300))[9])
    np.testing.assert_allclose(train.pixels, expected.transpose(0, 2, 3, 1).reshape(300, -1), atol=1e-5)
    np.testing.assert_array_equal(train.pixels, train.pixels)
    on_device = DeviceImages.of(train, "cpu")
    np.testing.assert_allclose(on_device[torch.as_tensor(some)].numpy(), expected[some], atol=1e-5)
    chunks = torch.cat([part for _, part in on_device.chunks(64)])
    torch.testing.assert_close(chunks, on_device[torch.arange(300)], rtol=0, atol=0)


def test_a_batch_may_be_changed_without_changing_the_images(zca, images):
    on_device = DeviceImages(images, MEAN, STD, "cpu", zca)
    before = on_device[slice(0, 4)].clone()
    on_device[slice(0, 4)].zero_()
    assert torch.equal(on_device[slice(0, 4)], before)


def test_whitening_many_images_can_be_stopped(zca, images):
    def stop(done, total, note):
        raise Stopped

    train = TrainSet(images, np.arange(len(images)) % 3, MEAN, STD, 3, whitening=zca, progress=stop)
    for whiten in (lambda: train.pixels, lambda: DeviceImages.of(train, "cpu")):
        with pytest.raises(Stopped):
            whiten()


@pytest.mark.parametrize("features", [nngp_features, network_features])
def test_features_of_networks_are_of_whitened_images(features, zca):
    images = colour_images(40)
    plain = TrainSet(images, np.arange(40) % 2, MEAN, STD, 2)
    whitened = replace(plain, whitening=zca)
    assert not np.allclose(features(plain, 6, 0), features(whitened, 6, 0))


# -- fitting a dataset, and what is kept


def dataset(test_seed=1, name="toy"):
    train, test = (Split(*toy.images_and_labels(8, seed)) for seed in (0, test_seed))
    return materialise(name, train, test, ("low", "middle", "high"), origin="made up", flip=True)


def test_the_fit_never_sees_test_images():
    one, other = dataset(), dataset(test_seed=7, name="other")
    assert one.hash != other.hash and fit_zca(one).identity == fit_zca(other).identity


def test_a_fit_is_kept(monkeypatch):
    data = dataset()
    found = fit_zca(data)
    monkeypatch.setattr("ddcore.data.zca.fitted", None)
    again = fit_zca(data)
    assert again.identity == found.identity
    np.testing.assert_array_equal(again.matrix, found.matrix)
    np.testing.assert_array_equal(again.mean, found.mean)


def test_the_identity_tells_transforms_apart(zca):
    assert len(zca.identity) == 16 and zca.identity.isalnum()
    assert ZCA(zca.mean.copy(), zca.matrix.copy()).identity == zca.identity
    changed = zca.matrix.copy()
    changed[3, 4] = np.nextafter(changed[3, 4], np.float32(9))
    assert ZCA(zca.mean, changed).identity != zca.identity


def test_fitting_can_be_stopped():
    told = []

    def stop(done, total, note):
        told.append((done, total, note))
        raise Stopped

    with pytest.raises(Stopped):
        fit_zca(dataset(), stop)
    assert told and not list(cache_root().rglob("zca/*.npz"))


def test_sizes_and_contents_that_cannot_be_whitened():
    check_size((3, 36, 36))
    check_size((1, 64, 64))
    for shape in ((3, 37, 37), (1, 64, 65)):
        with pytest.raises(BadInput, match=f"{np.prod(shape):,} numbers; up to 4,096"):
            check_size(shape)
    with pytest.raises(BadInput, match="all of them are the same"):
        fitted(np.full((5, 4, 4, 1), 9, np.uint8), (0.1,), (1.0,))


def test_images_of_another_size_are_refused(zca):
    for change in (zca.whiten, zca.undo):
        with pytest.raises(BadInput, match="3x5x6 do not fit a whitening of 75 numbers"):
            change(np.zeros((2, 3, 5, 6), np.float32))


def test_a_singular_matrix_cannot_be_undone():
    flat = ZCA(np.zeros(4, np.float32), np.zeros((4, 4), np.float32))
    with pytest.raises(BadInput, match="singular"):
        flat.undo(np.zeros((1, 1, 2, 2), np.float32))


GOOD = {"mean": np.zeros(4, np.float32), "matrix": np.eye(4, dtype=np.float32)}
DAMAGED = {
    "no matrix": {"mean": GOOD["mean"]},
    "one more": GOOD | {"more": np.zeros(1)},
    "doubles": GOOD | {"matrix": np.eye(4)},
    "not square": GOOD | {"matrix": np.zeros((4, 5), np.float32)},
    "another mean": GOOD | {"mean": np.zeros(5, np.float32)},
    "not finite": GOOD | {"matrix": np.full((4, 4), np.nan, np.float32)},
    "empty": {"mean": np.zeros(0, np.float32), "matrix": np.zeros((0, 0), np.float32)},
    "objects": GOOD | {"mean": np.array([{}] * 4)},
}


@pytest.mark.parametrize("arrays", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_files_are_refused(arrays, tmp_path):
    np.savez(tmp_path / "good.npz", **GOOD)
    assert read_zca(tmp_path / "good.npz").identity
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(BadInput, match="bad.npz"):
        read_zca(tmp_path / "bad.npz")


def test_a_snapshot_finds_its_own_transform(tmp_path, zca):
    """In the run folder first, then in the cache; another one is never taken."""
    snapshot = tmp_path / "run" / "snapshots" / "step_000000.npz"
    with pytest.raises(BadInput, match=zca.identity):
        stored_zca(snapshot, zca.identity)
    write_zca(cache_root() / "zca" / f"0123-{zca.identity}.npz", zca)
    assert stored_zca(snapshot, zca.identity).identity == zca.identity
    write_zca(tmp_path / "run" / "zca.npz", ZCA(zca.mean + 1, zca.matrix))
    assert stored_zca(snapshot, zca.identity).identity == zca.identity
    (cache_root() / "zca" / f"0123-{zca.identity}.npz").unlink()
    with pytest.raises(BadInput, match=zca.identity):
        stored_zca(snapshot, zca.identity)
    write_zca(tmp_path / "run" / "zca.npz", zca)
    assert stored_zca(snapshot, zca.identity).identity == zca.identity
    for nonsense in ("", "*", "../x"):
        with pytest.raises(BadInput):
            stored_zca(snapshot, nonsense)
