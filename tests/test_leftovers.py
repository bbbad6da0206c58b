"""What killed writers leave behind is swept; what a living one still needs is not."""

import os
import subprocess
import sys
import time

import pytest
import toy

from ddcore.commands import main
from ddcore.files import write_atomically
from ddcore.kept import RANDOM
from ddcore.leftovers import ABANDONED, new_folder, remove_tree, sweep_files, sweep_folders
from ddcore.places import runs_root
from ddcore.runs.folder import create_run
from ddcore.runs.handle import claim

WRITER = """
import sys, time
from pathlib import Path
from ddcore.commands import main
from ddcore.files import write_atomically
def write(file):
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
write_atomically(Path(sys.argv[1]), write)
"""


@pytest.fixture
def writer():
    """`writer(path)` starts a process that never ends writing the file; its temporary file is a day old."""
    processes = []

    def start(path):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout.readline() == "writing\n"
        (temporary,) = path.parent.glob(f".{path.name}-*.tmp")
        age(temporary, 86_400)
        return process, temporary

    yield start
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_only_what_dead_writers_left_is_swept(writer, tmp_path):
    path = tmp_path / "file.json"
    process, temporary = writer(path)
    others = [tmp_path / name for name in (".other-program.tmp.swp", ".program.tmp")]
    for other in others:
        other.touch()
    write_atomically(path, lambda file: file.write(b"whole"))
    sweep_files(tmp_path)
    assert temporary.exists() and path.read_bytes() == b"whole", "its writer lives"
    process.kill()
    process.wait()
    sweep_files(tmp_path, ".another-")
    assert temporary.exists()
    sweep_files(tmp_path, ".file.json-")
    assert sorted(tmp_path.iterdir()) == sorted([*others, path])


def test_an_export_sweeps_behind_one_that_was_killed(writer, tmp_path):
    run, out = create_run(toy.run_settings()), tmp_path / "run.zip"
    process, temporary = writer(out)
    process.kill()
    process.wait()
    assert main(["export", run.id, "--out", str(out)]) == 0
    assert out.exists() and not temporary.exists()


def test_who_takes_over_a_run_sweeps_it(writer, tmp_path):
    run = create_run(toy.run_settings())
    beside = [run.path / folder / "step_000003.npz" for folder in ("draws", "steps", "confusions")]
    places = [run.path / "checkpoint", run.snapshot_path(3), *beside]
    left = [writer(path) for path in places]
    claim(run)
    assert all(temporary.exists() for _, temporary in left)
    for process, _ in left:
        process.kill()
        process.wait()
    claim(run)
    assert not any(temporary.exists() for _, temporary in left)


def test_a_shelf_is_swept_when_something_is_put_on_it(writer):
    process, temporary = writer(RANDOM.path("a"))
    RANDOM.write(RANDOM.path("b"), [0.5])
    assert temporary.exists()
    process.kill()
    process.wait()
    RANDOM.write(RANDOM.path("b"), [0.5])
    assert not temporary.exists() and RANDOM.files() == [RANDOM.path("b")]


@pytest.mark.parametrize("prefix", [".new-", ".deleted-"])
def test_old_drafts_go_when_a_run_is_made_and_young_ones_stay(prefix):
    old, young, busy = (new_folder(runs_root(), prefix) for _ in range(3))
    for draft in (old, young, busy):
        (draft / "config.json").touch()
    for path in (old / "config.json", old, busy):
        age(path, ABANDONED + 60)
    create_run(toy.run_settings())
    assert [path.exists() for path in (old, young, busy)] == [False, True, True]


def test_sweeping_a_folder_that_is_not_there_is_nothing(tmp_path):
    sweep_folders(tmp_path / "none", ".new-")


def test_removing_a_linked_folder_removes_the_link(tmp_path):
    target = new_folder(tmp_path, "target-")
    (target / "file").touch()
    link = tmp_path / "link"
    link.symlink_to(target)
    remove_tree(link)
    assert (target / "file").exists() and not os.path.lexists(link)
