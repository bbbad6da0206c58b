"""The Study page in every state: none, a form, running, stopped, finished, recorded, damaged."""

import csv
import io
import json
import re
import shutil

import pytest
import streamlit as st
from made_runs import write_events
from made_studies import BUDGET, HALVES, accuracy_of, found_of, made_job, made_study
from study_page import labels, marks, press, words

from ddcore.commands.study_words import study_lines
from ddcore.files import write_json
from ddcore.runs.gains import Measured
from ddcore.studies import study as studies
from ddcore.studies.comparing import USUAL, asked_about
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.running import job_of
from ddcore.studies.study import create_study, extend, list_studies, open_study, rename
from pages.parts.study import progress

RECORDED = studies.EXAMPLES


# -- its runs


def test_a_running_study_shows_each_run_in_its_state_and_the_one_at_work(study_page, worker):
    study = made_study(cells=5)
    job = made_job(study, "running", pid=worker, progress={"done": 5, "total": 12, "note": "run 6 of 12"})
    at_work = list(HALVES.cells())[5]
    write_events(job, [{"event": "cell", "key": at_work.key, "run": "the-run", "note": ""}])
    page = study_page(study=study.id)
    assert "12 runs: ✔ 5 done · ▶ 1 running · ◔ 6 waiting" in words(page)
    assert marks(page).count('class="done"') == 5 and marks(page).count('class="running"') == 1
    assert "Stop" in labels(page) and "run 6 of 12" in words(page) + "".join(
        item.proto.text for item in page.get("progress")
    )
    assert page.get("page_link")


@pytest.mark.parametrize(
    ("own", "expected"), [({"left": 660.0}, "about 11 min left"), ({}, "about 10 min left")], ids=["own", "pace"]
)
def test_one_time_left_is_shown(study_page, worker, own, expected):
    """The study's own, or in its first run that by the pace of this attempt: one minute in ten is done."""
    study = made_study(cells=0)
    job = made_job(study, "running", pid=worker, progress={"done": 1, "total": 11, "note": "run 1 of 11"} | own)
    at = {"event": "progress", "phase": "running", "total": 11, "note": "run 1 of 11"}
    write_events(
        job,
        [
            at | {"time": 0, "done": 0}, {"event": "phase", "phase": "running", "time": 90_000},
            at | {"time": 90_000, "done": 0}, at | {"time": 90_060, "done": 1},
        ],
    )  # fmt: skip
    (bar,) = [item.proto.text for item in study_page(study=study.id).get("progress")]
    assert bar.count(" left") == 1 and expected in bar


def test_stop_asks_the_job_to_stop(study_page, worker):
    study = made_study(cells=2)
    made_job(study, "running", pid=worker)
    press(study_page(study=study.id), "Stop")
    assert job_of(study).control()["action"] == "stop"


def test_a_stopped_study_is_resumed_where_it_stood(study_page, idle_workers):
    study = made_study(cells=5)
    made_job(study, "stopped")
    page = study_page(study=study.id)
    assert "✔ 5 done · ○ 7 not run" in words(page)
    press(page, "Resume")
    assert job_of(study).status()["pid"] and len(open_study(study.id).found()) == 5


def test_a_study_without_a_job_offers_to_run_what_is_missing(study_page, idle_workers):
    study = made_study(cells=11)
    page = study_page(study=study.id)
    assert "1 run is missing" in words(page)
    press(page, "Run them")
    assert (job_of(study).path / "config.json").exists()


def test_a_failed_study_says_why(study_page):
    study = made_study(cells=5)
    made_job(study, "failed", error="No space left on device.")
    page = study_page(study=study.id)
    assert "No space left on device" in page.error[0].value and "Resume" in labels(page)


def test_refused_runs_are_marked_and_say_why(study_page):
    study = made_study(BUDGET)
    made_job(study, "finished")
    page = study_page(study=study.id)
    assert "✔ 27 done · ✖ 9 cannot be run" in words(page)
    assert any("draws no real batches" in item.value for item in page.caption)
    assert "Resume" not in labels(page) and "Run them" not in labels(page)


def test_runs_that_could_not_be_run_are_tried_again_unless_their_settings_forbid_them(study_page, idle_workers):
    study = made_study(BUDGET)
    made_job(study, "finished")
    assert not [label for label in labels(study_page(study=study.id)) if "again" in label]
    diverged = [cell for cell in BUDGET.cells() if cell.choices["distiller"] == "dm"][:2]
    for cell in diverged:
        study.add(cell, Found(refused="The loss is no number after step 3."))
    press(study_page(study=study.id), "Try 2 runs again")
    assert job_of(study).status()["pid"] and {cell.key for cell in diverged} <= {c.key for c in study.missing()}
    assert len(study.found()) == 25, "what was found stays"


def test_more_seeds_and_values_keep_what_is_there(prepared, study_page, idle_workers):
    study = made_study()
    made_job(study, "finished")
    page = study_page(study=study.id)
    page.number_input(key=f"study-more-seed-{study.id}").set_value(2).run()
    page.text_input(key=f"study-more-ipc-{study.id}").set_value("1").run()
    page.multiselect(key=f"study-more-importance-{study.id}").set_value(["loss"]).run()
    press(page, f"Add {2 * 3 * 5 - 12} runs")
    grown = open_study(study.id)
    assert grown.grid.axes[SEED] == (0, 1, 2, 3, 4) and grown.grid.axes["importance"] == ("uniform", "kmeans", "loss")
    assert len(grown.found()) == 12 and len(grown.missing()) == 18
    assert (job_of(study).path / "config.json").exists()


# -- the list of studies


def test_the_newest_study_is_open_and_others_can_be_opened(study_page):
    one, other = made_study(name="One"), made_study(BUDGET, name="Other")
    page = study_page()
    newest, older = list_studies()
    assert {newest.id, older.id} == {one.id, other.id} and page.query_params["study"] == newest.id
    page.selectbox(key="study_open").select(older.id).run()
    assert page.query_params["study"] == older.id


def test_a_recorded_study_opens_where_there_is_no_other_and_runs_nothing(study_page, monkeypatch):
    study = made_study()
    recorded = studies.EXAMPLES / "halves"
    recorded.parent.mkdir(parents=True)
    study.path.rename(recorded)
    page = study_page()
    assert page.query_params["study"] == "halves" and "recorded" in page.subheader[0].value
    assert any("ddcore study" in code.value and "halves" in code.value for code in page.code)
    assert not {"Resume", "Run them", ":red[Delete …]"} & set(labels(page)) and not page.number_input


def test_a_study_that_is_not_there_is_told_and_so_are_unknown_names(study_page):
    made_study()
    page = study_page(study="study-of-another-computer", foo="1")
    assert "There is no study" in page.error[0].value and "“foo”" in page.warning[0].value
    assert "is not a study id" in study_page(study="../../etc").error[0].value


def test_a_damaged_study_says_so_and_can_be_deleted(study_page):
    sound, damaged = made_study(name="Sound"), made_study(BUDGET)
    (damaged.path / "study.json").write_text("{")
    page = study_page()
    assert page.query_params["study"] == sound.id and any("damaged" in item.value for item in page.caption)
    page.button(key=f"study-delete-{damaged.id}").click().run()
    page.button(key="dialog-sure").click().run()
    assert not damaged.path.exists() and sound.path.exists()


def test_a_damaged_study_that_is_asked_for_is_told_once(study_page):
    damaged = made_study()
    (damaged.path / "study.json").write_text("{")
    page = study_page(study=damaged.id)
    assert words(page).count("damaged") == 1 and page.button(key=f"study-delete-{damaged.id}")


def test_a_damaged_line_is_told(study_page):
    study = made_study()
    with (study.path / "cells.jsonl").open("a") as file:
        file.write("no JSON\n")
    assert any("cannot be read" in item.value for item in study_page(study=study.id).warning)


def test_a_study_can_be_renamed_and_deleted(study_page):
    study = made_study()
    page = study_page(study=study.id)
    page.text_input(key=f"study-name-{study.id}").set_value("Another name").run()
    assert open_study(study.id).name == "Another name"
    page.button(key=f"study-delete-{study.id}").click().run()
    page.button(key="dialog-sure").click().run()
    assert list_studies() == [] and page.query_params["study"] == "new"


# -- what they say


def spec_of(page, key: str) -> dict:
    return next(json.loads(chart.proto.spec) for chart in page.get("plotly_chart") if key in chart.proto.id)


def traces(page, key: str) -> dict[str, dict]:
    return {trace["name"]: trace for trace in spec_of(page, key)["data"] if trace.get("name")}


def finished(grid=HALVES, **given):
    study = made_study(grid, **given)
    made_job(study, "finished")
    return study


def test_the_verdict_is_over_all_combinations_and_then_for_each(study_page):
    page = study_page(study=finished().id)
    told = words(page)
    # Seeds differ by 0.02, 0.021, 0.02: mean 2.03 points, standard deviation 0.0577, t of 2 degrees of freedom for one
    # of six comparisons, three of them of the start, 10.886.
    assert "**k-means sensitivity** against uniform: better by **2.0 ± 0.4 points** over 3 pairs" in told
    assert "random images: **k-means" in told and "k-means coreset: **k-means" in told
    assert told.count("6 comparisons in this study: intervals are widened") == 1


def test_a_study_has_the_same_intervals_on_the_page_in_its_files_and_on_the_command_line(study_page, monkeypatch):
    files = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, *_, **__: files.update({label: data}))
    study = finished()
    told = "\n".join(study_lines(study, asked_about(study.grid), USUAL, "accuracy"))
    for axis in study.grid.varied:
        page = words(study_page(study=study.id, axis=axis))
        assert "6 comparisons in this study" in page and "all 6 of this study" in files["LaTeX"]
        intervals = re.findall(r"± (\S+) points\*\* over 3 pairs \(one of 6 comparisons\)", page)
        one = "\n".join(study_lines(study, [axis], USUAL, "accuracy"))
        assert all(f"+- {half} points" in text for half in intervals for text in (told, one))
        assert (len(intervals) == 3) == (axis == "importance"), "starts differ by the same at each seed"


def test_long_names_are_told_apart_in_the_choices_and_below_the_slopes(study_page):
    arms = {f"k-means coreset start, {name} batches": {"importance": name} for name in ("uniform", "loss")}
    study = finished(Grid({SEED: (0, 1)}, {"dataset": "digits"}, arms))
    page = study_page(study=study.id)
    ends = ["… uniform …", "… loss …"]
    assert page.selectbox(key=f"study_base-arm_{study.id}").options == ends
    assert spec_of(page, "study-slopes")["layout"]["xaxis"]["ticktext"] == ends


def test_seeds_and_rows_that_a_verdict_lacks_are_told_with_names_people_know(study_page):
    study = finished()
    for cell in HALVES.cells():
        match cell.choices:
            case {"init": "random", "importance": "kmeans", "seed": 2}:
                study.add(cell, Found(refused="The loss is nan at step 3."))
            case {"init": "kmeans-coreset", "importance": "kmeans"}:
                study.add(cell, found_of(cell.choices, protocol="published: 1000 epochs"))
    told = words(study_page(study=study.id))
    assert "over 1 of 2 rows" in told and "Means of 1 of 2 combinations." in told
    assert "1 seed left out (k-means sensitivity: The loss is nan at step 3)" in told
    assert "k-means sensitivity and uniform were trained and tested differently" in told and "kmeans" not in told


def test_a_value_that_is_not_set_is_the_default(study_page):
    grid = Grid({"steps": (10, None), SEED: (0, 1)}, {"dataset": "digits"})
    told = words(study_page(study=finished(grid).id))
    assert "**10 steps** against default steps" in told and "None" not in told


def test_pairs_are_drawn_seed_by_seed(study_page):
    study = finished()
    page = study_page(study=study.id)
    mean = traces(page, "study-slopes")["mean"]
    assert mean["y"] == pytest.approx([100 * (0.525 + 0.03), 100 * (0.525 + 0.03 + 0.02 + 0.001 / 3)])
    page.selectbox(key=f"study_pairs_{study.id}_importance_uniform").select(2).run()
    mean = traces(page, "study-slopes")["mean"]
    assert mean["y"] == pytest.approx([100 * 0.58, 100 * (0.6 + 0.001 / 3)]), "of the k-means coreset alone"
    assert page.query_params["pairs"] == "2"


def test_another_axis_and_base_are_compared_and_kept_in_the_address(study_page):
    study = finished()
    page = study_page(study=study.id, axis="init", base="kmeans-coreset")
    assert "**random images** against k-means coreset: " in words(page) and "−5.0 points in each of 3 pairs" in words(
        page
    )
    page.selectbox(key=f"study_axis_{study.id}").select("importance").run()
    assert "axis" not in page.query_params and "against uniform" in words(page)


def test_every_accuracy_stands_beside_random_images_and_all_data_with_n(study_page):
    texts = [item.value for item in study_page(study=finished().id).markdown]
    (table,) = [text for text in texts if "all data (short training), %" in text]
    row = next(line for line in table.split("\n") if line.startswith("| random images · uniform"))
    assert row.replace("\u00a0", " ").split(" | ")[1:5] == [
        "53.0 ± 3.0 (n = 3)", "45.0 ± 2.0 (n = 3, shared)", "48.0 ± 1.0 (n = 3, shared)", "90.0 (n = 1, shared)",
    ]  # fmt: skip


def test_baselines_that_were_not_measured_are_named(study_page):
    study = finished()
    assert "Not measured" not in words(study_page(study=study.id))
    for cell in HALVES.cells():
        study.add(cell, found_of(cell.choices, random=None, full=None))
    told = words(study_page(study=study.id))
    assert "Not measured in this study: random images, all data (short training)." in told


def test_downloads_hold_every_run_and_every_comparison(study_page, monkeypatch):
    files = {}
    monkeypatch.setattr(st, "download_button", lambda label, data, *_, **__: files.update({label: data}))
    study = finished()
    study_page(study=study.id)
    rows = list(csv.DictReader(io.StringIO(files["CSV"])))
    told = [(row["init"], row["importance"], int(row[SEED]), float(row["accuracy"])) for row in rows]
    choices = [cell.choices for cell in HALVES.cells()]
    assert told == [(one["init"], one["importance"], one[SEED], pytest.approx(accuracy_of(one))) for one in choices]
    compared = [line.split(" & ") for line in files["LaTeX"].splitlines() if line.endswith(r"better \\")]
    # The start, the value, and their difference, 2.03 points.
    assert sorted((row[0], row[1], row[4].split()[0]) for row in compared) == [
        (start, "k-means sensitivity", "+2.0") for start in ("all rows", "k-means coreset", "random images")
    ]


def test_what_was_tested_otherwise_is_not_compared_and_says_why(study_page):
    study = finished()
    for cell in HALVES.cells():
        if cell.choices["importance"] == "kmeans":
            study.add(cell, found_of(cell.choices, protocol="published: 1000 epochs"))
    told = words(study_page(study=study.id))
    assert "not compared" in told and "trained and tested differently" in told and "better by" not in told


def test_budget_has_random_selected_distilled_and_all_data_and_what_the_next_image_is_worth(study_page):
    page = study_page(study=finished(BUDGET).id, along="ipc")
    drawn = set(traces(page, "study-against"))
    assert {"random images", "all data, short training", "selected images · uniform", "DM · uniform"} <= drawn
    assert set(traces(page, "study-worth")) == drawn - {"all data, short training"}
    assert any("Not drawn: selected images · k" in item.value for item in page.caption)


def test_seed_curves_are_smoothed_on_request_and_say_so(study_page):
    study = finished()
    page = study_page(study=study.id, along="along")
    rough = traces(page, "study-curves")["random images · uniform"]["y"]
    assert rough == pytest.approx([43.0, 45.5, 48.0, 50.5]) and "running mean" not in words(page)
    page.select_slider(key=f"study_window_{study.id}").set_value(3).run()
    assert "running mean of 3 points" in words(page) and page.query_params["window"] == "3"


def test_a_study_of_seeds_alone_has_numbers_and_no_comparison(study_page):
    grid = Grid({"distiller": ("dm",), SEED: (0, 1, 2)}, {"dataset": "digits"})
    page = study_page(study=finished(grid).id)
    assert "How much does the seed matter to DM on digits?" in words(page)
    assert not [box for box in page.selectbox if box.label == "Compare"] and "(n\u00a0=\u00a03)" in words(page)


def test_recorded_studies_of_the_project_open_without_running_anything(study_page, monkeypatch):
    monkeypatch.setattr(studies, "EXAMPLES", RECORDED)
    recorded = [study for study in list_studies() if study.recorded]
    assert recorded
    for study in recorded:
        page = study_page(study=study.id)
        assert not page.error, study.id
        assert not job_of(study).path.exists()


def test_the_page_follows_a_study_that_fills_in(study_page, worker):
    study = made_study(cells=2)
    job = made_job(study, "running", pid=worker)
    page = study_page(study=study.id)
    chosen = page.selectbox(key=f"study_pairs_{study.id}_importance_uniform").options
    for cell in list(HALVES.cells())[2:]:
        study.add(cell, found_of(cell.choices))
        page.run()
        assert not page.exception, page.exception
    grown = page.selectbox(key=f"study_pairs_{study.id}_importance_uniform").options
    assert set(chosen) <= set(grown), "an option that a browser sends back is known for good"
    assert job.state() == "running" and "over 3 pairs" in words(page)


def lines_more(study, job):
    cell = next(iter(study.missing()))
    study.add(cell, found_of(cell.choices))


def the_next_cell(study, job):
    write_events(job, [{"event": "cell", "key": "another", "run": "the-next", "note": ""}])


@pytest.mark.parametrize(
    "change",
    [
        lines_more,
        the_next_cell,
        lambda study, job: write_json(job.path / "status.json", job.status() | {"state": "failed", "pid": None}),
        lambda study, job: extend(study, Grid(HALVES.axes | {SEED: (0, 1, 2, 3)}, HALVES.fixed)),
        lambda study, job: rename(study, "A name from another tab"),
        lambda study, job: shutil.rmtree(study.path),
    ],
    ids=["a line", "a cell", "the state", "the grid", "the name", "deleted"],
)
def test_a_page_is_drawn_anew_when_what_it_shows_has_changed(own_folders, worker, monkeypatch, change):
    drawn = []
    monkeypatch.setattr(st, "rerun", lambda: drawn.append(True))
    study = made_study(cells=2)
    job = made_job(study, "running", pid=worker)
    seen = progress.seen_of(study)
    progress._follow(study, seen, 10)
    assert not drawn
    change(study, job)
    progress._follow(study, seen, 10)
    assert drawn


def test_a_look_at_a_study_at_work_reads_none_of_its_lines(own_folders, worker, monkeypatch):
    study = made_study(cells=2)
    made_job(study, "running", pid=worker)
    monkeypatch.setattr(Grid, "cells", lambda self: pytest.fail("the grid has been gone through"))
    monkeypatch.setattr(type(study), "found", lambda self: pytest.fail("the lines have been read"))
    progress._follow(study, progress.seen_of(study), 10)


def test_only_a_baseline_that_all_seeds_share_was_measured_once(study_page):
    grid = Grid({"distiller": ("dm",), SEED: (0, 1)}, {"dataset": "digits"})
    study = create_study("Equal", grid)
    given = {"accuracy": Measured(0.5, 0.0, 1), "initial": None}
    for cell in grid.cells():
        study.add(cell, found_of(cell.choices, **given | ({"full": None} if cell.choices[SEED] else {})))
    (table,) = [
        item.value for item in study_page(study=study.id).markdown if "all data (short training), %" in item.value
    ]
    row = table.split("\n")[-1].replace("\u00a0", " ").split(" | ")
    assert row[1:4] == ["50.0 ± 0.0 (n = 2)", "45.0 ± 2.0 (n = 3, shared)", "90.0 (n = 1)"]


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ({"pairs": "99"}, "0, 1, 2"),
        ({"pairs": "first"}, "0, 1, 2"),
        ({"along": "along", "window": "2"}, "1, 3, 5, 7, 9"),
        ({"along": "along", "window": "2.5"}, "1, 3, 5, 7, 9"),
    ],
)
def test_a_value_that_is_not_there_is_told(study_page, query, allowed):
    page = study_page(study=finished().id, **query)
    assert "does not exist here" in page.warning[0].value and allowed in page.warning[0].value


def test_what_a_picture_is_kept_to_is_in_the_link(study_page):
    grid = Grid(
        {"distiller": ("dm",), "ipc": (1, 10), "dataset": ("digits", "mnist"), SEED: (0, 1)},
        {"width": 8},
    )
    study = finished(grid)
    page = study_page(study=study.id, along="ipc")
    page.selectbox(key=f"study_only_dataset_{study.id}").select("mnist").run()
    assert page.query_params["only_dataset"] == "mnist"
    again = study_page(**page.query_params)
    assert again.selectbox(key=f"study_only_dataset_{study.id}").value == "mnist"
