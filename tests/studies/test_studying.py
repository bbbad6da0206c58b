"""The job of a study: no cell twice, none lost, and results as if it had never been interrupted."""

import os
import random
import shutil
import signal
import time
from dataclasses import replace

import pytest

from ddcore.errors import BadInput
from ddcore.files import write_json
from ddcore.loop import Diverged
from ddcore.runs.folder import create_run, list_runs, send
from ddcore.runs.handle import Job
from ddcore.runs.jobs import distilling
from ddcore.runs.worker import work
from ddcore.studies.found import found_in
from ddcore.studies.grid import Grid
from ddcore.studies.running import begin, foreground_job, is_at_work, job_of, retry
from ddcore.studies.study import Study, create_study, extend


def run_all(study):
    return work(foreground_job(study))


def compared(study):
    """All that a study found, but for times and the names of runs."""
    return {
        key: replace(found, seconds=None, elapsed=None, run=None, curve=tuple((s, a) for s, _, a in found.curve))
        for key, found in study.found().items()
    }


def told(kind):
    return [event for run in list_runs() for event in run.events()[0] if event["event"] == kind]


def until(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return value


@pytest.fixture
def step_of(monkeypatch):
    """Call something after step 2 of the first run that comes there."""

    def arrange(act):
        plain, waiting = Job.step, [act]

        def step(self, number, total):
            if number == 2 and waiting:
                waiting.pop()(self.run)
            plain(self, number, total)

        monkeypatch.setattr(Job, "step", step)

    return arrange


def test_every_cell_is_an_ordinary_run_and_found_again(small):
    study = small()
    by_hand = create_run(study.grid.complete(next(study.grid.cells())))
    work(by_hand)
    assert run_all(study) == {"study": study.id, "cells": 4}
    assert study.missing() == [] and len(list_runs()) == 4
    for cell in study.grid.cells():
        (run,) = [run for run in list_runs() if run.config()["settings"] == study.grid.complete(cell)]
        found = study.found()[cell.key]
        assert found == found_in(run) and found.run == run.id
        assert found.accuracy.repeats == 2 and [step for step, _, _ in found.curve] == [0, 1, 2, 3, 4]
        assert 0 < found.seconds < found.elapsed
    assert next(iter(study.found().values())).run == by_hand.id


def test_more_values_add_runs_and_keep_lines(small):
    study = small()
    run_all(study)
    before, lines = study.found(), (study.path / "cells.jsonl").read_text()
    wider = extend(study, replace(study.grid, axes=study.grid.axes | {"seed": (0, 1, 2), "init": (None, "random")}))
    assert len(wider.missing()) == 12 - 4, "of the default start and two seeds there are lines"
    run_all(wider)
    assert wider.missing() == [] and (study.path / "cells.jsonl").read_text().startswith(lines)
    assert before.items() <= wider.found().items() and len(list_runs()) == 12


def test_cells_that_ask_for_the_same_run_share_it(small):
    """The default start is the k-means coreset, and uniform batches have no clusters."""
    axes = {"init": [None, "kmeans-coreset"], "importance": ["uniform", "kmeans"], "clusters": [3, 4], "seed": [0]}
    study = small(axes)
    run_all(study)
    assert len({found.run for found in study.found().values()}) == len(list_runs()) == 3
    assert len(study.found()) == 8 and {found.refused for found in study.found().values()} == {None}


def test_a_parameter_that_no_cell_has_is_refused(small):
    study = small({"importance": ["uniform"], "seed": [0]})
    run_all(study)
    assert "'clusters'" in next(iter(study.found().values())).refused


@pytest.mark.parametrize("ask", ["request", "signal", "run"])
def test_a_stop_keeps_the_step_and_going_on_equals_never_stopping(small, monkeypatch, tmp_path, step_of, ask):
    study = small()

    def stop(run):
        if ask == "signal":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            send(job_of(study) if ask == "request" else run, "stop")

    step_of(stop)
    assert run_all(study) is None
    (run,) = list_runs()
    assert run.state() == job_of(study).state() == "stopped"
    assert run.status()["step"] == 2 and (run.path / "checkpoint").exists() and study.found() == {}
    run_all(study)
    assert len(list_runs()) == 4 and study.missing() == []
    if ask == "request":
        monkeypatch.setenv("DDCORE_RUNS", str(tmp_path / "undisturbed"))
        whole = small()
        run_all(whole)
        assert compared(whole) == compared(study)


def test_killed_at_any_moment_it_loses_nothing_and_does_nothing_twice(small, monkeypatch, tmp_path):
    study, chance = small(), random.Random(7)

    def count():
        return len(told("phase")) + len(told("step"))

    for _ in range(3):
        job, moment = begin(study), count() + chance.randrange(1, 14)
        until(lambda moment=moment: count() >= moment or not is_at_work(study))
        os.kill(job.status()["pid"], signal.SIGKILL)
        until(lambda: not is_at_work(study))
    with (study.path / "cells.jsonl").open("a") as file:
        file.write('{"key": "torn')
    run_all(study)
    assert study.missing() == [] and study.troubles() == [] and len(list_runs()) == 4
    assert len({found.run for found in study.found().values()}) == 4
    monkeypatch.setenv("DDCORE_RUNS", str(tmp_path / "undisturbed"))
    whole = small()
    run_all(whole)
    assert compared(whole) == compared(study)


def test_what_cannot_be_run_is_recorded_and_the_others_are_made(small, monkeypatch):
    study = small({"distiller": ["dm", "select"], "importance": ["uniform", "kmeans"], "seed": [0]})
    plain = distilling._distil_on
    monkeypatch.setattr(distilling, "_distil_on", _diverging(plain, "uniform"))
    run_all(study)
    refused = {tuple(cell.choices.values())[:2]: study.found()[cell.key].refused for cell in study.grid.cells()}
    assert refused["dm", "kmeans"] is None
    assert "draws no real" in refused["select", "kmeans"]
    assert refused["dm", "uniform"] == "The loss is nan at step 1." and study.missing() == []
    monkeypatch.setattr(distilling, "_distil_on", plain)
    assert retry(study) == 2 and len(study.missing()) == 2
    run_all(study)
    assert len([found for found in study.found().values() if found.refused]) == 1 and study.missing() == []


def test_what_only_this_attempt_lacks_is_not_recorded(small, step_of):
    study = small(device="cuda:7")
    with pytest.raises(BadInput, match="^4 runs of the study failed .*device='cuda:7' is not available"):
        run_all(study)
    assert study.found() == {} and list_runs() == []
    other = small()

    def refuse(run):
        raise BadInput("The images have changed.")

    step_of(refuse)
    with pytest.raises(BadInput, match="^1 run of the study failed .*: The images have changed"):
        run_all(other)
    assert len(other.missing()) == 1
    run_all(other)
    assert other.missing() == [] and len(list_runs()) == 4


def test_a_run_that_is_deleted_at_work_is_made_again_the_next_time(small, step_of):
    study = small()
    step_of(lambda run: shutil.rmtree(run.path))
    with pytest.raises(BadInput, match="^1 run of the study failed .*: Run .* was deleted"):
        run_all(study)
    assert len(study.missing()) == 1
    run_all(study)
    assert study.missing() == [] and len(list_runs()) == 4


def test_a_damaged_result_is_told_and_not_written_for_ever(small, monkeypatch):
    study = small()
    run_all(study)
    run, (_, *others) = list_runs()[0], (study.path / "cells.jsonl").read_text().splitlines()
    result = run.status()["result"]
    (study.path / "cells.jsonl").unlink()
    plain, added = Study.add, []

    def add(self, *line):
        added.append(line)
        if len(added) > 8:
            raise KeyboardInterrupt
        plain(self, *line)

    monkeypatch.setattr(Study, "add", add)
    for damage in ({"accuracy": result["accuracy"] | {"std": 1.5}}, {"accuracy": {"mean": 0.5}}, {"seconds": "long"}):
        write_json(run.path / "status.json", run.status() | {"result": result | damage})
        with pytest.raises(BadInput, match=f"^1 run of the study failed .*: The results of run '{run.id}' are damaged"):
            run_all(study)
        assert len(study.missing()) == 1 and len((study.path / "cells.jsonl").read_text().splitlines()) == len(others)


def test_a_damaged_line_among_the_events_changes_no_time(small):
    study = small({"importance": ["kmeans"], "seed": [0]})
    run_all(study)
    (run,) = list_runs()
    before = found_in(run)
    path = run.path / "events.jsonl"
    lines = path.read_text().splitlines(True)
    path.write_text("".join([*lines[:3], "garbage\n", '{"event": "step", "time": "late"}\n', *lines[3:]]))
    assert found_in(run) == before


def _diverging(plain, law):
    def steps(job, experiment, *arguments):
        if experiment.settings.distiller == "dm" and experiment.settings.importance == law:
            raise Diverged("The loss is nan at step 1.")
        return plain(job, experiment, *arguments)

    return steps


def test_a_full_disk_ends_it_and_another_failure_only_its_run(small, step_of):
    study = small()

    def fail(run):
        raise RuntimeError("went wrong")

    step_of(fail)
    with pytest.raises(BadInput, match="^1 run of the study failed .*RuntimeError: went wrong"):
        run_all(study)
    assert len(study.missing()) == 1 and job_of(study).state() == "failed"
    run_all(study)
    assert study.missing() == [] and len(list_runs()) == 4
    other = small({"ipc": [2], "importance": ["kmeans"], "seed": [0, 1]})

    def full(run):
        raise OSError(28, "No space left on device", "x")

    step_of(full)
    with pytest.raises(OSError, match="No space"):
        run_all(other)
    assert len(other.missing()) == 2


def test_two_workers_never_share_a_study(small):
    study = small(steps=100_000, evaluate_every=0)
    job = begin(study)
    until(lambda: job.state() == "running" and told("step"))
    assert begin(study) == job
    with pytest.raises(BadInput, match="is at work"):
        retry(study)
    with pytest.raises(BadInput, match="is at work already"):
        foreground_job(study)
    other = create_study("Other", Grid(study.grid.axes | {"seed": [0]}, study.grid.fixed))
    waiting = begin(other)
    until(lambda: "which another process works on" in waiting.status()["note"])
    send(waiting, "stop")
    until(lambda: waiting.state() == "stopped")
    send(job, "stop")
    until(lambda: job.state() == "stopped")
    assert [run.state() for run in list_runs()] == ["stopped"]


def test_a_study_that_grows_at_work_goes_on_with_what_is_new(small, step_of):
    study = small()
    step_of(lambda run: extend(study, replace(study.grid, axes=study.grid.axes | {"seed": (0, 1, 2)})))
    assert run_all(study)["cells"] == 6
    assert Study(study.path).missing() == [] and len(list_runs()) == 6


def test_it_tells_which_run_it_is_at_and_what_is_left(small):
    study, events = small(), []
    work(foreground_job(study), events.append)
    cells = [event for event in events if event["event"] == "cell"]
    assert [event["run"] for event in cells] == [found.run for found in study.found().values()]
    assert [event["note"] for event in cells][1] == "k-means sensitivity, seed 0"
    told = [event for event in events if event["event"] == "progress" and event["note"].startswith("run ")]
    assert told[0]["note"] == "run 1 of 4: uniform, seed 0" and "left" not in told[0], "no run has been made yet"
    assert all(event["left"] > 0 for event in told if event["done"] >= 1), "a number, which whoever shows it words"
    notes = [f"run {number} of 4: {cell['note']}" for number, cell in enumerate(cells, start=1)]
    assert {event["note"] for event in told} <= set(notes) and len(notes) == 4  # what comes fast is told in part
    assert job_of(study).state() == "finished"
