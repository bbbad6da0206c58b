"""One image under the film: chosen or picked, beside its real images, in every state a run can be in."""

import json

import numpy as np
import pytest
from inside_runs import images_like, of_classes, real_ids, set_run, sheets, shown_rows
from made_runs import made_run
from test_watch import texts

from ddcore.data.zca import fit_zca
from ddcore.files import write_npz
from ddcore.inspection.mixture import mixture
from ddcore.runs import confusions
from ddcore.runs.naming import confusion_name
from pages.parts.watch import made_of, watching
from pages.parts.watch.image_choice import TILE
from pages.parts.watch.made_of import strip_steps
from pages.parts.watch.picking import PICKED, Picked


@pytest.fixture
def run(digits):
    ids = of_classes(digits, 2)
    later = {step: images_like(digits, ids, noise) for step, noise in ((0, 0.0), (20, 0.5), (40, 1.0))}
    del later[20]["images"]  # an in-between snapshot
    return set_run("one", digits, later, ipc=2)


def nearest_ids(digits, row, count=12):
    real = (digits.train.images / 255 - digits.mean) / digits.std
    apart = np.linalg.norm(real.reshape(len(real), -1) - row, axis=1)
    return np.argsort(apart)[:count].tolist()


def row_of(digits, run, step, image):
    return shown_rows(digits, run.snapshot(step)["view"])[image]


def test_the_first_image_is_shown_unless_another_is_chosen(digits, run, watch):
    app = watch(run=run.id)
    nearest, parts = real_ids(app)
    assert nearest == nearest_ids(digits, row_of(digits, run, 40, 0))
    assert parts == mixture(row_of(digits, run, 40, 0).astype(np.float32), digits).ids[:12].tolist()
    app.selectbox(key=f"made_of_{run.id}_class").set_value(7).run()
    app.number_input(key=f"made_of_{run.id}_number").set_value(2).run()
    place = of_classes(digits, 2).tolist().index(np.flatnonzero(digits.train.labels == 7)[1])
    assert real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, place))


def test_the_image_that_is_chosen_is_the_picked_one_and_the_last_choice_counts(digits, run, watch):
    app = watch(run=run.id, picked="A5")
    assert real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 5))
    assert app.number_input(key=f"made_of_{run.id}_number").value == 2
    app.selectbox(key=f"made_of_{run.id}_class").set_value(0).run()
    assert real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 1))
    assert app.session_state[PICKED] == (0, 1)
    player = json.loads(app.get("bidi_component")[0].proto.json)
    assert player["agreed"]["picked"]["order"]["value"] == [0, 1], "the ring moves, too"
    app.session_state[PICKED] = Picked(0, 5)  # clicked again
    app.run()
    assert real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 5))


def test_without_a_pick_the_first_image_is_ringed(run, watch):
    app = watch(run=run.id)
    assert json.loads(app.get("bidi_component")[0].proto.json)["agreed"]["picked"]["value"] == [0, 0]
    assert app.session_state[PICKED] is None, "it stays out of the address"


@pytest.mark.parametrize("wrong", ["B0", "A20", "A999"])
def test_a_pick_that_is_not_there_is_told_and_dropped(run, watch, wrong):
    app = watch(run=run.id, picked=wrong)
    assert f"no image {wrong}" in texts(app) and app.session_state[PICKED] is None


@pytest.mark.parametrize(("asked", "shown"), [(33, 20), (9999, 40)])
def test_a_step_without_a_snapshot_is_told(run, watch, asked, shown):
    app = watch(run=run.id, step=str(asked))
    assert f"no snapshot of step {asked:,}; that of step {shown}" in texts(app)


def test_a_step_with_a_snapshot_is_not_told(run, watch):
    assert "no snapshot of step" not in texts(watch(run=run.id, step="40"))


def test_at_every_step_the_picture_is_compared(digits, run, watch, monkeypatch):
    app = watch(run=run.id)
    assert app.session_state[PICKED] is None and real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 0))
    assert "compared as shown" in texts(app)
    with run.snapshot_path(40).open("rb") as file:
        arrays = dict(np.load(file))
    del arrays["images"]  # as a snapshot between others
    write_npz(run.snapshot_path(40), **arrays)
    assert real_ids(watch(run=run.id)) == real_ids(app)
    at_step(monkeypatch, 20)
    assert real_ids(watch(run=run.id))[0] == nearest_ids(digits, row_of(digits, run, 20, 0))


def at_step(monkeypatch, step):
    shown = watching.show_looks
    monkeypatch.setattr(watching, "show_looks", lambda read, cursor, picked: shown(read, step, picked))


def test_at_the_start_there_is_no_difference_and_later_there_is(run, watch, monkeypatch):
    later = {caption for sheet in sheets(watch(run=run.id)) for caption in sheet["captions"]}
    assert {"step 40", "minus step 0"} <= later
    at_step(monkeypatch, 0)
    start = {caption for sheet in sheets(watch(run=run.id)) for caption in sheet["captions"]}
    assert "step 0" in start and "minus step 0" not in start


def test_whitened_images_are_compared_as_shown_also_without_their_whitening(digits, watch):
    arrays, zca = images_like(digits, of_classes(digits), 0.5), fit_zca(digits)
    whitened = arrays | {"images": zca.whiten(arrays["images"]), "zca": np.array(zca.identity)}
    run = set_run("one", digits, {0: arrays, 40: whitened}, zca=True)
    assert real_ids(watch(run=run.id))[0] == nearest_ids(digits, shown_rows(digits, arrays["view"])[0])


def test_the_chosen_tile_is_compared_and_the_stored_image_shown(digits, watch):
    arrays = images_like(digits, of_classes(digits), 0.3) | {"factor": np.array(2)}
    run = set_run("one", digits, {0: arrays, 40: arrays}, factor=2)
    app = watch(run=run.id)
    first = real_ids(app)[0]
    app.number_input(key=TILE).set_value(4).run()
    assert real_ids(app)[0] != first and "2×2 tiles" in texts(app)
    assert app.query_params["tile"] == "4" and real_ids(watch(**app.query_params)) == real_ids(app)
    wrong = watch(run=run.id, tile="5")
    assert "no tile 5" in texts(wrong) and real_ids(wrong)[0] == first and "tile" not in wrong.query_params


def test_of_a_pair_either_run_is_looked_into(digits, run, watch):
    other = set_run("two", digits, {0: images_like(digits, of_classes(digits), 2.0, seed=5)})
    app = watch(run=run.id, beside=other.id)
    assert real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 0))
    app.segmented_control(key="watch_image_run").set_value("B").run()
    assert real_ids(app)[0] == nearest_ids(digits, row_of(digits, other, 0, 0))


def test_without_the_real_images_pictures_are_shown_and_the_rest_is_said_to_be_missing(watch):
    app = watch(run=made_run("one", "finished").id)
    assert real_ids(app) == [] and len(sheets(app)) == 3
    assert "not prepared on this machine" in texts(app)


def test_a_damaged_snapshot_is_said_to_be_so(run, watch, monkeypatch):
    run.snapshot_path(40).write_bytes(b"PK")
    app = watch(run=run.id)
    assert "step 40 is damaged" in texts(app) and real_ids(app) == []
    at_step(monkeypatch, 20)
    strip = [sheet for sheet in sheets(watch(run=run.id)) if sheet["captions"] == ["0", "20"]]
    assert len(strip) == 1 and "1 of these snapshots" in texts(watch(run=run.id))


def test_a_damaged_start_hides_nothing_else(digits, run, watch):
    run.snapshot_path(0).write_bytes(b"PK")
    app = watch(run=run.id)
    assert "step 0 is damaged" in texts(app) and real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 0))


def test_a_snapshot_of_other_images_is_said_to_be_so(digits, watch):
    arrays = images_like(digits, of_classes(digits))
    wide = {"view": arrays["view"].repeat(2, axis=2), "classes": arrays["classes"]}
    assert "8x16x1" in texts(watch(run=set_run("one", digits, {0: wide}).id))


def test_what_students_take_it_for_is_of_the_last_test_before(digits, run, watch, monkeypatch):
    assert "No test up to step 40" in texts(watch(run=run.id))
    shares = np.random.default_rng(0).dirichlet(np.ones(10), 20).astype(np.float16)
    counts = np.diag(np.full(10, 3, np.uint8))
    arrays = {"counts": counts, "repeats": np.array(3, np.uint8), "probabilities": shares}
    path = run.path / confusions.FOLDER / confusion_name("students", 20)
    write_npz(path, **arrays)
    app = watch(run=run.id)
    assert "at step 20" in texts(app) and f"{100 * float(shares[0, 0]):.1f} % for its class" in texts(app)
    path.write_bytes(b"PK")
    app = watch(run=run.id)
    assert "cannot be read" in texts(app) and real_ids(app)[0] == nearest_ids(digits, row_of(digits, run, 40, 0))
    at_step(monkeypatch, 0)
    assert "No test up to step 0" in texts(watch(run=run.id))


def test_the_strip_has_the_first_the_last_and_the_step_shown():
    assert strip_steps([0, 5, 9], 5) == [0, 5, 9]
    steps = list(range(0, 1000, 7))
    for shown in (0, 7, 497, 700, steps[-1]):
        found = strip_steps(steps, shown)
        assert len(found) <= made_of._MOST_STEPS and found == sorted(set(found))
        assert {0, shown, steps[-1]} <= set(found)
