import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.experiments.settings import resolve
from ddcore.files import write_json
from ddcore.places import runs_root
from ddcore.runs.archive import delete_run, export_run, import_run
from ddcore.runs.folder import RunFolder, create_run, list_runs
from ddcore.runs.worker import work

SETTINGS = resolve({})
DATASET = {"name": "two", "hash": "0123456789abcdef", "classes": ["a", "b"], "shape": [1, 8, 8]}
CREATED = "2026-11-22T22:00:00+00:00"
CONFIG = json.dumps({"kind": "distill", "settings": SETTINGS, "created": CREATED, "dataset": DATASET})


def npz(compressed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def arrays(**changes):
    good = {
        "view": np.zeros((2, 8, 8, 1), np.uint8), "images": np.zeros((2, 1, 8, 8), np.float32),
        "targets": np.eye(2, dtype=np.float32), "classes": np.arange(2), "mean": np.zeros(1, np.float32),
        "std": np.ones(1, np.float32), "step": np.array(10),
    }  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}


def archive(parts, compress=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as out:
        for name, content in parts:
            out.writestr(name, content)
    file.seek(0)
    return file


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
    (example,) = (Path(__file__).parents[2] / "examples").glob("*-dm-*")
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


def test_in_between_snapshots_with_the_view_alone_are_fine():
    few = npz(**arrays(images=None, targets=None, mean=None, std=None))
    run = import_run(archive([("r/config.json", CONFIG), ("r/snapshots/step_000010.npz", few)])).run
    assert run.snapshot_steps() == [10]


HOSTILE = {
    "no run": [("readme.txt", "x")],
    "leads out": [("../config.json", CONFIG)],
    "leads out inside": [("r/config.json", CONFIG), ("r/../../evil", "x")],
    "absolute": [("/etc/passwd", "x")],
    "two runs": [("a/config.json", CONFIG), ("b/config.json", CONFIG)],
    "odd name": [("R R/config.json", CONFIG)],
    "hidden name": [(".jobs/config.json", CONFIG)],
    "checkpoint": [("r/config.json", CONFIG), ("r/checkpoint", "x")],
    "other file": [("r/config.json", CONFIG), ("r/run.py", "x")],
    "other digits": [("r/config.json", CONFIG), ("r/snapshots/step_٠٠٠٠١٠.npz", "x")],
    "config is a list": [("r/config.json", "[]")],
    "config is not strict": [("r/config.json", '{"kind": "distill", "settings": {"a": NaN}}')],
    "config is deep": [("r/config.json", "[" * 100_000)],
    "config is no text": [("r/config.json", b"\xff\xfe")],
    "config is huge": [("r/config.json", " " * 2_000_000)],
    "other kind": [("r/config.json", '{"kind": "prepare", "settings": {}}')],
    "no settings": [("r/config.json", '{"kind": "distill", "settings": {}, "created": "2026-11-22"}')],
    "settings out of bounds": [
        ("r/config.json", json.dumps(json.loads(CONFIG) | {"settings": SETTINGS | {"ipc": -1}}))
    ],
    "no date": [("r/config.json", json.dumps({"kind": "distill", "settings": SETTINGS}))],
    "odd dataset": [("r/config.json", json.dumps(json.loads(CONFIG) | {"dataset": {"name": 3}}))],
    "odd result": [("r/config.json", CONFIG), ("r/status.json", json.dumps({"result": {"accuracy": "x"}}))],
    "odd events": [("r/config.json", CONFIG), ("r/events.jsonl", '{"event": "step", "time": 1, "step": "many"}\n')],
    "odd status": [("r/config.json", CONFIG), ("r/status.json", '{"step": "many"}')],
}


@pytest.mark.parametrize("parts", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_zips_are_refused_and_leave_nothing(parts, tmp_path):
    with pytest.raises(BadInput):
        import_run(archive(parts))
    assert list_runs() == []
    assert not runs_root().exists() or list(runs_root().iterdir()) == []
    assert not (tmp_path / "evil").exists()


SNAPSHOTS = {
    "not npz": b"x",
    "pickle": npz(**arrays(classes=np.array([{}, {}], dtype=object))),
    "compressed": npz(compressed=True, **arrays(view=np.zeros((2, 500, 500, 1), np.uint8))),
    "unknown array": npz(**arrays(), more=np.zeros(1)),
    "no view": npz(**arrays(view=None)),
    "float view": npz(**arrays(view=np.zeros((2, 8, 8, 1)))),
    "wide view": npz(**arrays(view=np.zeros((2, 8, 8, 1), np.uint16))),
    "flat view": npz(**arrays(view=np.zeros((2, 64), np.uint8))),
    "view of 7 channels": npz(**arrays(view=np.zeros((2, 8, 8, 7), np.uint8))),
    "other number of classes": npz(**arrays(classes=np.arange(3))),
    "other number of targets": npz(**arrays(targets=np.eye(3, 2, dtype=np.float32))),
    "other number of images": npz(**arrays(images=np.zeros((3, 1, 8, 8), np.float32))),
    "images of another size": npz(**arrays(images=np.zeros((2, 1, 8, 9), np.float32))),
    "float classes": npz(**arrays(classes=np.zeros(2))),
    "structured": npz(**arrays(classes=np.zeros(2, dtype="i4,i4"))),
    "text": npz(**arrays(mean=np.array(["a"]))),
}


@pytest.mark.parametrize("content", SNAPSHOTS.values(), ids=SNAPSHOTS.keys())
def test_hostile_snapshots_are_refused(content):
    with pytest.raises(BadInput):
        import_run(archive([("r/config.json", CONFIG), ("r/snapshots/step_000010.npz", content)]))
    assert list_runs() == []


def test_a_header_that_promises_more_than_the_file_holds_is_refused():
    lying = npz(**arrays()).replace(b"(2, 8, 8, 1)", b"(9, 8, 8, 1)")
    parts = [("r/config.json", CONFIG), ("r/snapshots/step_000010.npz", lying)]
    with pytest.raises(BadInput):
        import_run(archive(parts))


def test_damaged_and_missing_files_are_told(finished, tmp_path):
    out = export_run(finished, tmp_path / "out.zip")
    content = bytearray(out.read_bytes())
    content[len(content) // 3] ^= 0xFF
    out.write_bytes(content)
    for source in (out, tmp_path / "none.zip", tmp_path, io.BytesIO(b"PK nonsense")):
        with pytest.raises(BadInput):
            import_run(source)
    with pytest.raises(BadInput, match="is a folder"):
        export_run(finished, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused():
    with pytest.raises(BadInput, match="does not belong"):
        import_run(archive([("r/config.json", CONFIG), ("r/config.json", CONFIG)]))


def test_only_ended_runs_are_deleted(started, wait_for, finished):
    run = started()
    with pytest.raises(BadInput, match="running; stop it"):
        delete_run(run)
    delete_run(finished)
    assert not finished.path.exists()
    assert list_runs() == [run]
    with pytest.raises(BadInput, match="no run"):
        delete_run(finished)
