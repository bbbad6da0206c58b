"""A single step is kept as it was watched: what is in its file, how many are kept, and what an import refuses."""

import zipfile

import numpy as np
import pytest
import toy
from made_zips import CONFIG, DATASET, FIELDS, archive, import_bytes, json, npz
from waiting import until

from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete
from ddcore.randomness import Randomness
from ddcore.runs import archive as archives
from ddcore.runs import foreign, launch, twins, watched_steps
from ddcore.runs.archive import export_run, import_run, refusal_of
from ddcore.runs.folder import create_run, send
from ddcore.runs.handle import Job
from ddcore.runs.watched_steps import MOST_STEPS, read_step
from ddcore.runs.worker import work


def a_run(**given):
    return create_run(toy.run_settings(**{"evaluation": "none", "snapshot_every": 4} | given))


@pytest.fixture
def watched(monkeypatch):
    """The next runs take these steps one by one, as a person asks for it."""

    def steps(*numbers):
        monkeypatch.setattr(Job, "single", property(lambda job: job.status["step"] + 1 in numbers))

    return steps


def test_a_watched_step_holds_its_batch_and_what_it_did(watched):
    watched(3)
    run, whole = (
        a_run(importance="kmeans", mode="corrected"),
        a_run(importance="kmeans", mode="corrected", snapshot_every=1),
    )
    work(run), work(whole)
    seen = read_step(run, 3)
    experiment = Experiment.of(complete(run.config()["settings"]), toy.dataset(), "cpu")
    batch = experiment.problem(experiment.scores()).sampler.draw(Randomness(0, 3), 4)
    for name in ("indices", "labels", "weights"):
        np.testing.assert_array_equal(seen[name], getattr(batch, name).numpy())
    np.testing.assert_array_equal(seen["view_before"], whole.snapshot(2)["view"])
    np.testing.assert_array_equal(seen["view"], whole.snapshot(3)["view"])
    assert run.snapshot_steps() == [0, 3, 4, 6], "the step that was asked for is shown"
    np.testing.assert_array_equal(run.snapshot(6)["images"], whole.snapshot(6)["images"])


def test_a_person_takes_a_step_of_a_paused_run(wait_for):
    """The worker of a paused run takes it, keeps it, and waits again."""
    run = a_run(steps=2000, snapshot_every=1000)
    launch.launch(run)
    until(lambda: run.status()["step"] > 0, 60)
    send(run, "pause")
    wait_for(run, "paused")
    before = run.status()["step"]
    send(run, "step")
    until(lambda: run.snapshot_steps("steps") == [before + 1], 60)
    wait_for(run, "paused")
    assert run.status()["step"] == before + 1 and read_step(run, before + 1)["step"] == before + 1
    assert before + 1 in run.snapshot_steps()
    send(run, "stop")
    wait_for(run, "stopped")


def test_only_the_last_steps_are_kept(watched):
    watched(*range(1, 31))
    run = a_run(steps=30)
    work(run)
    assert run.snapshot_steps("steps") == list(range(31 - MOST_STEPS, 31))


def test_a_kill_in_the_moment_a_step_is_written_leaves_no_more_than_are_kept(watched, monkeypatch):
    watched(*range(1, 31))
    run, plain = a_run(steps=30), watched_steps.write_atomically

    def dying(path, write):
        plain(path, write)
        if path.name == "step_000025.npz":
            raise MemoryError

    monkeypatch.setattr(watched_steps, "write_atomically", dying)
    with pytest.raises(MemoryError):
        work(run)
    assert run.snapshot_steps("steps") == list(range(26 - MOST_STEPS, 26))


def test_of_more_steps_than_are_kept_the_newest_travel(watched, tmp_path):
    """Kills of earlier versions left one too many."""
    watched(*range(1, 31))
    run = a_run(steps=30)
    work(run)
    folder = run.path / "steps"
    with np.load(folder / "step_000011.npz") as arrays:
        np.savez(folder / "step_000010.npz", **dict(arrays) | {"step": 10})
    assert refusal_of(run) == ""
    out = export_run(run, tmp_path / "out.zip")
    run.path.rename(tmp_path / "away")
    assert import_run(out).run.snapshot_steps("steps") == list(range(31 - MOST_STEPS, 31))


def test_an_export_passes_over_a_step_that_is_dropped_meanwhile_and_over_nothing_else(watched, tmp_path, monkeypatch):
    watched(2, 4, 5)
    run, listed = a_run(), archives._parts
    work(run)
    steps = run.path / "steps"

    def later(folder, name):
        """The file goes once the files are listed."""

        def parts(run):
            found = listed(run)
            (run.path / folder / name).unlink(missing_ok=True)
            return found

        monkeypatch.setattr(archives, "_parts", parts)

    later("steps", "step_000002.npz")
    with zipfile.ZipFile(export_run(run, tmp_path / "out.zip")) as file:
        assert sorted(name[-15:] for name in file.namelist() if "/steps/" in name) == [
            "step_000004.npz", "step_000005.npz"
        ]  # fmt: skip
    later("steps", "step_000004.npz")
    assert refusal_of(run) == ""
    checked = foreign.check_beside
    monkeypatch.setattr(
        foreign, "check_beside", lambda path, config: (path.parent == steps and path.unlink(), checked(path, config))
    )
    assert refusal_of(run) == "" and run.snapshot_steps("steps") == []
    later("snapshots", "step_000000.npz")
    with pytest.raises(FileNotFoundError):
        export_run(run, tmp_path / "again.zip")


def test_a_run_that_drops_a_step_while_it_is_compared_is_another(watched, tmp_path, monkeypatch):
    watched(2)
    run, plain = a_run(), twins.filecmp.cmp
    work(run)
    out = export_run(run, tmp_path / "out.zip")

    def late(one, other, **how):
        if other.parent.name == "steps":
            other.unlink()
        return plain(one, other, **how)

    monkeypatch.setattr(twins.filecmp, "cmp", late)
    assert not import_run(out).known


def test_a_step_is_loaded_once(watched, monkeypatch):
    watched(3)
    run, plain, loaded = a_run(), watched_steps.read_npz, []
    work(run)
    monkeypatch.setattr(watched_steps, "read_npz", lambda path: loaded.append(path) or plain(path))
    read_step(run, 3)
    assert len(loaded) == 1


def test_watched_steps_travel_with_a_run(watched, tmp_path):
    watched(2, 5)
    run = a_run()
    work(run)
    out, known = export_run(run, tmp_path / "out.zip"), read_step(run, 5)
    with zipfile.ZipFile(out) as file:
        assert sum("/steps/" in name for name in file.namelist()) == 2
    run.path.rename(tmp_path / "away")
    np.testing.assert_equal(read_step(import_run(out).run, 5), known)


def recorded(config=None, compressed=False, name="r/steps/step_000010.npz", **changes):
    images, view = np.zeros((2, 1, 8, 8), np.float32), np.zeros((2, 8, 8, 1), np.uint8)
    sound = {
        "step": np.array(10), "others": np.array(0), "classes": np.arange(2), "indices": np.arange(4),
        "labels": np.zeros(4, np.int64), "weights": np.ones(4, np.float32), "before": images, "after": images,
        "view_before": view, "view": view, "gradient": images,
    }  # fmt: skip
    arrays = {key: value for key, value in (sound | changes).items() if value is not None}
    known = json.dumps(FIELDS | {"dataset": DATASET | {"train": 30}}) if config is None else config
    return archive([("r/config.json", known), (name, npz(compressed, **arrays))])


HOSTILE = {
    "compressed": ({"compressed": True}, "compressed"),
    "of another set": ({"before": np.zeros((3, 1, 8, 8), np.float32)}, "'before'"),
    "with a gradient of another shape": ({"gradient": np.zeros((2, 3, 8, 8), np.float32)}, "'gradient'"),
    "with images beyond the last": ({"indices": np.array([0, 1, 2, 30])}, "indices are not all below 30"),
    "with a class beyond the last": ({"labels": np.array([0, 1, 2, 0])}, "labels are not all"),
    "with fewer weights": ({"weights": np.ones(3, np.float32)}, "'weights'"),
    "without weights": ({"weights": None}, "lacks weights"),
    "without the images after": ({"after": None}, "lacks after"),
    "with something else": ({"extra": np.zeros(2)}, "'extra'"),
    "with an infinite gradient": ({"gradient": np.full((2, 1, 8, 8), np.inf, np.float32)}, "not finite"),
    "with pictures of large numbers": ({"view": np.zeros((2, 8, 8, 1), np.uint64)}, "of bytes"),
    "of another step": ({"step": np.array(11)}, "its step is 11"),
    "before the first step": ({"step": np.array(0), "name": "r/steps/step_000000.npz"}, "its step is 0"),
    "of images that nobody counted": ({"config": CONFIG}, "how many training images"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_step_that_is_not_the_runs_is_refused(case):
    changes, reason = HOSTILE[case]
    with pytest.raises(BadInput, match=reason) as refusal:
        import_bytes(recorded(**changes))
    assert "does not belong to this run" in str(refusal.value)


def test_sound_steps_are_welcome_with_and_without_their_parts():
    whole = import_bytes(recorded()).run
    assert set(read_step(whole, 10)) >= {"gradient", "indices", "view"}
    images = dict.fromkeys(("before", "after", "view_before", "view", "gradient"))
    for parts in ({"gradient": None}, images, dict.fromkeys(("indices", "labels", "weights"))):
        assert read_step(import_bytes(recorded(**parts)).run, 10)["step"] == 10


def test_a_step_at_the_bound_is_read_and_beyond_it_none(monkeypatch):
    monkeypatch.setattr(watched_steps, "MOST_NUMBERS", 128)  # two images of 8 x 8
    assert read_step(import_bytes(recorded()).run, 10)["step"] == 10
    monkeypatch.setattr(watched_steps, "MOST_NUMBERS", 127)
    with pytest.raises(BadInput, match="128 numbers, of at most 127"):
        import_bytes(recorded())


def test_more_steps_than_a_run_keeps_are_refused():
    names = [f"r/steps/step_{number:06d}.npz" for number in range(1, MOST_STEPS + 2)]
    with pytest.raises(BadInput, match=f"at most {MOST_STEPS} single steps"):
        import_bytes(archive([("r/config.json", CONFIG), *((name, "x") for name in names)]))
