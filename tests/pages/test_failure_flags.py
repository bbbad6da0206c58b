"""Failures under the player: a sentence each with the image, the start in one, and nothing for a sound set."""

import numpy as np
import pytest
from inside_runs import images_like, of_classes, set_run, sheets
from made_runs import made_run
from test_watch import texts

from pages.parts.watch import watching
from pages.parts.watch.failure_flags import _WHAT


def told(app):
    return [kind for kind, words in _WHAT.items() if f"{words}**" in texts(app)]


def flag_sheets(app):
    """The ids and captions of the small pictures beside sentences, whose images are drawn the smallest."""
    return [sheet for sheet in sheets(app) if sheet["scale"] * sheet["shape"][2] < 56]


@pytest.fixture
def sound(digits):
    """Halfway between two real images of each class: like real images, and no copies of any."""
    ids = of_classes(digits, 6)
    first, second = (images_like(digits, ids.reshape(10, 6)[:, i : i + 2].ravel()) for i in (0, 4))
    view = ((first["view"].astype(int) + second["view"]) // 2).astype(np.uint8)
    return first | {"view": view, "images": (first["images"] + second["images"]) / 2}


def test_a_sound_set_has_no_flag(digits, sound, watch):
    app = watch(run=set_run("one", digits, {0: sound, 40: sound}, ipc=2).id)
    assert told(app) == [] and flag_sheets(app) == []


def test_each_failure_is_said_with_the_image(digits, sound, watch):
    rows, columns = np.mgrid[:8, :8]
    bad = {name: values.copy() for name, values in sound.items()}
    bad["view"][3, :6] = 255
    bad["view"][4, ..., 0] = 127 + 60 * (-1.0) ** (rows + columns)
    bad["view"][10:12] = sound["view"][10]
    bad["view"][15] = images_like(digits, of_classes(digits, 2))["view"][15]
    app = watch(run=set_run("one", digits, {0: sound, 40: bad}, ipc=2).id)
    assert told(app) == ["white", "collapsed", "exploding", "copies"]
    assert [sheet["shape"][0] for sheet in flag_sheets(app)] == [1, 2, 1, 2]
    assert flag_sheets(app)[-1]["captions"] == ["image", "training"]


def test_an_exploded_run_is_shown_and_said_to_have_exploded(digits, sound, watch):
    exploded = sound | {"images": sound["images"] * np.float32(1e25)}
    app = watch(run=set_run("one", digits, {0: sound, 40: exploded}, ipc=2).id)
    assert told(app)[0] == "exploded" and not app.exception


def test_the_start_is_told_in_one_sentence_without_pictures(digits, watch, monkeypatch):
    start = images_like(digits, of_classes(digits, 2))
    run = set_run("one", digits, {0: start, 40: start}, ipc=2, init="random")
    assert told(watch(run=run.id)) == ["copies"]  # still copies at the end: that is a failure
    flags = watching.failure_flags
    monkeypatch.setattr(watching, "failure_flags", lambda read, cursor, picked: flags(read, 0, picked))
    app = watch(run=run.id)
    assert told(app) == [] and flag_sheets(app) == []
    assert sum("At the start, all 20 images" in caption.value for caption in app.caption) == 1


def test_real_images_that_were_selected_are_no_copies(digits, watch):
    start = images_like(digits, of_classes(digits, 2))
    run = set_run("one", digits, {0: start, 40: start}, ipc=2, distiller="select")
    assert told(watch(run=run.id)) == [] and "copies" not in texts(watch(run=run.id))


def test_of_a_pair_each_flag_names_its_run(digits, sound, watch):
    fine, bad = (set_run(name, digits, {0: sound, 40: sound}, ipc=2) for name in ("one", "two"))
    dark = sound | {"view": np.zeros_like(sound["view"])}
    bad = set_run("three", digits, {0: sound, 40: dark}, ipc=2)
    app = watch(run=fine.id, beside=bad.id)
    assert told(app) == ["black", "collapsed"] and "B: **All 20 images are" in texts(app)


def test_without_real_images_or_with_a_damaged_snapshot_nothing_is_flagged(digits, sound, watch):
    assert flag_sheets(watch(run=made_run("far", "finished").id)) == []
    run = set_run("one", digits, {0: sound, 40: sound}, ipc=2)
    run.snapshot_path(40).write_bytes(b"PK")
    assert told(watch(run=run.id)) == []
