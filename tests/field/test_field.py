"""Every case of the corpus comes to what the person who has it is promised."""

import pytest

from .case import Case, judge
from .corpus import CASES


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 200


@pytest.mark.timeout(30)  # a case that hangs is a case that fails
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, tmp_path):
    assert judge(case, tmp_path / "s") == ""
