"""How stable the rank of an image is: found out unasked where that is quick, and said on its card.

The scores here are made up, so that the answers are known.
"""

import numpy as np
from made_scores import defaults, in_line, kept_as, words

from ddcore.runs.folder import job_folder


def stability_job(dataset, name):
    return job_folder("stability", {"dataset": dataset.hash, "score": name, "seeds": 5, "seed": 0} | defaults(name))


def test_stability_is_computed_unasked_where_that_takes_seconds(ready, explore, put, monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)
    kept_as(ready, "kmeans", 3).unlink()
    page = explore()
    assert "Scoring digits for 5 seeds" in words(page) and stability_job(ready, "kmeans").path.exists()
    assert "(seed 0; other seeds may differ) of 1,438" in words(page)
    put(ready, "loss", np.arange(len(ready.train)))
    page.selectbox(key="explore_score").set_value("loss").run()
    assert "rank 1 (seed 0; other seeds may differ) of 1,438" in words(page)
    assert "for 5 seeds" not in words(page) and not stability_job(ready, "loss").path.exists(), "it trains networks"


def test_stability_of_many_images_is_computed_when_asked_for(ready, explore, monkeypatch):
    monkeypatch.setattr("pages.parts.job_view.ensure_job", in_line)
    monkeypatch.setattr("pages.parts.explore.rank_stability.UNASKED", 1000)
    kept_as(ready, "kmeans", 3).unlink()
    page = explore()
    assert "other seeds may differ" in words(page) and not stability_job(ready, "kmeans").path.exists()
    page.button(key="explore_stability").click().run()
    assert "Scoring digits for 5 seeds" in words(page) and stability_job(ready, "kmeans").path.exists()


def test_scores_without_chance_are_not_said_to_depend_on_a_seed(ready, explore, put):
    put(ready, "lightweight", np.arange(len(ready.train)))
    page = explore(score="lightweight")
    assert "rank 1 of 1,438" in words(page) and "does not depend on its seed" in words(page)


def test_shared_rank_fits_its_range(ready, explore, put):
    count = len(ready.train)
    for seed in range(5):
        scores = np.arange(count, 0.0, -1)
        scores[: 3 + seed] = count  # image 0 is first in each seed, with 2 to 6 others
        put(ready, "kmeans", scores, seed)
    told = words(explore())
    assert "shares rank 1 (the same over 5 seeds) of 1,438 with 2 others, top 0.2" in told
    assert "**Stable**: rank 2 to 4 over 5 seeds" in told and "mean of their ranks" in told


def test_rank_has_its_range_where_the_seeds_are_there(ready, explore, put):
    count = len(ready.train)
    for seed in range(5):
        scores = np.arange(count, 0.0, -1)
        scores[3] = [count - 3, 1.5, 2.5, 3.5, 4.5][seed]  # rank 4 by the first seed, near the last place by the others
        put(ready, "kmeans", scores, seed)
    page = explore()
    assert "rank 1 (the same over 5 seeds) of 1,438" in words(page) and "**Stable**" in words(page)
    page.number_input(key=f"explore_number_{ready.hash}").set_value(3).run()
    told = words(page)
    assert "of 1,438" in told and ":orange[**Not stable**]" in told
    assert not [button for button in page.button if button.key == "explore_stability"]


def test_range_of_ranks_begins_at_the_seed_chosen(ready, explore, put):
    count = len(ready.train)
    for seed in range(9):
        put(ready, "kmeans", np.roll(np.arange(count), seed), seed)
    page = explore()
    page.number_input(key="score_kmeans_seed").set_value(4)
    next(button for button in page.button if button.label == "Compute").click().run()
    page.number_input(key=f"explore_number_{ready.hash}").set_value(100).run()
    scores = [int(np.roll(np.arange(count), seed)[100]) for seed in (4, 8)]
    ranks = [count - score for score in scores]
    assert f"rank {ranks[0]:,} ({ranks[0]:,} to {ranks[1]:,} over 5 seeds)" in words(page)
