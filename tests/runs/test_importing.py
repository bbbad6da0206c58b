"""Imports as jobs: progress, stopping, and nothing left behind, however an import ends."""

import fcntl
import io
import os
from types import SimpleNamespace

import numpy as np
import pytest
from made_zips import CONFIG, SNAPSHOT, archive, arrays, events, import_bytes, npz, snapshot, step

from ddcore.commands import main
from ddcore.errors import BadInput
from ddcore.places import runs_root
from ddcore.progress import Stopped
from ddcore.runs import archive as archives
from ddcore.runs import unpacking
from ddcore.runs.drafts import remove_drafts
from ddcore.runs.folder import list_runs
from ddcore.runs.importing import begin_import, dismiss_import, imports
from ddcore.runs.launch import stop


def left_behind():
    return [path for pattern in (".import-*", ".jobs/*/upload.zip", "*.tmp") for path in runs_root().glob(pattern)]


def test_a_worker_adds_the_run_and_keeps_no_upload(wait_for):
    job = begin_import(snapshot(), "my run.zip")
    assert imports() == [job] and job.config()["settings"]["name"] == "my run.zip"
    wait_for(job, "finished")
    (run,) = list_runs()
    assert job.status()["result"] == {"run": run.id, "known": False}
    assert not left_behind()
    again = begin_import(snapshot(), "my run.zip")
    assert again != job, "the same zip twice is two uploads"
    wait_for(again, "finished")
    assert again.status()["result"] == {"run": run.id, "known": True}
    for ended in imports():
        dismiss_import(ended)
    assert imports() == [] and list_runs() == [run]


def test_a_refused_upload_is_a_failed_job_with_the_sentence(wait_for):
    job = begin_import(io.BytesIO(b"nonsense"), "\x1b[2Jx.zip")
    assert job.config()["settings"]["name"] == r"\x1b[2Jx.zip"
    wait_for(job, "failed")
    assert "not a zip of a run" in job.status()["error"] and "Traceback" not in "".join(job.log_tail())
    assert not left_behind() and list_runs() == []


def test_a_live_import_is_not_dismissed_and_one_that_is_stopped_leaves_nothing(wait_for):
    job = begin_import(events(*[step()] * 60_000), "long.zip")
    dismiss_import(job)
    assert imports() == [job]
    stop(job)
    if wait_for(job, "stopped", "finished") == "stopped":
        assert list_runs() == []
    dismiss_import(job)
    assert not left_behind() and imports() == []


PARTS = [("r/config.json", CONFIG), ("r/events.jsonl", b'{"event": "step", "time": 1, "step": 1}\n' * 3000)]
MANY = archive([*PARTS, (SNAPSHOT, npz(**arrays())), ("r/log.txt", "x" * 3_000_000)])


def test_progress_grows_to_its_total_and_every_report_may_stop_the_import():
    reports = []
    import_bytes(MANY, lambda done, total, note: reports.append((done / total, note)))
    shares = [share for share, _ in reports]
    assert shares == sorted(shares) and shares[-1] <= 1 and {note for _, note in reports} == {"unpacking", "checking"}
    (run,) = list_runs()
    archives.delete_run(run)
    for last in range(len(reports)):
        calls = iter(range(len(reports)))

        def halt(*_, calls=calls, last=last):
            if next(calls) == last:
                raise Stopped

        with pytest.raises(Stopped):
            import_bytes(MANY, halt)
        assert list_runs() == [] and not left_behind()


def test_what_a_killed_import_left_is_removed_and_one_at_work_is_not():
    dead, alive = runs_root() / ".import-dead", runs_root() / ".import-live"
    for draft in (dead, alive):
        (draft / "snapshots").mkdir(parents=True)
    handle = os.open(alive, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    import_bytes(snapshot())
    assert left_behind() == [alive]
    os.close(handle)
    remove_drafts()
    assert left_behind() == []


def test_a_disk_without_room_is_told_before_anything_is_unpacked(monkeypatch):
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(BadInput, match="1,000 left"):
        import_bytes(MANY)
    assert not left_behind()


def test_a_disk_that_fills_meanwhile_is_told_and_leaves_nothing(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "write_json", full)
    with pytest.raises(BadInput, match="No space left"):
        import_bytes(snapshot())
    assert not left_behind() and list_runs() == []
    monkeypatch.setattr("ddcore.runs.importing.shutil.copyfileobj", full)
    with pytest.raises(BadInput, match="No space left"):
        begin_import(snapshot(), "x.zip")
    assert not left_behind() and imports() == []


def test_runs_that_arrive_at_once_under_one_id_are_all_kept(monkeypatch):
    """Another import takes the id between our look and our move."""
    real = archives.Path.rename

    def late(self, target):
        monkeypatch.setattr(archives.Path, "rename", real)
        (target / "config.json").parent.mkdir()
        (target / "config.json").write_text("{}")
        return real(self, target)

    monkeypatch.setattr(archives.Path, "rename", late)
    run = import_bytes(snapshot()).run
    assert run.id.startswith("r-") and run.config()["id"] == run.id


def test_the_command_imports_in_the_foreground(tmp_path, capsys):
    (tmp_path / "run.zip").write_bytes(snapshot(view=np.ones((2, 8, 8, 1), np.uint8)).getvalue())
    assert main(["import", str(tmp_path / "run.zip")]) == 0
    assert imports() == [] and not left_behind() and len(list_runs()) == 1
    (tmp_path / "bad.zip").write_bytes(b"PK")
    assert main(["import", str(tmp_path / "bad.zip")]) == 2
    assert "not a zip of a run" in capsys.readouterr().err
