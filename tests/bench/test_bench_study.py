"""A study against direct calls of what it is made of; its file; the job that fills the cache."""

from dataclasses import replace

import numpy as np
import pytest
import toy

from ddcore.bench import study as study_module
from ddcore.bench.contests import as_images, contest
from ddcore.bench.results import read_result, result_path, write_result
from ddcore.bench.settings import MOST_IMAGES, SCHEMES, BenchSettings
from ddcore.bench.study import studied, study
from ddcore.coresets.subsets import KMeansCost, RidgeCost, sensitivity_coreset
from ddcore.data.dataset import Split, materialise
from ddcore.data.train_set import train_set
from ddcore.errors import BadInput
from ddcore.features.making import make_features
from ddcore.importance import SCORES
from ddcore.progress import Stopped, silent
from ddcore.randomness import numpy_generator
from ddcore.ridge.leverage import centred_targets, ridge_terms
from ddcore.runs.folder import create_job
from ddcore.runs.worker import work

RIDGE = BenchSettings(num_features=20, smallest=5, largest=20, sizes=2, draws=3)
KMEANS = BenchSettings(cost="kmeans", k=4, smallest=5, largest=20, sizes=2, draws=3)


@pytest.fixture
def toys():
    return toy.dataset(per_class=12)


def test_ridge_errors_are_certificates_of_the_scores_own_coresets(toys):
    train = train_set(toys)
    result = study(toys, RIDGE)
    own = SCORES.make("ridge", num_features=20).compute(train, 0).scores
    features = make_features("rff", train, 20, 0)
    cost = RidgeCost(features, centred_targets(train.labels, 3), 1.0)
    for scheme, scores in (("sensitivity", own), ("uniform", np.ones(36))):
        for place, m in enumerate((5, 20)):
            for draw in range(3):
                coreset = sensitivity_coreset(scores, m, numpy_generator(0, f"bench {scheme} {m}", draw))
                assert result.of(scheme)[place, draw] == pytest.approx(cost.certificate(*coreset), rel=1e-6)


def test_kmeans_errors_are_the_worst_found_of_the_scores_own_coresets(toys):
    train = train_set(toys)
    result = study(toys, KMEANS)
    own = SCORES.make("kmeans", clusters=4).compute(train, 0).scores
    coreset = sensitivity_coreset(own, 20, numpy_generator(0, "bench sensitivity 20", 2))
    error, _ = KMeansCost(train.pixels, 4).worst_found(*coreset, numpy_generator(0, "bench search 20", 2))
    assert result.of("sensitivity")[1, 2] == pytest.approx(error)


def test_plain_leverage_does_not_look_at_labels(toys):
    train = train_set(toys)
    family = contest(train, RIDGE, "cpu", silent)
    features = make_features("rff", train, 20, 0).astype(np.float64)
    inverse = np.linalg.inv(features.T @ features + np.eye(20))
    np.testing.assert_allclose(family.leverage, np.einsum("nd,de,ne->n", features, inverse, features), rtol=1e-4)
    assert (family.own > family.leverage).all()


@pytest.mark.parametrize("settings", [RIDGE, KMEANS], ids=["ridge", "kmeans"])
def test_shapes_pictures_and_determinism(toys, settings):
    result = study(toys, settings)
    assert result.errors.shape == (6, 2, 3) and np.isfinite(result.errors).all() and (result.errors >= 0).all()
    assert result.sizes.tolist() == [5, 20]
    assert np.ptp(result.of("representative"), axis=1).tolist() == [0, 0], "one set per size"
    assert (np.ptp(result.of("uniform"), axis=1) > 0).all()
    assert result.pictures.shape[:2] == (6, 2) and result.pictures.shape[3:] == (8, 8, 1)
    again = study(toys, settings)
    np.testing.assert_array_equal(again.errors, result.errors)
    np.testing.assert_array_equal(again.pictures, result.pictures)


def test_ridge_pictures_are_the_images_that_carry_the_worst_query(toys):
    result = study(toys, RIDGE)
    row, train = SCHEMES.index("uniform"), train_set(toys)
    draw = int(result.of("uniform")[0].argmax())
    indices, weights = sensitivity_coreset(np.ones(36), 5, numpy_generator(0, "bench uniform 5", draw))
    cost = RidgeCost(make_features("rff", train, 20, 0), centred_targets(train.labels, 3), 1.0)
    share = cost.worst_query(indices, weights)[1]
    top = np.argsort(-share)[:12]
    np.testing.assert_array_equal(result.labels[row, 0], train.labels[top])
    np.testing.assert_array_equal(result.pictures[row, 0], train.images[top])
    np.testing.assert_allclose(result.numbers[row, 0, :, 0], share[top])
    absent = ~np.isin(top, indices)
    assert absent.any() and (result.numbers[row, 0, absent, 1] == 0).all()
    assert (result.numbers[row, 0, ~absent, 1] > 0).all()


def test_kmeans_pictures_are_centres_and_their_shares_add_up_to_the_error(toys):
    result = study(toys, KMEANS)
    assert result.pictures.shape[2] == 4 and (result.labels == -1).all()
    for row, place in np.ndindex(6, 2):
        full, estimate = result.numbers[row, place].sum(axis=0)
        assert full == pytest.approx(1)
        assert abs(estimate - 1) == pytest.approx(result.errors[row, place].max())


def test_images_come_back_from_normalised_pixels(toys):
    train = train_set(toys)
    np.testing.assert_array_equal(as_images(train.pixels, train), train.images)


def test_large_sets_are_thinned_without_replacement_and_small_ones_are_whole(toys):
    assert len(studied(toys, 0, MOST_IMAGES["ridge"]).images) == 36
    some = studied(toys, 0, 10)
    assert len(some.images) == len(np.unique(some.images.reshape(10, -1), axis=0)) == 10
    np.testing.assert_array_equal(some.images, studied(toys, 0, 10).images)
    assert not np.array_equal(some.labels, studied(toys, 1, 10).labels) or not np.array_equal(
        some.images, studied(toys, 1, 10).images
    )


def test_a_thinned_study_says_how_many_images_it_had(toys, monkeypatch):
    monkeypatch.setitem(MOST_IMAGES, "ridge", 20)
    about = study(toys, RIDGE).about
    assert (about["count"], about["total"], about["dataset"]) == (20, 36, "toy")


def test_the_share_of_uniform_in_mixture_is_the_settings_own(toys):
    result = study(toys, replace(RIDGE, mixture=0.25))
    train = train_set(toys)
    own = SCORES.make("ridge", num_features=20).compute(train, 0).scores
    law = 0.25 / 36 + 0.75 * own / own.sum()
    cost = RidgeCost(make_features("rff", train, 20, 0), centred_targets(train.labels, 3), 1.0)
    coreset = sensitivity_coreset(law, 5, numpy_generator(0, "bench mixture 5", 1))
    assert result.of("mixture")[0, 1] == pytest.approx(cost.certificate(*coreset), rel=1e-6)


def test_the_bandwidth_is_that_of_the_features(toys):
    settings = replace(RIDGE, bandwidth=3.0)
    family = contest(train_set(toys), settings, "cpu", silent)
    terms = ridge_terms(make_features("rff", train_set(toys), 20, 0, 3.0), centred_targets(np.arange(36) // 12, 3), 1.0)
    np.testing.assert_allclose(family.leverage, terms["leverage"])
    assert not np.allclose(family.leverage, contest(train_set(toys), RIDGE, "cpu", silent).leverage)


def test_a_set_that_holds_everything_is_exact_and_has_no_worst_query(toys):
    result = study(toys, replace(RIDGE, largest=72))
    assert result.of("representative")[1].tolist() == [0, 0, 0]
    row = SCHEMES.index("representative")
    assert np.isnan(result.numbers[row, 1]).all() and not np.isnan(result.numbers[row, 0]).any()
    assert (result.of("uniform") > 0.01).all(), "drawn with replacement, more draws than images miss some"


def test_a_stop_comes_out(toys):
    def progress(done, total, note):
        if note == "measuring coresets" and done == 3:
            raise Stopped

    with pytest.raises(Stopped):
        study(toys, RIDGE, progress)


def test_equal_images_have_no_error_for_kmeans():
    images = np.full((6, 8, 8, 1), 90, np.uint8)
    split = Split(images, np.arange(6) % 2)
    dataset = materialise("equal", split, split, ("a", "b"), origin="made up", flip=True)
    result = study(dataset, BenchSettings(cost="kmeans", k=2, smallest=2, largest=4, sizes=2, draws=2))
    np.testing.assert_array_equal(result.errors, 0)


def test_results_survive_their_file(toys, tmp_path):
    result = study(toys, KMEANS)
    write_result(tmp_path / "r.npz", result)
    again = read_result(tmp_path / "r.npz")
    assert again.settings == KMEANS and again.about == result.about and not again.exact
    for name in ("sizes", "errors", "pictures", "numbers", "labels"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result, name))
    (tmp_path / "broken.npz").write_bytes(b"PK not really")
    with pytest.raises(BadInput, match="delete that file"):
        read_result(tmp_path / "broken.npz")


def test_the_job_fills_the_cache_once(toys, monkeypatch):
    path = result_path(toys.hash, RIDGE)
    run, _ = create_job("bench", {"dataset": toys.hash} | RIDGE.named())
    assert work(run) == {"hash": toys.hash, "result": path.name}
    np.testing.assert_array_equal(read_result(path).errors, study(toys, RIDGE).errors)
    monkeypatch.setattr(study_module, "studied", lambda *_: pytest.fail("computed again"))
    again, _ = create_job("bench", {"dataset": toys.hash} | RIDGE.named() | {"k": 10})
    assert work(again) == {"hash": toys.hash, "result": path.name}
