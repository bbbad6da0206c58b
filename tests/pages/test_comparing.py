"""Two accuracies against one another: which runs may be compared, and what can be told."""

import pytest

from ddcore.runs.gains import Measured
from pages.parts.watch.comparing import (
    comparable,
    differences,
    exact_verdict,
    letters_to_compare,
    predictors_comparable,
    verdict,
)
from pages.parts.watch.player_words import titles


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ((0.90, 0.005, 5), (0.95, 0.005, 5), "**B is 5.0 points better than A**"),
        ((0.95, 0.005, 5), (0.90, 0.005, 5), "**A is 5.0 points better than B**"),
        ((0.90, 0.050, 3), (0.93, 0.050, 3), "**Not distinguishable**"),
        ((0.90, 0.000, 1), (0.99, 0.010, 3), "may be chance"),
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
    assert "**A is 5.0 points better than B**: 90.0 % (n = 5) for B" in told
    assert "B − A = −5.0 ±" in told and "95 % interval" in told


def test_differences_name_what_was_set_differently():
    a = {"settings": {"dataset": "digits", "seed": 0, "repeats": 3, "lr_images": 1.0}, "dataset": {"hash": "x"}}
    b = {"settings": {"dataset": "digits", "seed": 1, "repeats": 5}, "dataset": {"hash": "x"}}
    assert differences(a, b) == [("seed", 0, 1), ("lr_images", 1.0, None)]
    b = {"settings": a["settings"], "dataset": {"hash": "y"}}
    assert differences(a, b) == [("images of the dataset", "x", "y")]


@pytest.mark.parametrize("role", ["distiller", "init", "init_score", "importance"])
def test_parameters_that_only_one_of_two_methods_has_are_no_differences(role):
    """Of a run by k-means scores and one by loss, say, only the second has `proxy_steps`; both have `seed`."""
    shared = {"clusters": 100, "seed": 0, "lr": 1.0}
    a = {"settings": shared | {role: "one"}, "dataset": None}
    b = {"settings": shared | {role: "other", "proxy_steps": 300, "passes": 2, "lr": 0.1}, "dataset": None}
    assert sorted(differences(a, b)) == sorted([(role, "one", "other"), ("lr", 1.0, 0.1)])
    assert sorted(differences(b, a)) == sorted([(role, "other", "one"), ("lr", 0.1, 1.0)])
    same = b | {"settings": b["settings"] | {role: "one"}}
    assert ("proxy_steps", None, 300) in differences(a, same), "with the same methods it is a difference"


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
    assert told.startswith(
        "**B is 3.0 points better than A**: 96.0 % for A, 99.0 % for B (± 0.4 by the choice of 10,000"
    )
    assert exact_verdict(b, a, 10_000, "BA").startswith("**B is 3.0 points better than A**: 99.0 % for B")
    half = 196 * (0.96 * 0.04 / 359 + 0.99 * 0.01 / 359) ** 0.5
    assert f"± {half:.1f} by the choice of 359 test images" in exact_verdict(a, b, 359)
    assert exact_verdict(a, b, 359).startswith("**B is ")
    assert exact_verdict(a, b, 150).startswith("**Not distinguishable**")
    assert exact_verdict(a, a, 10_000).startswith("**Not distinguishable**")


def test_what_must_not_be_compared():
    a = {"dataset": {"hash": "x"}, "protocol": {"text": "quick"}, "network": {"width": 32}, "settings": {}}
    assert comparable(a, a) == ""
    assert "protocols" in comparable(a, a | {"protocol": {"text": "published"}})
    assert "networks" in comparable(a, a | {"network": {"width": 128}})
    assert "data" in comparable(a, a | {"dataset": None})


def test_a_variant_is_tested_on_the_images_of_its_base():
    plain, noisy, tail, other = (
        {"dataset": {"hash": own, "base": base}, "protocol": None, "network": None, "settings": {}}
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
    values = ("variant: none", "variant: label-noise:0.1")
    assert titles([plain, noisy]) == [f"herding, not distilled, {value}" for value in values]
    depths = ("network depth: 3", "network depth: automatic")
    assert titles([deep, plain]) == [f"herding, not distilled, {depth}" for depth in depths]
