"""Runs in words."""

from dataclasses import fields

import pytest
from scipy import stats

from ddcore.distillers import DISTILLERS, about_distiller
from ddcore.distillers.kernel_method import KernelMethod
from ddcore.runs.states import ENDED, LIVE
from pages.parts.comparing import (
    comparable,
    differences,
    exact_verdict,
    interval,
    letters_to_compare,
    predictors_comparable,
    verdict,
)
from pages.parts.honesty import against_start, gain
from pages.parts.player_words import titles
from pages.parts.predictor_honesty import predictor_gain
from pages.parts.run_controls import possible
from pages.parts.run_history import Measured
from pages.parts.run_table import _details
from pages.parts.run_words import STATES, loss_words, number_word, sentence, short_name, start_report, story, title
from pages.parts.words import choice_name, method_name, name_of

HERE = {"dataset": {"name": "digits"}}


def test_every_state_has_a_mark_and_a_word():
    assert set(STATES) == {*LIVE, *ENDED}
    assert all(mark and word for mark, word, _ in STATES.values())


def test_interval_is_welchs():
    a, b = Measured(0.5, 0.03, 4), Measured(0.6, 0.01, 7)
    difference = stats.ttest_ind_from_stats(*a, *b, equal_var=False)
    # The interval just reaches 0 when the p-value is 5 %: shift b until it does.
    assert difference.pvalue < 0.05
    edge = Measured(a.mean + interval(a, b), b.std, b.repeats)
    assert stats.ttest_ind_from_stats(*a, *edge, equal_var=False).pvalue == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ((0.90, 0.005, 5), (0.95, 0.005, 5), "**B is above A by 5.0 points**"),
        ((0.95, 0.005, 5), (0.90, 0.005, 5), "**A is above B by 5.0 points**"),
        ((0.90, 0.050, 3), (0.93, 0.050, 3), "**Not distinguishable**"),
        ((0.90, 0.000, 1), (0.99, 0.010, 3), "no telling"),
        ((0.90, 0.000, 3), (0.90, 0.000, 3), "**Not distinguishable**"),
    ],
)
def test_verdict(a, b, told):
    assert told in verdict(Measured(*a), Measured(*b))


def test_importance_minus_uniform():
    by_loss, uniform = ({"settings": {"importance": name}} for name in ("loss", "uniform"))
    assert letters_to_compare(by_loss, uniform) == letters_to_compare(uniform, uniform) == "AB"
    assert letters_to_compare(uniform, by_loss) == "BA"
    told = verdict(Measured(0.90, 0.005, 5), Measured(0.95, 0.005, 5), "BA")
    assert "**A is above B by 5.0 points**: 90.0 % (n = 5) for B" in told
    assert "B − A = −5.0 ±" in told and "95 % interval" in told


def test_a_gain_that_may_be_chance_is_none():
    random = Measured(0.50, 0.05, 3)
    assert "cannot be told apart: +1.0 points" in gain(Measured(0.51, 0.05, 3), random, None)
    assert "teach **−20.0 points**" in gain(Measured(0.30, 0.01, 3), random, None)
    assert "**" not in gain(Measured(0.90, 0.0, 1), random, None)


def test_full_data_that_falls_behind_says_how_it_was_trained():
    distilled, random = Measured(0.90, 0.01, 3), Measured(0.50, 0.05, 3)
    assert "all the data teaches 81.0 %, trained by a short schedule" in gain(distilled, random, Measured(0.81, 0.0, 1))
    assert "short schedule" not in gain(distilled, random, Measured(0.95, 0.0, 1))


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


def test_differences_name_what_was_set_differently():
    a = {"settings": {"dataset": "digits", "seed": 0, "repeats": 3, "lr_images": 1.0}, "dataset": {"hash": "x"}}
    b = {"settings": {"dataset": "digits", "seed": 1, "repeats": 5}, "dataset": {"hash": "x"}}
    assert differences(a, b) == [("seed", 0, 1), ("lr_images", 1.0, None)]
    b = {"settings": a["settings"], "dataset": {"hash": "y"}}
    assert differences(a, b) == [("images of the dataset", "x", "y")]


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


def test_which_predictors_may_be_compared():
    a = {"dataset": {"hash": "x"}, "kernel": "NTK, ridge 1e-06", "settings": {}}
    assert predictors_comparable(a, dict(a)) == ""
    assert "only one" in predictors_comparable(a, {"dataset": {"hash": "x"}})
    assert "whitened" in predictors_comparable(a, a | {"settings": {"zca": True}})
    assert predictors_comparable(a, a | {"kernel": "RBF"}) == "the predictors differ (NTK, ridge 1e-06; RBF)"
    assert "different data" in predictors_comparable(a, a | {"dataset": {"hash": "y"}})


def test_accuracies_of_one_predictor_each_have_the_chance_of_their_test_images():
    a, b = Measured(0.96, 0.0, 1), Measured(0.99, 0.0, 1)
    told = exact_verdict(a, b, 10_000)
    assert told.startswith("**B is above A by 3.0 points**: 96.0 % for A, 99.0 % for B (± 0.4 by the choice of 10,000")
    assert exact_verdict(b, a, 10_000, "BA").startswith("**B is above A by 3.0 points**: 99.0 % for B")
    half = 196 * (0.96 * 0.04 / 359 + 0.99 * 0.01 / 359) ** 0.5
    assert f"± {half:.1f} by the choice of 359 test images" in exact_verdict(a, b, 359)
    assert exact_verdict(a, b, 359).startswith("**B is above")
    assert exact_verdict(a, b, 150).startswith("**Not distinguishable**")
    assert exact_verdict(a, a, 10_000).startswith("**Not distinguishable**")


def test_distilled_images_against_those_they_were_made_of():
    start, random = Measured(0.80, 0.01, 3), Measured(0.79, 0.03, 3)
    told = against_start(Measured(0.70, 0.01, 3), start, by_itself=True)
    assert "teach −10.0 points" in told and "need not suit a network" in told
    assert "network" not in against_start(Measured(0.70, 0.01, 3), start, by_itself=False)
    assert "network" not in against_start(Measured(0.90, 0.01, 3), start, by_itself=True)
    assert "may be chance" in against_start(random, start, by_itself=True)
    assert "chance is not known" in against_start(Measured(0.9, 0.0, 1), start, by_itself=True)


def test_losses_of_different_batches_are_not_set_against_one_another():
    kip = {"distiller": "kip", "importance": "uniform", "mode": "emphasis", "direction": "hard"}
    uniform, follows = ({"settings": kip | {"importance": name}} for name in ("uniform", "student-loss"))
    assert "each run's own batches" in loss_words([uniform, follows])
    assert "own batches" not in loss_words([uniform, uniform]) + loss_words([uniform])


def test_a_gain_of_one_predictor_has_the_chance_of_random_images_only():
    exact, random = Measured(0.60, 0.0, 1), Measured(0.50, 0.05, 4)
    half = stats.t.interval(0.95, 3, 0.5, 0.05 / 2)[1] - 0.5
    assert interval(exact, random) == pytest.approx(half)
    told = f"are **10.0 points above** random images of the same number (95 % interval: ± {100 * half:.1f}, "
    assert told in predictor_gain(exact, random, one=True)
    assert "points below** random" in predictor_gain(Measured(0.2, 0.0, 1), random, one=True)
    assert "not distinguishable" in predictor_gain(Measured(0.51, 0.0, 1), random, one=True)
    assert "chance is not known" in predictor_gain(exact, random, one=False)
    assert "chance is not known" in predictor_gain(exact, Measured(0.5, 0.0, 1), one=True)


def test_what_must_not_be_compared():
    a = {"dataset": {"hash": "x"}, "protocol": {"text": "quick"}, "network": {"width": 32}}
    assert comparable(a, a) == ""
    assert "protocols" in comparable(a, a | {"protocol": {"text": "published"}})
    assert "networks" in comparable(a, a | {"network": {"width": 128}})
    assert "data" in comparable(a, a | {"dataset": None})


def test_a_variant_is_tested_on_the_images_of_its_base():
    plain, noisy, tail, other = (
        {"dataset": {"hash": own, "base": base}, "protocol": None, "network": None}
        for own, base in (("digits", None), ("noisy", "digits"), ("tail", "digits"), ("mnist", None))
    )
    assert comparable(plain, noisy) == "" == comparable(noisy, tail)
    assert "data" in comparable(noisy, other)
    by_itself = [one | {"kernel": "NTK", "settings": {}} for one in (plain, noisy, other)]
    assert predictors_comparable(*by_itself[:2]) == "" and "data" in predictors_comparable(*by_itself[1:])


def test_two_runs_of_one_title_are_told_apart_by_what_differs():
    plain = {
        "settings": {"distiller": "select", "init": "herding", "width": 8, "importance": "uniform"},
        "dataset": None,
    }
    noisy = plain | {"settings": plain["settings"] | {"variant": "label-noise:0.1"}}
    deep = plain | {"settings": plain["settings"] | {"depth": 3}}
    assert titles([plain, noisy]) == [f"herding, not distilled, {v}" for v in ("no variant", "variant label-noise:0.1")]
    assert titles([deep, plain]) == [f"herding, not distilled, {depth}" for depth in ("depth 3", "usual depth")]


def test_a_pause_not_yet_taken_can_be_taken_back():
    assert possible("running", None) == ("pause", "stop")
    assert possible("running", "pause") == ("resume", "stop")
    assert possible("finished", None) == ()


def test_small_numbers_are_words():
    assert (number_word(10), number_word(60000)) == ("ten", "60,000")
