"""Explore with several scores: one held against another, why an image has its score, what was planted and who finds it.

The scores here are made up, so that the answers are known.
"""

import numpy as np
import pytest
from made_scores import defaults, in_line, kept_as, tell, words

from ddcore.commands.schema_cache import read_now
from ddcore.data.loading import load_dataset
from ddcore.runs.folder import job_folder
from pages.parts.browser.point_map import MapEvent


@pytest.fixture
def drawn(monkeypatch):
    """What the rank map was given to draw; nothing is drawn round unless `drawn["event"]` says so."""
    seen = {"event": MapEvent(None, None)}

    def point_map(xy, ids, shade, palette, **options):
        seen.update(xy=xy, ids=ids, shade=shade, palette=palette, **options)
        return seen["event"]

    monkeypatch.setattr("pages.parts.explore.two_scores.point_map", point_map)
    return seen


@pytest.fixture
def noisy(prepared, flat_map):
    """Digits with a tenth of the labels wrong, and its map."""
    dataset = load_dataset("digits", variant="label-noise:0.1")
    flat_map(dataset)
    return dataset


def two_scores(page):
    page.segmented_control(key="explore_view").set_value("Two scores").run()
    assert not page.exception
    return page


def test_second_score_is_computed_when_asked_for(ready, explore, monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)
    page = two_scores(explore())
    page.selectbox(key="explore_rival").set_value("margin").run()
    assert "**margin** has not been computed" in words(page)
    job = {"dataset": ready.hash, "score": "margin", "seed": 0} | defaults("margin")
    assert not job_folder("importance", job).path.exists()
    page.button(key="explore_rival_compute").click().run()
    assert "Scoring digits by margin" in words(page) and job_folder("importance", job).path.exists()
    assert not [button for button in page.button if button.key == "explore_rival_compute"]


def test_ranks_of_two_scores_against_one_another(ready, explore, put, drawn):
    count = len(ready.train)
    up = np.random.default_rng(0).permutation(count)
    put(ready, "kmeans", np.arange(count) + 1)
    put(ready, "margin", up)
    page = two_scores(explore())
    assert page.selectbox(key="explore_rival").value == "margin"
    both = len(np.intersect1d(np.argsort(up)[-144:], np.arange(count)[-144:]))
    assert "The two scores hardly agree" in words(page)
    assert f"share **{100 * both / 144:.0f}\u00a0%** of images; chance would be 10\u00a0%" in words(page)
    x, y = drawn["xy"][np.argsort(drawn["ids"])].T
    assert (np.diff(x) > 0).all() and (np.argsort(y) == np.argsort(up)).all()
    legend = "".join(element.proto.body for element in page.get("html"))
    assert f"top 10 % by both ({both})" in legend
    assert "important by margin only" in legend and "important by k-means sensitivity only" in legend


@pytest.mark.parametrize("picture", ["Map", "Two scores"])
def test_image_of_the_card_is_on_the_picture_where_not_all_are_drawn(ready, explore, put, drawn, monkeypatch, picture):
    from pages.parts.explore import two_scores as rank_map

    monkeypatch.setattr("pages.parts.explore.map_choice.DRAWN", 100)
    monkeypatch.setattr("pages.parts.explore.map.point_map", rank_map.point_map)
    put(ready, "kmeans", np.arange(len(ready.train)))
    put(ready, "loss", np.arange(len(ready.train)))
    page = explore()
    page.segmented_control(key="explore_view").set_value(picture).run()
    absent = int(np.setdiff1d(np.arange(len(ready.train)), drawn["ids"])[0])
    assert 100 <= len(drawn["ids"]) <= 101 and set(drawn["highlight"]) == {len(ready.train) - 1} & set(drawn["ids"])
    page.number_input(key=f"explore_number_{ready.hash}").set_value(absent).run()
    assert absent in drawn["ids"] and len(drawn["ids"]) <= 102 and drawn["highlight"] == [absent]


def test_corner_drawn_round_reaches_the_sheet(ready, explore, put, drawn):
    count = len(ready.train)
    put(ready, "kmeans", np.arange(count))
    put(ready, "loss", -np.arange(count))
    drawn["event"] = MapEvent(np.array([3, 5, 7]), None)
    page = two_scores(explore())
    assert "contradict each other" in words(page)
    assert page.session_state["selection"]["ids"] == [7, 5, 3]
    assert "3 selected images" in words(page)


def test_a_damaged_file_of_scores_is_as_good_as_none(ready, explore, put):
    put(ready, "loss", np.arange(len(ready.train)))
    path = kept_as(ready, "loss", 0)
    path.write_bytes(path.read_bytes()[:900])
    page = explore()
    assert not page.exception and not path.exists(), "what cannot be read is out of the way of its job"
    assert "missing score" in str([button.label for button in page.button])


def test_scores_without_order_cannot_be_held_against_another(ready, explore, put):
    put(ready, "loss", np.zeros(len(ready.train)))
    page = explore()
    page.selectbox(key="explore_score").set_value("uniform").run()
    assert "Choose another score" in words(two_scores(page))
    page.selectbox(key="explore_score").set_value("kmeans").run()
    page.selectbox(key="explore_rival").set_value("loss").run()
    assert "nothing to compare" in words(page) and not page.exception


def test_other_scores_are_shown_and_the_missing_ones_can_be_computed(ready, explore, put, monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)
    stopped = []
    monkeypatch.setattr(
        "pages.parts.explore.all_scores.stop", lambda run: stopped.append(run.config()["settings"]["score"])
    )
    count = len(ready.train)
    put(ready, "kmeans", np.arange(count))
    put(ready, "loss", -np.arange(count))
    page = explore()
    assert "The 2 scores disagree about this image: it is more important than 0 to 100" in words(page)
    missing = set(read_now()["scores"]) - {"uniform", "kmeans", "loss"}
    button = page.button(key="explore_missing_others")
    assert button.label == f"Compute the {len(missing)} missing scores"
    button.click().run()
    assert not page.exception
    jobs = {name: job_folder("importance", wish(ready, name)) for name in missing}
    assert {run.config()["queue"] for run in jobs.values()} == {"scores"}, "one after another, on their own"
    for told in (words(page), words(explore())):  # a page opened anew knows of them too
        assert "Scoring digits by kernel-ridge sensitivity" in told
        assert "Next, even if you leave this page: lightweight coreset score, EL2N" in told
        assert "Still computing" in told
    put(ready, "ridge", np.arange(count))
    tell(jobs["ridge"], state="finished")
    tell(jobs["lightweight"], state="running")
    page.run()
    assert "Scoring digits by lightweight coreset score" in words(page) and "by kernel-ridge" not in words(page)
    page.button(key="explore_leave").click().run()
    assert stopped[-1] == "lightweight" and set(stopped) == missing - {"ridge"}, "the one at work last"
    for name in missing - {"ridge"}:
        tell(jobs[name], state="stopped")
    page.run()
    assert "Scoring digits by" not in words(page)
    assert page.button(key="explore_missing_others").label == f"Compute the {len(missing) - 1} missing scores"


def test_a_score_that_fails_is_told_to_who_asked_for_it(ready, explore, put, monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)
    put(ready, "kmeans", np.arange(len(ready.train)))
    page = explore()
    page.button(key="explore_missing_others").click().run()
    tell(job_folder("importance", wish(ready, "ridge")), state="failed", error="No space left on device.")
    page.run()
    assert "Scoring digits by kernel-ridge sensitivity: failed. No space left on device." in page.error[0].value
    assert not explore().error, "a failure of another day is no news"


def wish(dataset, name):
    return {"dataset": dataset.hash, "score": name, "seed": 0} | defaults(name)


def test_planted_images_without_scores(noisy, explore, monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)
    page = explore("digits", variant="label-noise:0.1")
    assert "Which score finds the wrong labels?" in words(page)
    assert "No score of this dataset has been computed yet" in words(page)
    assert page.button(key="explore_missing_planted")


def test_planted_images_before_the_scores_are_known_by_name(noisy, explore, put, monkeypatch):
    put(noisy, "loss", np.arange(len(noisy.train)))
    monkeypatch.setattr("pages.parts.schema.schema", lambda: None)
    assert "has been computed yet" not in words(explore("digits", variant="label-noise:0.1"))


def test_the_score_that_finds_the_wrong_labels_is_named(noisy, explore, put):
    count, planted = len(noisy.train), np.asarray(noisy.planted)
    rng = np.random.default_rng(0)
    put(noisy, "kmeans", rng.random(count))
    put(noisy, "entropy", rng.random(count) - 10 * planted)
    put(noisy, "loss", rng.random(count) + 0.9 * planted)
    page = explore("digits", variant="label-noise:0.1")
    told = words(page)
    assert "Of the 3 scores computed, entropy finds the wrong labels best**: average precision **1.000**" in told
    assert "lowest scores first; random order has 0.100" in told
    table = next(item.value for item in page.markdown if item.value.startswith("| score"))
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    assert rows == ["entropy", "relative loss", "k-means sensitivity", "*chance*"]
    page.selectbox(key="explore_colour").set_value("planted").run()
    assert not page.exception
    wrong = int(np.flatnonzero(planted)[0])
    page.number_input(key=f"explore_number_{noisy.hash}").set_value(wrong).run()
    assert f"wrong label**], truly **{noisy.classes[noisy.true_labels[wrong]]}**" in words(page)
    assert "Spearman's rank correlation of each pair" in words(two_scores(page))


def test_the_card_of_an_image_that_nobody_chose_does_not_tell_whether_it_was_planted(noisy, explore, put):
    planted = np.asarray(noisy.planted)
    wrong, right = (int(np.flatnonzero(rows)[0]) for rows in (planted, ~planted))
    cards = []
    for first in (wrong, right):
        put(noisy, "kmeans", (np.arange(len(planted)) == first).astype(float))
        page = explore("digits", variant="label-noise:0.1")
        (card,) = [item.value for item in page.markdown if item.value.startswith(f"image {first:,} ")]
        cards.append(card.splitlines()[1])
    assert cards[0] == cards[1] and "to see" in cards[0]
    for chosen, told in ((wrong, True), (right, False)):
        page = explore("digits", variant="label-noise:0.1", image=str(chosen))
        assert ("truly" in words(page)) == told == ("not one of the wrong labels" not in words(page))
        assert cards[0] not in words(page)


def test_no_score_better_than_chance_is_said(noisy, explore, put):
    put(noisy, "kmeans", np.random.default_rng(1).random(len(noisy.train)))
    page = explore("digits", variant="label-noise:0.1")
    assert "k-means sensitivity does not find the wrong labels much better than chance" in words(page)


def test_copies_are_said_to_share_the_scores_of_their_originals(prepared, flat_map, explore, put):
    dataset = load_dataset("digits", variant="duplicates:0.5")
    flat_map(dataset)
    scores = np.random.default_rng(0).random(len(dataset.train))
    copies = np.flatnonzero(dataset.planted)
    scores[copies] = scores[dataset.origins[copies]]
    put(dataset, "kmeans", scores)
    told = words(explore("digits", variant="duplicates:0.5"))
    assert "Which score finds the copies?" in told and "A copy has the same score as its original" in told


def test_dataset_as_it_is_has_nothing_planted(ready, explore):
    assert "Which score finds" not in words(explore())
