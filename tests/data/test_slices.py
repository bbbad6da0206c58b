"""Slices on disk: kept under the data's content hash, told where they are damaged, the rest goes on."""

import json

import numpy as np
import pytest

from ddcore.data import slices
from ddcore.errors import BadInput
from ddcore.places import runs_root

HASH = "0123456789abcdef"


def test_a_slice_is_kept_found_renamed_and_deleted(own_folders):
    kept = slices.save_slice(" odd sevens ", HASH, 100, [7, 3, 7, 99], primary=7)
    assert kept.ids.tolist() == [3, 7, 99] and kept.name == "odd sevens"
    found = slices.slice_named("odd sevens", HASH)
    assert found.ids.tolist() == [3, 7, 99] and found.primary == 7 and found.count == 100
    slices.save_slice("ones", HASH, 100, [1])
    assert [one.name for one in slices.slices_of(HASH)] == ["odd sevens", "ones"]
    assert slices.slices_of("f" * 16) == []
    with pytest.raises(BadInput, match="already"):
        slices.rename_slice(found, "ones")
    slices.rename_slice(found, "sevens")
    assert [one.name for one in slices.slices_of(HASH)] == ["ones", "sevens"]
    slices.delete_slice(slices.slice_named("ones", HASH))
    with pytest.raises(BadInput, match="sevens"):
        slices.slice_named("ones", HASH)


def test_the_same_name_replaces(own_folders):
    slices.save_slice("mine", HASH, 10, [1])
    slices.save_slice("mine", HASH, 10, [2, 3])
    assert [one.ids.tolist() for one in slices.slices_of(HASH)] == [[2, 3]]


@pytest.mark.parametrize("name", ["", "   ", "a" * 61, "two\nlines"])
def test_impossible_names(own_folders, name):
    with pytest.raises(BadInput):
        slices.save_slice(name, HASH, 10, [1])


@pytest.mark.parametrize("ids", [[], [10], [-1], [0.5], ["x"], [[1]], [[1], [2, 3]], None, [True]])
def test_impossible_ids(own_folders, ids):
    with pytest.raises(BadInput):
        slices.save_slice("mine", HASH, 10, ids)


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: "{", lambda kept: "[]", lambda kept: json.dumps(kept | {"format": 2}),
        lambda kept: json.dumps(kept | {"ids": [10]}), lambda kept: json.dumps(kept | {"name": "other"}),
        lambda kept: json.dumps({"format": 1}), lambda kept: json.dumps(kept | {"count": None}),
        lambda kept: json.dumps(kept | {"ids": "all"}),
    ],
)  # fmt: skip
def test_a_damaged_slice_is_told_and_the_rest_goes_on(own_folders, damage):
    slices.save_slice("good", HASH, 10, np.array([1]))
    slices.save_slice("bad", HASH, 10, [2])
    path = next(path for path in runs_root().glob(".slices/*/*") if json.loads(path.read_text())["name"] == "bad")
    path.write_text(damage(json.loads(path.read_text())))
    found, wrong = slices.all_slices()
    assert [one.name for one in found] == ["good"] and len(wrong) == 1 and str(path) in wrong[0]
    with pytest.raises(BadInput):
        slices.slice_named("bad", HASH)
