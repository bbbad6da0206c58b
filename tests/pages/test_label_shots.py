"""What is read of the labels in a run's snapshots."""

import numpy as np
import pytest

from ddcore.files import write_json, write_npz
from ddcore.places import runs_root
from ddcore.runs.folder import RunFolder
from pages.parts.run_history import RunHistory
from pages.parts.watch.label_shots import MOST_ROWS, label_shots, shot_of


@pytest.fixture
def history():
    run = RunFolder(runs_root() / "one")
    write_json(run.path / "config.json", {"settings": {"distiller": "kip", "labels": "learned"}})
    return RunHistory(run)


def picture(history, step, targets=None):
    arrays = {"view": np.zeros((2, 4, 4, 1), np.uint8), "classes": np.arange(2)}
    write_npz(history.run.snapshot_path(step), **arrays, **({} if targets is None else {"targets": targets}))


def test_labels_are_shares_in_class_order():
    targets = np.array([[0.0, 0.2, 1.8], [3.0, -1.0, 1.0]])  # weights 2 and 3
    shot = shot_of(targets, np.array([2, 0]))
    np.testing.assert_allclose(shot.rows, [[1, -1 / 3, 1 / 3], [0, 0.1, 0.9]])
    assert (shot.classes.tolist(), shot.averaged) == ([0, 2], False)
    assert shot.own == pytest.approx((1 + 0.9) / 2) and shot.other == pytest.approx((1 / 3 + 0.1) / 2)


def test_many_images_become_means_of_their_classes():
    classes = np.repeat([0, 1], MOST_ROWS)
    targets = np.eye(2)[classes] * 0.8 + 0.1 + np.linspace(-0.05, 0.05, 2 * MOST_ROWS)[:, None] * [1, -1]
    shot = shot_of(targets, classes)
    assert shot.averaged and shot.classes.tolist() == [0, 1]
    np.testing.assert_allclose(shot.rows, [targets[classes == k].mean(0) for k in (0, 1)])
    assert shot.own == pytest.approx(np.mean([targets[:, k][classes == k].mean() for k in (0, 1)]))


def test_a_hundred_images_are_a_row_each():
    assert not shot_of(np.eye(2)[np.repeat([0, 1], MOST_ROWS // 2)], np.repeat([0, 1], MOST_ROWS // 2)).averaged


@pytest.mark.parametrize("count", [1, 201])
def test_one_class_or_too_many_are_not_drawn(count):
    assert shot_of(np.ones((1, count)), np.zeros(1, int)) is None


def test_snapshots_without_labels_are_left_out_until_they_have_some(history):
    picture(history, 0, np.eye(2, dtype=np.float32))
    picture(history, 10)
    assert list(label_shots(history)) == [0]
    picture(history, 10, np.array([[0.7, 0.3], [0.4, 0.6]], np.float32))
    assert list(label_shots(history)) == [0, 10]
    assert label_shots(history)[10].own == pytest.approx(0.65)


def test_a_damaged_snapshot_leaves_the_others(history):
    picture(history, 0, np.eye(2, dtype=np.float32))
    history.run.snapshot_path(10).write_bytes(b"PK no more")
    assert list(label_shots(history)) == [0]


def test_each_snapshot_is_read_once(history, monkeypatch):
    picture(history, 0, np.eye(2, dtype=np.float32))
    first = label_shots(history)
    monkeypatch.setattr("numpy.load", None)
    assert label_shots(history)[0] is first[0]


@pytest.mark.parametrize(
    "settings", [{"distiller": "kip", "labels": "fixed"}, {"distiller": "dm"}, {"distiller": "kip"}]
)
def test_fixed_labels_are_not_read(history, settings):
    picture(history, 0, np.eye(2, dtype=np.float32))
    write_json(history.run.path / "config.json", {"settings": settings})
    assert label_shots(history) == {}
