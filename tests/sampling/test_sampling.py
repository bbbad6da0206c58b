import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import sampling as reference

from ddcore.errors import BadInput
from ddcore.sampling.law import across_classes, class_balanced, corrections, probabilities

some_scores = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=40)
shares = st.floats(0, 1)
temperatures = st.floats(0, 4)
directions = st.sampled_from(["hard", "easy"])
quick = settings(deadline=None, derandomize=True, max_examples=60)


@st.composite
def labelled_scores(draw):
    scores = draw(some_scores)
    labels = draw(st.lists(st.integers(0, 3), min_size=len(scores), max_size=len(scores)))
    return np.array(scores), np.array(labels)


@quick
@given(labelled_scores(), shares, temperatures, directions, st.booleans())
def test_law_sums_to_one_and_corrections_undo_it(data, uniform, temperature, direction, by_class):
    scores, labels = data
    groups = labels if by_class else np.zeros(len(scores), int)
    given_labels = labels if by_class else None
    law = probabilities(scores, given_labels, uniform, temperature, direction)
    weights = corrections(law, given_labels)
    for label in np.unique(groups):
        own = law[groups == label]
        assert own.sum() == pytest.approx(1, abs=1e-12)
        drawn = own >= np.finfo(float).tiny
        np.testing.assert_allclose((own * weights[groups == label])[drawn], 1 / len(own), rtol=1e-15)
        assert np.all(weights[groups == label][~drawn] == 0)
    if uniform > 0:
        assert np.all(law > 0)
        assert weights.max() <= 1 / uniform * (1 + 1e-15)


@quick
@given(labelled_scores(), shares, temperatures, directions)
def test_across_classes_every_image_counts_as_in_a_class_balanced_mean(data, uniform, temperature, direction):
    scores, labels = data
    law = across_classes(scores, labels, uniform, temperature, direction)
    balanced = np.array([1 / (len(np.unique(labels)) * np.sum(labels == label)) for label in labels])
    weights = corrections(law, base=balanced)
    assert law.sum() == pytest.approx(1, abs=1e-12)
    drawn = law >= np.finfo(float).tiny
    np.testing.assert_allclose((law * weights)[drawn], balanced[drawn], rtol=1e-15)
    if uniform > 0:
        assert weights.max() <= 1 / uniform * (1 + 1e-14)
    equal = across_classes(np.ones(len(labels)), labels, uniform, temperature, direction)
    np.testing.assert_allclose(equal, balanced, rtol=1e-12)


@quick
@given(labelled_scores(), shares)
def test_across_classes_the_law_is_relative_to_the_balanced_one(data, uniform):
    scores, labels = data
    scores = np.round(scores / 1e6) + 1
    balanced = class_balanced(labels)
    expected = [
        (1 - uniform) * b * s / sum(balanced * scores) + uniform * b for b, s in zip(balanced, scores, strict=True)
    ]
    np.testing.assert_allclose(across_classes(scores, labels, uniform), expected, rtol=1e-12)


@quick
@given(labelled_scores(), shares, st.sampled_from([0.5, 1.0, 2.0]), directions)
def test_law_equals_the_equations(data, uniform, temperature, direction):
    scores, labels = data
    scores = np.round(scores / 1e6)
    expected = reference.probabilities(scores, labels.tolist(), uniform, temperature, direction)
    np.testing.assert_allclose(probabilities(scores, labels, uniform, temperature, direction), expected, rtol=1e-12)


@quick
@given(st.integers(1, 300), st.floats(1e-6, 1e6), shares, temperatures, directions)
def test_equal_scores_leave_uniform_sampling_exactly_as_it_is(count, score, uniform, temperature, direction):
    law = probabilities(np.full(count, score), None, uniform, temperature, direction)
    assert np.all(law == 1 / count)
    assert np.all(corrections(law) == 1)


def test_the_estimate_is_unbiased_exactly():
    rng = np.random.default_rng(0)
    scores, values = rng.exponential(size=50), rng.normal(size=50)
    law = probabilities(scores, uniform=0.3)
    assert np.sum(law * corrections(law) * values) == pytest.approx(values.mean(), rel=1e-13)


def test_all_zero_scores_mean_uniform_also_in_one_class_only():
    np.testing.assert_array_equal(probabilities(np.zeros(4), uniform=0), np.full(4, 0.25))
    law = probabilities(np.array([0, 0, 1, 3.0]), np.array([5, 5, 9, 9]), uniform=0)
    np.testing.assert_array_equal(law, [0.5, 0.5, 0.25, 0.75])


def test_easy_reverses_ranks_and_equal_scores_stay_equal():
    np.testing.assert_allclose(probabilities(np.array([1, 2, 5.0]), uniform=0, direction="easy"), [5 / 8, 2 / 8, 1 / 8])
    law = probabilities(np.array([0, 0, 0, 6.0]), uniform=0, direction="easy")
    np.testing.assert_allclose(law, [1 / 3, 1 / 3, 1 / 3, 0])


def test_extreme_scores_do_not_overflow():
    law = probabilities(np.array([1e300, 1e300, 1.0]), uniform=0.5, temperature=4)
    assert np.isfinite(law).all()
    np.testing.assert_allclose(law, [5 / 12, 5 / 12, 1 / 6])


def test_scores_are_not_changed():
    scores = np.array([3.0, 1.0])
    scores.flags.writeable = False
    probabilities(scores, direction="easy")


@pytest.mark.parametrize(
    ("scores", "settings", "message"),
    [
        ([1, -2.5], {}, "Score -2.5 of image 1 is not allowed; scores are finite numbers from 0."),
        ([float("nan"), 1], {}, "Score nan of image 0 is not allowed; scores are finite numbers from 0."),
        ([1, float("inf")], {}, "Score inf of image 1 is not allowed; scores are finite numbers from 0."),
        ([], {}, "Scores of shape (0,) cannot be sampled from; give one number per image."),
        ([1], {"uniform": 1.1}, "uniform=1.1 is not allowed; choose a share from 0 to 1."),
        ([1], {"temperature": -1}, "temperature=-1 is not allowed; choose a number of at least 0."),
        ([1], {"direction": "soft"}, "direction='soft' is not allowed; choose one of hard, easy."),
        ([1], {"labels": np.zeros(2)}, "2 labels do not fit 1 scores; give one label per score."),
    ],
)
def test_mistakes_are_told_in_one_sentence(scores, settings, message):
    with pytest.raises(BadInput) as refusal:
        probabilities(np.array(scores), **settings)
    assert str(refusal.value) == message
