"""Published accuracies: shown where a study's protocol is that of their authors, and why not elsewhere."""

import pytest

from ddcore.studies.grid import Grid
from ddcore.studies.published import PUBLISHED, marks

ALIKE = {"dataset": "cifar10", "evaluation": "published"}


def grid(fixed=ALIKE, **axes) -> Grid:
    return Grid({"distiller": ("dm", "dsa"), "ipc": (1, 10, 20), "seed": (0, 1)} | axes, fixed)


def test_marks_are_of_each_method_and_of_random_images_and_only_where_something_is_published():
    found = marks(grid())
    assert {(one.method, one.ipc) for one in found.marks} == {
        (method, ipc) for method in ("dm", "dsa", "random") for ipc in (1, 10)
    }
    assert found.reasons == [] and PUBLISHED["dm", "cifar10", 10] in found.marks
    assert str(PUBLISHED["dm", "cifar10", 10]) == "48.9 ± 0.6"
    assert {one.ipc for one in marks(grid(), {"ipc": 10}).marks} == {10}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"evaluation": "quick"}, "evaluation=published; here it is quick"),
        ({"width": 64}, "width=128; here it is 64"),
        ({"depth": 2}, "depth=3; here it is 2"),
        ({"student_network": "convnet:norm=batch"}, "student_network=convnet"),
        ({"zca": True}, "zca=False"),
        ({"factor": 2}, "factor=1"),
        ({"variant": "long-tail:10"}, "variant=None"),
        ({"dataset": "cifar10-jpeg"}, "lossy copy"),
    ],
)
def test_another_protocol_has_no_mark_and_says_why(changed, words):
    found = marks(grid(ALIKE | changed))
    assert found.marks == [] and len(found.reasons) == 1 and words in found.reasons[0]


def test_methods_that_their_authors_test_otherwise_have_no_mark():
    found = marks(grid(distiller=("dc", "mtt")))
    assert {one.method for one in found.marks} == {"random"}
    assert len(found.reasons) == 2 and found.reasons[0].startswith("DC")


def test_the_usual_depth_may_be_named_and_what_cannot_be_run_has_none():
    assert marks(grid(ALIKE | {"depth": 3})) == marks(grid())
    assert marks(grid(ALIKE | {"width": -1})) == ([], [])
    assert marks(grid(ALIKE | {"dataset": "digits"})) == ([], [])


def test_a_preset_counts_as_what_it_sets():
    paper = Grid({"distiller": ("dm",), "ipc": (10,), "seed": (0,)}, {"dataset": "cifar10"}, preset="paper")
    assert [one.method for one in marks(paper).marks] == ["dm", "random"]
