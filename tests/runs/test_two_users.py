"""Two people, one folder: modes follow the umask, and what one may not read hides nothing of his own."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import toy

from ddcore import kept
from ddcore.commands import main
from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput
from ddcore.files import write_json, write_npz
from ddcore.kept import RANDOM
from ddcore.leftovers import new_folder
from ddcore.places import cache_root, runs_root
from ddcore.runs import queue
from ddcore.runs.drafts import remove_drafts
from ddcore.runs.folder import create_job, create_run, job_folder, list_runs, unreadable_runs
from ddcore.runs.worker import work

HERE = Path(__file__).parent
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOT_FOR_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; two users are tested instead")


@pytest.fixture
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002], indirect=True, ids=oct)
def test_modes_follow_the_umask(umask, tmp_path):
    work(create_run(toy.run_settings(dataset=load_dataset(toy.npz(tmp_path)).hash, evaluation="none", steps=1)))
    create_job("prepare", {"dataset": "digits"})
    write_json(tmp_path / "new" / "a.json", {})
    write_npz(tmp_path / "new" / "a.npz", a=np.zeros(1))
    RANDOM.write(RANDOM.path("a"), [0.5])
    new_folder(tmp_path / "new", ".x-")
    places = [path for root in (runs_root(), cache_root(), tmp_path / "new") for path in (root, *root.rglob("*"))]
    assert len(places) > 20
    for path in places:
        wanted = (0o777 if path.is_dir() else 0o666) & ~umask
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


@pytest.fixture
def shared(monkeypatch):
    """A folder that everybody may reach and write in, as an administrator makes it."""
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    root.chmod(0o755)
    for kind in ("DATA", "CACHE", "RUNS"):
        (root / kind).mkdir()
        (root / kind).chmod(0o1777)
        monkeypatch.setenv(f"DDCORE_{kind}", str(root / kind))
    yield root
    shutil.rmtree(root)


def second_user(dataset, run):
    done = subprocess.run(
        [sys.executable, str(HERE / "second_user.py"), str(dataset), run], capture_output=True, text=True, cwd="/",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", "HOME": "/nonexistent"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def first_user():
    """A run, a job, kept results, a ticket of a dead process, all of root's."""
    run = create_run(toy.run_settings())
    create_job("prepare", {"dataset": "digits"})
    RANDOM.write(RANDOM.path("a"), [0.5])
    line = queue.line_folder("cpu")
    line.mkdir(parents=True)
    (line / "mutex").touch()
    (line / "000001-999999.ticket").touch()
    return run


@ROOT_ONLY
@pytest.mark.parametrize("umask", [0o022, 0o077], indirect=True, ids=oct)
def test_a_second_user_works_beside_the_first(umask, shared):
    for name in ("datasets", "sources") if umask == 0o077 else ():  # else nobody else can prepare anything there
        (cache_root() / name).mkdir()
        (cache_root() / name).chmod(0o1777)
    run = first_user()
    own = shared / "DATA" / "own.npz"
    shutil.copy(toy.npz(shared / "DATA"), own)
    with np.load(own) as arrays:
        np.savez(own, **{name: array ^ 1 if "images" in name else array for name, array in arrays.items()})
    own.chmod(0o644)
    if umask == 0o022:
        load_dataset(own)
    with queue.place_in_line("scores"):
        found = second_user(own, run.id)
    assert [name for name, (code, _) in found.items() if code] == ["stop", "resume"], found
    lines = {line.split()[0]: line for line in found["runs"][1].splitlines()}
    (mine,) = lines.keys() - {run.id}
    assert "finished" in lines[mine]
    refused = f"{'not readable' if umask == 0o077 else 'cannot be changed'}: belongs to another user"
    for name in ("stop", "resume"):
        assert found[name][0] == 2 and refused in found[name][1]
        assert len(found[name][1].splitlines()) == 1
    assert ("not readable: belongs to another user" in lines[run.id]) == (umask == 0o077)
    assert ("belongs to another user" in found["library"][1]) == (umask == 0o077)
    assert run.id in found["library"][1] or umask == 0o022
    assert ("1 run is not readable" in found["watch"][1]) == (umask == 0o077)
    assert mine[-4:] in found["watch"][1]
    assert ("belongs to another user" in found["datasets"][1]) == (umask == 0o077)
    assert found["line"][1] == ("1" if umask == 0o022 else "0")
    assert (run.path / "status.json").exists() and run.state() == "starting"


@NOT_FOR_ROOT
def test_what_may_not_be_read_hides_nothing_of_ones_own(capsys):
    hidden, own = create_run(toy.run_settings()), create_run(toy.run_settings())
    job, _ = create_job("prepare", {"dataset": "digits"})
    toy.dataset()
    RANDOM.write(RANDOM.path("a"), [0.5])
    closed = [hidden.path, job.path, *(cache_root() / "datasets").iterdir(), cache_root() / "baselines"]
    try:
        for path in closed:
            path.chmod(0)
        assert list_runs() == [own] and unreadable_runs() == [hidden]
        assert main(["runs"]) == 0 and "not readable" in capsys.readouterr().out
        assert main(["datasets"]) == 0 and "not readable" in capsys.readouterr().err
        assert main(["stop", hidden.id]) == 2
        assert job_folder("prepare", {"dataset": "digits"}).path != job.path
        assert kept.stocks() == []
        RANDOM.write(RANDOM.path("b"), [0.5])
    finally:
        for path in closed:
            path.chmod(0o700)


@pytest.mark.parametrize("closed", ["iterdir", "access"])
def test_a_folder_of_runs_that_may_not_be_listed_is_one_sentence(closed, monkeypatch, capsys):
    """Root may list every folder, so the refusal itself is made up."""
    create_run(toy.run_settings())
    plain = {"iterdir": Path.iterdir, "access": os.access}[closed]

    def refusing(path, *more):
        if Path(path) == runs_root():
            if closed == "access":
                return False
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *more)

    with monkeypatch.context() as patched:
        patched.setattr(*((Path, "iterdir", refusing) if closed == "iterdir" else (os, "access", refusing)))
        with pytest.raises(BadInput, match="not readable"):
            list_runs()
        assert main(["runs"]) == 2 and str(runs_root()) in capsys.readouterr().err


def test_a_draft_of_another_users_import_stays_and_stops_nobody(monkeypatch):
    """Root may open every folder, so the refusal itself is made up."""
    draft, plain = runs_root() / ".import-theirs", os.open
    draft.mkdir(parents=True)

    def refusing(path, *more, **named):
        if Path(path) == draft:
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    remove_drafts()
    assert draft.exists()


def test_a_result_that_cannot_be_kept_is_a_failed_job_that_says_where(monkeypatch):
    """Root may write on every shelf, so the refusal itself is made up."""
    params = {"dataset": toy.dataset().hash, "score": "uniform"}

    def refusing(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    job, _ = create_job("importance", params)
    with monkeypatch.context() as patched:
        patched.setattr(kept, "write_npz", refusing)
        with pytest.raises(BadInput, match="not kept"):
            work(job)
    assert job.state() == "failed" and str(kept.SCORES.root) in job.status()["error"]
    assert work(job)["score"] == "uniform" and job.state() == "finished"


def test_a_ticket_that_may_not_be_read_counts_while_its_owner_lives(monkeypatch, tmp_path):
    """Root may open every file, so the refusal itself is made up."""
    for pid in (os.getpid(), 999_999_999):
        (tmp_path / f"00000{len(str(pid))}-{pid}.ticket").touch()
    plain = Path.open

    def refusing(self, *rest, **more):
        if self.suffix == ".ticket":
            raise PermissionError(13, "Permission denied", str(self))
        return plain(self, *rest, **more)

    monkeypatch.setattr(Path, "open", refusing)
    assert queue._ahead(tmp_path, 100) == 1


def test_clearing_says_what_stays(monkeypatch):
    for name in ("a", "b"):
        RANDOM.write(RANDOM.path(name), [0.5])
    plain = Path.unlink

    def refusing(self, *rest, **more):
        if self == RANDOM.path("b"):
            raise PermissionError(13, "Permission denied", str(self))
        plain(self, *rest, **more)

    monkeypatch.setattr(Path, "unlink", refusing)
    with pytest.raises(BadInput, match="1 of 2 files"):
        kept.clear(RANDOM.title)
    assert RANDOM.files() == [RANDOM.path("b")]
