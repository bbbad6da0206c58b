"""Runs whose distiller needs experts: made in a phase of their own, and whatever interrupts it changes nothing."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import toy

from ddcore.experiments.trajectories import Experts
from ddcore.kept import TRAJECTORIES, clear
from ddcore.runs.folder import create_run, send
from ddcore.runs.worker import work
from ddcore.training.trajectories import ExpertTraining

ROOT = Path(__file__).parents[2]
DISTILLERS = pytest.mark.parametrize("distiller", ["mtt", "datm"])


def a_run(distiller="mtt", **settings):
    return create_run(toy.run_settings(distiller, **{"evaluation": "none", "threshold": 2.0} | settings))


def final(run):
    arrays = run.snapshot(6)
    return [arrays[name] for name in ("images", "targets", "lr_student")]


def assert_same(one, other):
    for array, again in zip(final(one), final(other), strict=True):
        np.testing.assert_array_equal(array, again)


@DISTILLERS
def test_a_run_stopped_while_experts_are_made_goes_on_bit_for_bit(distiller, monkeypatch):
    whole, part = a_run(distiller), a_run(distiller)
    work(whole)
    clear(TRAJECTORIES.title)
    begun, plain = [], ExpertTraining._steps

    def stopped(self, generator):
        begun.append(1)
        if len(begun) == 5:  # in the second epoch of the second expert
            send(part, "stop")
        return plain(self, generator)

    with monkeypatch.context() as patch:
        patch.setattr(ExpertTraining, "_steps", stopped)
        assert work(part) is None
        assert part.state() == "stopped" and part.status()["phase"] == "making experts"
        assert len(begun) == 5
    assert work(part)["steps"] == 6
    assert_same(whole, part)
    phases = [event["phase"] for event in part.events()[0] if event["event"] == "phase"]
    assert phases[:3] == ["preparing", "scoring", "making experts"]
    notes = [event["note"] for event in part.events()[0] if event["event"] == "progress"]
    assert any(note.startswith("expert 1 of 2") for note in notes)


@DISTILLERS
def test_a_run_stopped_while_distilling_goes_on_with_experts_made_again(distiller, stop_at):
    whole, part = a_run(distiller), a_run(distiller)
    work(whole)
    stop_at(3)
    assert work(part) is None
    clear(TRAJECTORIES.title)
    assert work(part)["steps"] == 6
    assert_same(whole, part)


def test_the_checkpoint_is_small_and_curves_are_told():
    run = a_run(width=32)
    work(run)
    row = TRAJECTORIES.files()[0].stat().st_size / 4
    assert (run.path / "checkpoint").stat().st_size < row / 2
    (*_, last) = [event for event in run.events()[0] if event["event"] == "step"]
    assert {"loss", "lr_student", "expert/1", "skipped", "unroll/0", "unroll/3"} <= last.keys()


def test_a_process_killed_while_it_makes_experts_leaves_whole_epochs(tmp_path):
    """SIGKILL in the third epoch of the first expert."""
    script = """
        import os, signal, sys
        sys.path[:0] = [sys.argv[1] + "/tests"]
        import toy
        from ddcore.experiments.trajectories import Experts

        seen = []
        def die(done, total, note):
            seen.append(done)
            if len(seen) == 8:
                os.kill(os.getpid(), signal.SIGKILL)
        Experts(toy.expert_training(), ("toy", None)).made(die)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(ROOT)]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=120, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-500:]
    experts = Experts(toy.expert_training(), ("toy", None))
    assert experts.missing == 1 + 4, "the start and two epochs of the first are there"
    found = experts.made()
    for number in (0, 1):
        expected = np.stack(list(experts.training.rows(number, 0, None)))
        assert np.array_equal(np.array(found.rows[number]), expected)
