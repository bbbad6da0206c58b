"""Pages of runs in closed form: what the form leaves out, and the certificate in Watch."""

import json

import numpy as np
import pytest
from made_runs import KERNEL, STEPS, accuracy, kernel, made_kernel_run, write_events

from ddcore.files import write_npz
from pages.parts.browser.player import PlayerEvent
from pages.parts.run_history import RunHistory
from pages.parts.watch import watching
from pages.parts.watch.player_words import player_help

COSTS = {"loss": 0.42, "cost/this set": 0.42, "cost/optimum": 0.4, "epsilon": 0.25, "ridge": 10.0, "cost/bound": 0.67}


def a_run(name, **measured):
    """An analytic run whose last step measured this; the events of its steps are 1 to 40."""
    settings = {"labels": "fixed", "coreset": 500, "coreset_by": "sensitivity"} | measured.pop("settings", {})
    run = made_kernel_run(name, "finished", distiller="analytic", events=KERNEL, **settings)
    write_events(run, [{"event": "step", "step": STEPS, "seconds": 0.1, **measured}])
    return run


def texts(app):
    return "\n".join(str(block.value) for block in [*app.markdown, *app.caption])


def test_the_form_asks_for_no_steps_and_for_importance_only_where_it_draws_the_coreset(prepared, open_page):
    app = open_page("distill.py")
    app.selectbox(key="distill_distiller").set_value("analytic").run()
    assert not app.exception and not app.error

    def asked():
        boxes = [box.key for box in app.selectbox]
        return "distill_importance" in boxes, "distill_steps" in [number.key for number in app.number_input]

    assert asked() == (False, False) and "closed form" in texts(app)
    app.selectbox(key="distill_analytic_coreset_by").set_value("importance").run()
    app.number_input(key="distill_analytic_coreset").set_value(200).run()
    app.selectbox(key="distill_importance").set_value("kmeans").run()
    assert asked() == (True, False) and not app.exception and not app.error


def test_watch_shows_the_certificate_of_the_coreset(open_page):
    a_run("one", **COSTS)
    app = open_page("watch.py", run="one")
    assert not app.exception
    told = texts(app)
    for part in (
        "ε = 0.250 for m = 500 drawn images",
        "at most (1 + ε) / (1 − ε) = 1.67 times",
        "it costs 1.050 times",
    ):
        assert part in told


def test_from_one_on_nothing_is_guaranteed(open_page):
    a_run("one", **(COSTS | {"epsilon": 1.5}))
    told = texts(open_page("watch.py", run="one"))
    assert "ε = 1.500" in told and "guarantees nothing" in told and "at most" not in told


def test_a_fit_of_all_images_is_the_best(open_page):
    a_run("one", settings={"coreset": 0}, **(COSTS | {"cost/this set": 0.4, "epsilon": 0.0}))
    told = texts(open_page("watch.py", run="one"))
    assert "lowest possible, 0.4000" in told and "Certificate of the coreset" not in told


def test_two_runs_have_a_sentence_each(open_page):
    a_run("one", **COSTS)
    a_run("two", **(COSTS | {"epsilon": 0.5}))
    told = texts(open_page("watch.py", run="one", beside="two"))
    assert "A: **Certificate" in told and "ε = 0.500" in told


@pytest.mark.parametrize(
    "wrong", [{"epsilon": None}, {"epsilon": "small"}, {"cost/optimum": 0}, {"cost/this set": True}, {"epsilon": -1}]
)
def test_numbers_that_make_no_sense_are_not_told(wrong):
    history = RunHistory(a_run("one", **(COSTS | wrong))).update()
    assert not history.certified and (history.loss[STEPS] == 0.42) != bool(history.unreadable)


# -- several sizes

MANY = "images of the coreset, m"
SIZES = {1: (100, 1.5, 0.8), 2: (200, 0.5, 0.5), 3: (400, 0.25, 0.42)}  # step -> m, epsilon, cost of the set


def several(name, sizes=SIZES, **settings):
    """An analytic run of a step for each size, with a picture and a test of each."""
    settings = {"coreset": max(m for m, *_ in sizes.values()), "sizes": len(sizes), "labels": "fixed"} | settings
    run = made_kernel_run(name, "finished", distiller="analytic", events=[], step=0, **settings)
    for step, (m, epsilon, cost) in sizes.items():
        write_npz(run.snapshot_path(step), **run.snapshot(0) | {"step": np.array(step)})
        costs = {"loss": cost, "cost/this set": cost, "cost/optimum": 0.4, "epsilon": epsilon, "coreset": m}
        bound = {"cost/bound": (1 + epsilon) / (1 - epsilon) * 0.4} if epsilon < 1 else {}
        write_events(run, [{"event": "step", "step": step, "seconds": 0.1, **costs, **bound}])
        write_events(run, [kernel(step, 0.5 + step / 10, 20.0, 9.0)])
    return run


def charts(app):
    """The figures of what the method measures."""
    found = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart"))
    return [figure for figure in found if figure["layout"]["xaxis"]["title"]["text"] in ("step", MANY)]


@pytest.fixture
def cursor_at(monkeypatch):
    """`cursor_at(step)`: where the slider of Watch is from now on; returns the tracks that the player is given."""
    seen = []

    def put(step):
        monkeypatch.setattr(
            watching, "player", lambda tracks, **_: seen.append(tracks) or PlayerEvent(step, None, False)
        )
        return seen

    return put


@pytest.mark.parametrize(
    ("step", "parts", "none"),
    [
        (0, ["begins at step 1"], ["ε = 1.500", "guaranteed"]),
        (1, ["m = 100 drawn", "ε = 1.500", "guarantees nothing", "costs 2.000 times"], ["at most (1"]),
        (2, ["m = 200 drawn", "ε = 0.500", "= 3.00 times", "costs 1.250 times"], ["m = 100 drawn", "m = 400 drawn"]),
        (3, ["m = 400 drawn", "ε = 0.250", "= 1.67 times", "costs 1.050 times"], ["m = 200 drawn"]),
    ],
)
def test_the_certificate_follows_the_slider(open_page, cursor_at, step, parts, none):
    several("one")
    cursor_at(step)
    app = open_page("watch.py", run="one")
    told = texts(app)
    assert not app.exception
    assert all(part in told for part in parts) and not any(part in told for part in none)


def test_a_coreset_of_one_image_is_one(open_page, cursor_at):
    several("one", sizes={1: (1, 1.5, 0.8), 2: (2, 0.5, 0.5)})
    cursor_at(1)
    assert "m = 1 drawn image," in texts(open_page("watch.py", run="one"))


def test_accuracies_along_the_way_are_spoken_of_where_there_are_any():
    run = several("one")
    read = [RunHistory(run).update()]
    assert read[0].accuracy and "one student each" not in player_help(read)
    write_events(run, [accuracy(2, 0.5)])
    assert "one student each" in player_help([history.update() for history in read])


def test_the_player_says_the_size_of_a_step(open_page, cursor_at):
    several("one")
    tracks = cursor_at(2)
    told = texts(open_page("watch.py", run="one"))
    ((shown,),) = tracks
    assert shown.steps == [0, 1, 2, 3] and list(shown.kernel[0]) == [1, 2, 3]
    assert [name for name, _ in shown.marks.values()] == ["start", "m = 100", "200", "400"]
    words = ["", "m = 100 · ε = 1.50", "m = 200 · ε = 0.50", "m = 400 · ε = 0.25"]
    assert [said for _, said in shown.marks.values()] == words and list(shown.marks) == [0, 1, 2, 3]
    assert "twice as many drawn images" in told and "coresets of 100 to 400 images (by sensitivity)" in told


def test_charts_of_certificate_and_cost_go_by_the_size(open_page, cursor_at):
    several("one")
    cursor_at(2)
    app = open_page("watch.py", run="one")
    epsilon, cost = charts(app)
    assert epsilon["data"][0]["y"] == [1.5, 0.5, 0.25] and epsilon["layout"]["yaxis"]["type"] == "log"
    lines = {line["name"]: dict(zip(line["x"], line["y"], strict=True)) for line in cost["data"]}
    assert lines["this set"] == {1: 0.8, 2: 0.5, 3: 0.42} and set(lines["optimum"].values()) == {0.4}
    assert lines["bound"] == pytest.approx({2: 1.2, 3: 2 / 3})
    for figure in (epsilon, cost):
        axis = figure["layout"]["xaxis"]
        assert axis["tickvals"] == [0, 1, 2, 3] and axis["ticktext"] == ["start", "100", "200", "400"]
        assert figure["layout"]["shapes"][0]["x0"] == 2, "a rule at the cursor"


def test_two_runs_of_other_sizes_follow_one_slider(open_page, cursor_at):
    several("one")
    several("two", sizes={1: (30, 2.0, 1.0), 2: (60, 0.9, 0.6)})
    cursor_at(3)
    app = open_page("watch.py", run="one", beside="two")
    told = texts(app)
    assert not app.exception and "A: **Certificate" in told and "m = 400 drawn" in told and "m = 60 drawn" in told
    assert all("ticktext" not in figure["layout"]["xaxis"] for figure in charts(app)), "a step is another size in each"


def test_a_run_of_one_size_looks_as_before(open_page):
    a_run("one", **(COSTS | {"coreset": 500}))
    app = open_page("watch.py", run="one")
    assert not charts(app) and "twice as many" not in texts(app)


def test_the_form_says_how_many_steps_the_sizes_take(prepared, open_page):
    app = open_page("distill.py")
    app.selectbox(key="distill_distiller").set_value("analytic").run()
    assert "there is one step" in texts(app)
    app.number_input(key="distill_analytic_coreset").set_value(400).run()
    app.number_input(key="distill_analytic_sizes").set_value(4).run()
    assert not app.exception and not app.error
    assert "4 coreset sizes" in texts(app) and "coresets of 50 to 400 images" in texts(app)
    app.number_input(key="distill_analytic_coreset").set_value(0).run()
    assert not app.exception and any("without a coreset" in error.value for error in app.error)


def test_a_coreset_whose_size_is_no_number_does_not_break_the_page(open_page):
    a_run("one", settings={"coreset": "many"}, **COSTS)
    assert not open_page("watch.py", run="one").exception
