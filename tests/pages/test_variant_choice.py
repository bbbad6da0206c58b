"""The popover beside the dataset, on pages as they are: a variant is chosen, prepared, named in the address."""

import pytest

from ddcore.data.loading import load_dataset
from ddcore.data.variants import KINDS
from ddcore.files import write_json
from ddcore.places import runs_root
from ddcore.runs.folder import job_folder, list_runs
from pages.parts.dataset_choice import datasets, preparation
from pages.parts.words import plain

NOISE = "label-noise:0.2"

pytestmark = pytest.mark.usefixtures("idle_workers")


def text(app):
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def buttons(app):
    return [found.key for found in app.button]


def begun(spec="digits", variant=None):
    return (job_folder("prepare", preparation(spec, variant=variant)).path / "config.json").exists()


def chosen(app, kind, **amounts):
    app.radio(key="variant_kind").set_value(kind).run()
    for key, value in amounts.items():
        getattr(app, "selectbox" if key == "variant_source" else "number_input")(key=key).set_value(value).run()
    return app.button(key="variant-use").click().run()


@pytest.mark.parametrize("page", ["distill.py", "explore.py"])
def test_at_first_data_are_as_they_are(prepared, open_page, page):
    app = open_page(page)
    assert not app.exception and app.radio(key="variant_kind").value == "none"
    assert app.session_state["variant"] is None and "variant" not in app.query_params
    assert "variant-use" not in buttons(app)


def test_every_kind_is_explained_with_its_amount(prepared, open_page):
    app = open_page("distill.py")
    radio = app.radio(key="variant_kind")
    assert radio.options == ["Original", *(kind.title for kind in KINDS.values())]
    for name, kind in KINDS.items():
        app.radio(key="variant_kind").set_value(name).run()
        amount = app.number_input(key=f"variant_amount_{name}")
        assert (amount.value, amount.min, amount.max) == (kind.default, kind.low, kind.high)
        assert f"`{name}:{kind.default:g}` is the same everywhere" in text(app)
        assert app.session_state["variant"] is None  # looking is not choosing


def test_a_choice_is_prepared_as_a_job_and_then_shown(prepared, open_page):
    app = chosen(open_page("distill.py"), "label-noise", **{"variant_amount_label-noise": 0.2})
    assert not app.exception and app.session_state["variant"] == NOISE
    assert begun(variant=NOISE) and "Preparing Digits (scikit-learn), 20\u00a0% label noise" in text(app)
    load_dataset("digits", variant=NOISE)
    app.run()
    assert not app.exception and "This run" in str([h.value for h in app.subheader])
    assert (app.query_params["dataset"], app.query_params["variant"]) == ("digits", NOISE)
    app = chosen(app, "none")
    assert app.session_state["variant"] is None and "variant" not in app.query_params


def test_explore_shows_the_variant(prepared, open_page):
    tail = load_dataset("digits", variant="long-tail:20")
    app = open_page("explore.py", dataset="digits", variant="long-tail:20")
    assert not app.exception
    wanted = {run.config()["settings"].get("dataset") for run in list_runs(runs_root() / ".jobs")}
    assert wanted == {tail.hash}  # the map and the scores it asks for are those of the variant
    app = open_page("distill.py", dataset="digits", variant="long-tail:20")
    assert f"stand for **{len(tail.train):,}**" in text(app)


def test_a_link_is_followed_and_the_form_stands_at_it(prepared, open_page):
    load_dataset("digits", variant=NOISE)
    app = open_page("distill.py", dataset="digits", variant="label-noise:0.20")
    assert app.session_state["variant"] == NOISE and app.query_params["variant"] == NOISE
    assert app.radio(key="variant_kind").value == "label-noise"
    assert app.number_input(key="variant_amount_label-noise").value == 0.2
    app.query_params["variant"] = "outliers:0.05"
    app.run()
    assert app.session_state["variant"] == "outliers:0.05" and app.radio(key="variant_kind").value == "outliers"
    del app.query_params["variant"]  # the link of the dataset as it is
    app.run()
    assert app.session_state["variant"] is None and app.radio(key="variant_kind").value == "none"


def test_a_link_by_the_name_of_a_variant_leads_to_its_base(prepared, open_page):
    found = load_dataset("digits", variant=NOISE)
    app = open_page("distill.py", dataset=found.name)
    assert (app.session_state["dataset"], app.session_state["variant"]) == ("digits", NOISE)
    assert all("label" not in option for option in app.selectbox(key="dataset").options)


@pytest.mark.parametrize("bad", ["tail:3", "label-noise:7", "outliers:0.1:", "long-tail"])
def test_an_address_that_cannot_be_is_told(prepared, open_page, bad):
    app = open_page("distill.py", dataset="digits", variant=bad)
    assert not app.exception and "In the address, variant=" in app.warning[0].value
    assert app.session_state["variant"] is None and "variant" not in app.query_params


def test_a_link_downloads_nothing_unasked(prepared, open_page):
    app = open_page("distill.py", dataset="digits", variant="outliers:0.05:cifar10")
    assert "**CIFAR-10** is not on this computer yet" in text(app)
    assert app.button(key="prepare-digits").label == "Download (170 MB)"
    assert not begun(variant="outliers:0.05:cifar10")
    app = open_page("distill.py", dataset="mnist", variant="duplicates:0.5")
    assert app.button(key="prepare-mnist").label == "Download (12 MB)" and not begun("mnist", "duplicates:0.5")


def test_outliers_come_from_noise_or_data_that_are_here(prepared, open_page, tmp_path):
    app = open_page("distill.py")
    app.radio(key="variant_kind").set_value("outliers").run()
    assert app.selectbox(key="variant_source").options == ["Uniform noise"]  # neither itself nor what is not here
    load_dataset("digits", size=16)
    datasets.clear()
    app.run()
    assert app.selectbox(key="variant_source").options == ["Uniform noise", "Digits (scikit-learn) at 16 pixels"]
    app.selectbox(key="variant_source").set_value("digits-16").run()
    app.button(key="variant-use").click().run()
    assert begun(variant="outliers:0.05:digits-16") and not app.exception


def test_what_cannot_be_made_is_told_and_another_can_be_chosen(prepared, open_page):
    app = chosen(open_page("distill.py"), "label-noise", **{"variant_amount_label-noise": 0.33})
    job = job_folder("prepare", preparation("digits", variant="label-noise:0.33"))
    write_json(job.path / "status.json", job.status() | {"state": "failed", "error": "It cannot be made."})
    app.run()
    assert "failed. It cannot be made." in app.error[0].value
    app = chosen(app, "none")
    assert not app.exception and not app.error and "This run" in str([h.value for h in app.subheader])


def test_the_library_lists_a_variant_and_forgets_it(prepared, open_page):
    found = load_dataset("digits", variant="label-noise:0.15")
    app = open_page("library.py")
    assert not app.exception and plain("Digits (scikit-learn), 15\u00a0% label noise") in text(app)
    assert " of them, " in next(caption.value for caption in app.caption if "datasets known" in caption.value)
    app.button(key=f"forget-{found.hash}").click().run()
    assert "15\u00a0% label noise**" in text(app)
    app.button(key="dialog-sure").click().run()
    assert not app.exception and f"forget-{found.hash}" not in buttons(app)
