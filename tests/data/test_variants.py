"""Variants: how they are written, the same everywhere, prepared once (what each changes: `test_variant_kinds.py`)."""

import json

import numpy as np
import pytest

from ddcore.data.catalogue import catalogue, forget
from ddcore.data.dataset import channel_statistics, dataset_folder, open_dataset
from ddcore.data.loading import load_dataset
from ddcore.data.specs import find_hash
from ddcore.data.variants import KINDS, Variant
from ddcore.errors import BadInput

ALL = ("long-tail:100", "duplicates:0.5", "label-noise:0.1", "outliers:0.05", "held-out:0.2")


# -- the text


@pytest.mark.parametrize(
    ("text", "canonical", "words", "slug"),
    [
        ("long-tail:100.0", "long-tail:100", "long tail 100:1", "long-tail-100"),
        (" duplicates : 0.50 ", "duplicates:0.5", "50\u00a0% duplicates", "duplicates-0.5"),
        ("label-noise:1e-1", "label-noise:0.1", "10\u00a0% label noise", "label-noise-0.1"),
        ("outliers:0.05", "outliers:0.05", "5\u00a0% outliers", "outliers-0.05"),
        ("outliers:.05:mnist", "outliers:0.05:mnist", "5\u00a0% outliers from mnist", "outliers-0.05-mnist"),
        ("held-out:0.16666666", "held-out:0.166667", "16.67\u00a0% held out", "held-out-0.166667"),
        ("outliers:0.05:/a b/c:d.npz", "outliers:0.05:/a b/c:d.npz", "5\u00a0% outliers from c:d", "outliers-0.05-c-d"),
    ],
)
def test_a_text_has_one_canonical_form(text, canonical, words, slug):
    variant = Variant.parse(text)
    assert (str(variant), variant.words, variant.slug) == (canonical, words, slug)
    assert Variant.parse(canonical) == variant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "",
            "variant='' is unknown; write one of long-tail:100, duplicates:0.5, label-noise:0.1, outliers:0.05",
        ),
        ("tail:3", "variant='tail:3' is unknown; write one of"),
        ("long-tail", "'long-tail' does not say the imbalance factor; write long-tail:100"),
        ("long-tail:", "does not say the imbalance factor"),
        ("label-noise:many", "'label-noise:many' does not say the share of wrong labels; write label-noise:0.1"),
        ("long-tail:1", "'long-tail:1' is not allowed; choose the imbalance factor from 1.1 to 10000"),
        ("long-tail:inf", "choose the imbalance factor from 1.1 to 10000"),
        ("duplicates:nan", "'duplicates:nan' is not allowed; choose the share of copies from 0.001 to 0.95"),
        ("duplicates:0", "choose the share of copies from 0.001 to 0.95"),
        ("label-noise:-0.1", "choose the share of wrong labels from 0.001 to 0.95"),
        ("outliers:1", "choose the share of outliers from 0.001 to 0.95"),
        ("outliers:0.05:", "names no dataset after its last colon; write outliers:0.05:mnist"),
        ("long-tail:100:mnist", "only outliers name a dataset"),
    ],
)
def test_what_is_no_variant_is_refused_in_one_sentence(text, sentence):
    for refuse in (
        Variant.parse,
        lambda text: load_dataset("digits", variant=text),
        lambda text: find_hash("digits", None, text),
    ):
        with pytest.raises(BadInput) as told:
            refuse(text)
        assert sentence in str(told.value) and "\n" not in str(told.value)


def test_every_kind_has_a_default_that_is_allowed():
    assert [str(Variant(name, kind.default)) for name, kind in KINDS.items()] == list(ALL)


# -- one dataset like any other, the same everywhere


@pytest.mark.parametrize("variant", ALL)
def test_a_variant_is_a_dataset_of_its_own(digits, variant):
    found = load_dataset("digits", variant=variant)
    kept = not Variant.parse(variant).own_tests
    assert (found.split == digits.split) == kept
    if kept:
        np.testing.assert_array_equal(found.test.images, digits.test.images)
        np.testing.assert_array_equal(found.test.labels, digits.test.labels)
    assert (found.variant, found.classes, found.flip) == (variant, digits.classes, False)
    assert found.name == f"digits-{variant.replace(':', '-')}"
    mean, std = channel_statistics(found.train.images)
    assert (found.mean, found.std) == (tuple(mean), tuple(std))
    assert digits.variant is digits.origins is digits.planted is digits.true_labels is None
    again = open_dataset(found.hash)
    assert again.origins.dtype == np.int64 and len(again.origins) == len(again.train)
    assert load_dataset(found.name).hash == load_dataset(found.hash).hash == found.hash


def test_every_variant_has_a_hash_of_its_own(digits, sources):
    hashes = {load_dataset("digits", variant=variant).hash for variant in (*ALL, "label-noise:0.2", "long-tail:10")}
    assert len(hashes | {digits.hash}) == len(ALL) + 3
    other = load_dataset(sources.noise([9, 9]), variant="long-tail:3")
    assert other.hash not in hashes


@pytest.mark.parametrize("variant", ALL)
def test_a_variant_is_the_same_in_another_cache(digits, variant, tmp_path, monkeypatch):
    first = load_dataset("digits", variant=variant)
    monkeypatch.setenv("DDCORE_CACHE", str(tmp_path / "elsewhere"))
    np.random.seed(1)
    second = load_dataset("digits", variant=variant)
    assert second.hash == first.hash and second.train.images.base is not first.train.images.base


def test_a_variant_never_changes_from_one_version_to_the_next(sources):
    """What is drawn is part of the definition: a failure here means that results of before are of other data."""
    base = load_dataset(sources.noise([6, 6, 6]))
    rows = [np.flatnonzero(load_dataset(base.hash, variant=f"{k}:0.3").planted).tolist() for k in list(KINDS)[1:4]]
    assert rows == [[2, 8, 10, 15, 16], [3, 4, 5, 9, 12], [1, 10, 14, 15, 16]]
    found = {name: load_dataset(base.hash, variant=f"{name}:{6 if name == 'long-tail' else 0.3}") for name in KINDS}
    assert found["long-tail"].origins.tolist() == [0, 1, 2, 3, 4, 5, 9, 11, 13]
    assert found["duplicates"].origins.tolist() == [0, 1, 3, 3, 4, 5, 6, 7, 9, 9, 9, 11, 12, 13, 14, 17, 13, 17]
    assert found["label-noise"].train.labels.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 2, 2, 2, 2, 2]
    assert found["outliers"].train.images[1, 0, :, 0].tolist() == [190, 58, 186, 67, 145]
    assert found["held-out"].origins.tolist() == [0, 1, 3, 4, 6, 7, 8, 10, 12, 13, 14, 16]


def test_nothing_is_made_twice(digits, monkeypatch, sources):
    source = load_dataset(sources.noise([9, 9]))
    texts = [*ALL, f"outliers:0.05:{source.hash}"]
    hashes = [load_dataset("digits", variant=text).hash for text in texts]
    monkeypatch.setattr("ddcore.data.planting.plant", None)
    monkeypatch.setattr("ddcore.data.loading._read_built_in", None)
    assert [load_dataset("digits", variant=f"{text}").hash for text in texts] == hashes
    monkeypatch.setattr("numpy.load", None)
    assert [find_hash("digits", variant=text) for text in texts] == hashes


def test_what_is_not_prepared_is_not_found(digits):
    assert find_hash("digits", variant="duplicates:0.123") is None
    assert find_hash("digits", variant="outliers:0.1:mnist") is None
    assert find_hash("nowhere", variant="duplicates:0.123") is None


def test_size_goes_before_the_variant(digits):
    small = load_dataset("digits", size=4, variant="label-noise:0.1")
    assert (small.shape, small.name) == ((1, 4, 4), "digits-4-label-noise-0.1")
    assert find_hash("digits", 4, "label-noise:0.1") == small.hash != find_hash("digits", None, "label-noise:0.1")


def test_what_variants_are_not_made_of(digits):
    tail = load_dataset("digits", variant="long-tail:100")
    with pytest.raises(BadInput, match="digits-long-tail-100 is already a variant .long-tail:100."):
        load_dataset(tail.name, variant="duplicates:0.5")
    with pytest.raises(BadInput, match="takes its outliers from digits itself: name another dataset"):
        load_dataset("digits", variant="outliers:0.1:digits")
    with pytest.raises(BadInput, match="No dataset 'nowhere'"):
        load_dataset("digits", variant="outliers:0.1:nowhere")
    with pytest.raises(BadInput, match="MNIST is not on this computer"):
        load_dataset("digits", variant="outliers:0.1:mnist", download=False)


def test_what_lies_on_disk(digits):
    found = load_dataset("digits", variant="label-noise:0.1")
    folder = dataset_folder(found.hash)
    names = {path.name for path in folder.iterdir()}
    assert names == {"images.npy", "labels.npy", "meta.json", "origins.npy", "planted.npy", "true_labels.npy"}
    meta = json.loads((folder / "meta.json").read_text())
    assert (meta["kind"], meta["variant"], meta["base"]) == ("variant", "label-noise:0.1", digits.hash)
    assert (found.base, digits.base) == (digits.hash, None) and open_dataset(found.hash).base == digits.hash


# -- the catalogue


def test_the_catalogue_lists_variants_last_with_their_base(sources):
    path = sources.noise([9, 9])
    for text in ("long-tail:3", "outliers:0.2"):
        load_dataset(path, variant=text)
    *_, base, first, second = catalogue()
    assert base.kind == "own" and base.variant is None
    assert {first.title, second.title} == {"small, long tail 3:1", "small, 20\u00a0% outliers"}
    for info in (first, second):
        assert (info.kind, info.base, info.present) == ("variant", base.spec, True)
        assert find_hash(info.spec) == find_hash(info.base, variant=info.variant) == info.hash


def test_variants_can_be_forgotten_and_outlive_their_base(sources):
    path = sources.noise([9, 9])
    tail = load_dataset(path, variant="long-tail:3")
    forget(find_hash(path))
    info = catalogue()[-1]
    assert (info.hash, info.base, info.title) == (tail.hash, None, "small-long-tail-3")
    assert load_dataset(path, variant="long-tail:3").hash == tail.hash
    forget(tail.hash)
    assert find_hash(path, variant="long-tail:3") is None
    assert [info.kind for info in catalogue()[-1:]] == ["own"]
    assert load_dataset(path, variant="long-tail:3").hash == tail.hash
