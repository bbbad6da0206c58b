"""Pages of runs in closed form: what the form leaves out, and the certificate in Watch."""

import pytest
from made_runs import KERNEL, STEPS, made_kernel_run, write_events

from pages.parts.run_history import RunHistory

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
    for part in ("ε = 0.250 for 500 drawn images", "at most (1 + ε) / (1 − ε) = 1.67 times", "it costs 1.050 times"):
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
    assert history.certified is None and history.loss[STEPS] == 0.42


def test_a_coreset_whose_size_is_no_number_does_not_break_the_page(open_page):
    a_run("one", settings={"coreset": "many"}, **COSTS)
    assert not open_page("watch.py", run="one").exception
