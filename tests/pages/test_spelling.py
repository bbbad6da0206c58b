"""Every value that can be spelled reads back as the same, and what spells nothing is refused."""

import base64
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from ddcore.maps.embedding import MapSettings
from ddcore.parameters import schema
from pages.parts import spelling
from pages.parts.address import LONGEST

COUNT = 1000
FIELDS = schema(MapSettings)
finite = some.floats(-1e9, 1e9)


@given(some.floats(0, 100), some.floats(0, 100))
def test_spans(one, other):
    spelled, value = spelling.span(0, 100), (min(one, other), max(one, other))
    assert spelled.read(spelled.write(value)) == value


@given(some.integers(-(2**40), 2**40) | finite)
def test_numbers(value):
    spelled = spelling.number()
    assert spelled.read(spelled.write(value)) == value


@given(some.lists(some.integers(0, 99), unique=True))
def test_lists(value):
    spelled = spelling.several(100)
    assert spelled.read(spelled.write(value)) == value


@given(some.sets(some.integers(0, COUNT - 1), min_size=1))
def test_sets_of_images(value):
    spelled = spelling.ids(COUNT)
    assert spelled.read(spelled.write(list(value))) == sorted(value)


@given(
    some.fixed_dictionaries(
        {
            "features": some.sampled_from(next(row["choices"] for row in FIELDS if row["name"] == "features")),
            "neighbours": some.integers(2, 200),
            "min_dist": some.floats(0, 0.99),
            "seed": some.integers(0, 2**31 - 1),
            "feature_network": some.just("convnet"),
        }
    )
)
def test_records(value):
    defaults = {row["name"]: row["default"] for row in FIELDS}
    spelled = spelling.record(FIELDS, defaults)
    assert spelled.read(spelled.write(defaults | value)) == defaults | value
    assert spelled.write(defaults) == ""


@given(some.text())
def test_no_text_makes_a_spelling_fail_otherwise(text):
    readers = (
        spelling.ids(COUNT), spelling.span(0, 1), spelling.several(5), spelling.numbers(3), spelling.one_of(["a"]),
        spelling.record(FIELDS, {}), spelling.chosen_of(["a", "b"]), *map(spelling.of_field, FIELDS),
    )  # fmt: skip
    for reader in readers:
        with suppress(ValueError):
            reader.read(text)


@pytest.mark.parametrize(
    ("spelled", "text"),
    [
        (spelling.number(0, 9, whole=True), "10"), (spelling.number(0, 9, whole=True), "3.5"),
        (spelling.number(0, 1), "nan"), (spelling.span(0, 100), "60..20"), (spelling.several(5), "1,1"),
        (spelling.several(5, most=1), "1,2"), (spelling.several(5), "5"), (spelling.numbers(3), "1,2"),
        (spelling.one_of(["dm"]), "DM"), (spelling.ids(10), spelling.packed([3, 10])), (spelling.ids(10), "b!"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused(spelled, text):
    with pytest.raises(ValueError):
        spelled.read(text)


def test_of_a_list_of_names_those_that_are_known_can_be_used():
    with pytest.raises(spelling.PartlyUnknown, match="^dx,none$") as refusal:
        spelling.chosen_of(["dm", "dc"]).read("dc,dx,dm,none")
    assert refusal.value.known == ["dc", "dm"]
    with pytest.raises(ValueError) as refusal:
        spelling.chosen_of(["dm", "dc"]).read("dx")
    assert not isinstance(refusal.value, spelling.PartlyUnknown)


def test_a_code_that_unpacks_to_far_more_than_the_data_is_refused():
    bomb = zlib.compressobj(9, wbits=-15)
    code = "b" + base64.urlsafe_b64encode(bomb.compress(bytes(10**8)) + bomb.flush()).decode().rstrip("=")
    with pytest.raises(ValueError):
        spelling.ids(COUNT).read(code)


def test_3000_of_60000_images_fit_an_address_and_20000_at_random_do_not():
    draw = np.random.default_rng(0)
    few, many = (spelling.packed(draw.choice(60_000, count, replace=False)) for count in (3_000, 20_000))
    assert len(few) < LONGEST < len(many)
    assert len(spelling.packed(range(20_000))) < 100  # what lies together is short
    print(f"3,000 ids: {len(few):,} characters; 20,000: {len(many):,}")
