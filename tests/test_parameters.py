import json
from dataclasses import dataclass

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.parameters import as_before, check, named_by, parameter, schema


@dataclass(frozen=True)
class Method:
    clusters: int = parameter(100, "Number of centres.", min=1, max=4096)
    rate: float = parameter(0.5, "Step size.", min=0, when={"mode": ("easy",)})
    flip: bool = parameter(False, "Whether to mirror.")
    mode: str = parameter("hard", "Which end.", choices=("hard", "easy"))
    depth: int | None = parameter(None, "Blocks; chosen by the image's size where not given.", min=1)

    def __post_init__(self):
        check(self)


def test_schema_is_what_forms_and_json_need():
    rows = schema(Method)
    assert json.loads(json.dumps(rows)) == rows
    assert [row["name"] for row in rows] == ["clusters", "rate", "flip", "mode", "depth"]
    assert rows[0] == {
        "name": "clusters",
        "type": "int",
        "default": 100,
        "min": 1,
        "max": 4096,
        "choices": None,
        "help": "Number of centres.",
        "when": {},
        "title": "Clusters",
        "titles": {},
        "meanings": {},
        "examples": {},
        "optional": False,
        "later": False,
        "before": 100,
    }
    assert rows[3]["choices"] == ["hard", "easy"]
    assert (rows[4]["type"], rows[4]["default"]) == ("int", None)
    assert rows[1]["when"] == {"mode": ["easy"]}


def test_what_came_later_is_named_where_it_is_not_as_it_was_before():
    @dataclass(frozen=True)
    class Grown:
        first: int = parameter(1, "There from the beginning.")
        usual: int = parameter(2, "Its default means what was.", later=True)
        other: int = parameter(0, "Its default means something else.", later=True, before=1)

    rows = schema(Grown)
    assert named_by(Grown()) == {"first": 1, "other": 0}
    assert named_by(Grown(usual=3, other=1)) == {"first": 1, "usual": 3}
    assert Grown(**as_before(rows, {"first": 1})) == Grown(other=1)
    assert as_before(rows, {"other": 0}) == {"other": 0}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("clusters", 0, "clusters=0 is not allowed; choose a whole number from 1 to 4096."),
        ("clusters", 4097, "clusters=4097 is not allowed; choose a whole number from 1 to 4096."),
        ("clusters", 1.5, "clusters=1.5 is not allowed; choose a whole number from 1 to 4096."),
        ("clusters", "3", "clusters='3' is not allowed; choose a whole number from 1 to 4096."),
        ("clusters", True, "clusters=True is not allowed; choose a whole number from 1 to 4096."),
        ("clusters", None, "clusters=None is not allowed; choose a whole number from 1 to 4096."),
        ("rate", float("nan"), "rate=nan is not allowed; choose a finite number of at least 0."),
        ("rate", float("inf"), "rate=inf is not allowed; choose a finite number of at least 0."),
        ("flip", 1, "flip=1 is not allowed; choose true or false."),
        ("mode", "soft", "mode='soft' is not allowed; choose one of hard, easy."),
        ("depth", 0, "depth=0 is not allowed; choose a whole number of at least 1."),
    ],
)
def test_bad_values_are_refused_with_what_is_allowed(field, value, message):
    with pytest.raises(BadInput) as refusal:
        Method(**{field: value})
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    "fields", [{"clusters": 1}, {"clusters": np.int64(7)}, {"rate": 0}, {"rate": 3}, {"depth": None}, {"depth": 3}]
)
def test_bounds_and_whole_numbers_for_numbers_are_allowed(fields):
    Method(**fields)
