"""Files that grow row by row: whoever interrupts or shares their making, in the end they hold the same rows."""

import resource
import threading

import numpy as np
import pytest

from ddcore.growing import grown, rows_in

LENGTH, ROWS = 5, 4


class Interrupted(Exception):
    pass


def row(number, last):
    """A row that depends on the one before it."""
    return np.full(LENGTH, 1.0 if last is None else 2 * last[0] + number, np.float32)


def maker(rows=ROWS, stop_at=None, made=None):
    def more(first, last):
        for number in range(first, rows):
            if number == stop_at:
                raise Interrupted
            last = row(number, last)
            if made is not None:
                made.append(number)
            yield last

    return more


def make(path, more=None, rows=ROWS):
    return grown(path, LENGTH, rows, more or maker(rows), waiting=lambda: None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "rows.f32"


@pytest.fixture
def expected(tmp_path):
    return np.array(make(tmp_path / "expected"))


def test_it_is_mapped_into_memory_and_read_only(path, expected):
    found = make(path)
    assert found.base is not None and isinstance(found, np.memmap) and not found.flags.writeable
    assert found.shape == (ROWS, LENGTH) and expected[:, 0].tolist() == [1, 3, 8, 19]


@pytest.mark.parametrize("stop_at", range(ROWS))
def test_an_interrupted_one_goes_on_behind_its_last_whole_row(path, expected, stop_at):
    with pytest.raises(Interrupted):
        make(path, maker(stop_at=stop_at))
    assert rows_in(path, LENGTH) == stop_at
    with path.open("ab") as file:
        file.write(b"half a row")
    made = []
    assert np.array_equal(make(path, maker(made=made)), expected)
    assert made == list(range(stop_at, ROWS)) and path.stat().st_size == expected.nbytes


def test_more_rows_go_on_with_those_that_are_there_and_less_are_read(path, expected):
    few = make(path, rows=2)
    made = []
    assert np.array_equal(make(path, maker(made=made)), expected) and made == [2, 3]
    assert np.array_equal(few, expected[:2]), "who has it mapped keeps what was there"
    assert np.array_equal(make(path, maker(2, made=made), rows=2), expected[:2]) and made == [2, 3]


@pytest.mark.parametrize("rest", [np.zeros(LENGTH), np.full(LENGTH, np.nan)])
def test_a_last_row_that_cannot_be_is_made_again(path, expected, rest):
    make(path, rows=2)
    with path.open("ab") as file:
        file.write(rest.astype(np.float32).tobytes())
    assert np.array_equal(make(path), expected)


def test_two_makers_at_once_make_every_row_once(path, expected):
    made, found, begun, go_on = [], [], threading.Event(), threading.Event()

    def slow(first, last):
        begun.set()
        go_on.wait()
        yield from maker(made=made)(first, last)

    def work(more, waiting):
        found.append(grown(path, LENGTH, ROWS, more, waiting))

    one = threading.Thread(target=work, args=(slow, lambda: None))
    one.start()
    begun.wait()
    other = threading.Thread(
        target=work, args=(maker(made=made), go_on.set)
    )  # it finds the file held: the first goes on
    other.start()
    one.join()
    other.join()
    assert made == list(range(ROWS)) and all(np.array_equal(rows, expected) for rows in found) and len(found) == 2


def test_who_waits_can_stop_waiting(path):
    def inside(first, last):
        with pytest.raises(Interrupted):
            grown(path, LENGTH, ROWS, maker(), interrupt)
        yield from maker()(first, last)

    def interrupt():
        raise Interrupted

    assert len(make(path, inside)) == ROWS


def test_one_that_is_deleted_while_it_is_made_is_made_again(path, expected):
    def cleared(first, last):
        if not cleared.once:
            cleared.once = True
            path.unlink()
        yield from maker()(first, last)

    cleared.once = False
    assert np.array_equal(make(path, cleared), expected) and rows_in(path, LENGTH) == ROWS


def test_a_full_disk_leaves_whole_rows_and_names_the_file(path, expected):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 4 * LENGTH + 7, before[1]))
    try:
        with pytest.raises(OSError) as raised:
            make(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert raised.value.filename == str(path) and path.stat().st_size == 2 * 4 * LENGTH
    assert np.array_equal(make(path), expected)
