"""Distill: what a run will cost is asked for, shown, and stale after a change."""

from distill_page import ESTIMATE, START, button, labels, settings_of, text

from ddcore.files import write_json
from ddcore.runs.folder import create_job, job_folder, job_roots, list_runs

RESULT = {
    "seconds": {"scoring": 0.0, "distilling": 12.0, "students": 20.0, "full data": 9.0},
    "total": 41.0, "memory_mb": 512, "device": "cpu",
}  # fmt: skip


def finished_estimate(settings, state="finished", **status):
    job, _ = create_job("estimate", settings)
    write_json(job.path / "status.json", job.status() | {"state": state, "result": RESULT} | status)
    return job


def test_an_estimate_is_asked_for_runs_and_is_told(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    button(app, ESTIMATE).click().run()
    job = job_folder("estimate", settings_of(app))
    assert job.path.exists() and job.config()["queue"] is None
    assert ESTIMATE not in labels(app) and not app.exception
    write_json(job.path / "status.json", job.status() | {"state": "finished", "result": RESULT})
    app.run()
    assert app.header[0].value == "≈ 41 s"
    assert "distilling 12 s, students 20 s, full data 9 s; 537 MB of memory on cpu" in text(app)


def test_an_estimate_for_other_settings_is_stale(prepared, open_page):
    app = open_page("distill.py")
    finished_estimate(settings_of(app))
    app.run()
    assert app.header[0].value == "≈ 41 s" and not app.warning
    app.number_input(key="distill_steps").set_value(300).run()
    assert app.warning[0].value == "This estimate is stale. Changed since: steps."
    assert app.header[0].value == ":gray[—]" and "Before the change ≈ 41 s" in text(app)
    assert ESTIMATE in labels(app)
    app.number_input(key="distill_steps").set_value(200).run()
    assert not app.warning


def test_a_failed_estimate_says_why(prepared, open_page):
    app = open_page("distill.py")
    finished_estimate(settings_of(app), "failed", result=None, error="The GPU is out of memory.")
    app.run()
    assert "The GPU is out of memory." in app.error[0].value
    assert "Try again" in labels(app) and START in labels(app)


def test_presets_state_the_time_measured_for_this_dataset(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    assert text(app).count("not measured") == 3 and "quick" not in text(app).split("not measured")[0]
    app.button(key="time-presets").click().run()
    jobs = [job for job in list_runs(job_roots()[0]) if job.config()["kind"] == "estimate"]
    assert {job.config()["settings"]["steps"] for job in jobs} == {200, 20_000} and len(jobs) == 3
    assert len({job.config()["queue"] for job in jobs}) == 1, "one after another"
    for job in jobs:
        seconds = {(1, 200): 41.0, (10, 200): 61.0, (10, 20_000): 7200.0}
        settings = job.config()["settings"]
        result = RESULT | {"total": seconds[settings["ipc"], settings["steps"]]}
        write_json(job.path / "status.json", job.status() | {"state": "finished", "result": result})
    app.run()
    times = [words.value for words in app.markdown if words.value.startswith("**≈")]
    assert [("quick" in words, words.split("**")[1]) for words in times] == [
        (True, "≈ 41 s"), (False, "≈ 61 s"), (False, "≈ 2 h 0 min"),
    ]  # fmt: skip
    assert app.header[0].value == "≈ 41 s", "the form stands at the preset that was measured"


def test_a_preset_that_cannot_be_timed_says_why(prepared, open_page, idle_workers):
    app = open_page("distill.py")
    app.button(key="time-presets").click().run()
    for job in list_runs(job_roots()[0]):
        write_json(job.path / "status.json", job.status() | {"state": "failed", "error": "The GPU is out of memory."})
    app.run()
    assert text(app).count("The GPU is out of memory.") >= 3
