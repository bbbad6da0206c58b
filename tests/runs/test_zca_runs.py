"""Runs on whitened images: one transform a run, kept with it, and applied to test data without being asked."""

import io
import json
import shutil
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from made_zips import import_bytes

from ddcore.commands import main
from ddcore.commands.evaluate import _read, _synthetic
from ddcore.data.dataset import Split, materialise
from ddcore.data.zca import FILE, ZCA, fit_zca, read_zca, write_zca
from ddcore.errors import BadInput
from ddcore.experiments import experiment
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.files import digest
from ddcore.places import cache_root
from ddcore.runs import unpacking
from ddcore.runs.archive import export_run, import_run
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.worker import work
from ddcore.training import protocols as evaluation
from ddcore.training.experts import ExpertSchedule

FEW = {"steps": 4, "width": 4, "ipc": 1, "device": "cpu", "init": "random", "snapshot_every": 1, "repeats": 2}


def dataset(channels=3, per_class=8, seed=0, name="toy"):
    train, test = (Split(*toy.images_and_labels(per_class, seed + s, channels)) for s in (0, 1))
    return materialise(name, train, test, ("low", "middle", "high"), origin="made up", flip=True)


def a_run(distiller="dm", **settings):
    flat = {"dataset": dataset().hash, **FEW, **toy.small("distillers", distiller), "distiller": distiller, "zca": True}
    return create_run(resolve(flat | {"evaluation": "none"} | settings))


def experiment_of(data, **settings):
    return Experiment.of(complete(resolve({"dataset": data.hash, "width": 4, "device": "cpu"} | settings)), data, "cpu")


def standardised(images, data):
    scaled = (images / 255 - np.array(data.mean)) / np.array(data.std)
    return scaled.transpose(0, 3, 1, 2).astype(np.float32)


def rounded_up(zca, by=0.5):
    """Another transform than the fitted one, as a fit on another machine might be; here by a lot, to be seen."""
    return ZCA(zca.mean + np.float32(by), zca.matrix)


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


# -- the space of a run


def test_everyone_in_a_run_sees_whitened_images():
    data = dataset()
    made, zca = experiment_of(data, zca=True, init="random"), fit_zca(data)
    for images, split in ((made.train_images, data.train), (made.test_images, data.test)):
        expected = zca.whiten(standardised(split.images, data))
        np.testing.assert_allclose(images[torch.arange(len(split))].numpy(), expected, atol=1e-4)
    start, _ = made.initial_set()
    train = made.train_images[torch.arange(len(data.train))]
    for synthetic in (start, made.random_set(0)):
        assert all((image - train).abs().flatten(1).amax(1).min() < 1e-5 for image in synthetic.images)


def test_the_start_reports_costs_in_the_space_of_the_run():
    data = dataset()
    plain, whitened = (experiment_of(data, zca=zca, init="random").initial_set()[1] for zca in (False, True))
    assert plain["cost"] != pytest.approx(whitened["cost"], rel=0.05)
    assert plain["certificate"] != pytest.approx(whitened["certificate"], rel=1e-3)


def test_scores_are_those_of_the_dataset():
    data = dataset()
    plain, whitened = (experiment_of(data, zca=zca, importance="kmeans", clusters=3).scores() for zca in (False, True))
    np.testing.assert_array_equal(plain, whitened)
    assert len(list((cache_root() / "importance").iterdir())) == 1


def test_kept_baselines_are_told_apart():
    data = dataset()
    plain, whitened = (experiment_of(data, zca=zca) for zca in (False, True))
    foreign = Experiment.of(complete(resolve({"width": 4, "zca": True})), data, "cpu", rounded_up(fit_zca(data)))
    for path in ("_kept_random", "_kept_full"):
        assert len({getattr(made, path) for made in (plain, whitened, foreign)}) == 3
    network, protocol = plain.student_network.identity, repr(replace(plain.protocol, repeats=0))
    assert network == f"ConvNet(shape={data.shape}, num_classes=3, width=4, depth=2)"
    mark = digest("random", 1, data.hash, network, protocol, "None", 1, plain.protocol.repeats, 0)
    assert plain._kept_random.stem == f"random-{mark}", "those of earlier versions are still found"


def test_images_too_large_to_be_whitened_are_refused_before_there_is_a_run(capsys):
    images = np.random.default_rng(0).integers(0, 255, (6, 40, 40, 3), np.uint8)
    split = Split(images, np.repeat([0, 1, 2], 2))
    data = materialise("large", split, split, ("a", "b", "c"), origin="made up", flip=False)
    with pytest.raises(BadInput, match="4,800 numbers"):
        experiment_of(data, zca=True)
    assert experiment_of(data).whitening is None
    assert main(["distill", "--dataset", data.hash, "--zca", "--device", "cpu"]) == 2
    assert "4,800 numbers" in capsys.readouterr().err and list_runs() == []


# -- what a run keeps


@pytest.mark.parametrize("distiller", ["dm", "kip", "select"])
def test_pictures_of_a_whitened_run_are_natural(distiller):
    run = a_run(distiller)
    work(run)
    data, first = dataset(), run.snapshot(0)
    for shown, label in zip(first["view"].astype(int), first["classes"], strict=True):
        same = data.train.images[data.train.labels == label].astype(int)
        assert np.abs(same - shown).max(axis=(1, 2, 3)).min() <= 1
    last = run.snapshot(run.config()["settings"]["steps"])
    assert np.isfinite(last["images"]).all() and last["view"].std() > 1


def test_the_transform_is_kept_once_and_named_by_every_full_snapshot():
    run = a_run()
    work(run)
    zca, data = read_zca(run.path / FILE), dataset()
    assert zca.identity == fit_zca(data).identity
    for step in range(5):
        arrays = run.snapshot(step)
        full = step in (0, 4)
        assert ("images" in arrays) == ("zca" in arrays) == full
        if full:
            assert str(arrays["zca"]) == zca.identity
            np.testing.assert_allclose(arrays["mean"], data.mean)
            shown = zca.undo(arrays["images"]).transpose(0, 2, 3, 1) * arrays["std"] + arrays["mean"]
            np.testing.assert_allclose(arrays["view"], (shown.clip(0, 1) * 255).round(), atol=1)


def test_a_run_without_whitening_keeps_none():
    run = a_run(zca=False)
    work(run)
    assert not (run.path / FILE).exists() and "zca" not in run.snapshot(4)
    assert not (cache_root() / "zca").exists()


@pytest.mark.parametrize("distiller", ["dm", "kip"])
def test_a_stopped_run_goes_on_bit_for_bit_with_its_own_transform(distiller, stop_at, monkeypatch):
    whole, part = a_run(distiller), a_run(distiller)
    work(whole)
    stop_at(2)
    assert work(part) is None
    shutil.rmtree(cache_root() / "zca")
    monkeypatch.setattr("ddcore.data.zca.fitted", None)
    assert work(part)["steps"] == 4
    for name in ("images", "targets", "view"):
        np.testing.assert_array_equal(whole.snapshot(4)[name], part.snapshot(4)[name])


def test_the_stored_transform_wins_over_one_that_is_computed_anew():
    run, own = a_run("select"), rounded_up(fit_zca(dataset()))
    write_zca(run.path / FILE, own)
    work(run)
    arrays, data = run.snapshot(1), dataset()
    assert str(arrays["zca"]) == own.identity
    real = own.whiten(standardised(data.train.images, data))
    assert all(np.abs(real - image).max(axis=(1, 2, 3)).min() < 1e-4 for image in arrays["images"])


def test_what_a_whitened_run_will_cost(short):
    flat = resolve({"dataset": dataset().hash, **FEW, "batch_real": 4, "zca": True})
    found = work(create_run(flat, kind="estimate"))
    assert found["total"] > 0 and len(list((cache_root() / "zca").iterdir())) == 1


# -- evaluating


def last_json(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def evaluated(capsys, *command):
    assert main(["evaluate", *map(str, command), "--repeats", "2", "--device", "cpu", "--json"]) == 0
    return last_json(capsys)


@pytest.mark.parametrize("distiller", ["dm", "kip"])
def test_test_data_go_through_the_run_s_own_transform(distiller, short, capsys):
    """A run whose transform is not the dataset's: only its own gives the accuracies that it reported itself."""
    run, own = a_run(distiller, evaluation="quick"), rounded_up(fit_zca(dataset()), 3.0)
    write_zca(run.path / FILE, own)
    result = work(run)
    again = evaluated(capsys, run.id)
    for name in ("protocol", "accuracy", "initial_accuracy", "random", "full", "kernel_accuracy"):
        assert again[name] == result[name]
    from_file = evaluated(capsys, run.snapshot_path(4), "--dataset", dataset().hash, "--width", "4")
    assert from_file["accuracy"] == again["accuracy"] and from_file["random"] == again["random"]


def test_a_file_alone_needs_its_transform_in_the_cache(short, capsys, tmp_path):
    run = a_run(evaluation="quick")
    result, lone = work(run), tmp_path / "elsewhere" / "deep" / "set.npz"
    lone.parent.mkdir(parents=True)
    shutil.copy(run.snapshot_path(4), lone)
    command = (lone, "--dataset", dataset().hash, "--width", "4")
    assert evaluated(capsys, *command)["accuracy"] == result["accuracy"]
    shutil.rmtree(cache_root() / "zca")
    assert main(["evaluate", *map(str, command), "--device", "cpu"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert read_zca(run.path / FILE).identity in line and "set.npz" in line
    shutil.copy(run.path / FILE, tmp_path / "elsewhere" / FILE)
    assert evaluated(capsys, *command)["accuracy"] == result["accuracy"]


def test_on_another_dataset_a_set_is_undone_and_whitened_anew(short, capsys):
    run, other = a_run("select", evaluation="quick"), dataset(per_class=9, seed=5, name="other")
    own = rounded_up(fit_zca(dataset()))
    write_zca(run.path / FILE, own)
    work(run)
    arrays, theirs = _read(run.snapshot_path(1)), fit_zca(other)
    found = _synthetic(arrays, experiment_of(other, zca=True), own)
    pixels = dataset().train.images
    expected = theirs.whiten(standardised(pixels, other))
    for image in found.images.numpy():
        assert np.abs(expected - image).max(axis=(1, 2, 3)).min() < 1e-3
    assert evaluated(capsys, run.id, "--dataset", other.hash)["accuracy"]["repeats"] == 2


# -- away and back


def test_the_transform_travels_with_the_run(short, capsys, tmp_path):
    run = a_run(evaluation="quick")
    result = work(run)
    out = export_run(run, tmp_path / "run.zip")
    before = (run.path / FILE).read_bytes()
    shutil.rmtree(run.path)
    shutil.rmtree(cache_root() / "zca")
    copy = import_run(out).run
    assert (copy.path / FILE).read_bytes() == before
    assert evaluated(capsys, copy.id)["accuracy"] == result["accuracy"]


def npz(compressed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


SIZE = 192
GOOD = {"mean": np.zeros(SIZE, np.float32), "matrix": np.eye(SIZE, dtype=np.float32)}
DAMAGED = {
    "no zip": b"x",
    "cut off": npz(**GOOD)[:-300],
    "compressed": npz(compressed=True, **GOOD),
    "another size": npz(mean=np.zeros(64, np.float32), matrix=np.eye(64, dtype=np.float32)),
    "not square": npz(**GOOD | {"matrix": np.zeros((SIZE, 5), np.float32)}),
    "doubles": npz(**GOOD | {"matrix": np.eye(SIZE)}),
    "not finite": npz(**GOOD | {"mean": np.full(SIZE, np.inf, np.float32)}),
    "one more": npz(**GOOD, more=np.zeros(1, np.float32)),
    "no mean": npz(matrix=GOOD["matrix"]),
    "pickle": npz(**GOOD | {"mean": np.array([{}] * SIZE)}),
}


@pytest.fixture
def a_zip(tmp_path):
    """Zip of a finished run with other content as its transform."""
    run = a_run()
    work(run)
    out = export_run(run, tmp_path / "run.zip")
    shutil.rmtree(run.path)

    def make(content):
        file = io.BytesIO()
        with zipfile.ZipFile(out) as source, zipfile.ZipFile(file, "w") as target:
            for name in source.namelist():
                target.writestr(name, content if name.endswith(f"/{FILE}") else source.read(name))
        file.seek(0)
        return file

    return make


def test_a_damaged_transform_keeps_the_run_out(a_zip, monkeypatch):
    for name, content in DAMAGED.items():
        with pytest.raises(BadInput):
            import_bytes(a_zip(content))
        assert list_runs() == [], name
    assert import_bytes(a_zip(npz(**GOOD))).run.state() == "finished"
    monkeypatch.setitem(unpacking.LARGEST, FILE, 1000)
    with pytest.raises(BadInput, match="too large"):
        import_bytes(a_zip(npz(**GOOD)))
