"""Every case of the corpus comes to what the person who has it is promised, and the judge notices if it does not."""

from dataclasses import replace

import pytest

from .case import Case, Opens, Refused, judge
from .corpus import CASES, KINDS
from .writing import classes, tree, zipped

PETS = Case("two classes", tree(classes()), Opens(("cat", "dog"), 8, 2))
EMPTY = Case("no members", zipped({}), Refused("pets.zip"))


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 200
    assert all(KINDS.values())


@pytest.mark.timeout(30)  # a case that hangs is a case that fails
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, tmp_path):
    assert judge(case, tmp_path / "s") == ""


@pytest.mark.parametrize(
    ("case", "expect", "fault"),
    [
        (PETS, Refused(), "opened"),
        (PETS, Opens(("dog", "cat")), "opened with"),
        (PETS, Opens(train=7), "opened with"),
        (PETS, Opens(says=("no such decision",)), "said nothing"),
        (PETS, Opens(says=("pixels: 20 %",)), "said nothing"),
        (PETS, Opens(left_out={"txt": 1}), "left out"),
        (PETS, Opens(pixels=lambda dataset: False), "opened with other pixels"),
        (EMPTY, Opens(), "refused"),
        (EMPTY, Refused("no such fragment"), "refused without"),
    ],
)
def test_the_judge_notices(case: Case, expect: Opens | Refused, fault: str, tmp_path):
    assert judge(replace(case, expect=expect), tmp_path / "s").startswith(fault)
