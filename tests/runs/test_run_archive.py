import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from made_zips import DATASET, SETTINGS

from ddcore.commands import main
from ddcore.errors import BadInput
from ddcore.files import write_json
from ddcore.places import runs_root
from ddcore.runs import foreign, unpacking
from ddcore.runs.archive import delete_run, export_run, import_run, refusal_of
from ddcore.runs.folder import RunFolder, create_run, list_runs
from ddcore.runs.worker import work


@pytest.fixture
def finished(monkeypatch):
    run = create_run(SETTINGS | {"steps": 12}, kind="count")
    work(run)
    write_json(run.path / "config.json", run.config() | {"kind": "distill", "dataset": DATASET})
    result = {"run": run.id, "steps": 12, "seconds": 1.5, "protocol": None, "accuracy": None}
    write_json(run.path / "status.json", run.status() | {"result": result})
    (run.path / "checkpoint").write_bytes(b"large")
    (run.path / "log.txt").write_text("a word\n")
    return run


def test_round_trip(finished, tmp_path):
    out = export_run(finished, tmp_path / "out.zip")
    with zipfile.ZipFile(out) as file:
        names = {name.removeprefix(finished.id + "/") for name in file.namelist()}
    assert names == {"config.json", "status.json", "events.jsonl", "log.txt", "snapshots/step_000010.npz"}
    config, events, status, snapshot = finished.config(), finished.events(), finished.status(), finished.snapshot(10)
    delete_run(finished)
    copy, known = import_run(out)
    assert (copy.id, known) == (finished.id, False), "the id is free again"
    assert (copy.config(), copy.events()) == (config, events)
    assert copy.status()["result"] == status["result"]
    assert (copy.state(), copy.log_tail()) == ("finished", ["a word"])
    np.testing.assert_equal(copy.snapshot(10), snapshot)


def test_a_run_that_is_here_already_is_not_added_again(finished, tmp_path):
    out = export_run(finished, tmp_path / "out.zip")
    assert import_run(out) == (finished, True) and list_runs() == [finished]
    twin = finished.path.rename(finished.path.with_name("another-name"))
    write_json(twin / "config.json", RunFolder(twin).config() | {"id": "another-name"})
    assert import_run(out) == (RunFolder(twin), True), "what counts is the content"
    assert [path.name for path in runs_root().iterdir() if path.name != ".jobs"] == ["another-name"]


@pytest.mark.parametrize("part", ["config.json", "status.json", "events.jsonl", "log.txt", "snapshots/step_000010.npz"])
def test_a_run_of_one_id_with_other_content_is_another_run(finished, part, tmp_path):
    out, path = export_run(finished, tmp_path / "out.zip"), finished.path / part
    if path.suffix == ".json":
        write_json(path, json.loads(path.read_text()) | {"note": "changed here"})
    else:
        path.write_bytes(path.read_bytes() + b"\n")
    copy, known = import_run(out)
    assert copy.id.startswith(finished.id + "-") and not known
    assert copy.config()["id"] == copy.id
    path.unlink()
    assert import_run(out) == (copy, True)


def test_a_run_of_the_first_version_is_still_welcome(tmp_path):
    (example,) = (Path(__file__).parents[2] / "examples").glob("20*-dm-*")
    run = import_run(export_run(RunFolder(example), tmp_path / "old.zip")).run
    assert "variant" not in run.config()["settings"] and run.state() == "finished"


def test_a_run_exported_while_live_arrives_stopped(started, tmp_path):
    run = started()
    write_json(run.path / "config.json", run.config() | {"kind": "distill", "settings": SETTINGS, "dataset": DATASET})
    out = export_run(run, tmp_path / "live.zip")
    copy, known = import_run(out)
    assert not known and import_run(out) == (copy, True)
    assert copy.state() == "stopped"
    assert copy.status()["pid"] is None
    assert "before it had ended" in copy.status()["note"]


def test_damaged_and_missing_files_are_told(finished, tmp_path):
    out = export_run(finished, tmp_path / "out.zip")
    content = bytearray(out.read_bytes())
    content[len(content) // 3] ^= 0xFF
    out.write_bytes(content)
    (tmp_path / "nonsense.zip").write_bytes(b"PK nonsense")
    for source in (out, tmp_path / "none.zip", tmp_path, tmp_path / "nonsense.zip"):
        with pytest.raises(BadInput):
            import_run(source)
    with pytest.raises(BadInput, match="is a folder"):
        export_run(finished, tmp_path)


def test_only_ended_runs_are_deleted(started, wait_for, finished):
    run = started()
    with pytest.raises(BadInput, match="running; stop it"):
        delete_run(run)
    delete_run(finished)
    assert not finished.path.exists()
    assert list_runs() == [run]
    with pytest.raises(BadInput, match="no run"):
        delete_run(finished)


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ((foreign, "MOST_LINES", 2), "more than 2 lines"),
        ((foreign, "LONGEST_LINE", 20), "longer than 20 bytes"),
        ((unpacking, "_MOST_SNAPSHOTS", -5), "-5 snapshots"),
        ((unpacking, "_LARGEST_SNAPSHOT", 9), "at most 9"),
        ((unpacking, "_LARGEST_RUN", 99), "at most 99"),
    ],
)
def test_export_names_the_bound_that_an_import_would_refuse(finished, tmp_path, monkeypatch, capsys, limit, reason):
    out = tmp_path / "out.zip"
    assert refusal_of(finished) == ""
    assert main(["export", finished.id, "--out", str(out)]) == 0 and capsys.readouterr().err == ""
    monkeypatch.setattr(*limit)
    assert main(["export", finished.id, "--out", str(out)]) == 0 and reason in capsys.readouterr().err
    delete_run(finished)
    with pytest.raises(BadInput) as refused:
        import_run(out)
    assert reason in str(refused.value)


def test_an_error_is_printable_where_it_is_written_so_that_the_run_can_travel(finished, tmp_path, monkeypatch):
    def fail(job):
        raise TypeError("handlers[0](x) \x1b[31mred\x1b[0m \ud800")

    monkeypatch.setattr("ddcore.runs.worker.job_function", lambda kind: fail)
    write_json(finished.path / "status.json", finished.status() | {"state": "stopped"})
    with pytest.raises(TypeError):
        work(finished)
    error = finished.status()["error"]
    assert error.isprintable() and "handlers[0](x)" in error and refusal_of(finished) == ""
    out = export_run(finished, tmp_path / "out.zip")
    delete_run(finished)
    assert import_run(out).run.status()["error"] == error


@pytest.mark.parametrize("when", ["opening", "reading"])
def test_a_zip_that_cannot_be_read_is_told_from_a_folder_that_cannot_be_written(finished, tmp_path, monkeypatch, when):
    out = export_run(finished, tmp_path / "out.zip")

    def refuse(*_, **__):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        if when == "opening":
            plain = Path.open
            patched.setattr(Path, "open", lambda self, *more: refuse() if self == out else plain(self, *more))
        else:
            patched.setattr(unpacking.CarefulFile, "read", refuse)
        with pytest.raises(BadInput, match="The zip cannot be read: Input/output error"):
            import_run(out)
    with monkeypatch.context() as patched:
        patched.setattr("ddcore.runs.archive.write_json", refuse)
        with pytest.raises(BadInput, match="cannot be written to"):
            import_run(out)
