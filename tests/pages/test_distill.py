"""Distill: the form, what it refuses, what it starts, and the same run as a command."""

import argparse
import shlex
import sys
import time
from dataclasses import asdict

import pytest
from distill_page import ESTIMATE, START, button, labels, settings_of, text

from ddcore.commands import schema_cache
from ddcore.commands.distill import distill_arguments, fields
from ddcore.commands.flags import given
from ddcore.commands.schema_cache import read_now
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.importance import SCORES
from ddcore.runs.folder import create_run, job_folder, list_runs
from pages.parts.distill.checks import command_line, mistake, without_effect
from pages.parts.distill.choosing import choosing_table


def test_while_the_schema_is_read_and_when_it_cannot_be(digits, open_page, monkeypatch, tmp_path):
    monkeypatch.setattr(schema_cache, "COMMAND", (sys.executable, "-c", "import time; time.sleep(2); exit('no torch')"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", str(tmp_path))  # a schema nobody has read yet
    app = open_page("distill.py")
    assert "Reading the list of methods" in text(app)
    assert START not in labels(app) and not app.exception
    deadline = time.monotonic() + 30
    while not app.error and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    assert "status 1: no torch" in app.error[0].value
    button(app, "Try again").click().run()
    assert "Reading the list of methods" in text(app)


def test_without_prepared_data_it_is_prepared_first(open_page, idle_workers):
    app = open_page("distill.py")
    assert not app.exception
    assert START not in labels(app)
    assert job_folder("prepare", {"dataset": "digits", "size": None, "variant": None}).path.exists()


def test_settings_that_cannot_be_are_refused_in_one_sentence(prepared, open_page):
    app = open_page("distill.py")
    app.number_input(key="distill_ipc").set_value(5000).run()
    smallest = prepared.smallest_class
    assert app.error[0].value == f"ipc=5000 exceeds the smallest class ({smallest} images); choose ipc <= {smallest}."
    assert button(app, START).disabled and ESTIMATE not in labels(app)
    app.number_input(key="distill_ipc").set_value(2)
    app.number_input(key="distill_depth").set_value(4).run()
    assert app.error[0].value == "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."


def test_tiles_need_as_many_more_real_images_and_at_least_a_pixel_each(prepared, open_page):
    app = open_page("distill.py")
    assert "tiles" not in text(app).replace("Tiles", "")
    app.number_input(key="distill_factor").set_value(2).run()
    assert not app.error and "each of 2×2 tiles" in text(app) and "--factor 2" in app.code[0].value
    app.number_input(key="distill_ipc").set_value(100).run()
    most = prepared.smallest_class // 4
    assert app.error[0].value.startswith("ipc=100 with factor=2 needs 400 real images per class")
    assert app.error[0].value.endswith(f"choose ipc <= {most}.") and button(app, START).disabled
    app.number_input(key="distill_ipc").set_value(1)
    app.number_input(key="distill_factor").set_value(9).run()
    assert app.error[0].value.startswith("factor=9 is not allowed")


def test_students_can_be_stopped_early_where_there_are_enough_of_them(prepared, open_page):
    app = open_page("distill.py")
    assert app.number_input(key="distill_until").value is None and "--until" not in app.code[0].value
    app.number_input(key="distill_until").set_value(0.5).run()
    assert app.error[0].value.startswith("until=0.5 has no effect with 3 students") and button(app, START).disabled
    app.number_input(key="distill_repeats").set_value(20).run()
    assert not app.error and "--until 0.5" in app.code[0].value
    app.selectbox(key="distill_evaluation").set_value("none").run()
    assert app.number_input(key="distill_until").disabled and not app.exception


def test_every_distiller_says_when_to_choose_it_and_what_it_costs(prepared, open_page):
    app = open_page("distill.py")
    assert DISTILLERS.about("dm").cost not in text(app)
    app.button(key="choosing").click().run()
    (listed,) = (block.value for block in app.markdown if DISTILLERS.about("dm").cost in block.value)
    blocks, rows = listed.split("\n\n"), choosing_table().splitlines()[2:]
    assert len(blocks) == len(rows) == len(DISTILLERS.names()) and "|" not in listed, "a table is unreadable on a phone"
    for name, block, row in zip(DISTILLERS.names(), blocks, rows, strict=True):
        about = DISTILLERS.about(name)
        assert about.when and about.cost, f"{name} needs both for the list of how to choose"
        assert not any(mark in about.when + about.cost for mark in ("|", "\n")), "a cell of a table"
        assert about.when in row and about.cost in row and row.count("|") == 5
        assert f"`{name}`" in block and about.when in block and about.cost in block


def test_numbers_out_of_range_reach_the_page_and_stop_the_start(prepared, open_page):
    app = open_page("distill.py")
    app.number_input(key="distill_steps").set_value(0).run()
    assert app.error[0].value.startswith("steps=0 is not allowed") and button(app, START).disabled
    app.number_input(key="distill_steps").set_value(20).run()
    app.number_input(key="distill_dm_momentum").set_value(1.5).run()
    assert app.error[0].value.startswith("momentum=1.5 is not allowed") and button(app, START).disabled


def test_the_parameters_of_every_chosen_method_are_in_the_run(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    app.selectbox(key="distill_importance").set_value("kmeans").run()
    app.number_input(key="distill_own_clusters").set_value(7)
    app.number_input(key="distill_own_coreset_size").set_value(50).run()
    assert not app.exception and not app.error
    assert "--clusters 7" in app.code[0].value and "--coreset-size 50" in app.code[0].value
    button(app, START).click().run()
    (run,) = list_runs()
    assert run.config()["settings"] == settings_of(
        app, importance="kmeans", clusters=7, per_class=False, seedings=0, coreset_size=50
    )
    app = open_page("distill.py")
    app.selectbox(key="distill_importance").set_value("kmeans").run()
    app.number_input(key="distill_own_clusters").set_value(0).run()
    assert app.error[0].value.startswith("clusters=0 is not allowed") and button(app, START).disabled


def test_it_says_where_there_is_no_gpu(prepared, open_page):
    app = open_page("distill.py")
    assert ("Made for a GPU" in text(app)) == (read_now()["devices"] == ["cpu"])


def test_mistakes_are_said_as_the_worker_says_them(prepared):
    def said(**changes):
        return mistake(settings_of(None, **changes), prepared, read_now())

    assert said() is None and said(network="convnet:norm=batch", student_network="mlp", depth=3) is None
    for changes, sentence in (
        ({"steps": 0}, "steps=0 is not allowed; choose a whole number from 1 to 10000000."),
        ({"network": "resnet"}, "network='resnet' is unknown; choose one of convnet, mlp."),
        ({"student_network": "mlp:norm=batch"}, "network 'mlp' has no parameter 'norm'; choose from width, depth."),
        ({"network": "convnet:pooling=min"}, "pooling='min' is not allowed; choose one of average, max, none."),
        ({"depth": 4}, "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
        ({"student_network": "convnet:depth=4"}, "depth=4 does not fit 8x8 images; choose a depth from 1 to 3."),
    ):
        assert said(**changes) == sentence
        with pytest.raises(BadInput) as refused:
            Experiment.of(complete(resolve({"dataset": "digits"} | changes)), prepared, "cpu")
        assert str(refused.value) == sentence
    assert said(network="convnet:pooling=none", depth=8) is None, "what does not pool may be as deep as it likes"


def test_choices_without_effect_are_said(prepared, open_page):
    assert without_effect(settings_of(None)) == []
    weighted = settings_of(None, importance="loss")
    assert "uniform share of 1" in without_effect(weighted | {"uniform": 1.0})[0]
    assert "temperature of 0" in without_effect(weighted | {"temperature": 0.0})[0]
    assert "the images and the loss only" in without_effect(weighted | {"evaluation": "none"})[0]
    assert "the images only" in without_effect(settings_of(None, distiller="select", evaluation="none"))[0]
    assert "along the way" in without_effect(weighted | {"evaluate_every": 900})[0]
    app = open_page("distill.py")
    assert "have no effect" in text(app)
    assert app.radio(key="distill_mode").disabled and app.number_input(key="distill_uniform").disabled
    app.selectbox(key="distill_importance").set_value("kmeans").run()
    assert "have no effect" not in text(app)
    assert not app.radio(key="distill_mode").disabled
    app.radio(key="distill_mode").set_value("stratified").run()
    assert "have no effect" in text(app)
    assert app.number_input(key="distill_temperature").disabled and not app.radio(key="distill_mode").disabled
    assert without_effect(weighted | {"mode": "stratified", "temperature": 0.0}) == []


def test_start_makes_the_run_and_opens_watch(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    button(app, START).click().run()
    (run,) = list_runs()
    config = run.config()
    assert config["queue"] == "cpu"
    assert config["settings"] == settings_of(app)
    assert app.query_params["run"] == run.id


def test_a_pair_differs_in_its_importance_only(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    pair = "Start a pair: choose an importance first"
    assert button(app, pair).disabled
    app.selectbox(key="distill_importance").set_value("loss").run()
    button(app, "Start a pair: uniform beside relative loss").click().run()
    first, second = (complete(run.config()["settings"]) for run in reversed(list_runs()))
    assert {first["importance"], second["importance"]} == {"uniform", "loss"}
    assert {n for n in first.keys() & second.keys() if first[n] != second[n]} == {"importance"}
    shown = {app.query_params["run"], app.query_params["beside"]}
    assert shown == {run.id for run in list_runs()}


def test_a_selection_needs_no_batches_and_is_paired_with_random_images(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    app.selectbox(key="distill_distiller").set_value("select").run()
    app.selectbox(key="distill_init").set_value("sensitivity").run()
    assert not app.exception and not app.error
    assert "Nothing is distilled" in text(app)
    asked = {box.key for box in (*app.selectbox, *app.number_input)}
    assert not asked & {f"distill_{name}" for name in ("importance", "steps", "evaluate_every", "snapshot_every")}
    button(app, "Start a pair: random images beside importance sample").click().run()
    rival, chosen = (complete(run.config()["settings"]) for run in list_runs())
    assert (chosen["init"], chosen["init_score"], chosen["steps"]) == ("sensitivity", "kmeans", 1)
    assert (rival["init"], rival["init_score"]) == ("random", None) and "clusters" not in rival
    app = open_page("distill.py")
    app.selectbox(key="distill_distiller").set_value("select").run()
    app.selectbox(key="distill_init").set_value("random").run()
    assert button(app, "Start a pair: choose another start first").disabled
    app.selectbox(key="distill_distiller").set_value("dm").run()
    assert app.number_input(key="distill_steps").value == 200, "not lost while nobody asked for it"


def test_a_run_in_line_is_announced(prepared, open_page):
    create_run(settings_of(None), queue="cpu")  # belongs to this very process, so it counts as live
    app = open_page("distill.py")
    assert "after 1 other" in text(app)


def test_the_command_line_is_the_same_run(prepared, open_page):
    app = open_page("distill.py")
    app.selectbox(key="distill_importance").set_value("loss")
    app.number_input(key="distill_dm_lr_images").set_value(0.123456789)
    app.number_input(key="distill_depth").set_value(1).run()
    words = shlex.split(app.code[0].value.replace("\\\n", " "))
    assert words[:4] == ["python", "-m", "ddcore", "distill"]
    parser = argparse.ArgumentParser()
    distill_arguments(parser)
    there = resolve(given(parser.parse_args(words[4:]), fields()))
    loss = {name: value for name, value in asdict(SCORES.make("loss")).items() if name != "device"}
    assert complete(there) == settings_of(app, importance="loss", lr_images=0.123456789, depth=1, **loss)


def test_odd_names_are_quoted_and_switches_have_two_flags():
    fields = [{"name": "flag", "default": True}, {"name": "other", "default": False}]
    line = command_line({"dataset": "my data; rm", "flag": False, "other": True}, fields)
    assert shlex.split(line.replace("\\\n", " "))[4:] == ["--dataset", "my data; rm", "--no-flag", "--other"]


def test_the_form_survives_a_visit_elsewhere(prepared, open_page):
    app = open_page("distill.py")
    app.number_input(key="distill_steps").set_value(321).run()
    app.switch_page("library.py").run()
    app.switch_page("distill.py").run()
    assert app.number_input(key="distill_steps").value == 321
