"""Changed zips of runs, synthetic files and flags with any value: status 0, or 2 with one line that says why."""

import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from ddcore.commands import main
from ddcore.errors import BadInput
from ddcore.experiments import experiment
from ddcore.places import runs_root
from ddcore.runs.archive import import_run
from ddcore.training import protocols
from ddcore.training.experts import ExpertSchedule

from .fuzzing import BOUNDED, JSONS, ODD, SHORT, SOURCES, changed, own_folder
from .writing import npz_bytes, one_file, zip_bytes

RUN = next((Path(__file__).parents[2] / "examples").glob("20*-dm-*"))


def ended(*arguments: str) -> int:
    """The exit status of a command, after a check that it is 0, or 2 with one line that says why."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        try:
            status = main(list(arguments))
        except SystemExit as leaving:  # --help and its like
            status = int(leaving.code or 0)
    lines = [line for line in errors.getvalue().splitlines() if line.startswith("error: ")]
    assert status in (0, 2) and len(lines) == (status == 2), f"{status}: {errors.getvalue()}"
    assert all(line.isprintable() for line in lines), f"not printable: {lines}"
    return status


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Protocols of one or two epochs, so that a command takes a moment."""
    quick = replace(protocols.PROTOCOLS["quick"], epochs=1, repeats=1)
    for name in protocols.PROTOCOLS:
        monkeypatch.setitem(protocols.PROTOCOLS, name, quick)
    for name in list(experiment.FULL_SCHEDULES):
        monkeypatch.setitem(experiment.FULL_SCHEDULES, name, ExpertSchedule(1))


def run_zip(**changes: bytes) -> bytes:
    """A run as a zip, with some of its files replaced."""
    files = {p.relative_to(RUN).as_posix(): p.read_bytes() for p in sorted(RUN.rglob("*")) if p.is_file()}
    snapshots = sorted(name for name in files if name.startswith("snapshots/"))
    kept = {name: content for name, content in files.items() if name not in snapshots[:-1]} | changes
    return zip_bytes({f"{RUN.name}/{name}": content for name, content in kept.items()})


def imported(content: bytes) -> None:
    with own_folder() as folder:
        folder.mkdir()
        try:
            import_run(one_file("run.zip", content)(folder))
        except BadInput as refusal:
            assert str(refusal).isprintable()
            assert not runs_root().exists() or not list(runs_root().iterdir())
            assert ended("import", str(folder / "run.zip")) == 2


@BOUNDED
@given(data=st.data())
def test_a_changed_zip_of_a_run_is_imported_or_refused(data: st.DataObject):
    imported(data.draw(changed(run_zip())))


@pytest.mark.parametrize("part", ["config.json", "status.json", "events.jsonl"])
@SHORT
@given(data=st.data())
def test_a_zip_of_a_run_with_a_changed_file_is_imported_or_refused(part: str, data: st.DataObject):
    content = data.draw(
        st.one_of(changed((RUN / part).read_bytes()), JSONS.map(lambda value: json.dumps(value).encode()))
    )
    imported(run_zip(**{part: content}))


def synthetic(**changes: Any) -> bytes:
    good = {"images": np.zeros((2, 1, 8, 8)), "targets": np.eye(2), "mean": np.zeros(1), "std": np.ones(1)}
    return npz_bytes(**(good | changes))


def evaluated(content: bytes) -> None:
    with own_folder() as folder:
        folder.mkdir()
        (folder / "pets.npz").write_bytes(SOURCES["pets.npz"])
        (folder / "set.npz").write_bytes(content)
        ended("evaluate", str(folder / "set.npz"), "--dataset", str(folder / "pets.npz"), "--width", "2", "--depth",
        "1",
              "--repeats", "1", "--device", "cpu")  # fmt: skip


@SHORT
@given(data=st.data())
def test_evaluate_takes_or_refuses_a_changed_file(data: st.DataObject, short: None):
    evaluated(data.draw(changed(synthetic())))


@SHORT
@given(data=st.data())
def test_evaluate_takes_or_refuses_arrays_of_any_kind(data: st.DataObject, short: None):
    name = data.draw(st.sampled_from(["images", "targets", "mean", "std", "zca", "classes", "step"]))
    value = data.draw(
        arrays_of.arrays(arrays_of.scalar_dtypes(), arrays_of.array_shapes(min_dims=0, max_dims=5, max_side=8))
    )
    evaluated(synthetic(**{name: value}))


FLAGS = {
    "importance": ["size", "background", "flip", "image-column", "label-column", "seed", "score", "variant",
    "direction", "device"],
    "certificate": ["size", "background", "flip", "image-column", "label-column", "seed", "score", "m", "k", "device"],
    "evaluate": ["size", "background", "flip", "label-column", "model", "width", "depth", "evaluation", "repeats",
    "device", "seed"],
    "distill": ["size", "background", "flip", "label-column", "ipc", "steps", "distiller", "network", "width", "depth",
    "seed",
                "score", "init", "preset", "device", "snapshot-every"],
}  # fmt: skip
NEEDED = {
    "importance": ["--dataset={pets}", "--score=uniform", "--out={out}"],
    "certificate": ["--dataset={pets}", "--score=uniform", "--m=4"],
    "evaluate": ["{set}", "--dataset={pets}", "--width=2", "--depth=1", "--repeats=1", "--device=cpu"],
    "distill": ["--dataset={pets}", "--steps=1", "--ipc=1", "--width=2", "--depth=1", "--repeats=1", "--device=cpu"],
}


@pytest.mark.parametrize("command", FLAGS)
@BOUNDED
@given(data=st.data())
def test_a_flag_with_any_value_works_or_is_refused(command: str, data: st.DataObject, short: None):
    values = st.one_of(st.sampled_from(ODD), st.text(max_size=6))
    flags = data.draw(st.dictionaries(st.sampled_from(FLAGS[command]), values, min_size=1, max_size=2))
    with own_folder() as folder:
        folder.mkdir()
        paths = {"pets": folder / "pets.npz", "set": folder / "set.npz", "out": folder / "scores.npz"}
        paths["pets"].write_bytes(SOURCES["pets.npz"])
        paths["set"].write_bytes(synthetic())
        needed = [text.format(**paths) for text in NEEDED[command]]
        ended(command, *needed, *(f"--{name}={value}" for name, value in flags.items()))


WORDS = [*FLAGS, *ODD, "runs", "stop", "export", "resume"]


@BOUNDED
@given(arguments=st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), min_size=1, max_size=4))
def test_any_words_work_or_are_refused(arguments: list[str]):
    with own_folder():
        ended(*arguments)
