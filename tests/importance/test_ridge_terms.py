"""Ridge leverage of label-augmented features against the n x n forms of the equations, and what is proved of it."""

import tracemalloc

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import ridge as reference

from ddcore.coresets.subsets import sensitivity_coreset
from ddcore.errors import BadInput
from ddcore.ridge import gram
from ddcore.ridge.leverage import Whitening, centred_targets, ridge_terms

SHAPES = [(40, 6), (12, 12), (9, 25)]  # more points than features, as many, fewer


def some(count, width, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    return rng.normal(size=(count, width)) + labels[:, None], centred_targets(labels, classes)


def scores(*arguments, **more):
    terms = ridge_terms(*arguments, **more)
    return terms["leverage"] + terms["residual"]


def test_centred_targets():
    targets = centred_targets(np.array([2, 0]), 4)
    np.testing.assert_array_equal(targets, [[-0.25, -0.25, 0.75, -0.25], [0.75, -0.25, -0.25, -0.25]])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ridge", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("shape", SHAPES)
def test_both_forms_are_one(shape, ridge, weighted):
    features, targets = some(*shape)
    weights = np.random.default_rng(1).exponential(size=len(features)) if weighted else None
    terms = ridge_terms(features, targets, ridge, weights)
    assert list(terms) == ["leverage", "residual"]
    assert all(values.dtype == np.float64 and values.shape == (len(features),) for values in terms.values())
    leverage, residual = reference.split(features, targets, ridge, weights)
    np.testing.assert_allclose(terms["leverage"], leverage, rtol=1e-8)
    np.testing.assert_allclose(terms["residual"], residual, rtol=1e-8, atol=1e-10)
    joint = reference.augmented(features, targets, ridge, weights)
    np.testing.assert_allclose(terms["leverage"] + terms["residual"], joint, rtol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_ridge_zero_is_least_squares(shape):
    """Projections onto the columns of [Phi Y]: the diagonal of an orthogonal basis, also where columns repeat."""
    features, targets = some(*shape)
    features = np.hstack([features, features[:, :2]])
    left, values, _ = np.linalg.svd(np.hstack([features, targets]), full_matrices=False)
    basis = left[:, values > 1e-10 * values[0]]
    np.testing.assert_allclose(scores(features, targets, 0.0), (basis**2).sum(axis=1), rtol=1e-8)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.integers(2, 14), st.integers(1, 8), st.sampled_from([1e-4, 0.1, 1.0, 50.0]), st.integers(0, 3),
    st.integers(0, 10**6),
)  # fmt: skip
def test_no_fit_exceeds_the_bound(count, width, ridge, coarse, seed):
    """For every label column and combination of them, however the fit is chosen, f_i / sum f <= score_i + 1/n."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, width)).round(coarse)
    targets = centred_targets(rng.integers(0, 3, count), 3)
    bound = scores(features, targets, ridge) + 1 / count
    y = targets @ rng.normal(size=3)
    if not y.any():
        return
    place = int(rng.integers(count))

    def share(w):
        return reference.shares(features, y, ridge, w)[place]

    start = rng.normal(size=width) * rng.choice([0.1, 1, 10])
    climbed = scipy.optimize.minimize(lambda w: -share(w), start, method="L-BFGS-B").x
    for w in (start, climbed):
        assert np.all(reference.shares(features, y, ridge, w) <= bound * (1 + 1e-9))
    for i in range(count):
        with np.errstate(divide="ignore", invalid="ignore"):
            w = reference.best_fit_for(i, features, y, ridge)
        if np.isfinite(w).all():
            assert np.all(reference.shares(features, y, ridge, w) <= bound * (1 + 1e-9))


def test_the_bound_is_reached_for_one_output():
    """Leverage plus residual is the sup of the squared part, not only above it."""
    features, targets = some(20, 4, classes=2)
    y = targets[:, 0]
    bound = scores(features, y[:, None], 0.5)
    for i in range(20):
        w = reference.best_fit_for(i, features, y, 0.5)
        errors = (features @ w - y) ** 2
        assert errors[i] / (errors.sum() + 0.5 * w @ w) == pytest.approx(bound[i], rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_sums(shape):
    features, targets = some(*shape)
    values = np.linalg.svd(features, compute_uv=False) ** 2
    for ridge in (0.01, 1.0, 30.0):
        terms, dimension = ridge_terms(features, targets, ridge), np.sum(values / (values + ridge))
        assert terms["leverage"].sum() == pytest.approx(dimension, rel=1e-9)
        assert Whitening.of(features, targets, ridge).effective_dimension == pytest.approx(dimension, rel=1e-9)
        total = terms["leverage"] + terms["residual"]
        assert total.sum() <= dimension + targets.shape[1] - 1 + 1e-9
        assert total.max() <= 1 + 1e-9


@pytest.mark.parametrize("shape", SHAPES)
def test_rotations_doubling_and_label_names_change_nothing(shape):
    features, targets = some(*shape)
    before = ridge_terms(features, targets, 0.7)
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(shape[1], shape[1])))[0]
    mixing = np.random.default_rng(3).normal(size=(3, 3))
    doubled = ridge_terms(np.tile(features, (2, 1)), np.tile(targets, (2, 1)), 1.4)
    for name, values in before.items():
        np.testing.assert_allclose(ridge_terms(features @ rotation, targets, 0.7)[name], values, rtol=1e-8)
        np.testing.assert_allclose(ridge_terms(features, targets @ mixing, 0.7)[name], values, rtol=1e-8)
        np.testing.assert_allclose(doubled[name], np.tile(values / 2, 2), rtol=1e-8)


def test_an_exact_kernel_factor_gives_the_kernel_formula():
    points = np.random.default_rng(0).normal(size=(30, 2))
    kernel = np.exp(-((points[:, None] - points) ** 2).sum(axis=2) / 2)
    values, vectors = np.linalg.eigh(kernel)
    factor = vectors * np.sqrt(np.maximum(values, 0))
    for ridge in (0.01, 1.0):
        expected = np.diag(kernel @ np.linalg.inv(kernel + ridge * np.eye(30)))
        terms = ridge_terms(factor, centred_targets(np.arange(30) % 2, 2), ridge)
        np.testing.assert_allclose(terms["leverage"], expected, rtol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_weight_counts_copies(shape):
    features, targets = some(*shape)
    copies = np.arange(len(features)) % 4
    place = np.repeat(np.arange(len(features)), copies)
    for ridge in (0.0, 0.3):
        single = ridge_terms(features[place], targets[place], ridge)
        for name, values in ridge_terms(features, targets, ridge, copies).items():
            expected = np.bincount(place, weights=single[name], minlength=len(features))
            np.testing.assert_allclose(values, expected, rtol=1e-8, atol=1e-12)


def test_drawn_by_the_scores_every_estimate_is_unbiased():
    """E of the estimate is a sum over all points that a draw can give: enumerated, not sampled."""
    features, targets = some(15, 4)
    found = scores(features, targets, 0.5)
    m = 600
    weight = dict(zip(*sensitivity_coreset(found, m, np.random.default_rng(0)), strict=True))
    assert len(weight) == 15
    for seed in range(5):
        w = np.random.default_rng(seed).normal(size=(4, 3))
        costs = ((features @ w - targets) ** 2).sum(axis=1)
        expected = m * sum(found[i] / found.sum() * weight[i] * costs[i] for i in range(15))
        assert expected == pytest.approx(costs.sum(), rel=1e-12)


def waves(count, width, scale=1.0):
    """Random Fourier features of points that nearly lie on a plane: a spectrum that decays fast."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(count, 6)) * np.array([2, 1, 0.3, 0.1, 0.01, 0.001])
    phases = points @ rng.normal(size=(6, width)) + rng.uniform(0, 2 * np.pi, width)
    return (scale * np.sqrt(2 / width) * np.cos(phases)).astype(np.float32), points


@pytest.mark.parametrize(("ridge", "kind"), [(1.0, np.float32), (0.05, np.float32), (1e-6, np.float64)])
def test_single_precision_is_left_where_it_would_show(monkeypatch, ridge, kind):
    monkeypatch.setattr(gram, "_LARGE", 0)
    features, points = waves(3000, 200)
    targets = centred_targets((points[:, 0] > 0) + (points[:, 1] > 0).astype(np.int64), 3)
    assert Whitening.of(features, targets, ridge).root.dtype == kind
    found, exact = (ridge_terms(each, targets, ridge) for each in (features, features.astype(np.float64)))
    for name in exact:
        np.testing.assert_allclose(found[name], exact[name], rtol=2e-4, atol=3e-4 * exact[name].mean())


def test_small_products_are_done_in_double_precision():
    features, points = waves(3000, 200)
    assert Whitening.of(features, np.zeros((3000, 1)), 1.0).root.dtype == np.float64
    many = np.tile(features, (9, 1))
    assert Whitening.of(many, np.zeros((27_000, 1)), 1.0).root.dtype == np.float32
    assert Whitening.of(many, np.zeros((27_000, 1)), 1.0, double=True).root.dtype == np.float64


def test_double_precision_is_kept():
    features, points = waves(300, 20)
    targets = centred_targets((points[:, 0] > 0).astype(np.int64), 2)
    double = features.astype(np.float64) + 1e-9
    assert Whitening.of(double, targets, 1.0).root.dtype == np.float64
    np.testing.assert_allclose(scores(double, targets, 1.0), reference.augmented(double, targets, 1.0), rtol=1e-10)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_chunks_change_nothing(monkeypatch, kind):
    monkeypatch.setattr(gram, "_LARGE", 0)
    features, targets = some(50, 6)
    weights = np.arange(50) / 10
    whole = scores(features.astype(kind), targets, 1.0, weights)
    monkeypatch.setattr(gram, "_ROWS", 7)
    np.testing.assert_allclose(scores(features.astype(kind), targets, 1.0, weights), whole, rtol=1e-5)


@pytest.mark.parametrize("shape", [(30_000, 64), (64, 30_000)])
def test_memory_stays_below_three_times_the_features(shape):
    features = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    targets = centred_targets(np.arange(shape[0]) % 10, 10)
    tracemalloc.start()
    ridge_terms(features, targets, 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * features.nbytes + targets.nbytes * 4  # beside the features themselves


@pytest.mark.parametrize("ridge", [0.0, 1.0])
@pytest.mark.parametrize("shape", [(8, 3), (3, 8), (1, 1), (1, 5), (5, 1)])
def test_degenerate_features(shape, ridge):
    """Equal points share alike; nothing to see scores nothing; the labels still count."""
    targets = np.zeros((shape[0], 2))
    np.testing.assert_array_equal(scores(np.zeros(shape), targets, ridge), 0)
    equal = scores(np.ones(shape), targets, ridge)
    expected = shape[1] / (shape[0] * shape[1] + ridge) if ridge else 1 / shape[0]
    np.testing.assert_allclose(equal, expected, rtol=1e-12)
    varied = ridge_terms(np.zeros(shape), centred_targets(np.arange(shape[0]) % 2, 2), ridge)
    np.testing.assert_array_equal(varied["leverage"], 0)
    np.testing.assert_allclose(varied["residual"], 1 / shape[0])


@pytest.mark.parametrize("classes", [1, 4])
def test_one_class_only(classes):
    features = some(20, 3)[0]
    targets = centred_targets(np.zeros(20, np.int64), classes)
    terms = ridge_terms(features, targets, 1.0)
    assert np.all(terms["leverage"] > 0)
    if classes == 1:
        np.testing.assert_array_equal(terms["residual"], 0)
    else:
        np.testing.assert_allclose(terms["residual"], reference.split(features, np.ones((20, 1)), 1.0)[1], rtol=1e-8)


def test_a_label_that_is_fitted_perfectly_costs_nothing():
    features, targets = some(30, 4)
    terms = ridge_terms(np.hstack([features, targets]), targets, 0.0)
    np.testing.assert_array_equal(terms["residual"], 0)


def test_enormous_single_precision_features_do_not_overflow():
    features, targets = some(30, 4)
    np.testing.assert_allclose(
        scores((features * 1e25).astype(np.float32), targets, 1.0), scores(features, targets, 0.0), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((4, 2)), np.ones((3, 1)), 1.0), r"Targets of shape \(3, 1\) do not fit 4 points"),
        ((np.ones(4), np.ones((4, 1)), 1.0), r"Features of shape \(4,\)"),
        ((np.ones((4, 0)), np.ones((4, 1)), 1.0), r"Features of shape \(4, 0\)"),
        ((np.ones((4, 2)), np.ones((4, 1)), -1.0), "ridge=-1.0 is not allowed"),
        ((np.ones((4, 2)), np.ones((4, 1)), np.nan), "ridge=nan is not allowed"),
        ((np.ones((4, 2)), np.ones((4, 1)), 1.0, np.array([1, 1, 1, -1])), "These weights do not fit 4 points"),
        ((np.ones((4, 2)), np.ones((4, 1)), 1.0, np.ones(3)), "These weights do not fit 4 points"),
        ((np.full((4, 2), np.nan), np.ones((4, 1)), 1.0), "infinite, missing or enormous"),
        ((np.full((2, 4), np.inf), np.ones((2, 1)), 1.0), "infinite, missing or enormous"),
    ],
)
def test_what_cannot_be_scored_is_refused(arguments, message):
    with pytest.raises(BadInput, match=message):
        ridge_terms(*arguments)


def test_features_that_are_all_zero_upset_no_library(capfd):
    """LAPACK complains of matrices of width 0 on standard output, where results are expected."""
    targets = centred_targets(np.arange(6) % 2, 2)
    for ridge in (0.0, 1.0):
        np.testing.assert_allclose(scores(np.zeros((6, 10)), targets, ridge), 1 / 6)
    assert capfd.readouterr() == ("", "")
