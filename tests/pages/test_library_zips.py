"""Library: a run from a zip comes back once, whatever is in it, and an upload leaves nothing behind."""

import sys
import time

import pytest

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json
from ddcore.places import runs_root
from ddcore.runs import launch, states
from ddcore.runs.archive import delete_run, export_run
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.importing import imports

DEAF = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def zipped(tmp_path):
    """A run that has ended, and its zip."""
    run = create_run(resolve({}))
    write_json(run.path / "status.json", run.status() | {"state": "stopped"})
    return run, export_run(run, tmp_path / "run.zip").read_bytes()


def uploaded(app, content, name="run.zip", number=0):
    app.file_uploader(key=f"library-run-{number}").set_value((name, content, "application/zip")).run()
    return app.button(key="add-run").click().run()


def when_ended(app):
    """The page once its import has ended."""
    end = time.monotonic() + 30
    while any(job.state() in states.LIVE for job in imports()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return app.run()


def left_behind():
    """Files of imports: drafts, uploads, and jobs that nobody has dismissed."""
    return [*runs_root().glob(".import-*"), *runs_root().glob(".jobs/import-*"), *runs_root().rglob("upload.zip")]


def test_a_run_from_a_zip_comes_back(open_page, zipped):
    run, content = zipped
    app = when_ended(uploaded(open_page("library.py"), content))
    assert f"{run.id.replace('-', chr(92) + '-')}; nothing was added" in app.info[0].value
    assert list_runs() == [run]
    (job,) = imports()
    app.button(key=f"dismiss-{job.id}").click().run()
    assert not left_behind()
    delete_run(run)
    app = when_ended(uploaded(app, content, number=1))
    assert not app.exception and not app.error
    assert list_runs() == [run] and not left_behind()
    app.button(key=f"seen-{run.id}").click().run()
    assert not app.success


def test_a_bad_zip_of_a_run_is_refused_in_one_sentence_until_dismissed(open_page):
    app = when_ended(uploaded(open_page("library.py"), b"not a zip", name="a[b](c).zip"))
    assert "not a zip of a run" in app.error[0].value and "](" not in app.error[0].value
    assert not list_runs() and not list(runs_root().rglob("upload.zip"))
    (job,) = imports()
    assert not any(button.key == f"retry-{job.id}" for button in app.button), "its upload is gone"
    other_tab = open_page("library.py")
    other_tab.button(key=f"dismiss-{job.id}").click().run()
    assert not other_tab.error and not left_behind()
    assert not app.run().exception


def test_an_import_whose_process_was_killed_is_told_and_leaves_nothing(open_page, zipped, monkeypatch):
    monkeypatch.setattr(launch, "WORKER", DEAF)
    app = uploaded(open_page("library.py"), zipped[1])
    (job,) = imports()
    assert list(runs_root().rglob("upload.zip")) and any("Adding" in text.value for text in app.markdown)
    (runs_root() / ".import-0badcafe").mkdir()
    launch._kill(job.status()["pid"])
    app = when_ended(app)
    assert "process is gone" in app.error[0].value
    app.button(key=f"dismiss-{job.id}").click().run()
    assert not left_behind()


def test_an_import_that_is_stopped_leaves_nothing(open_page, zipped, monkeypatch):
    monkeypatch.setattr(launch, "WORKER", DEAF)
    app = uploaded(open_page("library.py"), zipped[1])
    (job,) = imports()
    app.button(key=f"stop-{job.id}").click().run()
    launch._kill(job.status()["pid"])
    app = when_ended(app)
    assert not app.error and not left_behind()
