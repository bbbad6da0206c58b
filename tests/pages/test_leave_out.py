"""Explore: what training without the selected images would change, in every state of its part."""

import numpy as np
import pytest
from made_scores import in_line, tell, words

from ddcore.runs.folder import job_folder
from ddcore.studies.leaving_out import ALL, ARMS, ONLY, ONLY_RANDOM, WITHOUT, WITHOUT_RANDOM, LeavingOut
from ddcore.studies.pairs import Difference
from pages.parts.explore.leave_out import LEFT_OUT, changes_in_words, difference_in_words
from pages.parts.spelling import packed

SOME = list(range(30))
LOST = {ALL: 2, WITHOUT: 10, WITHOUT_RANDOM: 3, ONLY: 40, ONLY_RANDOM: 41}
"""Made-up errors of each arm, all of class 0 or more classes, which grow with the seed."""


def job_of(dataset, by="features", seeds=5, ids=SOME):
    return job_folder("leave-out", {"dataset": dataset.hash, "ids": ids, "by": by, "seeds": seeds})


def keep(dataset, seeds=range(5), by="features"):
    """Results as if the arms had been trained: errors in the classes one after another."""
    study = LeavingOut.of(dataset, SOME, by=by)
    for seed in seeds:
        for arm in ARMS:
            wrong = np.bincount(np.arange(LOST[arm] + seed % 2 * (arm in (WITHOUT, ONLY_RANDOM))) % 10, minlength=10)
            study.keep(arm, seed, study.tested - wrong)
    return study


def figures(page) -> int:
    return len([one for one in page.get("plotly_chart") if "leave-out" in one.proto.id])


def offered(page):
    return [button for button in page.button if button.key == "leave-out"]


@pytest.fixture
def pretended(monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)


def test_without_a_selection_it_says_what_to_do(ready, explore):
    page = explore()
    assert "Select images with the lasso" in words(page) and not offered(page)


def test_it_trains_only_when_asked_and_names_the_cost_once_it_is_known(ready, explore, pretended):
    page = explore(chosen=packed(SOME))
    assert [one.label for one in offered(page)] == ["Train"] and "Not timed on this machine" in words(page)
    assert not job_of(ready).path.exists()
    LeavingOut.of(ready, SOME).keep_pace(0.4)
    assert [one.label for one in offered(page.run())] == ["Train · about 10 s"], "25 arms"
    offered(page)[0].click().run()
    assert not offered(page) and "Leaving out 30 images" in words(page)
    assert job_of(ready).config()["queue"] is None
    assert figures(page) == 0


def test_pictures_of_finished_seeds_are_there_while_others_train(ready, explore, pretended):
    page = explore(chosen=packed(SOME))
    offered(page)[0].click().run()
    keep(ready, range(2))
    page.run()
    assert figures(page) == 3 and "over 2 pairs" in words(page)


def test_a_failed_job_says_why_and_can_be_tried_again(ready, explore, pretended):
    page = explore(chosen=packed(SOME))
    offered(page)[0].click().run()
    tell(job_of(ready), state="failed", error="The disk is full.")
    page.run()
    assert "The disk is full" in words(page)
    assert [button for button in page.button if button.key == f"retry-{job_of(ready).id}"]


def test_finished_results_are_shown_unasked_with_their_verdicts(ready, explore):
    keep(ready)
    page = explore(chosen=packed(SOME))
    told = words(page)
    assert not offered(page) and figures(page) == 3 and not job_of(ready).path.exists()
    points = 100 * np.mean([7, 8, 7, 8, 7]) / len(ready.test)
    assert f"**worse** than {LEFT_OUT} by {points:.2f} ± " in told and "points over 5 pairs" in told
    assert "**better** than training on as many random ones" in told and "a proxy for a network" in told
    assert [one.label for one in page.expander if one.label.startswith("By class")]


def test_what_learns_and_how_often_are_in_the_address(ready, explore):
    page = explore(chosen=packed(SOME))
    page.selectbox(key="explore_leave_by").set_value("network").run()
    page.selectbox(key="explore_leave_seeds").set_value(10).run()
    assert page.query_params["train_by"] in ("network", ["network"])
    page = explore(chosen=packed(SOME), train_by="network", train_seeds="10")
    assert [page.selectbox(key=f"explore_leave_{name}").value for name in ("by", "seeds")] == ["network", 10]
    assert not job_of(ready, "network", 10).path.exists(), "a link starts nothing"


def test_a_whole_class_is_refused_in_one_sentence(ready, explore):
    page = explore(classes="9")
    assert "image of 9 is chosen" in words(page) and not offered(page) and not page.exception


def test_verdicts_in_words():
    words = [difference_in_words(Difference(values), "these") for values in ((), (1.0,), (1.0, -1.0), (-2.0, -2.1))]
    assert words[0] == "not compared with these yet"
    assert words[1] == "+1.00 points from these in one pair, which has no interval"
    assert words[2] == "**not distinguishable** from these (+0.00 ± 12.71 points over 2 pairs)"
    assert words[3] == "**worse** than these by 2.05 ± 0.64 points over 2 pairs"
    assert difference_in_words(Difference((0.0, 0.0)), "these") == "**equal** to these in each of 2 pairs"
    told = difference_in_words(Difference((1.0, -1.0)), LEFT_OUT)
    assert told.startswith("**not distinguishable** from leaving out as many random ones (")
    told = difference_in_words(Difference((0.5, 0.5)), "these")
    assert told == "+0.50 points from these in each of 2 pairs, which gives no interval"


def test_classes_in_words():
    assert changes_in_words(np.array([0.0, -1.25, 2.5]), "abc") == (
        "b loses most (−1.25 points), c gains most (+2.50 points)"
    )
    assert changes_in_words(np.zeros(3), "abc") == "none loses, none gains"


def test_a_worker_trains_and_the_page_shows_it(ready, explore, until):
    page = explore(chosen=packed(SOME))
    offered(page)[0].click().run()
    until(page, lambda page: job_of(ready).state() == "finished", seconds=240)
    assert figures(page.run()) == 3 and "over 5 pairs" in words(page) and not offered(page)
    assert LeavingOut.of(ready, SOME).missing() == []
