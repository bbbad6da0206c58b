"""What each kind of variant changes, exactly (the rest: `test_variants.py`)."""

import numpy as np
import pytest

from ddcore.data.dataset import materialised
from ddcore.data.loading import load_dataset
from ddcore.data.sources.images import conformed
from ddcore.errors import BadInput


def counts(dataset):
    return np.bincount(dataset.train.labels, minlength=dataset.num_classes).tolist()


def test_long_tail_has_the_published_profile(sources):
    """Class k of K keeps n_max * f^(-k/(K-1)), rounded down: the numbers of CIFAR-10-LT, scaled to 500 a class."""
    base = load_dataset(sources.noise([500] * 10, shape=(4, 4)))
    tail = load_dataset(base.hash, variant="long-tail:100")
    assert counts(tail) == [500, 299, 179, 107, 64, 38, 23, 13, 8, 5]
    np.testing.assert_array_equal(tail.train.images, base.train.images[tail.origins])
    np.testing.assert_array_equal(tail.train.labels, base.train.labels[tail.origins])
    assert (np.diff(tail.origins) > 0).all()  # distinct, in the order of the base
    assert tail.planted is None and tail.true_labels is None


@pytest.mark.parametrize(
    ("per_class", "factor", "expected"),
    [
        ([12, 12, 12], 4, [12, 6, 3]),
        ([3, 12, 12], 4, [3, 6, 3]),  # a class keeps what it has
        ([5, 5, 5], 10_000, [5, 1, 1]),  # and never becomes empty
    ],
)
def test_long_tails_of_odd_data(sources, per_class, factor, expected):
    assert counts(load_dataset(sources.noise(per_class), variant=f"long-tail:{factor}")) == expected


def test_a_longer_tail_keeps_fewer_of_the_same(digits):
    short, long = (load_dataset("digits", variant=f"long-tail:{f}") for f in (5, 50))
    assert set(long.origins) < set(short.origins)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_duplicates_are_copies_of_what_is_left_of_their_class(digits, share):
    found = load_dataset("digits", variant=f"duplicates:{share}")
    n = len(digits.train)
    assert len(found.train) == n and found.planted.sum() == round(share * n)
    np.testing.assert_array_equal(found.train.labels, digits.train.labels)
    np.testing.assert_array_equal(found.train.images, digits.train.images[found.origins])
    np.testing.assert_array_equal(digits.train.labels[found.origins], digits.train.labels)
    assert not found.planted[found.origins].any()  # a copy is one of an image that is still there
    np.testing.assert_array_equal(found.origins[~found.planted], np.flatnonzero(~found.planted))
    assert set(digits.train.labels[~found.planted]) == set(range(10))


def test_wrong_labels_are_wrong_and_the_true_ones_remembered(digits):
    found = load_dataset("digits", variant="label-noise:0.5")
    n = len(digits.train)
    assert found.planted.sum() == round(0.5 * n)
    np.testing.assert_array_equal(found.true_labels, digits.train.labels)
    np.testing.assert_array_equal(found.train.labels != found.true_labels, found.planted)
    np.testing.assert_array_equal(found.train.images, digits.train.images)
    np.testing.assert_array_equal(found.origins, np.arange(n))
    shifts = np.bincount((found.train.labels - found.true_labels)[found.planted] % 10, minlength=10)
    assert shifts[0] == 0 and np.abs(shifts[1:] - shifts.sum() / 9).max() < 4 * np.sqrt(shifts.sum() / 9)  # uniform


def test_outliers_are_noise_with_the_labels_kept(digits):
    found = load_dataset("digits", variant="outliers:0.2")
    planted = np.asarray(found.planted)
    assert planted.sum() == round(0.2 * len(digits.train))
    np.testing.assert_array_equal(found.train.labels, digits.train.labels)
    np.testing.assert_array_equal(found.train.images[~planted], digits.train.images[~planted])
    np.testing.assert_array_equal(found.origins, np.where(planted, -1, np.arange(len(planted))))
    values = np.bincount(found.train.images[planted].ravel(), minlength=256)
    expected = values.sum() / 256
    assert ((values - expected) ** 2 / expected).sum() < 350  # chi-squared with 255 degrees of freedom: p < 1e-4
    assert len(np.unique(found.train.images[planted], axis=0)) == planted.sum()


def test_outliers_from_another_dataset_are_its_images(digits, sources):
    other = load_dataset(sources.noise([30, 30], shape=(20, 12), name="other"))
    found = load_dataset("digits", variant=f"outliers:0.02:{other.hash}")
    (rows,) = np.nonzero(found.planted)
    assert len(rows) == 29 and (found.origins[rows] == -1).all()
    theirs = {image.tobytes() for image in conformed(other.train.images, (8, 8, 1))}
    drawn = {image.tobytes() for image in found.train.images[rows]}
    assert drawn < theirs and len(drawn) == 29
    more = load_dataset("digits", variant=f"outliers:0.1:{other.hash}")  # 144 of 60 images
    assert {image.tobytes() for image in more.train.images[more.planted]} == theirs


@pytest.mark.parametrize(("channels", "to"), [(1, 3), (3, 1), (3, 3)])
def test_strangers_are_made_to_fit(channels, to):
    images = np.zeros((2, 10, 20, channels), np.uint8)
    images[1] = 100
    found = conformed(images, (5, 7, to))
    assert found.shape == (2, 5, 7, to) and found.dtype == np.uint8
    assert (found[0] == 0).all() and (found[1] == 100).all()


def test_a_larger_share_holds_out_the_same_and_more(digits):
    less, more = (set(load_dataset("digits", variant=f"held-out:{share}").origins) for share in (0.1, 0.3))
    assert more < less


@pytest.mark.parametrize("kind", ["duplicates", "label-noise", "outliers"])
def test_a_larger_share_changes_the_same_and_more(digits, kind):
    less, more = (load_dataset("digits", variant=f"{kind}:{share}") for share in (0.1, 0.3))
    assert (np.asarray(more.planted) >= less.planted).all()
    if kind != "duplicates":  # which are copied depends on what is left
        rows = np.asarray(less.planted)
        np.testing.assert_array_equal(more.train.labels[rows], less.train.labels[rows])


@pytest.mark.parametrize("share", [0.001, 0.2, 0.95])
def test_what_is_held_out_tests_and_the_test_images_are_nowhere(sources, share):
    base = load_dataset(sources.noise([2, 30, 10]))
    found = load_dataset(base.hash, variant=f"held-out:{share}")
    aside = np.setdiff1d(np.arange(42), found.origins)
    kept = base.train.images[found.origins], base.train.labels[found.origins]
    tested = base.train.images[aside], base.train.labels[aside]
    for expected, part in ((kept, found.train), (tested, found.test)):
        np.testing.assert_array_equal(part.images, expected[0])
        np.testing.assert_array_equal(part.labels, expected[1])
    counts_aside = np.bincount(found.test.labels).tolist()
    assert counts_aside == [1, *(min(max(1, round(share * n)), n - 1) for n in (30, 10))]
    assert found.planted is None and found.true_labels is None


def test_whose_test_images_a_variant_has(digits):
    kept, own = (load_dataset("digits", variant=text) for text in ("label-noise:0.1", "held-out:0.2"))
    assert (digits.base_of_tests, kept.base_of_tests, own.base_of_tests) == (None, digits.hash, None)
    assert own.base == digits.hash


@pytest.mark.parametrize("kind", ["duplicates", "label-noise", "outliers"])
def test_no_class_becomes_empty_or_loses_its_last_image(sources, kind):
    base = load_dataset(sources.noise([1, 1, 60]))
    found = load_dataset(base.hash, variant=f"{kind}:0.9")
    assert found.planted.sum() == round(0.9 * 62)
    assert not np.asarray(found.planted)[:2].any() and min(counts(found)) >= 1


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("duplicates:0.9", "would change all images of a class of 6 training images; choose a share from 0.17 to 0.5"),
        ("label-noise:0.05", "would change none of 6 training images; choose a share from 0.17 to 0.5"),
        ("long-tail:1.1", "removes none of the 6 training images"),
    ],
)
def test_what_a_small_dataset_cannot_be_is_told(sources, variant, sentence):
    path = sources.noise([2, 2, 2] if "tail" not in variant else [4, 1, 1])
    with pytest.raises(BadInput, match=sentence):
        load_dataset(path, variant=variant)
    assert len(materialised()) == 1  # the base


def test_classes_of_one_image_cannot_be_planted_in(sources):
    with pytest.raises(BadInput, match="needs at least 2 training images of every class; the smallest has 1"):
        load_dataset(sources.noise([9, 1]), variant="held-out:0.5")
    with pytest.raises(
        BadInput, match="needs a class of at least 2 training images; the largest of this dataset has 1"
    ):
        load_dataset(sources.noise([1, 1, 1]), variant="label-noise:0.5")
