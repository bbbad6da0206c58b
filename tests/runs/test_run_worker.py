import json
import os
import signal
import time

import pytest
import torch
from waiting import until

from ddcore.commands import main
from ddcore.errors import BadInput
from ddcore.runs import handle as job_module
from ddcore.runs.folder import create_run, send
from ddcore.runs.launch import stop
from ddcore.runs.worker import KINDS, one_line, work


def names(run):
    return [event["event"] for event in run.events()[0]]


def test_work_in_the_foreground_reports_and_records():
    run = create_run({"steps": 12}, kind="count")
    seen = []
    assert work(run, seen.append) == {"steps": 12}
    assert seen == run.events()[0]
    assert names(run)[0] == "phase" and names(run)[-1] == "finished"
    assert seen[1]["worst"] is None, "numbers that are not finite become null"
    status = run.status()
    assert (status["state"], status["step"], status["total"]) == ("finished", 12, 12)
    assert status["result"] == {"steps": 12}
    assert run.snapshot_steps() == [10]
    for line in (run.path / "events.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    with pytest.raises(BadInput, match="is finished"):
        work(run)


def test_progress_is_throttled_but_its_end_is_seen():
    run = create_run({}, kind="slow_progress")
    begun = time.monotonic()
    work(run)
    seconds = time.monotonic() - begun
    progress = [event for event in run.events()[0] if event["event"] == "progress"]
    assert len(progress) <= 4 * seconds + 2
    assert progress[-1]["done"] == progress[-1]["total"] == 200
    assert progress[-1]["phase"] == "embedding"
    assert run.status()["progress"] == {"done": 200, "total": 200, "note": "points"}


def test_a_crash_in_the_foreground_is_recorded_and_raised():
    run = create_run({}, kind="crash")
    with pytest.raises(RuntimeError, match="went"):
        work(run)
    assert run.state() == "failed"
    assert run.status()["error"] == "RuntimeError: the fake went wrong"
    assert names(run) == ["failed"]
    assert any("Traceback" in line for line in run.log_tail())


def test_a_crash_in_the_worker_is_in_status_and_log(started):
    run = started("crash", wanted=("failed",))
    assert run.status()["error"] == "RuntimeError: the fake went wrong"
    log = run.log_tail()
    assert log[0] == "about to crash"
    assert sum("Traceback" in line for line in log) == 1


def test_an_unknown_kind_and_a_user_mistake_are_told_without_the_type():
    run = create_run({}, kind="nothing")
    with pytest.raises(BadInput, match="'nothing' is not a kind of job"):
        work(run)
    assert run.log_tail() == [run.status()["error"]], "a mistake is told in its sentence, without a traceback"
    assert run.status()["error"].startswith("'nothing' is not a kind of job")
    assert one_line(KeyError()) == "KeyError"
    assert len(one_line(ValueError("x" * 5000))) < 600


def test_a_kind_cannot_name_code():
    assert "os:system" not in KINDS
    with pytest.raises(BadInput):
        create_run({}, kind="os:system")


def test_pause_step_resume_stop(started, wait_for):
    run = started()
    until(lambda: run.status()["step"] > 0)
    send(run, "pause")
    wait_for(run, "paused")
    step = run.status()["step"]
    time.sleep(0.2)
    assert run.status()["step"] == step
    assert run.events()[0][-1]["event"] == "paused"
    for more in (1, 2):
        send(run, "step")
        until(lambda more=more: run.status()["step"] == step + more and run.state() == "paused")
    time.sleep(0.2)
    assert run.status()["step"] == step + 2
    send(run, "resume")
    until(lambda: run.status()["step"] > step + 10)
    send(run, "pause")
    wait_for(run, "paused")
    stop(run)
    assert run.state() == "stopping", "told at once"
    wait_for(run, "stopped")
    assert names(run)[-1] == "stopped"
    steps = [event["step"] for event in run.events()[0] if event["event"] == "step"]
    assert steps == list(range(1, len(steps) + 1))


def test_sigterm_is_a_request_to_stop(started, wait_for):
    run = started()
    os.kill(run.status()["pid"], signal.SIGTERM)
    wait_for(run, "stopped")


def test_ctrl_c_in_the_foreground_stops_and_restores_the_handlers():
    run = create_run({"steps": 1000}, kind="count")
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    def interrupt(event):
        if event.get("step") == 3:
            signal.raise_signal(signal.SIGINT)

    assert work(run, interrupt) is None
    assert run.state() == "stopped"
    assert run.status()["step"] == 3
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_stop_asked_before_the_worker_begins_is_heard():
    run = create_run({"steps": 1000}, kind="count")
    stop(run)
    assert work(run) is None
    assert run.state() == "stopped"
    assert names(run) == ["stopped"]


def test_an_ended_run_goes_on_behind_a_torn_line_and_forgets_old_requests():
    run = create_run({"steps": 3}, kind="count")
    stop(run)
    work(run)
    with (run.path / "events.jsonl").open("a") as file:
        file.write('{"event": "st')
    assert work(run) == {"steps": 3}
    assert run.state() == "finished"
    assert names(run) == ["stopped", "phase", "step", "step", "step", "finished"]


def test_two_workers_cannot_have_one_run(started):
    run = started()
    with pytest.raises(BadInput, match="running already"):
        work(run)
    assert run.state() == "running"


def test_the_heart_beats_while_the_job_is_silent(started, monkeypatch):
    run = started("deaf")
    first = run.status()["heartbeat"]
    until(lambda: run.status()["heartbeat"] > first)
    assert run.health() == ""


def test_a_removed_folder_ends_the_job_and_is_not_made_again(monkeypatch):
    monkeypatch.setattr(job_module, "HEARTBEAT", 0.02)
    run = create_run({}, kind="slow_progress")
    away = run.path.with_name("moved")

    def remove(event):
        if event["event"] == "progress" and run.path.exists():
            run.path.rename(away)

    with pytest.raises(FileNotFoundError):
        work(run, remove)
    assert not run.path.exists()


def test_amend_adds_to_the_config(monkeypatch):
    run = create_run({}, kind="count")
    with job_module.claim(run) as status:
        job_module.Job(run, status).amend(dataset={"name": "digits", "hash": "00"})
    assert run.config()["dataset"]["hash"] == "00"
    assert run.config()["kind"] == "count"


def test_a_full_gpu_is_told_in_one_sentence_and_may_be_tried_again(monkeypatch, capsys):
    def fill(*_):
        raise torch.OutOfMemoryError("Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 7 GiB of which")

    monkeypatch.setattr("fake_jobs.count", fill)
    run = create_run({"steps": 3}, kind="count")
    assert main(["resume", run.id]) == 2
    assert "memory of 7 GiB is full" in capsys.readouterr().err
    assert run.state() == "failed" and "memory of 7 GiB is full" in run.status()["error"]
    assert run.log_tail() == [run.status()["error"]], "without a traceback"
