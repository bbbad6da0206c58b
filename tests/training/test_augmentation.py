"""DSA: each operation against its formula, Siamese sharing, gradients."""

import numpy as np
import pytest
import torch

from ddcore.training import augmentation
from ddcore.training.augmentation import WITH_FLIP, WITHOUT_FLIP, Augmentation, Draw

OPERATIONS = {name: getattr(augmentation, name) for name in WITH_FLIP}


def images(batch=4, channels=3, size=32, dtype=torch.float32):
    rng = np.random.default_rng(0)
    return torch.as_tensor(rng.standard_normal((batch, channels, size, size)), dtype=dtype)


def uniforms(*rows):
    return torch.tensor(rows, dtype=torch.float32)


@pytest.mark.parametrize("name", WITH_FLIP)
@pytest.mark.parametrize("size", [8, 28, 32])
def test_shape_type_and_values_stay_sound(name, size):
    x = images(channels=1, size=size)
    u = torch.rand(4, 3, generator=torch.Generator().manual_seed(0))
    y = OPERATIONS[name](x, u)
    assert y.shape == x.shape
    assert y.dtype == x.dtype
    assert y.isfinite().all()


def test_color_by_its_formula():
    x, u = images(), torch.rand(4, 3, generator=torch.Generator().manual_seed(0))
    expected = []
    for image, (b, s, k) in zip(x, u.tolist(), strict=True):
        y = image + (b - 0.5)
        y = (y - y.mean(0)) * (2 * s) + y.mean(0)
        expected.append((y - y.mean()) * (k + 0.5) + y.mean())
    torch.testing.assert_close(augmentation.color(x, u), torch.stack(expected))


@pytest.mark.parametrize(("size", "reach"), [(28, 4), (32, 4), (64, 8), (8, 1)])
def test_crop_shifts_by_up_to_an_eighth_and_fills_with_zeros(size, reach):
    x = torch.ones(2, 1, size, size)
    low, high = augmentation.crop(x, uniforms([0.0, 0.5, 0], [0.9999, 0.5, 0]))
    assert low[0, :reach].eq(0).all() and low[0, reach:].eq(1).all()
    assert high[0, -reach:].eq(0).all() and high[0, :-reach].eq(1).all()


def test_crop_without_shift_is_the_identity():
    x = images()
    torch.testing.assert_close(augmentation.crop(x, torch.full((4, 3), 0.5)), x)


@pytest.mark.parametrize(("size", "side"), [(28, 14), (32, 16), (8, 4)])
def test_cutout_zeros_a_square_of_half_the_side(size, side):
    y = augmentation.cutout(torch.ones(1, 1, size, size), uniforms([0.5, 0.5, 0]))
    hole = y[0, 0].eq(0)
    assert hole.any(1).sum() == side and hole.any(0).sum() == side and hole.sum() == side**2
    corner = augmentation.cutout(torch.ones(1, 1, size, size), uniforms([0.0, 0.0, 0]))
    assert corner[0, 0].eq(0).sum() == (side // 2) ** 2  # three quarters of it fall outside


def test_flip_mirrors_half_of_the_draws():
    x = images(2)
    y = augmentation.flip(x, uniforms([0.4, 0, 0], [0.6, 0, 0]))
    assert torch.equal(y[0], x[0].flip(2)) and torch.equal(y[1], x[1])


def test_scale_and_rotate_keep_the_image_at_their_neutral_point():
    x = images()
    neutral = (1 - 1 / 1.2) / (1.2 - 1 / 1.2)
    torch.testing.assert_close(augmentation.scale(x, torch.full((4, 3), neutral)), x, atol=1e-4, rtol=0)
    torch.testing.assert_close(augmentation.rotate(x, torch.full((4, 3), 0.5)), x, atol=1e-4, rtol=0)


def test_a_factor_above_one_shrinks_the_content():
    x = torch.ones(1, 1, 32, 32)
    assert augmentation.scale(x, uniforms([0.999, 0.999, 0]))[0, 0, 0].eq(0).all()
    assert augmentation.scale(x, uniforms([0.0, 0.0, 0])).min() > 0.99


@pytest.mark.parametrize("operation", range(len(WITH_FLIP)))
def test_siamese_the_same_image_in_both_batches_comes_out_the_same(operation):
    """One draw per class: whatever real and synthetic batch a class's images stand in, they see the same."""
    dsa, x = Augmentation(), images(6, size=16)
    draw = Draw(np.full(3, operation), np.random.default_rng(1).random((3, 3)))
    rows = torch.tensor([0, 1, 2, 0, 1, 2])
    whole = dsa.apply(x, draw, rows)
    alone = dsa.apply(x[[4]], draw, torch.tensor([1]))
    assert torch.equal(whole[[4]], alone)


def test_mixed_groups_equal_one_by_one():
    dsa, x = Augmentation(), images(12, size=16)
    draw = dsa.draw(np.random.default_rng(5), 12)
    assert len(set(draw.operations.tolist())) > 2
    one_by_one = [dsa.apply(x[[i]], draw, torch.tensor([i])) for i in range(12)]
    torch.testing.assert_close(dsa.apply(x, draw), torch.cat(one_by_one))


@pytest.mark.parametrize("rows", [None, torch.tensor([2, 0, 2, 1, 2, 0])])
def test_an_operation_is_applied_once_to_all_images_that_drew_it(rows, monkeypatch):
    """What nobody drew is not applied, also where a row of the draw has it."""
    sizes = {}

    def counted(name, operation):
        def applied(x, u):
            assert name not in sizes
            sizes[name] = len(x)
            return operation(x, u)

        return applied

    known = {name: counted(name, operation) for name, operation in augmentation._OPERATIONS.items()}
    monkeypatch.setattr(augmentation, "_OPERATIONS", known)
    draw = Draw(np.array([0, 1, 0, 3, 4, 1]), np.random.default_rng(0).random((6, 3)))
    Augmentation().apply(images(6), draw, rows)
    assert sizes == ({"color": 2, "crop": 2, "flip": 1, "scale": 1} if rows is None else {"color": 5, "crop": 1})


def test_a_batch_shares_its_group_but_not_its_parameters():
    draw = Augmentation().draw_batch(np.random.default_rng(0), 64)
    assert len(set(draw.operations.tolist())) == 1
    assert len(np.unique(draw.uniforms[:, 0])) == 64


def test_digits_are_never_mirrored():
    assert "flip" not in WITHOUT_FLIP
    dsa = Augmentation(WITHOUT_FLIP)
    seen = {dsa.operations[int(dsa.draw(np.random.default_rng(s), 1).operations[0])] for s in range(200)}
    assert seen == set(WITHOUT_FLIP)


@pytest.mark.parametrize("name", WITH_FLIP)
def test_gradients(name):
    x = images(2, 1, 6, torch.float64).requires_grad_(True)
    u = torch.tensor([[0.31, 0.77, 0.45], [0.62, 0.12, 0.83]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: OPERATIONS[name](x, u), (x,))
