import os
import signal

import pytest
from waiting import until

from ddcore.errors import BadInput
from ddcore.progress import Stopped
from ddcore.runs.folder import create_run
from ddcore.runs.launch import launch, stop
from ddcore.runs.queue import line_folder, place_in_line, queue_of


def queued(steps=3, queue="cuda:0"):
    run = create_run({"steps": steps}, kind="count", queue=queue)
    launch(run)
    return run


def test_jobs_of_one_device_run_one_after_another_in_order(started, wait_for):
    first = started(queue="cuda:0")
    second = queued()
    wait_for(second, "queued")
    assert second.status()["note"] == "waiting for cuda:0: 1 job ahead"
    third = queued()
    until(lambda: third.status()["note"] == "waiting for cuda:0: 2 jobs ahead")
    other = queued(queue="cuda:1")
    wait_for(other, "finished")
    assert (second.state(), third.state()) == ("queued", "queued")
    stop(first)
    wait_for(third, "finished")
    assert second.state() == "finished"
    assert second.status()["note"] == ""
    ended, begun = second.events()[0][-1], third.events()[0]
    assert ended["time"] <= next(event for event in begun if event["event"] == "phase")["time"]


def test_a_killed_holder_gives_way(started, wait_for):
    first = started(queue="cuda:0")
    second = queued()
    wait_for(second, "queued")
    os.kill(first.status()["pid"], signal.SIGKILL)
    wait_for(second, "finished")
    assert not list(line_folder("cuda:0").glob("*.ticket"))


def test_a_killed_waiter_is_passed_over(started, wait_for):
    first = started(queue="cuda:0")
    second = queued()
    wait_for(second, "queued")
    third = queued()
    until(lambda: "2 jobs" in third.status()["note"])
    os.kill(second.status()["pid"], signal.SIGKILL)
    until(lambda: "1 job " in third.status()["note"])
    stop(first)
    wait_for(third, "finished")


def test_a_queued_run_stops_at_once(started, wait_for):
    first = started(queue="cuda:0")
    second = queued()
    wait_for(second, "queued")
    stop(second)
    wait_for(second, "stopped")
    assert first.state() == "running"


def test_leaving_the_line_by_raising_gives_up_the_place():
    def leave():
        raise Stopped

    waited = []
    with place_in_line("mps"):
        with pytest.raises(Stopped), place_in_line("mps", waited.append, leave):
            pytest.fail("the device is taken")
        assert len(list(line_folder("mps").glob("*.ticket"))) == 1
    assert waited == [1]
    assert not list(line_folder("mps").glob("*.ticket"))


def test_nothing_to_wait_for_without_a_device(tmp_path):
    with place_in_line(None):
        assert not (tmp_path / "cache").exists()


def test_devices_are_told_apart_as_cuda_sees_them(monkeypatch):
    assert line_folder("cuda") == line_folder("cuda:0") != line_folder("cuda:1")
    second = line_folder("cuda:1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert line_folder("cuda:0") == second
    for device in ("gpu", "cuda:x", "../cuda", "cuda:0/..", ""):
        with pytest.raises(BadInput, match="not a device"):
            line_folder(device)


def test_every_device_has_a_line_and_auto_takes_the_best_one():
    assert queue_of("auto", ["cuda:0", "cpu"]) == "cuda:0"
    assert queue_of("auto", ["cpu"]) == queue_of("cpu", ["cuda:0", "cpu"]) == "cpu"
    assert queue_of("cuda:1", ["cuda:0", "cuda:1", "cpu"]) == "cuda:1"
    assert line_folder("scores") != line_folder("cpu"), "quick scores do not wait for a distillation"
    with pytest.raises(BadInput, match="not a device"):
        queue_of("gpu", ["cpu"])
