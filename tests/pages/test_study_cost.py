"""What the page tells of a study's cost, without the methods at hand."""

import json

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.studies.grid import Grid
from pages.parts.study.cost_panel import run_settings


def test_the_page_knows_the_settings_of_every_run(real_schema):
    schema = json.loads(real_schema.read_text())
    axes = {
        "distiller": tuple(DISTILLERS.names()), "importance": ("uniform", "kmeans", "student-loss"),
        "init": (None, "random", "kmeans-coreset"), "seed": (0,),
    }  # fmt: skip
    grid, known = Grid(axes, {"clusters": 7, "batch_real": 5}), 0
    for cell in grid.cells():
        try:
            settings = grid.complete(cell)
        except BadInput:
            continue
        assert run_settings(schema, cell.resolved()) == settings
        known += 1
    assert known > 40
