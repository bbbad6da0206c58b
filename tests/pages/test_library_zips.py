"""Library: a run from a zip comes back once, whatever is in it."""

from ddcore.experiments.settings import resolve
from ddcore.files import write_json
from ddcore.runs.archive import delete_run, export_run
from ddcore.runs.folder import create_run, list_runs


def test_a_run_from_a_zip_comes_back(open_page, tmp_path):
    run = create_run(resolve({}))
    write_json(run.path / "status.json", run.status() | {"state": "stopped"})
    zipped = export_run(run, tmp_path / "run.zip").read_bytes()
    app = open_page("library.py")
    app.file_uploader(key="library-run-0").set_value(("run.zip", zipped, "application/zip")).run()
    app.button(key="add-run").click().run()
    assert f"{run.id}; nothing was added" in app.info[0].value
    assert list_runs() == [run]
    delete_run(run)
    app.button(key="add-run").click().run()
    assert not app.exception and not app.error
    assert list_runs() == [run]


def test_a_bad_zip_of_a_run_is_refused_in_one_sentence(open_page):
    app = open_page("library.py")
    app.file_uploader(key="library-run-0").set_value(("run.zip", b"not a zip", "application/zip")).run()
    app.button(key="add-run").click().run()
    assert "not a zip of a run" in app.error[0].value
    assert not list_runs()
