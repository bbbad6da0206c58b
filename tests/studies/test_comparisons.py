"""Comparisons of a study: what is paired with what, what is refused and why, and how many are taken into account."""

from dataclasses import replace

import pytest

from ddcore.errors import BadInput
from ddcore.runs.gains import Measured
from ddcore.studies.comparing import USUAL, Comparison, answers, asked_about, base_of
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.pairs import Difference

GRID = Grid({"importance": ("loss", "uniform", "kmeans"), "ipc": (1, 10), "seed": (0, 1, 2)}, {"dataset": "digits"})


def cell_found(accuracy: float, **more) -> Found:
    return Found(Measured(accuracy, 0.01, 3), **{"protocol": "quick", "students": "net", "tested_on": "a"} | more)


def found(grid=GRID, most=10, of=None, **more) -> dict[str, Found]:
    """Accuracies 0.5 + 0.1 ipc / 10 + 0.01 seed², for loss 0.02 (seed + 1) higher; `of`: only cells with these."""
    cells = {}
    for cell in grid.cells():
        choices = cell.choices
        if choices["seed"] < most:
            gain = 0.02 * (choices["seed"] + 1) if choices.get("importance") == "loss" else 0
            special = of is None or of.items() <= choices.items()
            accuracy = 0.5 + choices.get("ipc", 0) / 100 + 0.01 * choices["seed"] ** 2 + gain
            cells[cell.key] = cell_found(accuracy, **(more if special else {}))
    return cells


def comparisons(grid, cells, axis, base=USUAL, measure="accuracy") -> list[Comparison]:
    return answers(grid, cells, [axis], base, measure)[0].rows


def overall(grid, cells, axis) -> list[Comparison]:
    return answers(grid, cells, [axis])[0].overall


def test_every_value_meets_the_usual_base_in_its_own_row_paired_by_seed():
    compared = comparisons(GRID, found(), "importance")
    assert [(one.row, one.value, one.base) for one in compared] == [
        ({"ipc": ipc}, value, "uniform") for ipc in (1, 10) for value in ("loss", "kmeans")
    ]
    assert compared[0].difference.values == pytest.approx((2, 4, 6))
    assert compared[1].difference.word == "equal"
    assert compared[2].accuracies == pytest.approx({0: 0.62, 1: 0.65, 2: 0.70})
    assert not any(one.refused for one in compared)


def test_another_base_and_an_axis_without_a_usual_one():
    assert {one.base for one in comparisons(GRID, found(), "ipc")} == {1}
    compared = comparisons(GRID, found(), "importance", base="loss")
    assert [one.value for one in compared] == ["uniform", "kmeans"] * 2
    assert compared[0].difference.values == pytest.approx((-2, -4, -6))


@pytest.mark.parametrize(("asked", "words"), [({"axis": "dataset"}, "ipc, importance"), ({"base": "ridge"}, "kmeans")])
def test_what_is_not_there_to_compare_is_said_with_what_is(asked, words):
    with pytest.raises(BadInput, match=words):
        comparisons(GRID, found(), **{"axis": "importance"} | asked)
    with pytest.raises(BadInput, match="kernel"):
        comparisons(GRID, found(), "importance", measure="speed")


def counted(grid, cells, *axes) -> int:
    """How many comparisons count, of which each interval has its level."""
    (count,) = {one.counted for one in answers(grid, cells, axes)}
    levels = {one.difference.level for answer in answers(grid, cells, axes) for one in answer.shown}
    assert levels == {1 - 0.05 / max(1, count)}
    return count


def test_the_level_is_that_of_all_comparisons_that_have_an_interval():
    """4 by row and 2 over all rows; of the sizes, which count where they are compared, 3 and 1."""
    assert counted(GRID, found(), "importance") == 6
    assert counted(GRID, found(), "importance", "ipc") == counted(GRID, found(), "ipc") == 10
    first = answers(GRID, found(most=1), ["importance"])
    assert first[0].counted == 0 and {one.difference.word for one in first[0].shown} == {"one pair"}
    some = found() | found(of={"ipc": 10, "importance": "loss"}, refused="It cannot.", tested_on="b")
    assert counted(GRID, some, "importance") == 5


def test_what_counts_is_the_same_whichever_axes_are_asked_for():
    """2 by row and 1 over all of each axis; by another base, too."""
    grid = Grid({"init": ("random", "noise"), "importance": ("uniform", "loss"), "seed": (0, 1, 2)})
    cells = found(grid)
    both = {answer.axis: answer for answer in answers(grid, cells, asked_about(grid))}
    assert list(both) == ["init", "importance"] and both["init"].counted == 6
    for axis, answer in both.items():
        assert answers(grid, cells, [axis]) == [answer]
    assert answers(grid, cells, ["importance"], base="loss")[0].counted == 6


def test_a_study_of_sizes_alone_is_asked_about_them():
    grid = Grid({"ipc": (1, 10), "steps": (5, 9), "seed": (0, 1)})
    assert asked_about(grid) == ["ipc", "steps"] and counted(grid, found(grid), "ipc") == 6
    assert asked_about(GRID) == ["importance"]


def test_one_row_is_not_counted_twice():
    grid = Grid({"importance": ("loss", "uniform"), "seed": (0, 1, 2)})
    (answer,) = answers(grid, found(grid), ["importance"])
    assert answer.overall == [] and answer.main == answer.rows and answer.counted == 1


@pytest.mark.parametrize(
    ("fact", "words"), [("protocol", "other"), ("students", "other"), ("tested_on", "different images")]
)
def test_what_was_not_tested_alike_is_refused(fact, words):
    cells = found(of={"importance": "loss", "ipc": 1}, **{fact: "other"})
    loss, *rest = comparisons(GRID, cells, "importance")
    assert words in loss.refused and loss.difference.values == () and not any(one.refused for one in rest)


def test_a_sets_own_predictor_is_compared_whatever_its_students_were():
    cells = {key: replace(one, kernel=Measured(0.7, 0, 1), protocol=key) for key, one in found().items()}
    assert "differently" in comparisons(GRID, cells, "importance")[0].refused
    assert comparisons(GRID, cells, "importance", measure="kernel")[0].difference.word == "equal"


def test_cells_that_cannot_be_run_say_why_and_those_not_run_that_they_are_not():
    cells = found()
    for cell in GRID.cells():
        if cell.choices["importance"] == "kmeans":
            cells[cell.key] = Found(refused="There are no clusters.")
        elif cell.choices["importance"] == "loss":
            del cells[cell.key]
    loss, kmeans = comparisons(GRID, cells, "importance")[:2]
    assert kmeans.refused == "There are no clusters." and loss.refused.startswith("Not run yet")
    assert loss.accuracies == {} and len(loss.base_accuracies) == 3


def test_runs_without_a_test_are_told_apart_from_those_not_run():
    cells = found() | {cell.key: Found() for cell in GRID.cells() if cell.choices["importance"] == "loss"}
    assert "not tested" in comparisons(GRID, cells, "importance")[0].refused


def test_over_all_rows_every_seed_means_the_same_rows():
    one = overall(GRID, found(), "importance")[0]
    assert (one.row, one.rows) == ({}, 2)
    assert one.difference.values == pytest.approx((2, 4, 6)) and one.difference.level == 1 - 0.05 / 6
    cells = found()
    late = [cell for cell in GRID.cells() if cell.choices["seed"] == 2 and cell.choices["ipc"] == 10]
    for cell in late:
        del cells[cell.key]
    partly = overall(GRID, cells, "importance")[0]
    assert partly.difference.values == pytest.approx((2, 4)) and partly.rows == 2


def test_rows_that_cannot_be_compared_are_not_among_all():
    cells = found(of={"importance": "loss", "ipc": 1}, protocol="other")
    loss, kmeans = overall(GRID, cells, "importance")
    assert (loss.rows, loss.of_rows) == (1, 2) and (kmeans.rows, kmeans.of_rows) == (2, 2)
    assert loss.accuracies == pytest.approx({0: 0.62, 1: 0.65, 2: 0.70})
    neither = cells | found(of={"importance": "loss"}, protocol="other")
    assert overall(GRID, neither, "importance")[0].refused and not overall(GRID, {}, "importance")[0].difference.values


def test_seeds_whose_runs_ended_in_vain_are_named_with_the_reason():
    cells = found()
    for cell in GRID.cells():
        match cell.choices:
            case {"importance": "loss", "seed": 2, "ipc": 1}:
                cells[cell.key] = Found(refused="The loss is nan.")
            case {"importance": "uniform", "seed": 0, "ipc": 10}:
                cells[cell.key] = Found()
            case {"importance": "kmeans", "seed": 1}:
                del cells[cell.key]
    loss, kmeans, *rest = comparisons(GRID, cells, "importance")
    assert loss.difference.count == 2 and loss.left_out == {2: "loss: The loss is nan."}
    assert kmeans.difference.count == 2 and kmeans.left_out == {}, "those not run yet are no loss"
    assert [one.left_out for one in rest] == [{0: "uniform: not tested."}] * 2
    pooled = overall(GRID, cells, "importance")[0]
    assert pooled.difference.count == 1
    assert pooled.left_out == {2: "loss: The loss is nan.", 0: "uniform: not tested."}


def test_runs_that_ended_in_vain_are_no_runs_to_wait_for():
    cells = found(most=2)
    for cell in GRID.cells():
        if (cell.choices["importance"], cell.choices["seed"]) in {("loss", 0), ("uniform", 1)}:
            cells[cell.key] = Found(refused="The loss is nan.")
    (row, *_), (pooled, _) = comparisons(GRID, cells, "importance"), overall(GRID, cells, "importance")
    assert row.refused == pooled.refused == "No seed has both. loss: The loss is nan."


def test_one_run_on_both_sides_is_no_comparison_and_dilutes_no_mean():
    """Clusters have no effect where batches are drawn uniformly."""
    grid = Grid({"importance": ("uniform", "kmeans"), "clusters": (3, 4), "seed": (0, 1, 2)})
    cells = {}
    for cell in grid.cells():
        choices = cell.choices
        own, seed = choices["importance"] == "kmeans", choices["seed"]
        gain = (0.04 + 0.003 * seed) * (own and choices["clusters"] == 4)
        run = f"{seed}-{choices['clusters']}" if own else f"{seed}"
        cells[cell.key] = cell_found(0.5 + gain, run=run)
    (answer,) = answers(grid, cells, ["clusters"])
    uniform, kmeans = answer.rows
    assert "same run" in uniform.refused and not uniform.difference.values
    assert kmeans.difference.values == pytest.approx((4, 4.3, 4.6))
    (pooled,) = answer.overall
    assert pooled.difference.values == kmeans.difference.values and (pooled.rows, pooled.of_rows) == (1, 2)
    assert answer.counted == 2 + 3, "of clusters, then of importance"


def test_no_base_is_not_the_base_that_is_not_set():
    grid = Grid({"importance": (None, "uniform", "kmeans"), "seed": (0, 1)})
    assert base_of(grid, "importance") == "uniform" and base_of(grid, "importance", None) is None
    assert [one.value for one in comparisons(grid, found(grid), "importance", None)] == ["uniform", "kmeans"]
    unset = Grid({"init": ("kmeans-coreset", None), "steps": (5, 9), "seed": (0,)})
    assert base_of(unset, "init") is None and base_of(unset, "steps") == 5
    with pytest.raises(BadInput, match="choose from kmeans-coreset, default"):
        base_of(unset, "init", "random")


def test_reasons_call_values_as_they_are_asked_to():
    cells = found(of={"importance": "loss"}, protocol="other")
    (answer,) = answers(GRID, cells, ["importance"], naming=lambda axis, value: f"the {axis} {value}")
    assert answer.rows[0].refused.startswith("the importance loss and the importance uniform were")


def test_arms_are_an_axis_like_any_other():
    grid = Grid({"seed": (0, 1)}, arms={"a": {"ipc": 1}, "b": {"ipc": 10}})
    (one,) = comparisons(grid, found(grid), "arm")
    assert (one.row, one.value, one.base) == ({}, "b", "a")
    assert one.difference.word == "equal"


def test_few_equal_differences_are_no_certainty():
    """Two pairs in which one image more was right each time: Student's t would be infinite."""
    assert Difference((1 / 3.6, 1 / 3.6)).word == "no spread" and Difference((0.0, 0.0)).word == "equal"
    assert Difference((1.0, 1.0, 1.1)).word == "better"
