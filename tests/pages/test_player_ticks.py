"""The lines of a chart's grid: round, evenly apart, inside the axis, and never one alone."""

import json

import numpy as np
from test_browser_component import run_module

from pages.parts.browser.component import HERE


def ticks(axes, folder) -> list[list[float]]:
    """The lines of axes of (low, high, count)."""
    (folder / "player_ticks.js").write_text((HERE / "player_ticks.js").read_text())
    program = f"""
import {{ ticks }} from "./player_ticks.js";
console.log(JSON.stringify({json.dumps(axes)}.map((axis) => ticks(...axis))));
"""
    return json.loads(run_module(program, folder))


def test_an_axis_without_length_has_none(tmp_path):
    assert ticks([[3.0, 3.0, 2.0], [0.0, 0.0, 5.0]], tmp_path) == [[], []]


def test_an_axis_has_two_round_lines_or_more_however_low_its_chart(tmp_path):
    rng = np.random.default_rng(0)
    low = rng.uniform(0, 100, 500)
    axes = np.stack([low, low + rng.uniform(1, 80, 500), rng.uniform(0.5, 8, 500)], axis=1).tolist()
    for (low, high, count), lines in zip(axes, ticks(axes, tmp_path), strict=True):
        pace = lines[1] - lines[0]
        np.testing.assert_allclose(np.diff(lines), pace)
        assert low - 1e-6 <= lines[0] < low + pace and high - pace < lines[-1] <= high + 1e-6
        digit = pace / 10 ** np.floor(np.log10(pace) + 1e-9)
        assert np.isclose(digit, [1, 2, 5]).any()
        assert len(lines) <= max(6, 1.25 * count + 1)
