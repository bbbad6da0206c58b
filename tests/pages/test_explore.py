"""Explore in every state: what is shown, what is asked, what a selection becomes."""

import re
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ddcore.commands.schema_cache import read_now
from ddcore.data.dataset import Split, materialise
from ddcore.files import write_json, write_npz
from ddcore.importance import SCORES
from ddcore.importance.scoring import cached_importance_path, importance_of, packed
from ddcore.maps.embedding import MapSettings
from ddcore.runs.folder import create_job, job_folder
from pages.parts.score_words import in_order

FRAME = str(Path(__file__).resolve().parents[2] / "pages" / "frame.py")
KMEANS = {"clusters": 100, "per_class": False, "seedings": 0}


def words(page: AppTest) -> str:
    shown = [item.value for item in [*page.markdown, *page.caption, *page.info, *page.warning, *page.error]]
    return "\n".join([*shown, *(item.proto.help for item in page.caption)])


def at_work(kind: str, settings: dict, **status) -> None:
    """A job of this kind that this very process claims to be working on."""
    run, _ = create_job(kind, settings)
    write_json(run.path / "status.json", run.status() | {"state": "running", "updated": time.time()} | status)


def map_job(dataset) -> dict:
    return {"dataset": dataset.hash} | asdict(MapSettings())


def test_dataset_that_is_not_here_offers_the_download(prepared, explore):
    page = explore("mnist")
    assert "not on this computer yet" in words(page)
    assert [button.label for button in page.button] == ["Download (12 MB)"]
    assert not page.selectbox(key="dataset").disabled
    assert not (
        job_folder("prepare", {"dataset": "mnist", "size": None, "variant": None}).path / "config.json"
    ).exists()


def test_dataset_being_prepared_shows_how_far_it_is(explore):
    at_work("prepare", {"dataset": "digits", "size": None, "variant": None}, phase="preparing",
            progress={"done": 3, "total": 4, "note": "reading"})  # fmt: skip
    page = explore()
    assert "reading" in words(page)
    assert [button.label for button in page.button] == ["Stop"]


def test_unknown_dataset_in_the_address_is_told(ready, explore):
    page = explore("no-such-thing")
    assert "such" in page.warning[0].value and "dataset" in page.warning[0].value
    assert page.selectbox(key="dataset").value == "digits"
    assert page.run().warning  # pages run again by themselves, of which nobody knows
    assert not page.selectbox(key="dataset").set_value("mnist").run().warning


def test_large_dataset_without_map_asks_before_drawing_it(prepared, explore, monkeypatch):
    monkeypatch.setattr("pages.parts.explore.map_choice.UNASKED", 1000)
    page = explore()
    assert "Shown: the first two principal components. UMAP" in words(page)
    assert "All 1,438 training images." in words(page) and "have no meaning" not in words(page)
    assert "The 143 most important images" in words(page)
    monkeypatch.setattr("pages.parts.job_view.ensure_job", pretended_start)
    page.button(key="explore_draw").click().run()
    assert "Stop" in [button.label for button in page.button]
    assert not [button for button in page.button if button.key == "explore_draw"]


def pretended_start(kind, settings, queue=None):
    at_work(kind, settings, phase="features")
    return job_folder(kind, settings)


def test_map_being_computed_shows_how_far_it_is_and_the_images_meanwhile(prepared, explore):
    at_work("embedding", map_job(prepared), progress={"done": 50, "total": 200, "note": "laying out the map"})
    page = explore()
    bar = page.get("progress")[0].proto
    assert bar.value == 25 and "Drawing the map of digits · laying out the map · 25 %" in bar.text
    assert "The 143 most important images" in words(page)
    assert "All 1,438 training images." in words(page) and "Why this score?" in words(page)


def test_map_that_failed_says_why_and_can_be_tried_again(prepared, explore):
    at_work("embedding", map_job(prepared), state="failed", error="No space left on device.")
    page = explore()
    assert "Drawing the map of digits: failed. No space left on device." in page.error[0].value
    assert "Draw it again" in [button.label for button in page.button]
    assert "All 1,438 training images." in words(page)


def test_a_map_that_was_stopped_leaves_the_principal_components_and_can_be_drawn_again(prepared, explore):
    at_work("embedding", map_job(prepared), state="stopped")
    page = explore()
    assert "Drawing the map of digits: stopped." in words(page)
    assert "Draw it again" in [button.label for button in page.button]
    assert "All 1,438 training images." in words(page)


def test_scores_being_computed_leave_the_map_coloured_by_class(ready, explore, monkeypatch):
    path = cached_importance_path(ready.hash, "kmeans", KMEANS, 0)
    hidden = path.rename(path.with_suffix(".hidden"))
    at_work("importance", {"dataset": ready.hash, "score": "kmeans", "seed": 0} | KMEANS)
    try:
        page = explore()
    finally:
        hidden.rename(path)
    assert "Scoring digits by k-means sensitivity" in words(page)
    assert page.selectbox(key="explore_colour_alike").value == "class"
    page.run()
    assert page.selectbox(key="explore_colour").value == "importance"


def test_until_the_scores_are_known_by_name_nothing_is_said_about_them(ready, explore, monkeypatch):
    monkeypatch.setattr("pages.parts.schema.schema", lambda: None)
    page = explore()
    assert "Reading the list of methods" in words(page)
    assert "importance not computed yet" in words(page) and "The scores are still being computed." in words(page)
    assert "count the same" not in words(page) and "the same score" not in words(page)


def test_ready_page_shows_the_most_important_first(ready, explore):
    page = explore()
    assert "All 1,438 training images." in words(page) and "have no meaning" in words(page)
    assert "highest k-means sensitivity is on top" in words(page)
    assert "The 143 most important images" in words(page)
    assert re.search(r"rank 1 \((the same|1 to \d+) over 5 seeds\) of 1,438", words(page))
    assert "share its class" in words(page)
    chosen = page.session_state["selection"]
    assert chosen["dataset"] == ready.hash and chosen["source"] == "importance"
    assert chosen["ids"] == [] and chosen["primary"] is None and chosen["chosen"] is None
    assert page.query_params["dataset"] in ("digits", ["digits"])


def test_part_of_the_points_says_which(ready, explore, monkeypatch):
    monkeypatch.setattr("pages.parts.explore.map_choice.DRAWN", 400)
    assert "400 of 1,438 training images are drawn, 25\u00a0% of them the most important of all;" in words(explore())


@pytest.mark.parametrize("colour", ["class", "importance", "far from centre", "brightness", "distance to class mean"])
def test_every_colour_can_be_chosen(ready, explore, colour):
    page = explore()
    page.selectbox(key="explore_colour").set_value(colour).run()
    assert not page.exception


def test_uniform_has_nothing_to_rank(ready, explore):
    page = explore()
    page.selectbox(key="explore_score").set_value("uniform").run()
    assert not page.exception
    assert "all images count the same" in words(page)
    assert page.selectbox(key="explore_colour_alike").value == "class"
    page.selectbox(key="explore_score").set_value("kmeans").run()
    assert page.selectbox(key="explore_colour").value == "importance"


def test_many_classes_get_ten_colours(prepared, flat_map, explore):
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 12
    split = Split(rng.integers(0, 256, (240, 6, 6, 3), dtype=np.uint8), labels)
    names = tuple(f"<b>{k}</b>" for k in range(12))
    dataset = materialise("twelve", split, Split(split.images[:24], labels[:24]), names, "a test", False)
    flat_map(dataset)
    write_npz(
        cached_importance_path(dataset.hash, "kmeans", KMEANS, 0),
        **packed(importance_of(dataset, "kmeans", 0, **KMEANS)),
    )
    page = explore("twelve")
    page.selectbox(key="explore_colour").set_value("class").run()
    assert not page.exception
    assert len(page.multiselect(key=f"explore_focus_{dataset.hash}").value) == 10


def test_as_many_clusters_as_images_are_said_to_tell_nothing_apart(prepared, flat_map, explore):
    rng = np.random.default_rng(0)
    split = Split(rng.integers(0, 256, (40, 6, 6, 3), dtype=np.uint8), np.arange(40) % 2)
    dataset = materialise("few", split, split, ("a", "b"), "a test", False)
    flat_map(dataset)
    importance_of(dataset, "kmeans", 0, **KMEANS)
    page = explore("few")
    assert "Every image has the same score" in words(page)
    assert "Every image is its own group" in words(page)


def test_every_score_and_its_terms_have_words(prepared):
    scores = read_now()["scores"]
    assert all(SCORES.about(name).about for name in scores)
    assert sorted(in_order(list(scores))) == sorted(scores) and in_order(list(scores))[-1] == "uniform"
    for name, parameters in (("kmeans", KMEANS), ("lightweight", {}), ("ridge", {"features": "pca"})):
        assert set(importance_of(prepared, name, 0, **parameters).terms) == set(SCORES.about(name).terms)


@pytest.mark.parametrize("name", [name for name in SCORES.names() if name not in ("uniform", "lightweight")])
def test_every_parameter_of_a_score_can_be_set(ready, explore, name):
    page = explore()
    page.selectbox(key="explore_score").set_value(name).run()
    fields = [field for field in read_now()["scores"][name] if field["name"] != "device"]
    inputs = {widget.key: widget for kind in (page.number_input, page.toggle, page.selectbox) for widget in kind}
    assert fields and not page.exception
    for field in fields:
        widget = inputs[f"score_{name}_{field['name']}"]
        assert widget.value == field["default"] and widget.label != field["name"]


def test_page_imports_nothing_heavy(ready):
    import subprocess
    import sys

    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        f"page = AppTest.from_file({FRAME!r}, default_timeout=60); page.switch_page('explore.py').run(); "
        "assert not page.exception and 'most important' in str([m.value for m in page.markdown]); "
        "print(sorted({'torch', 'torchvision', 'umap', 'sklearn', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(FRAME).parents[1])
    assert done.stdout.strip() == "[]", done.stderr
