"""Events: one table says what they are, to those who write, read and import them."""

import time
import tracemalloc

import pytest

from ddcore.errors import BadInput
from ddcore.experiments.resolving import resolve
from ddcore.runs import events, foreign
from ddcore.runs.folder import create_run
from ddcore.runs.handle import Job, claim
from ddcore.runs.lines import drop_unfinished_line, read_events


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


def test_lines_are_counted_not_kept(tmp_path):
    """A file of nothing but line ends, or of one line, needs no memory: what is kept is what events hold."""
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n" * 3_000_000 + b'{"event": "a"}\n' + b"x" * 5_000_000 + b'\n{"event": "b"}\n{"unfin')
    tracemalloc.start()
    found, offset = read_events(path, 0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [event["event"] for event in found] == ["a", "b", "unreadable"]
    assert found[-1]["lines"] > 3_000_000
    assert offset == path.stat().st_size - len(b'{"unfin')
    assert peak < 60e6  # a block, and a list as long as it


@pytest.mark.parametrize("megabytes", [1.5, 2, 5])
@pytest.mark.parametrize("most", [None, 1])
def test_a_long_line_counts_once_and_its_end_is_no_event(tmp_path, megabytes, most):
    path, event = tmp_path / "events.jsonl", b'{"event": "finished", "time": 1}'
    long = b"x" * (int(megabytes * 2**20) - len(event)) + event
    path.write_bytes(b'{"event": "a"}\n' + long + b'\n{"event": "b"}\n' + long)
    found, offset = [], 0
    for content in (b"", b'\n{"event": "c"}\n'):  # what is appended: the line that is still written ends later
        with path.open("ab") as file:
            file.write(content)
        before = -1
        while before != offset:
            before, (events_, offset) = offset, read_events(path, offset, most)
            found += events_
    assert [event["event"] for event in found if event["event"] != "unreadable"] == ["a", "b", "c"]
    assert sum(event["lines"] for event in found if event["event"] == "unreadable") == 2
    assert offset == path.stat().st_size


def test_a_long_file_is_read_in_parts_that_meet(tmp_path):
    path, count = tmp_path / "events.jsonl", 60_000
    path.write_text("".join(f'{{"event": "step", "step": {number}}}\n' for number in range(count)))
    offset, parts = 0, []
    while (part := read_events(path, offset, most=1_000_000))[0]:
        parts.append(part[0])
        offset = part[1]
    assert len(parts) > 1 and max(map(len, parts)) < count
    assert [event["step"] for part in parts for event in part] == list(range(count))


@pytest.mark.parametrize(
    ("content", "kept"),
    [(b"", b""), (b"a\nb", b"a\n"), (b"no end", b""), (b"a\n" + b"x" * 3_000_000, b"a\n"), (b"a\nb\n", b"a\nb\n")],
)
def test_an_unfinished_line_is_cut_off(tmp_path, content, kept):
    path = tmp_path / "events.jsonl"
    path.write_bytes(content)
    drop_unfinished_line(path)
    assert path.read_bytes() == kept
