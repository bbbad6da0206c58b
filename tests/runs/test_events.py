"""Events: one table says what they are, to those who write, read and import them."""

import time

import pytest

from ddcore.errors import BadInput
from ddcore.experiments.settings import resolve
from ddcore.runs import events, foreign
from ddcore.runs.folder import create_run
from ddcore.runs.handle import Job, claim


@pytest.fixture
def job():
    run = create_run(resolve({"dataset": "digits"}))
    with claim(run) as status:
        yield Job(run, status)


def test_what_the_table_does_not_know_cannot_be_written(job):
    for name, fields in (("unheard-of", {}), ("step", {}), ("accuracy", {"step": 1, "mean": 0.5, "std": 0.0})):
        with pytest.raises(TypeError, match="none of the events"):
            job.event(name, **fields)
    assert job.run.events()[0] == []
    job.event("step", step=1, loss=float("inf"), more="of the method's own")
    assert job.run.events()[0][0]["loss"] is None


def test_a_run_says_by_which_version_its_events_are_and_a_newer_one_is_refused(job):
    config = job.run.config()
    assert config["events"] == events.VERSION
    foreign.check_config(config)
    foreign.check_config({name: value for name, value in config.items() if name != "events"})
    with pytest.raises(BadInput, match="update ddcore"):
        foreign.check_config(config | {"events": events.VERSION + 1})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, "1", True, None, [1.0]])
def test_numbers_are_finite_numbers(number):
    assert not events.is_sound({"event": "baseline", "time": time.time(), "name": "full", "mean": number, "std": 0,
                                "repeats": 1})  # fmt: skip
    assert events.is_sound({"event": "baseline", "time": 1, "name": "full", "mean": 1, "std": 0, "repeats": 1})
