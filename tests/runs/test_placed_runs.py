"""Synthetic images of a run on maps of every kind: the same places as an independent computation, step by step."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from reference import networks as torchs

from ddcore.data.dataset import Split, materialise
from ddcore.data.zca import fit_zca
from ddcore.errors import BadInput
from ddcore.features.pca import fit_pca
from ddcore.files import read_npz, write_json, write_npz
from ddcore.formation import decode
from ddcore.kept import PLACES
from ddcore.maps import embedding
from ddcore.maps.embedding import FEATURES, MapSettings, cached_map_path
from ddcore.maps.sketch import sketch
from ddcore.places import cache_root
from ddcore.runs import placed as placed_module
from ddcore.runs.folder import create_job, create_run
from ddcore.runs.jobs import placing
from ddcore.runs.placed import (
    NONE,
    Trail,
    joined,
    keep_trail,
    kept_trail,
    pixel_features,
    placed,
    trail_path,
    unplaced,
)
from ddcore.runs.worker import work

NETWORK = {"random": "convnet:norm=batch,width=4", "network": "mlp:width=6"}


@pytest.fixture
def dataset():
    train, test = (Split(*toy.images_and_labels(30, seed)) for seed in (0, 1))
    return materialise("toy", train, test, ("low", "middle", "high"), origin="made up", flip=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The network learns for three steps and UMAP leaves the images where they begin."""
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setattr("ddcore.features.network._SCHEDULE", ExpertSchedule(3))
    monkeypatch.setattr(embedding, "umap_layout", lambda points, start, *rest: 3 * start + 1)


def settings_of(kind):
    return MapSettings(kind, components=6, **({"feature_network": NETWORK[kind]} if kind in NETWORK else {}))


def drawn(dataset, kind):
    """(file, arrays) of the map that the job draws."""
    settings = settings_of(kind)
    run, _ = create_job("embedding", {"dataset": dataset.hash} | vars(settings))
    work(run)
    path = cached_map_path(dataset.hash, settings)
    return path, read_npz(path)


def a_run(state="finished"):
    run = create_run({"distiller": "dm"})
    write_json(run.path / "status.json", run.status() | {"state": state})
    return run


def snapshot(dataset, run, step, seed=0, **more):
    """Six images, two of each class, the last far from all that is real and beyond black and white.

    Returns what is shown of them, (6,1,8,8) normalised.
    """
    images = np.random.default_rng(seed).normal(size=(6, 1, 8, 8)).astype(np.float32)
    images[5] += 40
    images = images if (given := more.pop("images", images)) is None else given
    view = np.rint(255 * np.clip(images.transpose(0, 2, 3, 1) * dataset.std + dataset.mean, 0, 1)).astype(np.uint8)
    arrays = {"view": view, "classes": np.repeat(np.arange(3), 2), "step": np.array(step), "images": given} | more
    write_npz(run.snapshot_path(step), **{name: value for name, value in arrays.items() if value is not None})
    return normalised(dataset, arrays["view"])


def placed_by_job(dataset, run, path, **again):
    job, _ = create_job("placing", {"dataset": dataset.hash, "run": str(run.path),
                                    "map": str(path.relative_to(cache_root()))} | again)  # fmt: skip
    work(job)
    return kept_trail(trail_path(path, run))


def features_in_the_test(kind, dataset, map, images):
    """Written anew: pixels, or a forward through PyTorch's own layers with the parameters that the map has kept."""
    if kind in ("pixels", "pca"):
        return images.transpose(0, 2, 3, 1).reshape(len(images), -1)
    network = toy.network(NETWORK[kind])
    parts = [
        {name.removeprefix(prefix): torch.tensor(value) for name, value in map.items() if name.startswith(prefix)}
        for prefix in ("network_", "buffer_")
    ]
    chain = torchs.module(network, parts[0], parts[1] or None).eval()[:-1]
    with torch.no_grad():
        return torch.cat([chain(torch.tensor(image[None])) for image in images]).numpy()


def normalised(dataset, pictures):
    pixels = (pictures / 255 - np.array(dataset.mean)) / np.array(dataset.std)
    return pixels.transpose(0, 3, 1, 2).astype(np.float32)


def brute_force(features, map):
    """(first two principal coordinates, distance to the nearest real image) by comparing with every real image."""
    coordinates = (features.astype(float) - map["pca_mean"]) @ map["pca_components"].T.astype(float)
    apart = np.linalg.norm(coordinates[:, None] - map["reduced"][None].astype(float), axis=2)
    return coordinates[:, :2], apart.min(axis=1)


@pytest.mark.parametrize("kind", FEATURES)
def test_places_on_every_kind_of_map_are_those_of_an_independent_computation(dataset, kind):
    path, map = drawn(dataset, kind)
    real = features_in_the_test(kind, dataset, map, normalised(dataset, dataset.train.images))
    np.testing.assert_allclose(brute_force(real, map)[0], map["reduced"][:, :2], atol=2e-4 * np.abs(real).max())
    run = a_run()
    images = snapshot(dataset, run, 3)
    images[0] = normalised(dataset, dataset.train.images)[7]  # a real image lands on itself
    images = snapshot(dataset, run, 3, images=images)
    trail = placed_by_job(dataset, run, path)
    flat, distance = brute_force(features_in_the_test(kind, dataset, map, images), map)
    scale = np.abs(flat).max()
    np.testing.assert_allclose(trail.flat[0], flat, atol=2e-4 * scale)
    assert trail.odd[0].tolist() == (distance > map["typical_distance"]).tolist() and trail.odd[0, 5]
    np.testing.assert_allclose(trail.xy[0, 0], map["xy"][7], atol=1e-2 * np.abs(map["xy"]).max())
    assert not trail.odd[0, 0] and trail.steps.tolist() == [3] and trail.classes.tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("kind", ["pca", "random"])
def test_the_last_step_is_placed_as_those_before_which_keep_only_their_pictures(dataset, kind):
    path, _ = drawn(dataset, kind)
    run = a_run()
    images = 9 * np.random.default_rng(0).normal(size=(6, 1, 8, 8)).astype(np.float32)  # mostly beyond black and white
    snapshot(dataset, run, 0, images=images)
    view = read_npz(run.snapshot_path(0))["view"]
    snapshot(dataset, run, 1, view=view, images=None)
    zca = fit_zca(dataset)
    snapshot(dataset, run, 2, view=view, images=zca.whiten(images), zca=np.array(zca.identity))
    trail = placed_by_job(dataset, run, path)
    assert trail.steps.tolist() == [0, 1, 2]
    for values in (trail.xy, trail.flat, trail.odd):
        np.testing.assert_array_equal(values, np.stack([values[1]] * 3))


def test_places_of_the_version_that_took_the_true_images_are_not_taken_for_these(dataset, monkeypatch):
    path, _ = drawn(dataset, "pca")
    run = a_run()
    snapshot(dataset, run, 0)
    trail = placed_by_job(dataset, run, path)
    with monkeypatch.context() as earlier:
        earlier.setattr(placed_module, "PLACES", replace(PLACES, format=1))
        keep_trail(trail_path(path, run), trail._replace(xy=trail.xy + 9))
    np.testing.assert_array_equal(kept_trail(trail_path(path, run)).xy, trail.xy)


def test_a_snapshot_is_placed_by_its_view(dataset):
    path, map = drawn(dataset, "pca")
    run = a_run()
    snapshot(dataset, run, 0, view=dataset.train.images[:6], images=None, zca=np.array("of no use here"))
    trail = placed_by_job(dataset, run, path)
    np.testing.assert_allclose(trail.flat[0], map["reduced"][:6, :2], atol=1e-4)
    np.testing.assert_allclose(trail.xy[0], map["xy"][:6], atol=1e-2)


def test_each_tile_of_an_image_is_placed_as_students_see_it(dataset, monkeypatch):
    path, map = drawn(dataset, "pca")
    run = a_run()
    images = snapshot(dataset, run, 0, factor=np.array(2))
    monkeypatch.setattr(placed_module, "CHUNK_ENTRIES", 300)  # an image at a time
    trail = placed_by_job(dataset, run, path)
    seen = decode(torch.tensor(images), 2).numpy()
    np.testing.assert_allclose(trail.flat[0], brute_force(pixel_features(seen), map)[0], atol=1e-3)
    assert trail.classes.tolist() == np.repeat(np.arange(3), 8).tolist() and int(trail.factor) == 2
    monkeypatch.setattr(placed_module, "MOST_TILES", 23)
    with pytest.raises(BadInput, match="24 tiles; at most 23"):
        placed(run, 0, 0, map, dataset, pixel_features)


def test_a_trail_is_added_to_and_what_is_there_is_not_placed_again(dataset, monkeypatch):
    path, _ = drawn(dataset, "random")
    run = a_run()
    for step in (0, 5):
        snapshot(dataset, run, step, seed=step)
    before, looked_at = placed_by_job(dataset, run, path), []

    def watched(run, step, *rest, **more):
        looked_at.append(step)
        return placed(run, step, *rest, **more)

    monkeypatch.setattr(placing, "placed", watched)
    snapshot(dataset, run, 9, seed=9)
    snapshot(dataset, run, 20, seed=20)
    after = placed_by_job(dataset, run, path, again=1)
    assert looked_at == [20, 9] and after.steps.tolist() == [0, 5, 9, 20]
    np.testing.assert_array_equal(after.xy[:2], before.xy)
    snapshot(dataset, run, 5, seed=50)  # written anew after a resume
    again = placed_by_job(dataset, run, path, again=2)
    assert looked_at == [20, 9, 5] and not np.array_equal(again.flat[1], after.flat[1])
    assert unplaced(run, again) == [] and again.until(9).steps.tolist() == [0, 5, 9]


def test_the_job_goes_on_while_the_run_is_live(dataset, monkeypatch):
    path, _ = drawn(dataset, "pca")
    run = a_run("running")
    write_json(run.path / "status.json", run.status() | {"pid": None})
    states_of = iter(["running", "running", "finished"])
    monkeypatch.setattr(placing.RunFolder, "state", lambda self: next(states_of) if self == run else "running")
    naps = []

    def nap(seconds):
        naps.append(seconds)
        snapshot(dataset, run, len(naps), seed=len(naps))

    monkeypatch.setattr(placing.time, "sleep", nap)
    snapshot(dataset, run, 0)
    assert placed_by_job(dataset, run, path).steps.tolist() == [0, 1, 2] and len(naps) == 2


def test_the_job_needs_no_torch_on_a_map_of_pixels():
    code = "import sys, ddcore.runs.jobs.placing; print([n for n in ('torch', 'umap', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_damaged_snapshot_is_noted_and_the_rest_is_placed(dataset):
    path, _ = drawn(dataset, "pca")
    run = a_run()
    for step in (0, 1, 2):
        snapshot(dataset, run, step)
    run.snapshot_path(1).write_bytes(run.snapshot_path(0).read_bytes()[:-40])
    snapshot(dataset, run, 2, factor=np.array(9))
    trail = placed_by_job(dataset, run, path)
    assert trail.steps.tolist() == [0] and sorted(trail.unreadable[:, 0].tolist()) == [1, 2]
    assert unplaced(run, trail) == []
    run.snapshot_path(0).write_bytes(b"PK half a file")  # damaged after it was placed
    assert placed_by_job(dataset, run, path, again=1).steps.tolist() == []


def test_an_exploded_snapshot_is_placed_as_it_is_shown(dataset):
    path, map = drawn(dataset, "pca")
    run = a_run()
    images = snapshot(dataset, run, 0)
    images[2] = 1e25
    shown = snapshot(dataset, run, 0, images=images)
    trail = placed_by_job(dataset, run, path)
    np.testing.assert_allclose(trail.flat[0], brute_force(pixel_features(shown), map)[0], rtol=1e-3, atol=1e-3)
    assert trail.odd[0, 2] and len(trail.unreadable) == 0


def test_a_step_whose_features_overflow_is_unreadable_and_the_others_stay(dataset):
    path, map = drawn(dataset, "pca")
    run = a_run()
    for step in (0, 1):
        snapshot(dataset, run, step)
    kept = keep_trail(trail_path(path, run), placed(run, 0, 1, map, dataset, pixel_features))
    for value in (1e30, np.inf, np.nan):
        broken = placed(run, 1, 2, map, dataset, lambda images, v=value: np.full((len(images), 64), v, np.float32))
        keep_trail(trail_path(path, run), broken)
    again = kept_trail(trail_path(path, run))
    np.testing.assert_array_equal(again.xy, kept.xy)
    assert again.unreadable.tolist() == [[1, 2]]


def test_what_is_known_is_gathered_once(dataset, monkeypatch):
    path, map = drawn(dataset, "pca")
    run = a_run()
    for step in range(3):
        snapshot(dataset, run, step)
    asked, known = [], Trail.known.fget
    monkeypatch.setattr(Trail, "known", property(lambda trail: asked.append(1) or known(trail)))
    assert len(unplaced(run, NONE)) == 3 and len(asked) == 1


def test_images_are_placed_on_a_map_of_network_features_without_the_gpu(dataset, monkeypatch):
    path, _ = drawn(dataset, "network")
    run = a_run()
    snapshot(dataset, run, 0)

    def refuse(*args):
        raise AssertionError("the job stands in no line")

    monkeypatch.setattr("ddcore.runs.jobs.mapping.resolve_device", refuse)
    assert placed_by_job(dataset, run, path).steps.tolist() == [0]


def test_a_full_disk_fails_the_job_and_not_a_page(dataset, monkeypatch):
    path, map = drawn(dataset, "pca")
    run = a_run()
    snapshot(dataset, run, 0)

    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ddcore.kept.write_npz", full)
    assert keep_trail(trail_path(path, run), placed(run, 0, 1, map, dataset, pixel_features)).steps.tolist() == [0]
    with pytest.raises(BadInput, match="No space left"):
        placed_by_job(dataset, run, path)


def test_a_kept_trail_that_is_damaged_counts_as_none(dataset):
    path, map = drawn(dataset, "pca")
    run = a_run()
    snapshot(dataset, run, 0)
    trail = keep_trail(trail_path(path, run), placed(run, 0, 1, map, dataset, pixel_features))
    assert kept_trail(trail_path(path, run)).xy.tolist() == trail.xy.tolist()
    write_npz(trail_path(path, run), **trail._asdict() | {"odd": np.zeros(3, bool)})
    assert kept_trail(trail_path(path, run)) is NONE
    assert joined(NONE, trail).steps.tolist() == joined(trail, NONE).steps.tolist() == [0]


@pytest.mark.parametrize("kind", NETWORK)
def test_a_map_drawn_before_networks_were_kept_still_takes_images(dataset, kind):
    path, map = drawn(dataset, kind)
    run = a_run()
    snapshot(dataset, run, 0)
    expected = placed_by_job(dataset, run, path)
    trail_path(path, run).unlink()
    old = {name: value for name, value in map.items() if not name.startswith(("network_", "buffer_"))}
    write_npz(path, **old)
    found = placed_by_job(dataset, run, path, again=1)
    np.testing.assert_array_equal(found.xy, expected.xy)
    assert read_npz(path).keys() == map.keys()
    write_npz(path, **old | {"head": old["head"] + 1, "reduced": old["reduced"] + old["pca_components"].sum(axis=1)})
    with pytest.raises(BadInput, match="delete the map"):
        placed_by_job(dataset, run, path, again=2)


def test_a_sketch_is_a_map_by_principal_coordinates(dataset, monkeypatch):
    made = sketch(dataset)
    pixels = normalised(dataset, dataset.train.images).reshape(len(dataset.train), -1).astype(float)
    centred = pixels - pixels.mean(axis=0)
    _, _, right = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs(made["xy"]), np.abs(centred @ right[:2].T), atol=1e-3)
    run = a_run()
    images = snapshot(dataset, run, 0)
    trail = placed(run, 0, 1, made, dataset, pixel_features)
    np.testing.assert_allclose(trail.flat[0], brute_force(pixel_features(images), made)[0], atol=1e-3)
    monkeypatch.setattr("ddcore.maps.sketch.SAMPLE", 40)
    assert sketch(dataset)["xy"].shape == (90, 2)
    monkeypatch.setattr("ddcore.maps.sketch.SAMPLE_OF_LARGE", 63)
    fitted = []
    monkeypatch.setattr(
        "ddcore.maps.sketch.fit_pca", lambda seen, count: fitted.append(len(seen)) or fit_pca(seen, count)
    )
    assert sketch(dataset)["xy"].shape == (90, 2) and fitted == [63], "images of 64 numbers are large now"
