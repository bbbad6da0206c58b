import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.files import write_json, write_npz
from ddcore.places import runs_root
from ddcore.runs import folder, states
from ddcore.runs.folder import RunFolder, create_run, list_runs, open_run, run_by_id

SETTINGS = {"dataset": "digits", "distiller": "dm", "ipc": 1, "steps": 3}


def as_written(run, **fields):
    write_json(run.path / "status.json", run.status() | fields)


def test_a_new_run_has_the_promised_name_and_config():
    run = create_run(SETTINGS, queue="cpu", extra={"preset": "quick"})
    time_part, dataset, distiller, ipc, tail = run.id.rsplit("-", 4)
    assert (dataset, distiller, ipc, len(tail)) == ("digits", "dm", "ipc1", 4)
    assert time.strptime(time_part, "%Y%m%d-%H%M%S")
    config = run.config()
    assert config["settings"] == SETTINGS
    assert config["kind"] == "distill"
    assert (config["queue"], config["preset"], config["dataset"]) == ("cpu", "quick", None)
    assert config["versions"]["numpy"] == np.__version__
    assert config["hardware"]["cpus"] >= 1
    assert run.state() == "starting"


def test_a_dataset_given_by_path_makes_a_harmless_id():
    run = create_run(SETTINGS | {"dataset": "/data/../My Images (2).zip"})
    assert "-my-images-2-dm-ipc1-" in run.id
    assert run.path.parent == runs_root()


def test_list_is_newest_first_and_only_runs():
    runs = [create_run(SETTINGS) for _ in range(3)]
    (runs_root() / "no-config").mkdir()
    (runs_root() / "broken").mkdir()
    (runs_root() / "broken" / "config.json").write_text("{")
    (runs_root() / ".hidden").mkdir()
    (runs_root() / ".hidden" / "config.json").write_text("{}")
    (runs_root() / "a-file").write_text("")
    assert [run.id for run in list_runs()] == [run.id for run in reversed(runs)]


def test_no_runs_root_is_no_runs():
    assert list_runs() == []


def test_find_by_id_prefix_and_path(tmp_path, monkeypatch):
    run = create_run(SETTINGS)
    assert open_run(run.id) == open_run(run.id[:-2]) == open_run(str(run.path)) == run
    monkeypatch.chdir(runs_root().parent)
    assert open_run(f"runs/{run.id}").path == run.path
    create_run(SETTINGS)
    with pytest.raises(BadInput, match="2 runs begin with"):
        open_run(run.id[:4])
    with pytest.raises(BadInput, match="no run 'nothing'"):
        open_run("nothing")


@pytest.mark.parametrize("text", ["", "..", "../runs", "/etc", ".jobs", "a/b", "a\\b", "A", "a\n", "é", "a" * 200])
def test_ids_cannot_leave_the_runs_folder(text):
    create_run(SETTINGS)
    with pytest.raises(BadInput):
        run_by_id(text)


def test_an_unknown_id_is_told():
    with pytest.raises(BadInput, match="no run 'gone'"):
        run_by_id("gone")


def test_a_torn_last_event_waits_for_its_end():
    run = create_run(SETTINGS)
    path = run.path / "events.jsonl"
    assert run.events() == ([], 0)
    path.write_text('{"event": "step", "step": 1}\n{"event": "st')
    events, offset = run.events()
    assert [event["step"] for event in events] == [1]
    assert run.events(offset) == ([], offset)
    with path.open("a") as file:
        file.write('ep", "step": 2}\n')
    events, offset = run.events(offset)
    assert [event["step"] for event in events] == [2]
    assert offset == path.stat().st_size


def test_unreadable_finished_lines_are_counted():
    run = create_run(SETTINGS)
    (run.path / "events.jsonl").write_bytes(b'nonsense\n{"event": "step"}\n[1]\n\xff\xfe\n')
    assert run.events()[0] == [{"event": "step"}, {"event": "unreadable", "time": 0, "lines": 3}]


def test_snapshots_are_found_by_name():
    run = create_run(SETTINGS)
    assert run.snapshot_steps() == []
    for step in (100, 0, 1_000_000):
        write_npz(run.snapshot_path(step), step=np.array(step))
    (run.path / "snapshots" / "step_7.npz").write_text("")
    (run.path / "snapshots" / ".step_000008.npz-x.tmp").write_text("")
    assert run.snapshot_steps() == [0, 100, 1_000_000]
    assert run.snapshot(100)["step"] == 100
    with pytest.raises(BadInput, match="no snapshot of step 7"):
        run.snapshot(7)


def test_log_tail_shows_the_last_drawing_of_a_progress_bar():
    run = create_run(SETTINGS)
    assert run.log_tail() == []
    (run.path / "log.txt").write_bytes(b"one\n10%\r50%\r100%\nlast \xff\n")
    assert run.log_tail(2) == ["100%", "last \ufffd"]
    assert len(run.log_tail(100)) == 3
    assert run.size_bytes() > 0


def test_a_process_that_is_not_there_means_lost():
    run = create_run(SETTINGS)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for state in states.LIVE:
        as_written(run, state=state, pid=gone.pid, started=1)
        assert run.state() == "lost"
    for state in ("finished", "stopped", "failed"):
        as_written(run, state=state)
        assert run.state() == state


def test_ending_between_two_looks_is_not_lost(monkeypatch):
    run = create_run(SETTINGS)

    def end_meanwhile(pid, started):
        as_written(run, state="finished")
        return False

    monkeypatch.setattr(states, "alive", end_meanwhile)
    assert run.state() == "finished"


@pytest.mark.skipif(not states.has_proc(), reason="without /proc the pid alone has to do")
def test_a_reused_pid_and_a_zombie_count_as_gone():
    run = create_run(SETTINGS)
    as_written(run, state="running", started=run.status()["started"] - 1)
    assert run.state() == "lost"
    child = subprocess.Popen(["sleep", "60"])
    as_written(run, state="running", pid=child.pid, started=states.process_started(child.pid))
    assert run.state() == "running"
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and left a zombie
    assert run.state() == "lost"
    child.wait()


def test_without_proc_the_pid_has_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(states, "_PROC", tmp_path / "none")
    child = subprocess.Popen(["sleep", "60"])
    assert states.process_started(child.pid) is None
    assert states.alive(child.pid, None)
    child.kill()
    child.wait()
    assert not states.alive(child.pid, None)


def test_silence_of_a_living_process_is_told():
    run = create_run(SETTINGS)
    assert run.health() == ""
    as_written(run, state="running", heartbeat=time.time() - 60)
    assert run.state() == "running"
    assert run.health().startswith("not responding")
    as_written(run, state="finished")
    assert run.health() == ""


def test_a_folder_without_status_is_lost():
    run = create_run(SETTINGS)
    (run.path / "status.json").unlink()
    assert run.state() == "lost"


def test_the_same_parameters_are_the_same_job():
    first = folder.job_folder("embedding", {"a": 1, "b": [2]})
    assert first == folder.job_folder("embedding", {"b": [2], "a": 1})
    assert first != folder.job_folder("embedding", {"a": 2, "b": [2]})
    assert not first.path.exists()
    with pytest.raises(BadInput):
        folder.job_folder("../embedding", {})


def test_requests_are_checked():
    run = create_run(SETTINGS)
    with pytest.raises(BadInput, match="'explode' is not a request"):
        folder.send(run, "explode")
    folder.send(run, "stop")
    asked = run.control()["time"]
    assert run.state() == "stopping"
    folder.send(run, "stop")
    assert run.control()["time"] == asked
    with pytest.raises(BadInput, match="being stopped"):
        folder.send(run, "resume")
    as_written(run, state="finished")
    with pytest.raises(BadInput, match="finished, so there is nothing to stop"):
        folder.send(run, "stop")
    with pytest.raises(BadInput, match="no run"):
        folder.send(RunFolder(runs_root() / "gone"), "stop")


def test_importing_the_server_side_brings_in_nothing_heavy():
    code = (
        "import sys; from ddcore.runs import archive, folder, handle, launch, lines, queue, states, worker; "
        "import json; print(json.dumps([m for m in ('torch', 'sklearn', 'umap', 'streamlit') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
