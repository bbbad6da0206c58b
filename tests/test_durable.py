"""What counts reaches the disk: the file before it gets its name, the name before anything else happens."""

import os
from pathlib import Path

import pytest
import toy

from ddcore.files import write_atomically
from ddcore.runs.folder import create_run
from ddcore.runs.handle import claim
from ddcore.runs.worker import work


@pytest.fixture
def calls(monkeypatch):
    """(what, name) of everything that reaches the disk or gets its name, in order."""
    made, fsync, replace = [], os.fsync, Path.replace

    def synced(descriptor):
        made.append(("sync", Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    def replaced(self, target):
        made.append(("name", Path(target)))
        return replace(self, target)

    if not Path("/proc/self/fd").exists():
        pytest.skip("without /proc an open file has no name to look up")
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    return made


def test_the_file_first_then_its_name_then_the_folder(calls, tmp_path):
    path = tmp_path / "file"
    write_atomically(path, lambda file: file.write(b"x"), durable=True)
    (first, temporary), *rest = calls
    assert first == "sync" and temporary.name.startswith(".file-")
    assert rest == [("name", path), ("sync", tmp_path)]
    calls.clear()
    write_atomically(path, lambda file: file.write(b"x"))
    assert calls == [("name", path)]


def test_checkpoint_config_and_full_snapshots_reach_the_disk_and_pictures_need_not(calls):
    run = create_run(toy.run_settings(evaluation="none"))
    work(run)
    named = {(kind, path.name) for kind, path in calls}
    synced = {path.name.rpartition("-")[0] for kind, path in calls if kind == "sync" and path.name.endswith(".tmp")}
    assert {".config.json", ".status.json", ".checkpoint", ".step_000000.npz", ".step_000006.npz"} == synced
    assert ("name", "step_000003.npz") in named
    assert ("sync", run.path.parent.name) in named, "the new folder's own name"


def test_a_status_waits_for_the_disk_only_where_its_state_changes(calls):
    run = create_run(toy.run_settings())
    status = claim(run)

    def syncs():
        calls.clear()
        status.write(step=1)
        return len([kind for kind, _ in calls if kind == "sync"])

    assert syncs() == 0
    calls.clear()
    status.write(state="running")
    assert [kind for kind, _ in calls] == ["sync", "name", "sync"]
    assert syncs() == 0
