"""Paths that are none, or no files: one line and status 2, without waiting for anybody at the other end."""

import os
from pathlib import Path

import pytest
import toy

from ddcore.commands import main
from ddcore.errors import BadInput
from ddcore.files import write_json
from ddcore.places import runs_root, typed_path
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import RunFolder, create_run, list_runs, run_by_id

pytestmark = pytest.mark.timeout(60)
ODD = ("~nosuchuser/x", "loop", "pipe", "device", "nul\0")


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """`odd(kind, suffix)`: such a path."""
    monkeypatch.chdir(tmp_path)

    def make(kind, suffix=""):
        path = tmp_path / f"{kind}{suffix}"
        if kind == "loop":
            path.symlink_to(path)
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "device":
            path.symlink_to("/dev/zero")
        else:
            return f"{kind}{suffix}"
        return str(path)

    return make


def refused(capsys, *arguments):
    assert main([*arguments]) == 2
    told = capsys.readouterr()
    (line,) = told.err.splitlines()
    assert line.startswith("error: ") and told.out == ""
    return line


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("command", [["runs"], ["stop", "x"], ["distill"], ["import", "x.zip"]])
def test_no_folder_of_runs(kind, command, odd, capsys):
    refused(capsys, *command, "--runs", odd(kind))


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("command", ["resume", "stop", "evaluate", "export"])
def test_no_run(kind, command, odd, capsys):
    more = ["--out", "run.zip"] if command == "export" else []
    refused(capsys, command, odd(kind), *more)


@pytest.mark.parametrize("kind", ODD)
def test_no_file(kind, odd, capsys):
    refused(capsys, "import", odd(kind, ".zip"))
    refused(capsys, "evaluate", odd(kind, ".npz"), "--dataset", "digits")


@pytest.mark.parametrize("kind", ODD)
def test_no_place_to_write(kind, odd, capsys, tmp_path):
    run = create_run(toy.run_settings())
    for command, suffix in ((["export", run.id], ".zip"), (["importance", "--dataset", "digits"], ".npz")):
        refused(capsys, *command, "--out", path := odd(kind, suffix))
        assert not os.path.isfile(path)  # noqa: PTH113 - it is not a file even where it is no path


FILES = ("config.json", "status.json", "control.json", "events.jsonl", "log.txt", "checkpoint")


@pytest.mark.parametrize("kind", ["loop", "pipe", "device"])
@pytest.mark.parametrize("name", FILES)
def test_odd_things_within_a_run_keep_nobody_waiting(kind, name, odd, capsys):
    run = create_run(toy.run_settings(evaluation="none"))
    write_json(run.path / "status.json", run.status() | {"state": "stopped"})
    path = run.path / name
    path.unlink(missing_ok=True)
    if kind == "loop":
        path.symlink_to(path)
    else:
        Path(odd(kind)).rename(path)
    for command in (["runs"], ["stop", run.id], ["export", run.id, "--out", "run.zip"], ["resume", run.id]):
        assert main(command) in (0, 2)
        told = capsys.readouterr()
        assert "Traceback" not in told.err and "failed:" not in told.err


def test_the_home_folder_of_a_person_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert typed_path("~/x") == tmp_path.resolve() / "x"
    with pytest.raises(BadInput, match="no home folder"):
        typed_path("~nosuchuser/x")


def test_a_circle_of_links_in_the_environment_is_one_line(monkeypatch, odd, capsys):
    for kind in ("DATA", "CACHE", "RUNS"):
        monkeypatch.setenv(f"DDCORE_{kind}", odd("loop", kind))
    refused(capsys, "runs")
    refused(capsys, "datasets")


def test_of_a_linked_run_the_link_is_deleted(tmp_path):
    run = create_run(toy.run_settings())
    run.path.rename(tmp_path / "elsewhere")
    (runs_root() / "linked").symlink_to(tmp_path / "elsewhere")
    (linked,) = list_runs()
    delete_run(run_by_id(linked.id))
    assert list_runs() == [] and list(runs_root().iterdir()) == []
    assert RunFolder(tmp_path / "elsewhere").config()["kind"] == "distill"
