"""Study folders: kept whatever happens to them, and what cannot be read is said in one sentence each."""

import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ddcore.errors import BadInput
from ddcore.files import read_json, write_json
from ddcore.runs.gains import Measured
from ddcore.studies import study as studies
from ddcore.studies.found import Found, found_in, usual_measure
from ddcore.studies.grid import Grid
from ddcore.studies.running import delete, retry
from ddcore.studies.study import (
    Study,
    create_study,
    extend,
    list_studies,
    open_study,
    rename,
    studies_root,
    unreadable_studies,
)

GRID = Grid({"importance": ("uniform", "kmeans"), "seed": (0, 1)}, {"dataset": "digits"})
FOUND = Found(
    accuracy=Measured(0.7, 0.01, 3), random=Measured(0.5, 0.1, 3), seconds=1.5, curve=((0, 0.0, 0.4), (2, 1.5, 0.7)),
    protocol="quick", students="ConvNet", tested_on="abc", run="a-run",
)  # fmt: skip
NOBODY = 65534
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def study():
    made = create_study("Mine", GRID, "Does it help?")
    made.add(next(GRID.cells()), FOUND)
    return made


@contextmanager
def another_user():
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_what_is_written_is_read_again(study):
    known = open_study(study.id)
    assert (known.name, known.question, known.grid) == ("Mine", "Does it help?", GRID)
    assert known.found() == {next(GRID.cells()).key: FOUND} and known.troubles() == []
    assert [cell.choices for cell in known.missing()] == [cell.choices for cell in GRID.cells()][1:]
    assert create_study("Again", GRID).id == study.id and create_study("Again", GRID).name == "Mine"


def test_a_grown_study_leaves_room_for_another_of_its_first_grid(study):
    grown = extend(study, replace(GRID, axes=GRID.axes | {"seed": (0, 1, 2)}))
    assert grown.id == study.id and len(grown.missing()) == 5
    other = create_study("First", GRID)
    assert other.id != study.id and other.grid == GRID and create_study("First", GRID).id == other.id


def test_a_name_changes_and_nothing_else(study):
    renamed = rename(study, "  Better  ")
    assert (renamed.name, renamed.created, renamed.found()) == ("Better", study.created, study.found())
    with pytest.raises(BadInput, match="needs a name"):
        rename(renamed, "  ")


def test_what_another_tab_has_added_stays(study):
    stale = [open_study(study.id) for _ in range(3)]
    assert all(one.grid == GRID for one in stale)
    edition = study.edition
    extend(study, replace(GRID, axes=GRID.axes | {"seed": (0, 1, 2)}))
    assert study.edition != edition
    assert rename(stale[0], "Better").grid.axes["seed"] == (0, 1, 2)
    wider = GRID.axes | {"ipc": (1, 10), "seed": (0, 1, 7)}
    grown = extend(stale[1], Grid(wider, GRID.fixed))
    assert grown.grid.axes == {"ipc": (None, 1, 10), "importance": ("uniform", "kmeans"), "seed": (0, 1, 2, 7)}
    assert grown.name == "Better" and grown.found() == study.found()
    delete(grown)
    assert study.edition == ""
    for change in (lambda one: rename(one, "Mine"), lambda one: extend(one, GRID)):
        with pytest.raises(BadInput, match="no study"):
            change(stale[2])


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(GRID, fixed={"dataset": "mnist"}), "dataset is 'digits' in one .* 'mnist' in the other"),
        (replace(GRID, fixed={"dataset": "digits", "ipc": 3}), "ipc is None in one .* 3 in the other"),
        (replace(GRID, arms={"a": {"ipc": 1}}), "arms"),
        (replace(GRID, preset="quick"), "preset"),
    ],
)
def test_a_study_does_not_grow_into_another_one(study, other, told):
    with pytest.raises(BadInput, match=told):
        extend(study, other)
    assert open_study(study.id).grid == GRID


def test_what_could_not_be_run_is_tried_again_on_request(study):
    first, second, *_ = study.missing()
    study.add(first, Found(refused="The loss is nan."))
    study.add(second, Found(refused="The loss is nan."))
    study.add(second, FOUND)
    with (study.path / "cells.jsonl").open("a") as file:
        file.write("no json\n")
    assert retry(study) == 1 and retry(study) == 0
    assert len(study.found()) == 2 and study.missing()[0] == first and len(study.troubles()) == 1


def test_a_line_that_could_not_be_read_again_is_not_written(study):
    before = (study.path / "cells.jsonl").read_text()
    for wrong in (Measured(0.7, 1.5, 3), Measured(float("nan"), 0.1, 3)):
        with pytest.raises(BadInput, match="accuracy"):
            study.add(study.missing()[0], Found(accuracy=wrong))
    assert (study.path / "cells.jsonl").read_text() == before


def test_a_deleted_study_is_gone(study):
    delete(study)
    assert list_studies() == [one for one in list_studies() if one.recorded]
    assert list(studies_root().iterdir()) == []
    with pytest.raises(BadInput, match="no study"):
        open_study(study.id)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no json\n", "cannot be read"),
        ('{"key": "a"}\n', "cannot be read"),
        ('{"key": "a", "found": {"accuracy": [2, 0, 1]}}\n', "cannot be read"),
        ('{"key": "a", "found": {"accuracy": "high"}}\n', "cannot be read"),
        ('{"key": 3, "found": {}}\n', "cannot be read"),
        ('{"version": 2, "key": "a", "found": {"certainty": 1}}\n', "newer version"),
    ],
)
def test_a_line_that_cannot_be_read_hides_no_other(study, line, told):
    path = study.path / "cells.jsonl"
    with path.open("a") as file:
        file.write(line)
    cell = study.missing()[0]
    study.add(cell, replace(FOUND, run="other"))
    assert len(study.found()) == 2
    (trouble,) = study.troubles()
    assert trouble.startswith("1 line ") and told in trouble and study.id in trouble
    assert line in path.read_text(), "nothing is thrown away"


def test_a_torn_last_line_waits_and_is_cut_off_by_the_next(study):
    path = study.path / "cells.jsonl"
    whole = path.read_text()
    with path.open("a") as file:
        file.write('{"key": "torn", "fou')
    assert len(study.found()) == 1 and study.troubles() == []
    study.add(study.missing()[0], FOUND)
    assert len(study.found()) == 2 and path.read_text().startswith(whole) and "torn" not in path.read_text()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("{", "not a JSON object"),
        ({"version": 2}, "newer version"),
        ({"name": None}, "is damaged"),
        ({"grid": {"axes": {"seed": []}}}, "needs seeds"),
        ({"grid": {"axes": {"seed": ["first"]}}}, "whole numbers"),
        ({"grid": {"axes": {"seed": [0], "ipc": [[1]]}}}, "numbers or names"),
        ({"grid": {"axes": {"seed": [0], "ipc": [1]}, "fixed": {"ipc": 1}}}, "both varied and fixed"),
        ({"grid": {"axes": {"seed": [0], "ipc": [1]}, "arms": {"a": {"ipc": 1}}}}, "set by the arm"),
        ({"grid": {"axes": {"seed": [0]}, "rows": 3}}, "A grid is an object"),
        ({"grid": 3}, "A grid is an object"),
    ],
)
def test_a_damaged_study_hides_no_other(study, change, told):
    other = create_study("Other", replace(GRID, fixed={"dataset": "mnist"}))
    path = study.path / "study.json"
    if isinstance(change, str):
        path.write_text(change)
    else:
        write_json(path, read_json(path) | change)
    assert other in list_studies() and [one.id for one in unreadable_studies()] == [study.id]
    with pytest.raises(BadInput, match=told) as raised:
        open_study(study.id)
    assert study.id in str(raised.value) and (study.path / "cells.jsonl").exists()


@ROOT_ONLY
def test_another_users_studies_are_said_to_be_so(monkeypatch):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv("DDCORE_RUNS", str(folder))
        closed, seen = create_study("Closed", GRID), create_study("Seen", replace(GRID, fixed={"dataset": "mnist"}))
        (closed.path / "study.json").chmod(0o600)
        with another_user():
            assert [one.id for one in unreadable_studies()] == [closed.id] and Study(seen.path) in list_studies()
            with pytest.raises(BadInput, match="not readable: belongs to another user"):
                open_study(closed.id)
            for change in (delete, lambda one: rename(one, "Mine"), lambda one: extend(one, GRID)):
                with pytest.raises(BadInput, match="belongs to another user"):
                    change(open_study(seen.id))
        studies_root().chmod(0o700)
        with another_user(), pytest.raises(BadInput, match="folder of studies .* not readable"):
            list_studies()


def test_recorded_studies_are_sound_small_and_stay_as_they_are(monkeypatch):
    recorded = [study for study in list_studies() if study.recorded]
    assert recorded and {study.path.name for study in recorded} == {path.name for path in studies.EXAMPLES.iterdir()}
    for study in recorded:
        found = study.found()
        assert study.troubles() == [] and study.question and found
        assert {cell.key for cell in study.grid.cells()} >= found.keys()
        known = [one for one in found.values() if not one.refused]
        assert all(one.protocol and one.students and one.tested_on and one.machine for one in known)
        assert all(getattr(one, usual_measure(known)) for one in known)
        assert sum(path.stat().st_size for path in study.path.iterdir()) < 300 * 1024
        for change in (delete, lambda one: rename(one, "Mine"), lambda one: extend(one, GRID)):
            with pytest.raises(BadInput, match="came with the project"):
                change(study)


def test_a_parameter_only_some_cells_have_is_left_out_of_the_others():
    grid = Grid({"importance": ("uniform", "kmeans"), "init": ("random", "sensitivity"), "seed": (0,)},
                {"clusters": 5, "init_score": "kmeans"})  # fmt: skip
    settings = [grid.complete(cell) for cell in grid.cells()]
    has = [(one["importance"], one["init"], one.get("clusters"), one["init_score"]) for one in settings]
    assert set(has) == {
        ("uniform", "random", None, None), ("kmeans", "random", 5, None),
        ("uniform", "sensitivity", 5, "kmeans"), ("kmeans", "sensitivity", 5, "kmeans"),
    }  # fmt: skip


def test_a_setting_for_one_method_is_that_of_its_cells_only():
    fixed = {"lr_images": 1.0, "ncfm.lr_images": 0.04, "dm.batch_real": 8}
    arms = {"a": {"init": "random"}, "b": {"ncfm.lr_images": 0.5, "dm.init": "kmeans-coreset", "init": "random"}}
    grid = Grid({"distiller": ("dm", "ncfm"), "seed": (0,)}, fixed, arms)
    assert Grid.from_json(json.loads(json.dumps(grid.to_json()))) == grid
    dm_a, dm_b, ncfm_a, ncfm_b = (cell.settings for cell in grid.cells())
    assert dm_a == {"lr_images": 1.0, "batch_real": 8, "init": "random", "distiller": "dm", "seed": 0}
    assert dm_b == dm_a | {"init": "kmeans-coreset"}
    assert ncfm_a == {"lr_images": 0.04, "init": "random", "distiller": "ncfm", "seed": 0}
    assert ncfm_b == ncfm_a | {"lr_images": 0.5}
    assert [grid.complete(cell)["lr_images"] for cell in grid.cells()] == [1.0, 1.0, 0.04, 0.5]
    (alone,) = Grid({"seed": (0,)}, {"dm.ipc": 3}).cells()
    assert alone.settings == {"ipc": 3, "seed": 0}


@pytest.mark.parametrize(
    ("axes", "fixed", "told"),
    [
        ({}, {"ncfm.ipc": 3}, "'ncfm.ipc' sets nothing"),
        ({}, {"dm.": 3}, "'dm.' sets nothing"),
        ({"distiller": ("dm", "ncfm")}, {"dm.distiller": "ncfm"}, "'dm.distiller' sets nothing"),
        ({"dm.ipc": (1, 2)}, {}, "cannot be varied"),
        ({"ipc": (1, 2)}, {"dm.ipc": 3}, "ipc is both varied and fixed to 3"),
    ],
)
def test_a_setting_for_one_method_that_would_have_no_effect_is_refused(axes, fixed, told):
    with pytest.raises(BadInput, match=told):
        Grid(axes | {"seed": (0,)}, fixed)


def test_the_table_of_importance_is_all_of_its_recorded_studies_at_once():
    grid = Grid.from_json(read_json(studies.EXAMPLES.parent / "importance-table.json")["grid"])
    recorded = [open_study(f"importance-{method}") for method in grid.axes["distiller"]]
    assert {cell.key for cell in grid.cells()} == {cell.key for one in recorded for cell in one.grid.cells()}
    assert len({cell.key for cell in grid.cells()}) == grid.size == 240


@pytest.mark.parametrize("path", sorted(studies.EXAMPLES.parent.glob("*.json")), ids=lambda path: path.stem)
def test_a_table_of_the_project_is_a_study_whose_every_run_can_be_made(path):
    grid = Grid.from_json(read_json(path)["grid"])
    assert len({frozenset(grid.complete(cell).items()) for cell in grid.cells()}) == grid.size


def test_only_a_finished_run_has_found_something():
    from ddcore.runs.folder import create_run

    with pytest.raises(BadInput, match="only a finished one"):
        found_in(create_run({"dataset": "digits"}))


def test_a_line_is_strict_json(study):
    (line,) = (study.path / "cells.jsonl").read_text().splitlines()
    assert Found.from_json(json.loads(line)["found"]) == FOUND
