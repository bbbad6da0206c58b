"""Accuracy against what grows: lines, their spread and n, what more is worth; curves over seeds, smoothing shown."""

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.runs.gains import Measured
from ddcore.studies.budget import Level, growing, lines, worths
from ddcore.studies.curves import SeedCurves, seed_curves, smoothed
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid

GRID = Grid({"distiller": ("dm", "select"), "ipc": (10, 1, 5), "seed": (0, 1, 2)}, {"dataset": "digits"})
FULL = Measured(0.95, 0.0, 1)


def accuracy(choices) -> float:
    """DM: 50 %, and 1 point per image and a tenth of the seed more; a selection has 5 points less."""
    low = 0.05 if choices["distiller"] == "select" else 0
    return 0.5 + (0.01 + 0.001 * choices["seed"]) * choices["ipc"] - low


def cell_found(cell, **changed) -> Found:
    choices = cell.choices
    own = {
        "accuracy": Measured(accuracy(choices), 0.01, 3),
        "random": Measured(0.4 + 0.01 * choices["seed"], 0.02, 3),
        "full": FULL,
        "seconds": 10.0 * choices["ipc"] + choices["seed"],
        "protocol": "quick",
    }
    return Found(**own | changed)


def found(grid=GRID, **changed) -> dict[str, Found]:
    return {cell.key: cell_found(cell, **changed) for cell in grid.cells()}


def test_lines_have_mean_spread_and_n_at_every_place_in_order():
    dm, select, random, full = lines(GRID, found()).lines
    assert [line.role for line in (dm, select, random, full)] == ["distilled", "importance", "random", "full"]
    assert [level.place for level in dm.levels] == [1, 5, 10]
    values = 100 * np.array([accuracy({"distiller": "dm", "ipc": 5, "seed": seed}) for seed in range(3)])
    assert dm.levels[1][:4] == pytest.approx((5, values.mean(), values.std(ddof=1), 3))
    assert random.levels[0][:4] == pytest.approx((1, 41, 1, 3))


def test_what_was_measured_once_for_all_seeds_is_no_three_measurements():
    full = lines(GRID, found()).lines[-1]
    assert (full.levels[0].n, full.levels[0].of) == (1, "students") and np.isnan(full.levels[0].std)
    shared = lines(GRID, found(random=Measured(0.4, 0.02, 5))).lines[2]
    assert shared.levels[0] == Level(1, 40, 2, 5, "students")


def test_one_seed_has_no_spread():
    grid = Grid({"ipc": (1, 2), "seed": (0,)}, {"distiller": "dm"})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3)) for cell in grid.cells()}
    (line,) = lines(grid, cells).lines
    assert line.name == "distilled" and line.levels[0].n == 1 and np.isnan(line.levels[0].std)


def test_seconds_take_the_place_of_the_axis_and_only_of_what_was_distilled():
    dm, select = lines(GRID, found(), seconds=True).lines
    assert [level.place for level in dm.levels] == [11, 51, 101]
    assert lines(GRID, found(seconds=None), seconds=True).lines[0].levels == ()


def test_lines_tested_otherwise_or_not_at_all_are_refused_with_the_reason():
    cells = found()
    for cell in GRID.cells():
        if cell.choices["distiller"] == "select":
            cells[cell.key] = cell_found(cell, protocol="published")
    drawn, refused = lines(GRID, cells)
    assert [line.name for line in drawn] == ["dm", "random images", "all data, short training"]
    assert "another protocol" in refused[0]
    drawn, refused = lines(GRID, {})
    assert drawn == [] and refused == ["dm: not run yet.", "select: not run yet."]
    cannot = found() | {cell.key: Found(refused="No.") for cell in GRID.cells() if cell.choices["distiller"] == "dm"}
    assert lines(GRID, cannot).refused == ["dm: No."]
    with pytest.raises(BadInput, match="'distiller'"):
        lines(GRID, {}, "distiller")


def test_baselines_that_differ_between_lines_are_not_merged():
    """A variant is tested on its base's images, and its random images and all its data are other ones."""
    axes = {"variant": (None, "noise"), "importance": ("uniform", "loss"), "ipc": (1, 10), "seed": (0, 1)}
    grid = Grid(axes, {"dataset": "digits"})
    cells = {}
    for cell in grid.cells():
        lower = 0.2 if cell.choices["variant"] else 0
        random = Measured(0.4 + 0.01 * cell.choices["seed"] - lower, 0.01, 3)
        cells[cell.key] = Found(Measured(0.5, 0.01, 3), random=random, full=Measured(0.9 - lower, 0, 1))
    drawn = {line.name: [level.mean for level in line.levels] for line in lines(grid, cells).lines[4:]}
    assert drawn == {
        "random images (default)": pytest.approx([40.5, 40.5]),
        "random images (noise)": pytest.approx([20.5, 20.5]),
        "all data, short training (default)": pytest.approx([90, 90]),
        "all data, short training (noise)": pytest.approx([70, 70]),
    }
    by_importance = Grid({name: values for name, values in axes.items() if name != "variant"}, grid.fixed)
    alike = {cell.key: cells[cell.key] for cell in grid.cells() if cell.choices["variant"] is None}
    assert [line.name for line in lines(by_importance, alike).lines[2:]] == [
        "random images",
        "all data, short training",
    ]


def test_a_number_that_is_not_set_has_the_place_of_its_default():
    grid = Grid({"ipc": (None, 5), "seed": (0,)}, {"distiller": "dm"})
    cells = {cell.key: Found(Measured(0.5, 0.1, 3)) for cell in grid.cells()}
    assert [level.place for level in lines(grid, cells).lines[0].levels] == [1, 5]
    assert growing(grid) == ["ipc"] and growing(Grid({"zca": (True, False), "depth": (None, 2), "seed": (0,)})) == []


def test_lines_call_values_as_they_are_asked_to():
    drawn, refused = lines(GRID, {}, naming=lambda axis, value: f"the {axis} {value}")
    assert drawn == [] and refused[0] == "the distiller dm: not run yet."


def test_where_keeps_to_values_which_names_need_not_repeat():
    drawn = lines(GRID, found(), where={"distiller": "dm"}).lines
    assert [line.name for line in drawn] == ["distilled", "random images", "all data, short training"]


def test_the_next_image_is_worth_the_gain_shared_among_those_added():
    first, second, *rest = worths(lines(GRID, found()).lines)
    assert (first.low, first.high, second.low, second.high) == (1, 5, 5, 10)
    assert first.difference.values == pytest.approx((1.0, 1.1, 1.2))
    assert {worth.role for worth in rest} == {"importance", "random"}
    assert first.difference.level == 1 - 0.05 / 6 and first.difference.word == "better"


CURVE = tuple((10 * step, step / 2, value) for step, value in enumerate((0.1, 0.3, 0.2, 0.6, 0.5)))


def test_a_running_mean_keeps_to_its_points_and_ends_where_they_end():
    assert [value for *_, value in smoothed(CURVE, 3)] == pytest.approx([0.1, 0.2, 1.1 / 3, 1.3 / 3, 0.5])
    assert smoothed(CURVE, 1) == CURVE and smoothed((), 5) == ()
    line = tuple((step, 0.0, 0.1 * step) for step in range(8))
    assert [value for *_, value in smoothed(line, 5)] == pytest.approx([value for *_, value in line])


def test_curves_meet_at_their_steps_with_as_many_seeds_as_have_them():
    other = tuple((step, 2 * passed, value + 0.02) for step, passed, value in CURVE[:3])
    levels = SeedCurves("dm", {0: CURVE, 1: other}).levels()
    assert [level.n for level in levels] == [2, 2, 2, 1, 1] and np.isnan(levels[3].std)
    assert levels[1][:3] == pytest.approx((10, 31, 100 * 0.02 / 2**0.5))
    by_seconds = SeedCurves("dm", {0: CURVE, 1: other}).levels(seconds=True)
    assert by_seconds[2].place == pytest.approx(1.5)


def test_every_combination_that_has_curves_is_drawn():
    cells = {cell.key: cell_found(cell, curve=CURVE) for cell in GRID.cells() if cell.choices["ipc"] == 1}
    drawn = seed_curves(GRID, cells)
    assert [one.name for one in drawn] == ["dm · 1", "select · 1"] and list(drawn[0].curves) == [0, 1, 2]
    assert [one.name for one in seed_curves(GRID, cells, {"ipc": 1})] == ["dm", "select"]
    assert seed_curves(GRID, cells, {"ipc": 5}) == []
