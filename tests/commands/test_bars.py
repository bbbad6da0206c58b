"""Progress on standard error: one bar that goes on, and silence where nobody looks."""

import io
import sys
from types import SimpleNamespace

import pytest

from ddcore.commands import bars as module
from ddcore.commands.bars import Bars, turn_on
from ddcore.runs import queue


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """What was drawn; every call is drawn at once."""
    terminal, real = Terminal(), module.tqdm
    monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=terminal))
    monkeypatch.setattr(module, "tqdm", lambda **told: real(**(told | {"dynamic_ncols": False, "mininterval": 0})))
    return lambda: [line.rstrip() for line in terminal.getvalue().split("\r") if line.strip()]


def shares(drawn):
    """Name and percentage of each drawing, repetitions left out."""
    return list(dict.fromkeys(line.split("|")[0] for line in drawn if "%" in line))


def test_one_bar_goes_on_while_notes_change(shown):
    bars = Bars()
    for done, note in ((0.0, "training"), (2.5, "looking"), (5.0, "training"), (10.0, "looking")):
        bars(done, 10.0, note)
    drawn = shown()
    assert shares(drawn) == ["training:   0%", "looking:  25%", "training:  50%", "looking: 100%"]
    assert "2.5" not in "".join(drawn)


def test_another_total_and_a_new_beginning_are_new_bars(shown):
    bars = Bars()
    for done, total, note in ((3, 4, "a"), (6, 8, "b"), (2, 8, "c")):
        bars(done, total, note)
    assert shares(shown()) == ["a:   0%", "a:  75%", "b:   0%", "b:  75%", "c:   0%", "c:  25%"]


def test_what_has_no_total_is_named_without_a_share(shown):
    Bars()(0, 0, "reading MNIST")
    assert shown()[0].startswith("reading MNIST [00:00") and "%" not in "".join(shown())


def test_steps_are_counted_and_phases_named(shown):
    bars = Bars()
    bars.report({"event": "phase", "phase": "scoring"}, 4)
    bars.report({"event": "progress", "done": 1, "total": 2, "note": "looking"}, 4)
    for step in (1, 2):
        bars.report({"event": "step", "step": step, "loss": 0.25}, 4)
    drawn = shown()
    assert any(line.startswith("scoring:  50%") and "looking" in line for line in drawn)
    assert drawn[-1].startswith("distilling:  50%") and "2/4" in drawn[-1] and "loss 0.25" in drawn[-1]


def test_one_time_left_is_shown_the_job_s_own_where_it_has_one(shown):
    bars, event = Bars(), {"event": "progress", "done": 1, "total": 10, "note": "run 2 of 10"}
    bars.report(event, 0)
    assert "<" in shown()[-1], "by the pace of the bar"
    bars.report(event | {"done": 2, "left": 660.0}, 0)
    assert "run 2 of 10; about 11 min left" in shown()[-1] and "<" not in shown()[-1]


def test_nothing_is_drawn_where_nobody_looks(monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=told))
    bars = Bars()
    bars(1, 2, "work")
    bars.report({"event": "phase", "phase": "scoring"}, 4)
    bars.report({"event": "step", "step": 1, "loss": 0.25}, 4)
    assert told.getvalue() == "scoring ...\n"


def test_a_phase_names_the_bar_and_is_a_line_where_there_is_no_terminal(shown, monkeypatch, capsys):
    bars = Bars()
    bars.phase("students of random images")
    bars(1, 2, "student 1 of 2")
    assert shown()[-1].startswith("students of random images:  50%") and "student 1 of 2" in shown()[-1]
    monkeypatch.setattr(module, "sys", sys)
    Bars().phase("students of random images")
    assert capsys.readouterr().err == "students of random images ...\n"


def test_who_waits_for_a_device_is_told_for_what_and_can_leave(monkeypatch, capsys):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(queue.time, "sleep", interrupted)
    with queue.place_in_line("mps"):
        with pytest.raises(KeyboardInterrupt), turn_on("mps", Bars()):
            pytest.fail("the device is taken")
        assert queue.in_line("mps") == 1, "whoever left gave up the place"
    assert queue.in_line("mps") == 0
    told = capsys.readouterr().err
    assert "waiting for mps: 1 job ahead" in told and "by itself" in told


def test_who_shares_a_cpu_is_told_and_does_not_wait(capsys):
    with turn_on("cpu", Bars()):
        assert capsys.readouterr().err == ""
    with queue.place_in_line("cpu"), turn_on("cpu", Bars()):
        assert "1 job on the cpu" in capsys.readouterr().err
        assert queue.in_line("cpu") == 1


def test_a_run_that_waits_says_that_it_goes_on_by_itself(capsys):
    Bars().report({"event": "queued", "note": "waiting for cpu: 1 job ahead", "ahead": 1}, 5)
    told = capsys.readouterr().err
    assert told.startswith("waiting for cpu: 1 job ahead") and "by itself" in told
