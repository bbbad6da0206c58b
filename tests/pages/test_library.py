import json
import subprocess
import sys
import zipfile
from io import BytesIO

import numpy as np
import pytest
from made_runs import accuracy, write_events
from PIL import Image

from ddcore.data.catalogue import add_upload
from ddcore.data.loading import load_dataset
from ddcore.data.reading import RESIZE_HINT
from ddcore.experiments.resolving import resolve
from ddcore.files import write_json
from ddcore.kept import MAPS
from ddcore.places import uploads_root
from ddcore.runs.folder import create_job, create_run, job_folder, list_runs
from pages.parts.dataset_choice import preparation
from pages.parts.library.run_table import _zipped, row_of
from pages.parts.watch.run_choice import known_runs

SETTINGS = {"dataset": "digits", "distiller": "dm", "init": "random", "importance": "loss", "mode": "emphasis",
            "ipc": 2, "steps": 1200, "width": 32, "seed": 3}  # fmt: skip
ACCURACY = {"mean": 0.713, "std": 0.01, "repeats": 3}
RANDOM = {"mean": 0.5, "std": 0.02, "repeats": 3}


def a_run(state="finished", **status):
    run = create_run(SETTINGS)
    result = {"accuracy": ACCURACY, "random": RANDOM} if state == "finished" else None
    write_json(run.path / "status.json", run.status() | {"state": state, "result": result} | status)
    return run


def text(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\u00a0", " ")


def labels(app):
    return [found.label for found in app.button]


def class_folders(sizes=(8, 8), classes=("cat", "dog"), count=10):
    """A zip of class folders; classes have images of these sizes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, size in zip(classes, sizes, strict=False):
            for number in range(count):
                pixels = np.random.default_rng(number).integers(0, 255, (size, size, 3), dtype=np.uint8)
                picture = BytesIO()
                Image.fromarray(pixels).save(picture, "PNG")
                archive.writestr(f"{name}/{number}.png", picture.getvalue())
    return buffer.getvalue()


def test_with_nothing_at_all(open_page):
    app = open_page("library.py")
    assert not app.exception and not app.error
    assert "No runs yet" in text(app)
    assert "9 datasets known, 0 ready" in text(app)
    for title in ("Digits", "MNIST", "SVHN", "CIFAR-100"):
        assert title in text(app).replace("\\", "")
    assert {"Prepare", "Download 12 MB", "Download 246 MB"} <= set(labels(app))


def test_a_row_tells_what_the_run_was_and_reached(open_page):
    run = a_run()
    row = row_of(run)
    assert row.title == "digits · DM · ipc 2"
    assert row.details == (
        "1,200 steps · from random real images · batches: relative loss (emphasis) · "
        "Network: ConvNet of width 32 · seed 3"
    )
    assert (row.accuracy, row.beside) == ("71.3 ± 1.0 %", "n = 3 · random images 50.0 ± 2.0 %")
    assert not row.live
    app = open_page("library.py")
    assert "71.3 ± 1.0 %" in text(app) and "1 run," in text(app)
    assert not app.exception


def test_a_row_tells_what_the_set_itself_predicts(open_page):
    kernel = {"predictor": "NTK", "accuracy": {"mean": 0.96, "std": 0.0, "repeats": 1}, "random": RANDOM}
    run = a_run(result={"accuracy": ACCURACY, "random": RANDOM, "kernel": kernel})
    write_json(run.path / "config.json", run.config() | {"settings": SETTINGS | {"distiller": "frepo"}})
    row = row_of(run)
    assert row.title == "digits · FRePo · ipc 2"
    assert row.kernel == "kernel 96.0 % · random 50.0 ± 2.0 %"
    app = open_page("library.py")
    assert row.kernel in text(app) and not app.exception
    assert row_of(a_run()).kernel == ""


@pytest.mark.parametrize("state", ["queued", "starting", "running", "paused", "finished", "stopped", "failed", "lost"])
def test_every_state_is_shown(open_page, state):
    status = {"pid": 1, "started": None} if state == "lost" else {}
    a_run("running" if state == "lost" else state, step=40, total=200, **status)
    app = open_page("library.py")
    assert not app.exception
    row = row_of(list_runs()[0])
    assert row.state == state
    assert row.beside == ("n = 3 · random images 50.0 ± 2.0 %" if state == "finished" else "step 40 of 200")
    assert ("Stop" in labels(app)) == row.live
    assert app.button(key=f"delete-{row.run.id}").disabled == row.live


def test_a_run_that_did_not_finish_has_the_accuracy_measured_on_its_way(open_page):
    run = a_run("stopped", step=40, total=200)
    assert (row_of(run).accuracy, row_of(run).beside) == ("–", "step 40 of 200")
    write_events(run, [accuracy(20, 0.5), accuracy(40, 0.62, 0.01, 2), accuracy(0, 0.4), {"event": "accuracy"}])
    row = row_of(run)
    assert (row.accuracy, row.beside) == ("62.0 ± 1.0 %", "n = 2 at step 40 of 200")
    write_events(run, [accuracy(60, 0.7)])
    assert row_of(run).accuracy == "70.0 %", "what is kept of the file follows it"
    finished = a_run()
    write_events(finished, [accuracy(60, 0.1)])
    assert row_of(finished).accuracy == "71.3 ± 1.0 %"


def test_the_settings_of_a_run_are_shown_in_words(open_page):
    run, app = a_run(), open_page("library.py")
    app.button(key=f"settings-{run.id}").click().run()
    assert not app.exception and "| Network width | **32** |" in text(app)


def test_what_removes_looks_like_nothing_else(digits, open_page):
    a_run()
    app = open_page("library.py")
    icons = {(found.proto.icon, ":red[" in found.label) for found in app.button}
    assert all((icon == ":material/delete:") == red for icon, red in icons) and (":material/delete:", True) in icons
    assert "○ not prepared" not in text(app)


def test_a_selection_has_neither_steps_nor_batches(open_page):
    create_run(resolve({"dataset": "digits", "distiller": "select", "init": "herding", "width": 8}))
    create_run(resolve({"dataset": "digits", "importance": "representative", "width": 8}))
    told = text(open_page("library.py"))
    assert "digits · not distilled · ipc 1" in told and "herding" in told and "ConvNet of width 8" in told
    assert "representative images" in told and "emphasis" not in told


def test_stopping_a_live_run(open_page):
    run = a_run("running")
    app = open_page("library.py")
    next(b for b in app.button if b.label == "Stop").click().run()
    assert run.state() == "stopping" and not app.exception


def test_a_run_is_deleted_only_after_a_confirmation(open_page):
    run = a_run()
    app = open_page("library.py")
    app.button(key=f"delete-{run.id}").click().run()
    assert "permanently deletes" in text(app) and run.path.exists()
    app.button(key="dialog-keep").click().run()
    assert run.path.exists() and "dialog-sure" not in [b.key for b in app.button]
    app.button(key=f"delete-{run.id}").click().run()
    app.button(key="dialog-sure").click().run()
    assert not run.path.exists() and "No runs yet" in text(app)


def test_a_run_is_offered_as_one_zip(open_page):
    run = a_run()
    app = open_page("library.py")
    assert app.download_button(key=f"zip-{run.id}").label == "Download as zip"
    with zipfile.ZipFile(BytesIO(_zipped(run))) as archive:
        assert f"{run.id}/config.json" in archive.namelist()


def test_runs_are_filtered_and_paged(open_page):
    runs = [a_run() for _ in range(9)]
    app = open_page("library.py")
    assert sum("Delete …" in label for label in labels(app)) == 8
    app.text_input[0].set_value(f"relative {runs[3].id[-4:]}").run()
    assert sum("Delete …" in label for label in labels(app)) == 1
    app.text_input[0].set_value("nothing like it").run()
    assert "No run matches" in text(app) and not app.exception


def test_downloading_shows_its_progress(open_page, idle_workers):
    app = open_page("library.py")
    app.button(key="get-mnist").click().run()
    job = job_folder("prepare", preparation("mnist"))
    assert job.path.exists() and not app.exception
    progress = {"done": 3, "total": 12, "note": "downloading"}
    write_json(job.path / "status.json", job.status() | {"state": "failed", "error": "The server said 404."})
    app.run()
    assert "The server said 404." in app.error[0].value and "Try again" in labels(app)
    job.path.rename(job.path.parent / "gone")
    live, _ = create_job("prepare", preparation("mnist"))  # this very process: alive
    write_json(live.path / "status.json", live.status() | {"state": "running", "progress": progress})
    app.run()
    assert "Downloading MNIST" in text(app) and "get-mnist" not in [b.key for b in app.button]


def test_prepared_datasets_are_ready(digits, open_page):
    app = open_page("library.py")
    assert "get-digits" not in [b.key for b in app.button]
    assert "✔ ready" in text(app)


def test_own_data_by_upload(open_page, idle_workers):
    app = open_page("library.py")
    app.file_uploader(key="library-upload-0").set_value(("pets.zip", class_folders(), "application/zip")).run()
    assert app.text_input(key="library-name-0-pets").value == "pets"
    app.button(key="add-upload").click().run()
    assert not app.exception and not app.error
    assert (uploads_root() / "pets.zip").is_file()
    assert job_folder("prepare", preparation("pets.zip")).path.exists()


def test_an_upload_that_is_no_zip_is_refused(open_page):
    app = open_page("library.py")
    app.file_uploader(key="library-upload-0").set_value(("pets.zip", b"hello", "application/zip")).run()
    app.button(key="add-upload").click().run()
    assert app.error[0].value == "The file for 'pets' is not a .zip file."
    assert not (uploads_root() / "pets.zip").exists()


def refused(settings):
    """Its job has failed as it would on images of several sizes."""
    job = job_folder("prepare", settings)
    write_json(job.path / "status.json", job.status() | {"state": "failed", "error": f"Two sizes: {RESIZE_HINT}."})
    return job


def test_a_refused_upload_is_told_beside_the_form_and_can_be_resized(open_page, idle_workers):
    app = open_page("library.py")
    app.file_uploader(key="library-upload-0").set_value(("odd.zip", class_folders((8, 12)), "application/zip")).run()
    app.button(key="add-upload").click().run()
    job = refused(preparation("odd.zip"))
    app.run()
    assert "Preparing odd.zip: failed. Two sizes" in app.error[0].value and not app.exception
    assert labels(app).count("Try again") == 1 and "get-odd.zip" not in [b.key for b in app.button]
    app.number_input(key=f"resize-{job.id}").set_value(16)
    app.button(key=f"resized-{job.id}").click().run()
    assert not app.exception and not job.path.exists()
    assert job_folder("prepare", preparation("odd.zip", 16)).path.exists()


@pytest.mark.parametrize("anew", [False, True])
def test_a_refused_upload_can_be_removed_where_it_is_told(open_page, idle_workers, anew):
    app = open_page("library.py")
    app.file_uploader(key="library-upload-0").set_value(("odd.zip", class_folders((8, 12)), "application/zip")).run()
    app.button(key="add-upload").click().run()
    job = refused(preparation("odd.zip"))
    app = open_page("library.py") if anew else app.run()
    assert labels(app).count("Try again") == 1 and "get-odd.zip" not in [b.key for b in app.button]
    app.button(key=f"discard-{job.id}").click().run()
    app.button(key="dialog-sure").click().run()
    assert not app.exception and not app.error
    assert not (uploads_root() / "odd.zip").exists() and not job.path.exists()


def test_a_refused_upload_of_before_can_be_resized_in_its_row(open_page, idle_workers):
    add_upload("odd", class_folders((8, 12)), ".zip")
    create_job("prepare", preparation("odd.zip"))
    job = refused(preparation("odd.zip"))
    app = open_page("library.py")
    app.button(key=f"resized-{job.id}").click().run()
    resized = job_folder("prepare", preparation("odd.zip", 32))
    assert resized.path.exists() and not job.path.exists() and not app.exception
    load_dataset("odd.zip", 32)
    app.run()
    assert "odd-32" in text(app).replace("\\", "") and not app.exception and not app.error


@pytest.mark.parametrize("content", [{"kind": "distill"}, [], {"kind": "distill", "settings": {}}])
def test_a_run_that_cannot_be_read_is_shown_and_can_be_deleted(open_page, content):
    a_run()
    run = a_run()
    write_json(run.path / "config.json", content)
    app = open_page("library.py")
    assert not app.exception and "unreadable" in text(app) and "2 runs," in text(app)
    assert run.id not in known_runs()
    app.button(key=f"delete-{run.id}").click().run()
    app.button(key="dialog-sure").click().run()
    assert not app.exception and not run.path.exists()


def test_own_data_by_path(open_page, idle_workers, tmp_path):
    app = open_page("library.py")
    app.segmented_control[0].set_value("A path on this computer").run()
    app.text_input(key="library-path").set_value("/nowhere/flowers").run()
    app.button(key="add-path").click().run()
    assert "No dataset '/nowhere/flowers'" in app.error[0].value
    (tmp_path / "pets.zip").write_bytes(class_folders())
    app.text_input(key="library-path").set_value(str(tmp_path / "pets.zip"))
    app.number_input(key="library-size-path").set_value(16).run()
    app.button(key="add-path").click().run()
    settings = preparation(str(tmp_path / "pets.zip"), 16)
    assert job_folder("prepare", settings).path.exists() and not app.exception
    load_dataset(settings["dataset"], 16)
    app.run()
    assert "1 ready" in text(app) and f"dismiss-{job_folder('prepare', settings).id}" not in [b.key for b in app.button]


def test_own_data_is_forgotten_only_after_a_confirmation(open_page, idle_workers):
    spec = add_upload("pets", class_folders(), ".zip")
    hash = load_dataset(spec).hash
    app = open_page("library.py")
    app.button(key=f"forget-{hash}").click().run()
    assert "removes the prepared copy of **pets**" in text(app)
    app.button(key="dialog-sure").click().run()
    assert not app.exception and (uploads_root() / spec).exists()
    assert f"get-{spec}" in [b.key for b in app.button]
    app.button(key=f"remove-{spec}").click().run()
    app.button(key="dialog-sure").click().run()
    assert not (uploads_root() / spec).exists() and f"get-{spec}" not in [b.key for b in app.button]


def test_the_server_imports_nothing_heavy():
    names = ("distill.form", "distill.estimate", "distill.launching", "distill.checks", "schema", "library.own_data",
             "library.run_table", "library.dataset_table", "library.dialogs")  # fmt: skip
    imports = "; ".join(f"import pages.parts.{name}" for name in names)
    code = f"import json, sys; {imports}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "torchvision", "sklearn", "umap"} & set(json.loads(done.stdout.splitlines()[-1]))


def test_what_is_kept_is_listed_and_cleared_after_a_confirmation(open_page):
    kept = MAPS.path("one")
    MAPS.write(kept, {"xy": np.zeros((500, 100))})
    app = open_page("library.py")
    assert "Maps" in text(app) and "0.4 MB" in text(app)
    app.button(key="clear-maps").click().run()
    assert kept.exists()
    app.button(key="dialog-keep").click().run()
    assert kept.exists()
    app.button(key="clear-maps").click().run()
    app.button(key="dialog-sure").click().run()
    assert not kept.exists() and not app.exception
    assert "clear-maps" not in [button.key for button in open_page("library.py").button]
