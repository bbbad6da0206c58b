"""Leave them out: random counterparts, the exact downdate, pairing, resuming, and what is refused."""

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.features.rbf_kernel import median_distance
from ddcore.features.rff import rff_features
from ddcore.progress import Stopped
from ddcore.randomness import numpy_generator
from ddcore.runs.folder import create_job
from ddcore.runs.worker import work
from ddcore.studies import trained_arms
from ddcore.studies.leaving_out import ALL, ARMS, ONLY, ONLY_RANDOM, WITHOUT, WITHOUT_RANDOM, LeavingOut
from ddcore.studies.trained_arms import FEATURES, RIDGE, train_arms
from ddcore.training.experts import ExpertSchedule

SOME = (*range(40), 700, 701)


@pytest.fixture
def digits(tmp_path, session_cache, monkeypatch):
    """Prepared digits; what is kept of studies is this test's own."""
    from ddcore.data.loading import load_dataset

    monkeypatch.setenv("DDCORE_CACHE", str(session_cache))
    dataset = load_dataset("digits")
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path / "cache"))
    return dataset


@pytest.fixture
def short(monkeypatch):
    """Networks of three steps."""
    monkeypatch.setitem(trained_arms.FULL_SCHEDULES, "quick", ExpertSchedule(3, batch=16))


def counts(dataset, ids):
    return np.bincount(dataset.train.labels[ids], minlength=dataset.num_classes).tolist()


def as_lists(study):
    return {arm: {seed: right.tolist() for seed, right in by.items()} for arm, by in study.results().items()}


def test_random_images_are_as_many_of_each_class_and_new_for_each_seed(digits):
    study = LeavingOut.of(digits, SOME)
    drawn = [study.random_ids(seed) for seed in (0, 0, 1)]
    assert (drawn[0] == drawn[1]).all() and (drawn[0] != drawn[2]).any()
    for ids in drawn:
        assert len(set(ids.tolist())) == len(SOME) and counts(digits, ids) == counts(digits, list(SOME))


def test_arms_hold_what_they_are_called_and_counterparts_share_their_places(digits):
    study, every, random = LeavingOut.of(digits, SOME), set(range(len(digits.train))), None
    random, chosen = set(study.random_ids(3).tolist()), set(SOME)
    wanted = {ALL: every, WITHOUT: every - chosen, WITHOUT_RANDOM: every - random, ONLY: chosen, ONLY_RANDOM: random}
    rows = {arm: study.rows(arm, 3) for arm in ARMS}
    assert {arm: set(found.tolist()) for arm, found in rows.items()} == wanted
    assert all(len(rows[arm]) == len(wanted[arm]) for arm in ARMS), "none twice"
    for one, other in ((WITHOUT, WITHOUT_RANDOM), (ONLY, ONLY_RANDOM)):
        apart = rows[one] != rows[other]
        assert apart.sum() == len(chosen - random)
        assert (digits.train.labels[rows[one]] == digits.train.labels[rows[other]]).all()


def test_on_features_an_arm_equals_training_anew_on_its_images(digits):
    study = LeavingOut.of(digits, SOME, seeds=2)
    train_arms(study)
    assert study.missing() == []
    scale = 255 * np.asarray(digits.std, np.float32)
    train, test = (
        split.images.reshape(len(split), -1) / scale - np.float32(digits.mean[0] / digits.std[0])
        for split in (digits.train, digits.test)
    )
    for seed in study.seeds:
        width = median_distance(train, numpy_generator(seed, "leave-out-bandwidth"))
        seen, tested = (
            rff_features(points.astype(np.float32), FEATURES, width, numpy_generator(seed, "leave-out-features"))
            for points in (train, test)
        )
        for arm in ARMS:
            rows = study.rows(arm, seed)
            x, y = seen[rows].astype(float), np.eye(10)[digits.train.labels[rows]] - 0.1
            anew = np.linalg.lstsq(
                np.vstack([x, RIDGE**0.5 * np.eye(FEATURES)]), np.vstack([y, np.zeros((FEATURES, 10))]), rcond=None
            )[0]
            right = digits.test.labels[(tested @ anew).argmax(1) == digits.test.labels]
            assert study.right(arm, seed).tolist() == np.bincount(right, minlength=10).tolist(), (seed, arm)


@pytest.mark.parametrize("by", ["features", "network"])
def test_arms_that_leave_out_the_same_images_come_out_the_same(digits, short, by, monkeypatch):
    """Features, first weights and the order of images are those of the seed, whatever is left out."""
    study = LeavingOut.of(digits, SOME, by=by, seeds=2)
    monkeypatch.setattr(LeavingOut, "random_ids", lambda self, seed: self.ids)
    train_arms(study)
    found = as_lists(study)
    assert found[WITHOUT] == found[WITHOUT_RANDOM] and found[ONLY] == found[ONLY_RANDOM]
    assert found[ALL][0] != found[ALL][1], "seeds differ"


@pytest.mark.parametrize("by", ["features", "network"])
def test_stopping_and_going_on_equals_never_stopping(digits, short, by, tmp_path, monkeypatch):
    study = LeavingOut.of(digits, SOME, by=by, seeds=3)
    train_arms(study)
    whole, trained = as_lists(study), []
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path / "another"))

    def until_half(done: float, total: float, _note: str) -> None:
        if done > total / 2:
            raise Stopped

    with pytest.raises(Stopped):
        train_arms(study, until_half)
    before = study.missing()
    assert 0 < len(before) < 15
    keep = LeavingOut.keep
    monkeypatch.setattr(LeavingOut, "keep", lambda self, *what: trained.append(what[:2]) or keep(self, *what))
    train_arms(study)
    assert as_lists(study) == whole
    assert sorted((seed, arm) for arm, seed in trained) == sorted(before), "nothing twice"


def test_all_images_are_trained_on_once_whatever_is_chosen(digits):
    train_arms(LeavingOut.of(digits, SOME, seeds=2))
    other = LeavingOut.of(digits, range(50, 90), seeds=2)
    assert {arm for _, arm in other.missing()} == set(ARMS) - {ALL}
    more = LeavingOut.of(digits, SOME, seeds=3)
    assert more.missing() == [(2, arm) for arm in ARMS], "more seeds keep those that are there"


def test_the_job_keeps_accuracies_by_seed(digits):
    run, _ = create_job("leave-out", {"dataset": digits.hash, "ids": list(SOME), "by": "features", "seeds": 2})
    materialised = digits.hash  # the job opens it by its hash
    from ddcore.data.loading import load_dataset

    assert load_dataset("digits").hash == materialised
    assert work(run) == {"hash": digits.hash, "images": len(SOME), "by": "features", "seeds": 2}
    study = LeavingOut.of(digits, SOME, seeds=2)
    accuracies = study.accuracies(study.results())
    assert set(accuracies) == set(ARMS) and all(set(by_seed) == {0, 1} for by_seed in accuracies.values())
    share = study.right(WITHOUT, 1).sum() / len(digits.test)
    assert accuracies[WITHOUT][1] == share > accuracies[ONLY][1]
    assert study.seconds_left() == 0


def test_what_cannot_be_left_out_is_refused(digits):
    nines = np.flatnonzero(digits.train.labels == 9)
    with pytest.raises(BadInput, match="at least one whole number"):
        LeavingOut.of(digits, [])
    with pytest.raises(BadInput, match="no image 9999"):
        LeavingOut.of(digits, [0, 9999])
    with pytest.raises(BadInput, match="image of 9 is chosen"):
        LeavingOut.of(digits, nines)
    with pytest.raises(BadInput, match="seeds"):
        LeavingOut.of(digits, SOME, seeds=1)
    with pytest.raises(BadInput, match="by"):
        LeavingOut.of(digits, SOME, by="guessing")


def test_too_few_images_or_classes_are_not_learnt_from_alone(digits):
    nines = np.flatnonzero(digits.train.labels == 9)[1:]
    for ids in (nines, range(9)):
        study = LeavingOut.of(digits, ids)
        assert study.not_alone and study.arms == (ALL, WITHOUT, WITHOUT_RANDOM)
    study = LeavingOut.of(digits, SOME)
    assert not study.not_alone and study.arms == ARMS
    assert study.missing_classes == 10 - len(set(digits.train.labels[list(SOME)].tolist()))


def test_damaged_results_are_made_again(digits):
    study = LeavingOut.of(digits, SOME, seeds=2)
    train_arms(study)
    whole = as_lists(study)
    study._path(ONLY, 1).write_text("[1, 2")
    study.keep(WITHOUT, 0, study.tested + 1)
    assert study.missing() == [(0, WITHOUT), (1, ONLY)]
    train_arms(study)
    assert as_lists(study) == whole
