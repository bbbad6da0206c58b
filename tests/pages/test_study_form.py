"""The form of a new study: what it asks, what it refuses, and what its address holds."""

import json

import numpy as np
import pytest
from made_studies import BUDGET, made_study
from study_page import labels, press, words

from ddcore.data.loading import load_dataset
from ddcore.data.specs import find_hash
from ddcore.files import write_json
from ddcore.runs.folder import job_folder, list_jobs
from ddcore.runs.queue import place_in_line
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.study import list_studies, open_study
from pages.parts import dataset_choice
from pages.parts.study.typed_numbers import spelling_of
from pages.parts.study.words import question_of


def start_of(page):
    return next(button for button in page.button if button.label == "Start the study")


def toasts(page) -> str:
    return "\n".join(toast.value for toast in page.toast)


def tiny() -> dict[str, np.ndarray]:
    """Three classes of some ten images each."""
    rng, labels = np.random.default_rng(0), np.arange(36) % 3
    images = rng.integers(0, 256, (36, 8, 8), np.uint8)
    return {
        "train_images": images[:30],
        "train_labels": labels[:30],
        "test_images": images[30:],
        "test_labels": labels[30:],
    }


def again(page, study_page):
    """The page of the address that this one has."""
    return study_page(**page.query_params)


def test_without_a_study_the_form_is_open_with_the_question_asked_most(prepared, study_page):
    page = study_page()
    assert "Does importance help DM at ipc 10 on digits?" in words(page)
    assert page.query_params["study"] == "new"
    assert "10 runs" in words(page)


@pytest.mark.parametrize(
    ("distillers", "varied", "question"),
    [
        ("select dm", "ipc", "What is the next image worth on digits, selected or distilled by DM?"),
        ("select", "ipc", "What is the next selected image worth on digits?"),
        ("dm dc dsa", "ipc", "What is the next image worth to DM, DC and DSA on digits?"),
        ("select dm", "importance", "Does importance help image selection and DM on digits?"),
        ("select", "init", "Which start helps image selection on digits?"),
    ],
)
def test_a_question_reads_well_for_selected_images_too(distillers, varied, question):
    values = {"ipc": (1, 10), "importance": ("uniform", "loss"), "init": ("random", "herding")}[varied]
    assert question_of(Grid({"distiller": distillers.split(), varied: values, SEED: (0,)})) == question


def test_start_makes_the_study_that_the_form_shows_and_opens_it(prepared, study_page, idle_workers):
    page = press(study_page(study="new", ipc="1", steps="20", seeds="3", width="8", repeats="1"), "Start the study")
    (study,) = list_studies()
    assert page.query_params["study"] == study.id
    axes = {"distiller": ("dm",), "ipc": (1,), "steps": (20,), "importance": ("uniform", "kmeans"), SEED: (0, 1, 2)}
    assert study.grid == Grid(axes, {"dataset": "digits", "width": 8, "repeats": 1}, preset="coffee")
    assert (job_folder("study", {"study": study.id}).path / "config.json").exists()


@pytest.mark.parametrize(
    ("template", "size", "varied"),
    [("importance", 10, {"importance"}), ("half", 20, {"init", "importance"}), ("budget", 36, {"distiller", "ipc"})],
)
def test_templates_fill_in_the_form(prepared, study_page, idle_workers, template, size, varied):
    page = study_page(study="new")
    page.button(key=f"study-template-{template}").click().run()
    press(page, "Start the study")
    (study,) = list_studies()
    assert study.grid.size == size and set(study.grid.varied) == varied


def test_what_cannot_be_run_is_told_before_starting(prepared, study_page):
    page = study_page(study="new", distiller="select,dm", ipc="10,500", seeds="2")
    told = [item.value for item in page.warning]
    assert any("select" in line and "draws no real batches" in line for line in told)
    assert any("ipc 500" in line and "exceeds the smallest class" in line for line in told)


def test_nothing_that_can_be_run_cannot_be_started(prepared, study_page):
    page = study_page(study="new", ipc="5000")
    assert next(button for button in page.button if button.label == "Start the study").disabled


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"importance": "none"}, "Real batches are drawn by"),
        ({"ipc": "none"}, "Images per class (ipc)"),
        ({"distiller": "none"}, "Methods"),
    ],
)
def test_a_field_that_needs_values_is_named_as_on_the_page(prepared, study_page, query, field):
    page = study_page(study="new", **query)
    assert page.error[0].value == f"Choose at least one value for *{field}*." and start_of(page).disabled


def test_numbers_that_are_none_are_told_and_left_out(prepared, study_page):
    page = study_page(study="new")
    page.text_input(key="study_ipc").set_value("10, ten").run()
    assert "ten is left out" in page.error[0].value and "10 runs" in words(page)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("1, 5,", "1,5"), ("5, ten, 1", "1,5"), ("5, 5, 1", "1,5"), ("1,5, 99999999", "1,5"), ("ten,", "none")],
)
def test_the_address_holds_the_numbers_that_were_understood(typed, written):
    spelling = spelling_of({"min": 1, "max": 10_000})
    assert spelling.write(typed) == written
    assert spelling.write(spelling.read(written)) == written


def test_the_page_knows_its_own_address(prepared, study_page):
    page = study_page(study="new")
    page.text_input(key="study_ipc").set_value("1, 5, ten,").run()
    assert page.query_params["ipc"] == "1,5"
    assert not again(page, study_page).warning


def test_the_preset_stays_while_no_method_is_chosen(prepared, study_page):
    page = study_page(study="new")
    page.multiselect(key="study_distiller").set_value([]).run()
    page.multiselect(key="study_distiller").set_value(["dm"]).run()
    assert page.selectbox(key="study_preset").value == "coffee" and "preset" not in page.query_params


def test_a_preset_that_a_method_lacks_is_taken_out_with_a_sentence(prepared, study_page, real_schema, monkeypatch):
    schema = json.loads(real_schema.read_text())
    del schema["presets"]["dc"]["coffee"]
    monkeypatch.setattr("pages.parts.study.new_study.known_schema", lambda: schema)
    page = study_page(study="new")
    page.multiselect(key="study_distiller").set_value(["dm", "dc"]).run()
    assert page.selectbox(key="study_preset").value is None
    assert "Not all of these methods have the preset coffee" in toasts(page)


def test_a_study_without_accuracies_is_not_offered_nor_linked(prepared, study_page):
    page = study_page(study="new", evaluation="none")
    assert "evaluation “none”" in page.warning[0].value and "quick, published" in page.warning[0].value


def test_settings_in_reasons_have_the_names_of_the_form(prepared, study_page):
    page = study_page(study="new", distiller="select,dm", ipc="500", seeds="2")
    told = "\n".join(item.value for item in page.warning)
    assert "importance “k\\-means sensitivity” has no effect with method “selected images”" in told
    assert "='" not in told


def test_seeds_may_begin_elsewhere(prepared, study_page, idle_workers):
    page = press(study_page(study="new", seeds="3", first_seed="7"), "Start the study")
    (study,) = list_studies()
    assert study.grid.axes[SEED] == (7, 8, 9)
    assert "first_seed" not in page.query_params


def test_several_datasets_are_an_axis(prepared, study_page, idle_workers, tmp_path, monkeypatch):
    np.savez(tmp_path / "tiny.npz", **tiny())
    other = load_dataset(tmp_path / "tiny.npz")
    dataset_choice.datasets.clear()
    page = study_page(study="new", seeds="2", ipc="1,50")
    more = page.multiselect(key="study_also")
    assert len(more.options) == 1, "digits are chosen above"
    more.select(more.options[0]).run()
    assert any("exceeds the smallest class" in item.value and "tiny" in item.value for item in page.warning)
    page = again(page, study_page)
    press(page, "Start the study")
    (study,) = list_studies()
    first, second = study.grid.axes["dataset"]
    assert first == "digits" and find_hash(second) == other.hash
    assert "dataset" not in study.grid.fixed and "on 2 datasets" in words(page)


def test_a_study_that_is_there_already_says_under_which_name(prepared, study_page, idle_workers, monkeypatch):
    told: list[str] = []  # a toast outlives what runs after it, but not in these tests
    monkeypatch.setattr("streamlit.toast", lambda text, **_: told.append(text))
    query = {"ipc": "1", "steps": "20", "seeds": "2", "width": "8", "repeats": "1"}
    press(study_page(study="new", **query, name="First"), "Start the study")
    press(study_page(study="new", **query, name="Second"), "Start the study")
    assert ["there already, as “First”" in text for text in told] == [True]
    assert [study.name for study in list_studies()] == ["First"]


def test_the_name_is_in_the_link_and_goes_with_its_study(prepared, study_page, idle_workers):
    page = study_page(study="new")
    page.text_input(key="study_name").set_value("My question").run()
    assert page.query_params["name"] == "My question"
    press(again(page, study_page), "Start the study")
    assert list_studies()[0].name == "My question"
    assert "name" not in study_page(study="new").query_params


# -- how long it takes


def test_a_measurement_waits_in_a_line_that_there_is(prepared, study_page, idle_workers):
    press(study_page(study="new"), "Measure how long")
    lines = {job.config()["queue"] for job in list_jobs("estimate")}
    assert lines
    for line in lines:
        with place_in_line(line):  # raises if there is none of this name
            pass


@pytest.mark.parametrize(
    ("state", "told"), [("failed", "CUDA out of memory"), ("stopped", "was stopped"), ("lost", "its process is gone")]
)
def test_a_measurement_that_did_not_finish_says_why_beside_the_button(prepared, study_page, idle_workers, state, told):
    page = press(study_page(study="new"), "Measure how long")
    (job,) = list_jobs("estimate")
    error = "CUDA out of memory: it needs 90 GB." if state == "failed" else None
    write_json(job.path / "status.json", job.status() | {"state": state, "error": error, "pid": None})
    page.run()
    assert sum(told in item.value for item in page.caption) == 1
    assert "Measure how long" in [button.label for button in page.button]


# -- more of a study


def test_runs_that_are_added_do_not_count_those_that_cannot_be_run(prepared, study_page):
    study = made_study(BUDGET)
    page = study_page(study=study.id, more_seed="1")
    assert "Add 9 runs" in labels(page), "of 12, three of selected images cannot be drawn by importance"


def test_what_is_to_be_added_is_in_the_link_and_is_added_once(prepared, study_page, idle_workers):
    study = made_study()
    page = study_page(study=study.id)
    page.number_input(key=f"study-more-seed-{study.id}").set_value(2).run()
    page.text_input(key=f"study-more-ipc-{study.id}").set_value("1, 5").run()
    page.multiselect(key=f"study-more-importance-{study.id}").set_value(["loss"]).run()
    asked = {name: page.query_params[name] for name in ("more_seed", "more_ipc", "more_importance")}
    assert asked == {"more_seed": "2", "more_ipc": "1,5", "more_importance": "loss"}
    assert "1 is there already" in words(page)
    page = press(again(page, study_page), f"Add {2 * 2 * 3 * 5 - 12} runs")
    assert open_study(study.id).grid.size == 60
    assert not [button for button in page.button if button.label.startswith("Add ")]
    assert not {name for name in page.query_params if name.startswith("more_")}
    assert page.number_input(key=f"study-more-seed-{study.id}").value == 0


def test_a_link_holds_the_whole_form(prepared, study_page):
    query = {"distiller": "dm,dc", "ipc": "1,5", "steps": "40", "seeds": "2", "width": "16", "importance": "uniform"}
    page = study_page(study="new", **query)
    assert {name: page.query_params[name] for name in query} == query
