import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from waiting import until

from ddcore.errors import BadInput
from ddcore.runs import launch, states
from ddcore.runs.folder import create_run, job_folder
from ddcore.runs.launch import enforce_stop, ensure_job, resume, stop


def test_a_launched_run_is_never_seen_as_lost_on_its_way(wait_for):
    run = create_run({"steps": 5}, kind="count")
    seen = set()
    watching = True

    def watch():
        while watching:
            seen.add(run.state())

    watcher = threading.Thread(target=watch)
    watcher.start()
    launch.launch(run)
    wait_for(run, "finished")
    watching = False
    watcher.join()
    assert "lost" not in seen
    assert run.status()["pid"] != os.getpid()


def test_the_worker_has_its_own_session_and_leaves_no_zombie(started):
    run = started()
    pid = run.status()["pid"]
    assert os.getsid(pid) == pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: run.state() == "lost")
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_kill_minus_nine_shows_lost_and_can_be_resumed(started, wait_for):
    run = started(steps=30)
    os.kill(run.status()["pid"], signal.SIGKILL)
    wait_for(run, "lost")
    with pytest.raises(BadInput, match="process is gone"):
        stop(run)
    resume(run)
    wait_for(run, "finished")
    with pytest.raises(BadInput, match="is finished"):
        resume(run)


def test_resume_continues_paused_and_refuses_running(started, wait_for):
    run = started()
    with pytest.raises(BadInput, match="running already"):
        resume(run)
    launch.send(run, "pause")
    wait_for(run, "paused")
    resume(run)
    wait_for(run, "running")


def test_a_worker_that_cannot_start_is_a_failed_run(monkeypatch):
    monkeypatch.setattr(launch, "WORKER", ("/nonexistent/python",))
    run = create_run({}, kind="count")
    with pytest.raises(FileNotFoundError):
        launch.launch(run)
    assert run.state() == "failed"
    assert "could not be started" in run.status()["error"]


def test_a_worker_that_dies_before_its_first_word_is_lost(monkeypatch, wait_for):
    monkeypatch.setattr(launch, "WORKER", (sys.executable, "-c", "raise SystemExit('no luck')"))
    run = create_run({}, kind="count")
    launch.launch(run)
    wait_for(run, "lost")
    assert run.log_tail() == ["no luck"]


def test_deaf_workers_are_terminated_then_killed(started, wait_for):
    run = started("undead")
    until(lambda: run.events()[0])
    stop(run)
    asked = run.control()["time"]
    assert enforce_stop(run, asked + 9) == "stopping"
    assert enforce_stop(run, asked + 11) == "stopping", "SIGTERM is ignored by this one"
    time.sleep(0.1)
    assert states.alive(run.status()["pid"], run.status()["started"])
    enforce_stop(run, asked + 31)
    until(lambda: enforce_stop(run) == "stopped")
    assert "without answering" in run.status()["note"]


def test_a_worker_that_is_saving_is_not_killed_early(started):
    run = started("deaf")
    until(lambda: run.events()[0])
    stop(run)
    status = run.status() | {"state": "stopping"}
    asked = run.control()["time"]
    launch.write_json(run.path / "status.json", status)
    assert enforce_stop(run, asked + 60) == "stopping"
    launch.write_json(run.path / "status.json", status)
    enforce_stop(run, asked + 121)
    until(lambda: enforce_stop(run) == "stopped")


def test_enforcing_what_nobody_asked_for_does_nothing(started):
    run = started()
    assert enforce_stop(run, time.time() + 1000) == "running"


def test_two_tabs_start_a_job_once(wait_for):
    results = []
    tabs = [threading.Thread(target=lambda: results.append(ensure_job("count", {"steps": 5}))) for _ in range(6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert set(results) == {job_folder("count", {"steps": 5})}
    wait_for(results[0], "finished")
    time.sleep(0.2)
    assert [event["event"] for event in results[0].events()[0]].count("finished") == 1
    assert ensure_job("count", {"steps": 5}).state() == "finished", "a finished job is not done again"


def test_two_processes_start_a_job_once(wait_for):
    code = (
        f"import sys; from ddcore.runs import launch; launch.WORKER = {launch.WORKER!r}; "
        "launch.ensure_job('count', {'steps': 20})"
    )
    tabs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [tab.wait() for tab in tabs] == [0, 0, 0]
    run = job_folder("count", {"steps": 20})
    wait_for(run, "finished")
    names = [event["event"] for event in run.events()[0]]
    assert names.count("phase") == names.count("finished") == 1


def test_a_failed_job_is_only_done_again_on_request(wait_for):
    run = ensure_job("crash", {})
    wait_for(run, "failed")
    assert ensure_job("crash", {}).state() == "failed"
    ensure_job("crash", {}, restart=True)
    until(lambda: [event["event"] for event in run.events()[0]] == ["failed", "failed"])


def test_a_clock_that_is_set_back_delays_no_stop(started, monkeypatch):
    run = started("undead")
    until(lambda: run.events()[0])
    stop(run)
    now, ticks = time.time, time.monotonic
    with monkeypatch.context() as clocks:
        clocks.setattr(launch.time, "time", lambda: now() - 3600)
        assert enforce_stop(run) == "stopping"
        clocks.setattr(launch.time, "monotonic", lambda: ticks() + 31)
        enforce_stop(run)
    until(lambda: enforce_stop(run) == "stopped")


@pytest.mark.parametrize("asked", [{"time": 4e9}, {}, {"time": "noon"}, {"time": 4e9, "monotonic": 1e12}])
def test_a_request_without_a_credible_time_counts_from_the_first_look(asked, started):
    run = started("undead")
    until(lambda: run.events()[0])
    launch.write_json(run.path / "control.json", {"action": "stop", **asked})
    assert enforce_stop(run) == "stopping"
    since = run.control()["time"]
    assert abs(since - time.time()) < 60
    assert enforce_stop(run, since + 9) == "stopping" and run.control()["time"] == since
    enforce_stop(run, since + 31)
    until(lambda: enforce_stop(run) == "stopped")
