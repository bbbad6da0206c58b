"""Distill: what presets fill in, what they leave to the user, and when their card is lit."""

import pytest
from distill_page import ESTIMATE, START, labels, text


def test_first_visit_stands_at_the_quick_preset(prepared, open_page):
    app = open_page("distill.py")
    assert not app.exception and not app.error
    assert app.title[0].value == "What will this run do, and what will it cost?"
    assert "**10 grey images** of 8×8 pixels stand for **1,438**" in text(app)
    assert "ConvNet of width 32" in text(app)
    assert (app.number_input(key="distill_ipc").value, app.number_input(key="distill_steps").value) == (1, 200)
    assert {ESTIMATE, START} <= set(labels(app))


def test_presets_fill_the_form_and_leave_the_method(prepared, open_page):
    app = open_page("distill.py")
    app.selectbox(key="distill_importance").set_value("loss").run()
    app.selectbox(key="distill_init").set_value("herding").run()
    app.button(key="preset-coffee").click().run()
    assert not app.exception
    values = {name: app.number_input(key=f"distill_{name}").value for name in ("ipc", "steps", "width")}
    assert values == {"ipc": 10, "steps": 200, "width": 32}
    assert app.number_input(key="distill_dm_batch_real").value == 64
    assert app.selectbox(key="distill_importance").value == "loss"
    assert app.selectbox(key="distill_init").value == "herding"


@pytest.mark.parametrize(("key", "other"), [("distill_factor", 2), ("distill_repeats", 1), ("distill_dsa_outer", 7)])
def test_a_preset_undoes_what_it_does_not_name_and_is_lit_only_then(key, other, prepared, open_page):
    def lit():
        return [found.key for found in app.button if "preset" in (found.key or "") and found.proto.type == "primary"]

    app = open_page("distill.py")
    app.selectbox(key="distill_distiller").set_value("dsa").run()
    usual = app.number_input(key=key).value
    app.number_input(key="distill_seed").set_value(5)
    app.number_input(key="distill_evaluate_every").set_value(50)
    app.selectbox(key="distill_importance").set_value("loss").run()
    assert lit() == ["preset-quick"], "these are the user's, whatever the preset"
    app.number_input(key=key).set_value(other).run()
    assert not lit()
    app.button(key="preset-quick").click().run()
    assert app.number_input(key=key).value == usual and lit() == ["preset-quick"] and not app.exception
    assert app.number_input(key="distill_seed").value == 5 and app.selectbox(key="distill_importance").value == "loss"


def test_what_a_preset_chose_does_not_go_with_the_user_to_another_distiller(prepared, open_page):
    app = open_page("distill.py")
    app.selectbox(key="distill_distiller").set_value("ncfm").run()
    app.button(key="preset-paper").click().run()
    assert app.number_input(key="distill_factor").value == 2
    app.selectbox(key="distill_distiller").set_value("dm").run()
    assert app.number_input(key="distill_factor").value == 1 and not app.exception


def test_a_published_setting_has_its_own_start_which_goes_with_it(prepared, open_page):
    app = open_page("distill.py")
    app.selectbox(key="distill_importance").set_value("loss").run()
    app.button(key="preset-paper").click().run()
    method = ("distill_init", "distill_importance", "distill_evaluation")
    assert [app.selectbox(key=key).value for key in method] == ["random", "uniform", "published"]
    assert app.number_input(key="distill_steps").value == 20000
    app.button(key="preset-quick").click().run()
    assert [app.selectbox(key=key).value for key in method] == ["kmeans-coreset", "uniform", "quick"]
    assert not app.exception


def test_a_published_setting_goes_with_the_images_per_class(prepared, open_page):
    def standing():
        return [found.key for found in app.button if found.key == "preset-paper" and found.proto.type == "primary"]

    app = open_page("distill.py")
    app.button(key="preset-paper").click().run()
    app.number_input(key="distill_ipc").set_value(100).run()
    assert app.number_input(key="distill_dm_lr_images").value == 10 and standing()
    app.number_input(key="distill_ipc").set_value(50).run()
    assert app.number_input(key="distill_dm_lr_images").value == 1 and standing()
    app.number_input(key="distill_dm_lr_images").set_value(2.0).run()
    app.number_input(key="distill_ipc").set_value(100).run()
    assert app.number_input(key="distill_dm_lr_images").value == 2 and not standing(), "it is the user's own by now"


def test_a_start_nobody_chose_follows_the_distiller_to_its_own(prepared, open_page):
    app = open_page("distill.py")

    def distiller():
        return app.selectbox(key="distill_distiller")

    def init():
        return app.selectbox(key="distill_init")

    assert init().value == "kmeans-coreset"
    distiller().set_value("kip").run()
    assert not app.exception and init().value == "ridge-coreset"
    assert app.selectbox(key="distill_kip_solve_in").value == "ntk"
    distiller().set_value("dm").run()
    assert init().value == "kmeans-coreset"
    init().set_value("herding").run()
    distiller().set_value("kip").run()
    assert init().value == "herding", "a chosen start stays"
