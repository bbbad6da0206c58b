"""Runs whose synthetic images hold tiles, and sets that bring their own step size."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy

from ddcore.data.dataset import Split, materialise
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments import experiment as module
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.sizes import tile_sizes
from ddcore.formation import decode
from ddcore.loop import distill
from ddcore.synthetic import shrunk


@pytest.fixture
def short(monkeypatch):
    quick = replace(module.PROTOCOLS["quick"], epochs=4, repeats=2)
    monkeypatch.setattr(module, "PROTOCOLS", {"quick": quick})


def experiment_of(distiller="dm", **settings):
    settings = {"width": 4, "depth": 2, "init": "random", "steps": 2, "factor": 2} | settings
    return Experiment.choose(toy.dataset(), distiller=distiller, **toy.small("distillers", distiller), **settings)


WITH_TILES = [name for name in DISTILLERS.names() if name != "analytic"]


@pytest.mark.parametrize("distiller", WITH_TILES)
def test_any_distiller_works_on_tiles_and_keeps_what_is_stored(distiller):
    experiment = experiment_of(distiller)
    problem = experiment.problem(experiment.scores())
    start, _ = experiment.initial_set()
    first, *_, last = distill(problem, experiment.distiller, start, 2, 0)
    assert first.synthetic.images.shape == last.synthetic.images.shape == (3, 1, 8, 8)
    assert last.synthetic.factor == 2 and len(last.synthetic.decode().images) == 12
    assert last.synthetic.images.isfinite().all()


@pytest.mark.parametrize("distiller", [name for name in WITH_TILES if DISTILLERS.about(name).distills])
def test_a_step_moves_pixels_of_every_tile(distiller):
    experiment = experiment_of(distiller)
    start, _ = experiment.initial_set()
    *_, last = distill(experiment.problem(experiment.scores()), experiment.distiller, start, 2, 0)
    moved = (last.synthetic.images - start.images).abs().view(3, 2, 4, 2, 4).amax((2, 4))  # of each tile
    assert (moved > 0).all()


def test_a_start_of_tiles_is_made_of_as_many_real_images():
    whole, _ = experiment_of(ipc=4, factor=1).initial_set()
    tiles, report = experiment_of(ipc=1).initial_set()
    assert tiles.factor == 2 and len(tiles.images) == 3
    assert torch.equal(tiles.images, shrunk(whole, 2).images)


def test_noise_is_as_fine_as_the_pixels():
    start, _ = experiment_of(init="noise").initial_set()
    plain, _ = experiment_of(init="noise", factor=1).initial_set()
    assert start.factor == 2 and torch.equal(start.images, plain.images)


def test_an_image_of_tiles_counts_by_the_mean_of_their_weights():
    whole = toy.synthetic(ipc=4)
    weights = torch.arange(1.0, 13.0)
    made = shrunk(replace(whole, targets=whole.targets * weights[:, None]), 2)
    assert made.targets.sum(1).tolist() == [2.5, 6.5, 10.5] and made.classes.tolist() == [0, 1, 2]


def test_students_learn_from_the_tiles(short):
    experiment = experiment_of()
    start, _ = experiment.initial_set()
    assert experiment.accuracy(start) == experiment.accuracy(start.decode())


def test_students_of_a_set_use_the_step_size_it_brings(short):
    experiment = experiment_of(factor=1)
    start, _ = experiment.initial_set()
    own = replace(start, lr_student=0.2)
    protocols = module.PROTOCOLS
    faster = replace(experiment)
    found = experiment.accuracy(own)
    module.PROTOCOLS = {"quick": replace(protocols["quick"], lr_student=0.2)}  # put back by the fixture
    assert found == faster.accuracy(start)
    assert not own.equals(start)


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"ipc": 3}, "needs 12 real images"), ({"factor": 9}, "factor=9")],
)
def test_what_does_not_fit_is_refused(settings, words):
    with pytest.raises(BadInput, match=words):
        experiment_of(**settings)


@pytest.mark.parametrize("factor", range(1, 9))
def test_every_tile_has_pixels_or_the_factor_is_refused(factor):
    """8 pixels in 5 tiles are 2 a tile: the fifth would hold nothing, and be a blank image of its class for ever."""
    blank = (decode(torch.ones(1, 1, 8, 8), factor) == 0).flatten(1).all(1).any()
    with pytest.raises(BadInput, match="1, 2, 3, 4, 8") if blank else nullcontext():
        Experiment.choose(toy.dataset(64), factor=factor, width=4, depth=2)


@pytest.mark.parametrize(
    ("factor", "side"), [(2, 8), (3, 8), (4, 8), (8, 8), (3, 7), (2, 28), (3, 28), (5, 32), (6, 32)]
)
def test_a_tile_is_said_to_store_as_many_pixels_as_reach_it(factor, side):
    """Of a diagonal of pixels, each lit alone, those that a tile along the diagonal shows."""
    lit = torch.diag_embed(torch.eye(side))[:, None]
    seen = decode(lit, factor).unflatten(0, (side, factor**2))[:, :: factor + 1] != 0
    counts = sorted(set(seen.flatten(2).any(2).sum(0).tolist()))
    said = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    assert f"the {factor**2} tiles of an image stores {said} pixels a side" in tile_sizes(factor, (1, side, side))


def test_tiles_of_images_that_are_no_squares_have_two_sides():
    assert "3 to 4 by 4 pixels (width by height)" in tile_sizes(2, (3, 8, 7))
    assert tile_sizes(1, (3, 8, 7)) == ""


def test_only_factors_that_the_setting_allows_are_offered():
    images, labels = np.zeros((240, 28, 28, 1), np.uint8), np.arange(240) % 3
    images[:, 3:9] = labels[:, None, None, None].astype(np.uint8) * 50 + 40
    split = Split(images, labels.astype(np.int64))
    wide = materialise("wide", split, split, ("a", "b", "c"), origin="made up", flip=True)
    with pytest.raises(BadInput) as refusal:
        Experiment.choose(wide, factor=8, ipc=1, width=4, depth=2, init="noise")
    offered = str(refusal.value).partition("choose one of ")[2].removesuffix(".").split(", ")
    assert offered and max(map(int, offered)) < 8


def test_tiles_share_a_label_that_cannot_be_solved_for():
    with pytest.raises(BadInput, match="solved"):
        Experiment.choose(toy.dataset(), distiller="kip", labels="solved", factor=2, width=4, depth=2)


def test_what_is_decoded_comes_in_the_order_of_what_is_stored():
    made = replace(toy.synthetic(ipc=2), factor=2)
    decoded = made.decode()
    assert decoded.classes.tolist() == np.repeat(range(3), 8).tolist() and decoded.factor == 1
    assert torch.equal(decoded.targets.argmax(1), decoded.classes)
