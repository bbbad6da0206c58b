"""Which classes were taken for which, as a run keeps it: what was told, counted; whole after any stop; it travels."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from made_zips import CONFIG, archive, import_bytes, npz

from ddcore.commands import main
from ddcore.data.loading import load_recorded
from ddcore.errors import BadInput
from ddcore.experiments import experiment as experiments
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete
from ddcore.kept import CONFUSIONS
from ddcore.networks.base import Trained
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.runs import confusions, unpacking
from ddcore.runs.archive import delete_run, export_run, import_run, refusal_of
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.handle import Job
from ddcore.runs.jobs.set_keeping import read_set
from ddcore.runs.worker import work
from ddcore.training import protocols
from ddcore.training.experts import ExpertSchedule
from ddcore.training.students import train_students

TESTED = {"evaluation": "quick", "repeats": 2, "evaluate_every": 2}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiments.FULL_SCHEDULES, "quick", ExpertSchedule(3))


def a_run(distiller="dm", **settings):
    return create_run(toy.run_settings(distiller, **TESTED | settings))


def files(run):
    return {path.name: path.read_bytes() for path in (run.path / "confusions").iterdir()}


def told(run, kind):
    return [event for event in run.events()[0] if event["event"] == kind]


def experiment_of(run):
    config = run.config()
    settings = complete(config["settings"], begun=True)
    return Experiment.of(settings, load_recorded(config["dataset"], settings), "cpu")


def by_hand(run, step, repeats):
    """(counts, mean softmax of the set) of students trained and tested one by one."""
    made, synthetic = experiment_of(run), read_set(run, step, "cpu").decode()
    network, labels = made.student_network, np.asarray(made.dataset.test.labels)
    counts, shares = np.zeros((3, 3), int), []
    for number in range(repeats):
        given = synthetic.images[None], synthetic.probabilities[None]
        parameters, _ = train_students(
            network, *given, made.protocol, made.augmentation, made.compute, Randomness(made.settings.seed), number
        )
        student = Trained({name: value[0] for name, value in parameters.items()})
        with torch.no_grad():
            answers = network.logits(student.parameters, made.test_images[slice(None)], None).argmax(1).numpy()
            shares.append(network.logits(student.parameters, synthetic.images, None).softmax(1).numpy())
        np.add.at(counts, (labels, answers), 1)
    return counts, np.mean(shares, 0)


def test_every_test_of_students_is_kept_as_an_independent_computation_has_it():
    run = a_run()
    work(run)
    assert confusions.steps(run, "students") == [0, 2, 4, 6] and confusions.steps(run, "kernel") == []
    for step, repeats in ((0, 2), (2, 1), (6, 2)):
        counts, shares = by_hand(run, step, repeats)
        found = confusions.confusion(run, "students", step)
        np.testing.assert_array_equal(found.counts, counts)
        assert found.repeats == repeats
        np.testing.assert_allclose(confusions.probabilities(run, step), shares, atol=1e-3)  # float16 below 1: 5e-4


def test_accuracies_told_are_those_of_the_counts():
    run = a_run("kip", repeats=3)
    result = work(run)
    found = [(event, confusions.confusion(run, "students", event["step"])) for event in told(run, "accuracy")]
    last = {event["step"]: event for event in told(run, "kernel")}
    found += [(event, confusions.confusion(run, "kernel", step)) for step, event in last.items()]
    found += [(event, confusions.confusion(run, event["name"])) for event in told(run, "baseline")]
    assert {event.get("name") for event, _ in found} == {None, "random", "full", "kernel-random"} and len(found) > 10
    for event, one in found:
        assert one.repeats == event["repeats"] and one.counts.sum() == 24 * one.repeats
        assert one.mean == pytest.approx(event["mean"], abs=1e-15)
    final = confusions.confusion(run, "students", 6)
    assert result["per_class"] == (final.counts.diagonal() / final.counts.sum(1)).tolist()
    for path in (run.path / "confusions").iterdir():
        with np.load(path) as arrays:
            assert arrays["counts"].dtype == np.uint8
            assert set(arrays.files) - {"probabilities"} == {"counts", "repeats"}


def test_the_sets_own_predictor_is_counted_as_an_independent_computation_has_it():
    run = a_run("kip")
    work(run)
    kernel, synthetic = KernelEvaluation.of(made := experiment_of(run)), read_set(run, 6, "cpu")
    predictor = kernel.method.predictor(kernel.problem, synthetic, kernel._rng.at(0))
    counts = np.zeros((3, 3), int)
    for label, image in zip(made.dataset.test.labels, made.test_images[slice(None)], strict=True):
        counts[label, predictor(image[None]).argmax()] += 1
    np.testing.assert_array_equal(confusions.confusion(run, "kernel", 6).counts, counts)


def test_images_of_tiles_have_the_mean_of_what_students_make_of_each():
    run = a_run(factor=2, ipc=2)
    work(run)
    _, shares = by_hand(run, 6, 2)
    assert shares.shape == (24, 3)
    expected = shares.reshape(6, 4, 3).mean(1)
    np.testing.assert_allclose(confusions.probabilities(run, 6), expected, atol=1e-3)


def test_a_stopped_and_a_killed_run_end_with_the_same_files(stop_at, monkeypatch):
    whole, stopped, killed = a_run("kip"), a_run("kip"), a_run("kip")
    work(whole)
    stop_at(3)
    assert work(stopped) is None
    work(stopped)
    plain = Job.event

    def dying(self, name, /, **fields):
        if name == "accuracy" and fields["step"] == 4:
            monkeypatch.setattr(Job, "event", plain)
            raise MemoryError
        plain(self, name, **fields)

    monkeypatch.setattr(Job, "event", dying)
    with pytest.raises(MemoryError):
        work(killed)
    assert "students_000004.npz" in files(killed), "what is told has its confusion, whenever it is killed"
    work(killed)
    assert files(whole) == files(stopped) == files(killed)
    assert [event["step"] for event in told(killed, "accuracy")] == [2, 4, 6, 0]


def test_a_baseline_that_an_earlier_version_kept_is_told_without(monkeypatch):
    first, second = a_run(), a_run()
    work(first)
    for path in CONFUSIONS.root.iterdir():
        path.unlink()
    tested, plain = [], Experiment.random_set
    monkeypatch.setattr(Experiment, "random_set", lambda self, repeat: tested.append(repeat) or plain(self, repeat))
    work(second)
    assert not tested and confusions.confusion(second, "random") is None
    assert {event["name"] for event in told(second, "baseline")} == {"random", "full"}
    np.testing.assert_array_equal(
        confusions.confusion(first, "students", 6).counts, confusions.confusion(second, "students", 6).counts
    )


def test_a_run_that_tests_nothing_has_none():
    run = a_run(evaluation="none")
    result = work(run)
    assert not (run.path / "confusions").exists() and result["per_class"] is None
    assert confusions.confusion(run, "students", 6) is None and confusions.probabilities(run, 6) is None


def test_evaluate_prints_the_accuracy_of_each_class(capsys):
    run = a_run()
    work(run)
    capsys.readouterr()
    assert main(["evaluate", run.id, "--repeats", "2", "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    counts, _ = by_hand(run, 6, 2)
    assert found["per_class"] == (counts.diagonal() / counts.sum(1)).tolist()
    assert np.mean(found["per_class"]) == pytest.approx(found["accuracy"]["mean"])


# -- from elsewhere


def test_they_travel(tmp_path):
    run = a_run("kip")
    work(run)
    before = files(run)
    out = export_run(run, tmp_path / "run.zip")
    assert refusal_of(run) == "" and import_run(out).known
    delete_run(run)
    copy = import_run(out).run
    assert files(copy) == before and copy.status()["result"]["per_class"]
    (copy.path / "confusions" / "full.npz").unlink()
    assert not import_run(out).known, "a run without one of them is another"


GOOD = {"counts": np.array([[5, 1], [2, 4]], np.uint8), "repeats": np.array(2, np.uint8),
        "probabilities": np.full((2, 2), 0.5, np.float16)}  # fmt: skip
"""Of the run of `made_zips`: two classes, one image of each."""


def zipped(name="students_000010", compressed=False, **changes):
    arrays = {key: value for key, value in (GOOD | changes).items() if value is not None}
    return archive([("r/config.json", CONFIG), (f"r/confusions/{name}.npz", npz(compressed, **arrays))])


REFUSED = {
    "of another step than the run has": (lambda: zipped("students_000101"), "step 101"),
    "of somebody": (lambda: zipped("teachers_000010"), "does not belong"),
    "a baseline with a step": (lambda: zipped("full_000010"), "does not belong"),
    "other classes": (lambda: zipped(counts=np.ones((3, 3), np.uint8)), "counts"),
    "fractions": (lambda: zipped(counts=np.ones((2, 2))), "counts"),
    "negative counts": (lambda: zipped(counts=np.ones((2, 2), np.int64)), "counts"),
    "numbers of eight bytes": (lambda: zipped(counts=np.ones((2, 2), np.uint64)), "counts"),
    "pickles": (lambda: zipped(counts=np.array([[{}, 1], [1, 1]], dtype=object)), "objects"),
    "compressed": (lambda: zipped(compressed=True), "compressed"),
    "an unknown array": (lambda: zipped(more=np.zeros(1)), "more"),
    "no counts": (lambda: zipped(counts=None), "lacks counts"),
    "no repeats": (lambda: zipped(repeats=None), "lacks repeats"),
    "no tests": (lambda: zipped(repeats=np.array(0, np.uint8)), "0 tests"),
    "half a test": (lambda: zipped(counts=np.array([[5, 2], [2, 4]], np.uint8)), "2 tests"),
    "nothing counted": (lambda: zipped(counts=np.zeros((2, 2), np.uint8)), "2 tests"),
    "probabilities of other images": (lambda: zipped(probabilities=np.zeros((3, 2), np.float16)), "probabilities"),
    "probabilities beyond 1": (lambda: zipped(probabilities=np.full((2, 2), 2, np.float16)), "outside"),
    "no numbers": (lambda: zipped(probabilities=np.full((2, 2), np.nan, np.float16)), "outside"),
    "no npz": (lambda: archive([("r/config.json", CONFIG), ("r/confusions/full.npz", b"x")]), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize(("build", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_zip_with_what_no_run_keeps_is_refused(build, reason):
    with pytest.raises(BadInput) as refused:
        import_bytes(build())
    assert reason in str(refused.value) and list_runs() == []


@pytest.mark.parametrize("changes", [{}, {"probabilities": None}], ids=["whole", "without probabilities"])
def test_a_sound_one_is_let_in(changes):
    run = import_bytes(zipped(**changes)).run
    found = confusions.confusion(run, "students", 10)
    assert found.repeats == 2 and found.counts.tolist() == GOOD["counts"].tolist()
    assert (confusions.probabilities(run, 10) is None) == bool(changes)


def test_more_test_images_than_the_dataset_has_are_refused():
    config = json.loads(CONFIG)
    config["dataset"]["test"] = 5
    parts = [("r/config.json", json.dumps(config)), ("r/confusions/full.npz", npz(**GOOD | {"repeats": np.uint8(1)}))]
    with pytest.raises(BadInput, match="12 test images of 5"):
        import_bytes(archive(parts))


def test_more_files_than_tests_can_be_are_refused(monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_CONFUSIONS", 3)
    parts = [(f"r/confusions/students_{step:06d}.npz", npz(**GOOD)) for step in range(4)]
    import_bytes(archive([("r/config.json", CONFIG), *parts[:3]]))
    with pytest.raises(BadInput, match="4 files of confusions"):
        import_bytes(archive([("s/config.json", CONFIG), *[(f"s{name[1:]}", content) for name, content in parts]]))


@pytest.mark.parametrize("content", [b"", b"PK", npz(counts=np.ones((9, 9), np.uint8), repeats=np.uint8(1))])
def test_a_damaged_one_is_said_to_be_so_and_the_others_are_read(content):
    run = a_run()
    work(run)
    (run.path / "confusions" / "students_000002.npz").write_bytes(content)
    for read in (lambda: confusions.confusion(run, "students", 2), lambda: confusions.probabilities(run, 2)):
        with pytest.raises(BadInput, match="students_000002.npz of run"):
            read()
    assert confusions.confusion(run, "students", 4) is not None


def test_the_zip_has_no_other_files_of_the_folder(tmp_path):
    run = a_run()
    work(run)
    (run.path / "confusions" / "notes.txt").write_text("x")
    with zipfile.ZipFile(export_run(run, tmp_path / "run.zip")) as zipped:
        assert not any("notes" in name for name in zipped.namelist())


def test_a_stop_while_students_are_trained_leaves_no_file(monkeypatch):
    run = a_run()
    plain = Experiment.accuracy

    def stopped(self, *given, **more):
        monkeypatch.setattr(Experiment, "accuracy", plain)
        raise Stopped

    monkeypatch.setattr(Experiment, "accuracy", stopped)
    assert work(run) is None and confusions.steps(run, "students") == []
    work(run)
    assert confusions.steps(run, "students") == [0, 2, 4, 6]
