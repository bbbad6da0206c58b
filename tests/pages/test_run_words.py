"""Runs in words."""

from dataclasses import fields

import pytest

from ddcore.distillers import DISTILLERS, about_distiller
from ddcore.distillers.kernel_method import KernelMethod
from ddcore.runs.states import ENDED, LIVE
from pages.parts.library.run_table import _details
from pages.parts.run_words import (
    STATES,
    dataset_name,
    loss_words,
    number_word,
    sentence,
    short_name,
    start_report,
    story,
    title,
)
from pages.parts.watch.run_controls import possible
from pages.parts.words import choice_name, method_name, name_of

HERE = {"dataset": {"name": "digits"}}


def test_every_state_has_a_mark_and_a_word():
    assert set(STATES) == {*LIVE, *ENDED}
    assert all(mark and word for mark, word, _ in STATES.values())


@pytest.mark.parametrize(
    ("init", "told", "not_told"),
    [
        ("noise", "start as pure noise", "already"),
        ("kmeans-coreset", "the start, a k-means coreset of real images, already teaches it 89.0 %", "noise"),
    ],
)
def test_the_story_tells_what_the_start_teaches(init, told, not_told):
    dataset = {"name": "digits", "train": 1000, "classes": list("0123456789")}
    result = {name: {"mean": 0.5} for name in ("accuracy", "random", "full")} | {"initial_accuracy": {"mean": 0.89}}
    assert story({"settings": {"ipc": 1, "init": init}, "dataset": dataset}, result | {"initial_accuracy": None})
    words = story({"settings": {"ipc": 1, "init": init}, "dataset": dataset}, result)
    assert told in words and not_told not in words


def test_methods_have_their_long_names():
    settings = {"init": "kmeans-coreset", "importance": "loss", "mode": "emphasis"}
    assert title(settings) == "k-means coreset start, relative loss emphasis"
    assert title({"init": "random", "importance": "uniform"}) == "random images start, uniform batches"
    follows = settings | {"importance": "representative", "refresh_every": 20}
    assert title(follows) == "k-means coreset start, representative images", "there is no regime to tell"
    run = {"distiller": "dm", "ipc": 1, "device": "cpu", "width": 8, "depth": None, "steps": 9, "seed": 0}
    config = {"settings": follows | run, "dataset": {"name": "digits"}}
    assert "real batches of **representative images**, chosen anew every 20 steps." in sentence(config)


def test_a_selection_is_not_called_distilled():
    settings = {"distiller": "select", "init": "herding", "importance": "uniform", "ipc": 2, "width": 8}
    settings |= {"depth": None, "device": "auto"}
    config = {"settings": settings | {"dataset": "digits", "seed": 0}, "dataset": {"name": "digits"}}
    assert title(settings) == "herding, not distilled"
    assert short_name(config) == "digits · herding, not distilled · ipc 2 · seed 0"
    assert sentence(config).startswith("**Real images chosen by herding** stand for **digits**: two images per class")


def test_the_score_of_a_start_is_told_wherever_the_start_is():
    settings = {"distiller": "select", "init": "hardest", "init_score": "ridge", "importance": "uniform", "ipc": 2}
    settings |= {"width": 8, "depth": None, "device": "auto", "seed": 0, "steps": 9}
    assert title(settings) == "hardest images (by kernel-ridge sensitivity), not distilled"
    assert "hardest images (by kernel-ridge sensitivity) · width 8" in _details(settings)
    assert "hardest images (by kernel-ridge sensitivity)**" in sentence({"settings": settings} | HERE)
    moved = settings | {"distiller": "dm"}
    assert "from the hardest images (by kernel-ridge sensitivity)" in _details(moved)
    assert "**the hardest images (by kernel-ridge sensitivity)**" in sentence({"settings": moved} | HERE)


def test_what_a_start_achieved_is_told_with_its_limits():
    report = {"seconds": 1.26, "cost": 3.0, "cost_ratio": 0.8149, "certificate": 1.5}
    told = start_report(report)
    assert "(found in 1.3 s)" in told and "0.81 times that of one draw of random images" in told
    assert "(found in 1.3 s, scores not counted)" in start_report(report, scored=True)
    assert "ε = 1.50, so it gives no lower guarantee." in told
    assert "guarantee" not in start_report({"certificate": 0.4}) and start_report({"seconds": 0.1}) == ""


@pytest.mark.parametrize(("name", "short"), [("dm", "DM"), ("kip", "KIP"), ("rfad", "RFAD"), ("frepo", "FRePo")])
def test_methods_are_named_as_in_their_papers(name, short):
    assert method_name(name) == short and name_of(name).endswith(f"({short})")
    assert loss_words([{"settings": {"distiller": name}}]).startswith(f"The loss of {short} is ")


def test_kernel_methods_are_those_whose_sets_are_predictors():
    for name in DISTILLERS.names():
        method, said = DISTILLERS.get(name), about_distiller(name).predictor
        assert bool(said) == issubclass(method, KernelMethod)
        assert (said == "exact") == (not getattr(method, "random_predictor", True))


def test_choices_of_kernel_methods_have_names():
    for name in [name for name in DISTILLERS.names() if about_distiller(name).predictor]:
        for field in fields(DISTILLERS.get(name)):
            for choice in field.metadata.get("choices") or ():
                assert choice_name(field.name, choice) != choice, (name, field.name, choice)


def test_a_kernel_is_not_called_like_features():
    assert choice_name("kernel", "nngp") == "Gaussian-process kernel (NNGP)"
    assert choice_name("solve_in", "nngp") == name_of("nngp") == "Random conv-nets (NNGP)"


def test_a_kernel_run_in_words():
    settings = {"distiller": "frepo", "ipc": 1, "device": "cpu", "width": 8, "depth": None, "steps": 9, "seed": 0,
                "init": "ridge-coreset", "importance": "student-loss", "mode": "emphasis", "direction": "hard",
                "refresh_every": 20, "labels": "learned"}  # fmt: skip
    config = {"settings": settings, "dataset": {"name": "digits"}, "kernel": "features"}
    told = sentence(config)
    assert told.startswith("**FRePo** distills **digits** into one image per class with **learned labels**, started")
    assert "drawn by **the loss of its own predictor**, chosen anew every 20 steps" in told and told.endswith(
        "9 steps, seed 0, on cpu. Its predictor: features. Students and pool: ConvNet of width 8."
    )
    assert short_name(config) == "digits · FRePo, predictor loss emphasis, learned labels · ipc 1 · seed 0"
    fixed = {"settings": settings | {"labels": "fixed", "distiller": "dm"}, "dataset": {"name": "digits"}}
    assert "labels" not in sentence(fixed) and "the student loss" in sentence(fixed)


def test_lists_tell_runs_of_other_labels_and_of_whitened_images_apart():
    """Nothing else tells them apart on Watch and in the Library."""
    plain = {"distiller": "kip", "ipc": 1, "steps": 9, "seed": 0, "init": "ridge-coreset", "importance": "uniform"}
    told = {
        words(settings)
        for settings in (plain, plain | {"labels": "learned"}, plain | {"labels": "solved"}, plain | {"zca": True})
        for words in (_details, lambda one: short_name({"settings": one, "dataset": {"name": "digits"}}))
    }
    assert len(told) == 8
    fixed = short_name({"settings": plain | {"labels": "fixed", "zca": False}, "dataset": {"name": "digits"}})
    assert fixed == "digits · KIP, uniform batches · ipc 1 · seed 0"
    selected = plain | {"distiller": "select", "init": "herding", "zca": True}
    assert "whitened" in _details(selected)


def test_losses_of_different_batches_are_not_set_against_one_another():
    kip = {"distiller": "kip", "importance": "uniform", "mode": "emphasis", "direction": "hard"}
    uniform, follows = ({"settings": kip | {"importance": name}} for name in ("uniform", "student-loss"))
    assert "each run's own batches" in loss_words([uniform, follows])
    assert "own batches" not in loss_words([uniform, uniform]) + loss_words([uniform])


def test_a_pause_not_yet_taken_can_be_taken_back():
    assert possible("running", None) == ("pause", "stop")
    assert possible("running", "pause") == ("resume", "stop")
    assert possible("finished", None) == ()


def test_small_numbers_are_words():
    assert (number_word(10), number_word(60000)) == ("ten", "60,000")


def test_a_dataset_has_its_name_before_it_is_prepared():
    """Lists of runs go by it: a choice made just before is understood just after."""
    waiting = {"settings": {"dataset": "digits", "variant": "outliers:0.05:mnist"}, "dataset": None}
    assert dataset_name(waiting) == "digits-outliers-0.05-mnist"
    assert dataset_name(waiting | {"settings": {"dataset": "digits"}}) == "digits"
    assert dataset_name(waiting | {"dataset": {"name": "mine"}}) == "mine"
