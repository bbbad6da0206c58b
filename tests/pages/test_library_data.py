"""Library: how own data are read, what was decided, and what to do where a source does not say."""

import numpy as np
import pytest
from PIL import Image

from ddcore.data.loading import load_dataset
from ddcore.files import write_json
from ddcore.places import uploads_root
from ddcore.runs.folder import job_folder
from pages.parts.dataset_choice import preparation


@pytest.fixture
def birds(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("robin", "wren"):
        (tmp_path / "birds" / name).mkdir(parents=True)
        for i in range(6):
            pixels = rng.integers(0, 256, (8, 8, 4), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "birds" / name / f"{i}.png")
    (tmp_path / "birds" / "notes.txt").write_text("hello")
    return tmp_path / "birds"


def text(app):
    return "\n".join(str(element.value) for element in app.markdown)


def by_path(open_page, path):
    app = open_page("library.py")
    app.segmented_control[0].set_value("A path on this computer").run()
    app.text_input(key="library-path").set_value(str(path)).run()
    return app


def test_a_report_stands_beside_every_prepared_dataset(open_page, birds):
    load_dataset(birds)
    app = open_page("library.py")
    assert not app.exception
    assert "**13 files:** 12 read, 1 not used." in text(app)
    assert "**Pixels:** 12 transparent images are shown on white." in text(app)
    assert "**Files:** Not used" in text(app)
    assert "**Mirroring:** Mirroring is on, since" in text(app)


def test_warnings_are_seen_at_once(open_page, birds):
    for path in birds.glob("*/*.png"):
        Image.new("L", (8, 8), 3).save(path)
    load_dataset(birds)
    app = open_page("library.py")
    assert "12 of the 12 images have one single colour" in text(app) and "Look at the images" in text(app)


def test_every_option_of_the_form_reaches_the_job(open_page, idle_workers, birds):
    app = by_path(open_page, birds)
    app.number_input(key="library-size-path").set_value(4)
    app.selectbox(key="library-background-path").set_value("black")
    app.selectbox(key="library-flip-path").set_value("off")
    app.text_input(key="library-label_column-path").set_value(" kind ")
    app.button(key="add-path").click().run()
    assert not app.exception and not app.error
    settings = preparation(str(birds), 4, background="black", flip="off", label_column="kind")
    assert job_folder("prepare", settings).path.exists()


def test_plain_options_are_the_job_of_everywhere_else(open_page, idle_workers, birds):
    app = by_path(open_page, birds)
    app.button(key="add-path").click().run()
    assert job_folder("prepare", {"dataset": str(birds), "size": None, "variant": None}).path.exists()


def test_an_option_that_cannot_be_is_told(open_page, birds):
    app = open_page("library.py")
    app.session_state["library-background-path"] = "sky"  # as if typed: the list takes new options
    app.segmented_control[0].set_value("A path on this computer").run()
    app.text_input(key="library-path").set_value(str(birds)).run()
    app.button(key="add-path").click().run()
    assert not app.exception and "background='sky'" in app.error[0].value


def test_a_source_that_does_not_say_asks_for_its_columns(open_page, idle_workers, tmp_path):
    path = tmp_path / "odd.npz"
    np.savez(path, first=np.zeros((20, 8, 8), np.uint8), second=np.arange(20) % 2)
    app = by_path(open_page, path)
    app.button(key="add-path").click().run()
    job = job_folder("prepare", preparation(str(path)))
    with pytest.raises(ValueError) as refusal:
        load_dataset(path)
    write_json(job.path / "status.json", job.status() | {"state": "failed", "error": str(refusal.value)})
    app.run()
    assert app.button(key=f"columns-{job.id}").disabled
    app.text_input(key=f"image-column-{job.id}").set_value("first")
    app.text_input(key=f"label-column-{job.id}").set_value("second").run()
    app.button(key=f"columns-{job.id}").click().run()
    named = preparation(str(path), image_column="first", label_column="second")
    assert not app.exception and job_folder("prepare", named).path.exists() and not job.path.exists()


@pytest.mark.parametrize("spec", ["birds", "digits"])
def test_a_copy_with_the_other_mirroring(open_page, idle_workers, birds, spec):
    source = str(birds) if spec == "birds" else spec
    dataset = load_dataset(source)
    other = "off" if dataset.flip else "on"
    app = open_page("library.py")
    app.button(key=f"mirror-{dataset.hash}").click().run()
    assert not app.exception
    assert job_folder("prepare", preparation(source, flip=other)).path.exists()
    load_dataset(source, flip=other)
    app.run()
    assert "2 ready" in "\n".join(caption.value for caption in app.caption)


def test_an_upload_says_where_it_went_and_never_to_the_data_folder(open_page, idle_workers, tmp_path):
    np.savez(tmp_path / "pets.npz", images=np.zeros((20, 8, 8), np.uint8), labels=np.arange(20) % 2)
    app = open_page("library.py")
    app.file_uploader(key="library-upload-0").set_value(
        ("pets.npz", (tmp_path / "pets.npz").read_bytes(), "application/x-npz")
    ).run()
    app.button(key="add-upload").click().run()
    assert not app.exception and str(uploads_root() / "pets.npz") in app.toast[0].value
    assert (uploads_root() / "pets.npz").is_file() and not (tmp_path / "data").exists()
