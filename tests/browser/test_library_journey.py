"""The Library with real files: data and runs in, a run out, a run deleted."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import settled
from PIL import Image
from playwright.sync_api import expect

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json
from ddcore.places import runs_root
from ddcore.runs.archive import delete_run, export_run
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.importing import imports


@pytest.fixture
def library(serve, page_of, tmp_path_factory, monkeypatch):
    """A function that opens the page over one finished run; this process sees the same folders."""
    root = tmp_path_factory.mktemp("library")
    folders = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")}
    for name, value in folders.items():
        monkeypatch.setenv(name, value)
    run = create_run(resolve({"dataset": "digits", "init": "noise"}))
    write_json(run.path / "status.json", run.status() | {"state": "finished"})
    page = page_of(serve("app.py", folders | {"OMP_NUM_THREADS": "1"}) + "/library")
    expect(page.get_by_text("Add your own data")).to_be_visible()
    return page


def pets(sizes=(8, 8)) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, size in zip(("cat", "dog"), sizes, strict=True):
            for number in range(10):
                pixels = np.random.default_rng(number).integers(0, 255, (size, size, 3), dtype=np.uint8)
                picture = io.BytesIO()
                Image.fromarray(pixels).save(picture, "PNG")
                archive.writestr(f"{name}/{number}.png", picture.getvalue())
    return buffer.getvalue()


def upload(page, name: str, content: bytes) -> None:
    page.get_by_text("Add your own data").click()
    chooser = page.locator('[data-testid="stFileUploader"]').filter(has_text="PARQUET").locator("input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})
    expect(page.locator(f'input[aria-label="Name"][value="{Path(name).stem}"]')).to_have_count(1)
    settled(page)
    page.get_by_role("button", name="Add", exact=True).click()


def test_a_zip_of_class_folders_becomes_a_dataset(library):
    upload(library, "pets.zip", pets())
    row = library.locator('[class*="st-key-dataset-"]').filter(has_text="pets")
    expect(row.get_by_text("✔ ready")).to_be_visible(timeout=60_000)
    expect(row.get_by_text("8×8 colour")).to_be_visible()
    row.get_by_role("button", name="2 classes").click()
    expect(library.get_by_text("cat · dog")).to_be_visible()


def test_bad_zips_are_told_in_a_sentence(library):
    upload(library, "odd.zip", pets(sizes=(8, 12)))
    expect(library.get_by_text("8x8").first).to_be_visible(timeout=60_000)
    row = library.locator('[class*="st-key-dataset-"]').filter(has_text="odd")
    row.get_by_role("button", name="More").click()
    library.get_by_role("button", name="Delete the file").click()
    library.get_by_role("button", name="Delete file").click()
    expect(row).to_have_count(0)


def test_a_run_leaves_as_a_zip_and_is_deleted(library):
    (run,) = list_runs()
    library.get_by_role("button", name="More").first.click()
    with library.expect_download() as download:
        library.get_by_role("button", name="Download as zip").click()
    assert download.value.suggested_filename == f"{run.id}.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert f"{run.id}/config.json" in archive.namelist()
    library.get_by_role("button", name="Delete …").click()
    expect(library.get_by_text("permanently deletes")).to_be_visible()
    library.get_by_role("button", name="Cancel").click()
    expect(library.get_by_text("permanently deletes")).to_have_count(0)
    assert run.path.exists()
    library.get_by_role("button", name="More").first.click()
    library.get_by_role("button", name="Delete …").click()
    library.get_by_role("button", name="Delete run").click()
    expect(library.get_by_text("No runs yet")).to_be_visible()
    assert not run.path.exists()


def test_a_run_leads_to_watch(library):
    (run,) = list_runs()
    library.get_by_role("link", name="Watch →").click()
    library.wait_for_url(f"**/watch?run={run.id}")


def upload_run(page, name: str, content: bytes) -> None:
    chooser = page.locator('[data-testid="stFileUploader"]').first.locator("input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})
    page.get_by_role("button", name="Add this run").click()


def test_a_run_comes_from_a_zip_or_is_refused_in_a_sentence(library, tmp_path):
    (run,) = list_runs()
    zipped = export_run(run, tmp_path / "run.zip").read_bytes()
    delete_run(run)
    library.get_by_text("Add a run from a zip").click()
    upload_run(library, "odd.zip", zipped[:-40])
    refused = library.get_by_text("odd.zip was not added")
    expect(refused).to_be_visible(timeout=60_000)
    upload_run(library, "run.zip", zipped)
    added = library.get_by_test_id("stHorizontalBlock").filter(has_text="was added")
    expect(added.get_by_role("link", name="Watch →")).to_be_visible(timeout=60_000)
    assert list_runs() == [run] and not list(runs_root().rglob("upload.zip"))
    library.get_by_role("button", name="Dismiss").first.click()
    expect(refused).to_have_count(0)
    assert imports() == []
    added.get_by_role("link", name="Watch →").click()
    library.wait_for_url(f"**/watch?run={run.id}")
