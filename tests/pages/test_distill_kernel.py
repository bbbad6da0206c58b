"""Distill, of kernel methods: what the form says of them, and the same run from a terminal."""

import argparse
import shlex

import pytest

from ddcore.commands.distill import distill_arguments, fields
from ddcore.commands.flags import given
from ddcore.experiments.presets import presets
from ddcore.experiments.resolving import complete, resolve
from pages.parts.distill.checks import without_effect


def from_the_terminal(app):
    words = shlex.split(app.code[0].value.replace("\\\n", " "))
    parser = argparse.ArgumentParser()
    distill_arguments(parser)
    return resolve(given(parser.parse_args(words[4:]), fields()))


@pytest.fixture
def form(prepared, open_page):
    """`form("kip")`: the page with that distiller chosen."""

    def opened(distiller):
        app = open_page("distill.py")
        app.selectbox(key="distill_distiller").set_value(distiller).run()
        assert not app.exception and not app.error
        return app

    return opened


@pytest.mark.parametrize(("distiller", "usual"), [("kip", "ntk"), ("rfad", "nngp"), ("frepo", "nngp")])
def test_features_of_the_start_reach_the_terminal_whatever_they_are(form, distiller, usual):
    """What is usual for other distillers is not for these: it has to be said."""
    app = form(distiller)
    assert from_the_terminal(app)["solve_in"] == usual
    app.selectbox(key=f"distill_{distiller}_solve_in").set_value("nystroem").run()
    assert from_the_terminal(app)["solve_in"] == "nystroem"


def test_what_a_kernel_method_does_is_said_in_its_own_words(form):
    app = form("frepo")
    app.selectbox(key="distill_importance").set_value("student-loss").run()
    assert not app.exception
    assert "Steps of the student" not in [number.label for number in app.number_input], "none is trained"
    assert "Start a pair: uniform beside loss of its own predictor" in [button.label for button in app.button]
    app.selectbox(key="distill_distiller").set_value("dm").run()
    assert "Steps of the student" in [number.label for number in app.number_input]


def test_what_is_not_measured_depends_on_the_method():
    notes = {}
    for name in ("dm", "kip"):
        untested = resolve({"distiller": name, "evaluation": "none"}) | {"labels": "learned"}
        rarely = resolve({"distiller": name, "steps": 50, "evaluate_every": 50})
        notes[name] = (*without_effect(untested), *without_effect(rarely))
    assert "the images and the loss only." in notes["dm"][0]
    assert "the images, labels, the loss, the condition number and the certificate only." in notes["kip"][0]
    assert "along the way: the interval" in notes["dm"][1] and "only the set's own predictor" in notes["kip"][1]


def test_parameters_of_kernel_methods_have_titles(form):
    for distiller in ("kip", "rfad", "frepo"):
        app = form(distiller)
        inputs = [*app.number_input, *app.toggle, *app.selectbox]
        shown = {one.key.removeprefix(f"distill_{distiller}_"): one.label for one in inputs if distiller in one.key}
        assert len(shown) > 5
        assert not [name for name, label in shown.items() if "Lr" in label or "Rbf" in label]


def labels_of(app):
    return [widget.label for widget in (*app.number_input, *app.toggle, *app.selectbox)]


def test_only_parameters_with_an_effect_are_asked_for(form):
    app = form("kip")
    assert "Hidden layers" in labels_of(app) and "Steps between label solves" not in labels_of(app)
    assert "Width of the RBF kernel" not in labels_of(app)
    app.selectbox(key="distill_kip_kernel").set_value("rbf").run()
    app.selectbox(key="distill_kip_labels").set_value("solved").run()
    assert not app.exception and not app.error
    assert {"Width of the RBF kernel", "Steps between label solves"} <= set(labels_of(app))
    assert "Hidden layers" not in labels_of(app) and "Random depth" not in labels_of(app)
    run = from_the_terminal(app)
    assert (run["kernel"], run["labels"]) == ("rbf", "solved") and complete(run)["hidden"] == 1


def test_features_bring_their_own_parameters(form):
    app = form("dm")
    app.selectbox(key="distill_init").set_value("herding").run()
    assert "Number of features" not in labels_of(app), "herding sees pixels at first"
    app.selectbox(key="distill_importance").set_value("ridge").run()
    assert {"Number of features"} <= set(labels_of(app)), "now asked for by the score"
    app.selectbox(key="distill_own_seen_in").set_value("pca").run()
    assert labels_of(app).count("Number of features") == 1, "one value for both"
    assert not app.exception and not app.error


def test_a_distiller_left_and_chosen_again_has_its_budget_back(form):
    app = form("dm")
    app.number_input(key="distill_steps").set_value(321).run()
    app.selectbox(key="distill_distiller").set_value("kip").run()
    assert app.number_input(key="distill_steps").value == presets()["kip"]["quick"]["settings"]["steps"]
    app.number_input(key="distill_ipc").set_value(3).run()
    app.selectbox(key="distill_distiller").set_value("dm").run()
    assert app.number_input(key="distill_steps").value == 321 and app.number_input(key="distill_ipc").value == 1
    app.selectbox(key="distill_distiller").set_value("kip").run()
    assert app.number_input(key="distill_ipc").value == 3 and not app.exception


def test_a_start_chosen_for_a_distiller_is_there_when_it_is_chosen_again(form):
    """Also where the start is what another distiller begins with unasked."""
    app = form("kip")
    app.selectbox(key="distill_init").set_value("kmeans-coreset").run()
    for distiller, start in {"dm": "kmeans-coreset", "kip": "kmeans-coreset", "rfad": "kmeans-coreset"}.items():
        app.selectbox(key="distill_distiller").set_value(distiller).run()
        assert app.selectbox(key="distill_init").value == start and not app.exception
    app.selectbox(key="distill_init").set_value("ridge-coreset").run()
    app.selectbox(key="distill_distiller").set_value("frepo").run()
    assert app.selectbox(key="distill_init").value == "ridge-coreset"
    app.selectbox(key="distill_distiller").set_value("dm").run()
    assert app.selectbox(key="distill_init").value == "kmeans-coreset"


@pytest.mark.parametrize("distiller", presets())
def test_a_preset_is_the_same_from_the_form_and_from_the_terminal(form, distiller):
    """Also after another one: what it does not name is at its default again."""
    app = form(distiller)
    for name in ("quick", "paper", "coffee", "quick"):
        app.button(key=f"preset-{name}").click().run()
        assert not app.exception and not app.error
        wanted = {"dataset": "digits", "distiller": distiller}
        assert complete(from_the_terminal(app)) == complete(resolve(wanted, name))
        highlighted = [one.key for one in app.button if "preset" in (one.key or "") and one.proto.type == "primary"]
        assert highlighted == [f"preset-{name}"]
