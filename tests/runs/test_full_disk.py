"""A full disk: the reason survives, nothing unfinished stays, and with space again a run goes on bit for bit."""

import errno
import os

import numpy as np
import pytest
import torch
import toy
from full_disk import KINDS, SizeLimit, SmallDisk

from ddcore.commands import main
from ddcore.files import append, write_atomically, write_json, write_npz
from ddcore.places import runs_root
from ddcore.runs import handle
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.handle import Job
from ddcore.runs.jobs import distilling, set_keeping
from ddcore.runs.worker import work


@pytest.fixture(params=KINDS)
def disk(request, tmp_path, monkeypatch):
    """Where the runs are."""
    try:
        made = (SmallDisk if request.param == "disk" else SizeLimit)(tmp_path / "small")
    except (PermissionError, FileNotFoundError):
        pytest.skip("this user may not mount a disk; files that may not grow are tested all the same")
    monkeypatch.setenv("DDCORE_RUNS", str(made.root / "runs"))
    yield made
    made.close()


def settings():
    return toy.run_settings(evaluation="none")


def fill_at(monkeypatch, disk, place):
    """Fill the disk in the third call of a function that keeps something, or in the third step."""
    module, name = {"step": Job, "save_snapshot": set_keeping}.get(place, distilling), place
    plain, calls = getattr(module, name), []

    def filling(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            disk.fill()
        return plain(*arguments)

    monkeypatch.setattr(module, name, filling)
    return module, name, plain


def one_line(capsys, disk):
    """The only error that was printed."""
    told = capsys.readouterr()
    (line,) = [line for line in told.err.splitlines() if "error: " in line]
    assert "Traceback" not in told.err + told.out and "failed:" not in told.err
    assert disk.words in line and str(runs_root()) in line
    return line


def unfinished():
    return [path for path in runs_root().rglob(".*") if path.name not in (".lock", ".filler")]


@pytest.mark.parametrize("place", ["write_checkpoint", "save_snapshot", "step"])
def test_a_run_whose_disk_fills_says_so_and_goes_on_bit_for_bit(place, disk, monkeypatch, capsys):
    monkeypatch.setattr(distilling, "CHECKPOINT_EVERY", 0.0)
    whole, run = create_run(settings()), create_run(settings())
    work(whole)
    broken = fill_at(monkeypatch, disk, place)
    assert main(["resume", run.id]) == 2
    line = one_line(capsys, disk)
    if place == "write_checkpoint":
        assert f"{run.path / 'checkpoint'}: {disk.words}" in line
    assert run.state() == "failed" and disk.words in run.status()["error"]
    assert main(["runs"]) == 0
    assert disk.words in next(row for row in capsys.readouterr().out.splitlines() if row.startswith(run.id))
    assert unfinished() == []
    assert "Traceback" not in "\n".join(run.log_tail())
    assert main(["resume", run.id]) == 2, "it is still full"
    one_line(capsys, disk)
    assert run.state() == "failed" and unfinished() == []
    disk.free()
    monkeypatch.setattr(*broken)
    assert main(["resume", run.id]) == 0
    np.testing.assert_array_equal(whole.snapshot(6)["images"], run.snapshot(6)["images"])
    steps = [event["step"] for event in run.events()[0] if event["event"] == "step"]
    assert sorted(set(steps)) == [1, 2, 3, 4, 5, 6]
    assert not any(event["event"] == "unreadable" for event in run.events()[0])


def test_a_full_disk_has_no_room_for_a_new_run(disk, capsys):
    asked = settings()
    runs_root().mkdir()
    disk.fill()
    with pytest.raises(OSError) as caught:
        create_run(asked)
    assert caught.value.errno in (errno.ENOSPC, errno.EFBIG) and str(runs_root()) in caught.value.filename
    assert list_runs() == [] and unfinished() == []


def test_a_worker_says_it_too(started, wait_for, tmp_path, monkeypatch):
    """Here the worker is another process, so that only a disk of its own can be full."""
    try:
        disk = SmallDisk(tmp_path / "small")
    except (PermissionError, FileNotFoundError):
        pytest.skip("this user may not mount a disk")
    monkeypatch.setenv("DDCORE_RUNS", str(disk.root))
    try:
        run = started()
        disk.fill()
        wait_for(run, "failed")
        assert disk.words in run.status()["error"] and "Traceback" not in "\n".join(run.log_tail())
    finally:
        disk.close()


def test_a_failure_that_cannot_be_written_anywhere_is_seen_all_the_same(disk, monkeypatch, capsys):
    monkeypatch.setattr(handle, "overwrite", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    run = create_run(settings())
    fill_at(monkeypatch, disk, "step")
    assert main(["resume", run.id]) == 2
    one_line(capsys, disk)
    disk.free()
    write_json(run.path / "status.json", run.status() | {"state": "running", "started": 1, "error": None})
    if isinstance(disk, SmallDisk):
        disk.fill()
        assert main(["runs"]) == 0 and disk.words in capsys.readouterr().out


WRITERS = {
    "PyTorch's": lambda path: write_atomically(path, lambda file: torch.save({"a": torch.zeros(200_000)}, file)),
    "NumPy's": lambda path: write_npz(path, a=np.zeros(200_000)),
    "a plain": lambda path: write_atomically(path, lambda file: file.write(b"x" * 10**6)),
    "a lasting": lambda path: write_atomically(path, lambda file: file.write(b"x" * 10**6), durable=True),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writers_error_is_of_one_kind_and_names_the_path(writer, disk):
    path = disk.root / "deep" / "file"
    write_atomically(path, lambda file: file.write(b"old"))
    disk.fill()
    with pytest.raises(OSError) as caught:
        WRITERS[writer](path)
    disk.free()
    assert caught.value.errno in (errno.ENOSPC, errno.EFBIG)
    assert (caught.value.filename, caught.value.strerror) == (str(path), disk.words)
    assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


def test_a_line_is_appended_whole_or_not_at_all(disk):
    path = disk.root / "lines"
    append(path, "first\n")
    disk.fill()
    with pytest.raises(OSError) as caught:
        append(path, "x" * 10_000 + "\n")
    assert caught.value.filename == str(path) and path.read_text() == "first\n"


@pytest.mark.parametrize("number", [errno.EDQUOT, errno.ENOSPC, errno.EFBIG])
def test_any_of_these_errors_is_one_line(number, monkeypatch, capsys):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(distilling, "write_checkpoint", refuse)
    run = create_run(settings())
    assert main(["resume", run.id]) == 2
    assert os.strerror(number) in capsys.readouterr().err and run.state() == "failed"
