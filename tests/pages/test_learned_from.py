"""Watch: which real images a run drew, in every state, and Explore coloured by it."""

import json

import numpy as np
import pytest
from watched_runs import made, panel, said

from ddcore.data.dataset import is_prepared
from ddcore.experiments.resolving import resolve
from ddcore.figures.colours import shade_by_rank
from ddcore.files import write_json
from ddcore.importance.scoring import importance_of
from ddcore.places import cache_root
from ddcore.runs.draws import Draws, read_draws, write_draws
from ddcore.runs.folder import create_run
from pages.parts.browser.point_map import MapEvent
from pages.parts.draws import draw_counts, drawn_by, expected_of_run, scores_of_run
from pages.parts.run_history import RunHistory
from pages.parts.watch import learned_from

PANEL = "learned_from:learned_from_panel"


@pytest.fixture
def sheets(monkeypatch):
    """What is drawn as sheets: (ids, captions) each."""
    drawn = []
    monkeypatch.setattr(
        learned_from, "image_sheet", lambda pixels, ids, captions, **_: drawn.append((list(ids), list(captions)))
    )
    return drawn


def counts(run, step, dataset):
    return read_draws(run, step, len(dataset.train)).counts


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_the_ranking_and_the_numbers_are_those_of_the_counts(prepared, monkeypatch, sheets):
    run = made(monkeypatch, importance="kmeans")
    app = panel(PANEL, [run], 7)
    drawn, ranks = counts(run, 6, prepared), (-importance_of(prepared, "kmeans", 0).scores).argsort(kind="stable")
    assert "**480 draws** of 1,438 real images by step 6" in said(app), "the snapshot of the cursor"
    ((ids, captions),) = sheets
    assert [drawn[id] for id in ids] == sorted(drawn, reverse=True)[:24]
    assert captions[0] == f"×{drawn[ids[0]]}\n#{list(ranks).index(ids[0]) + 1:,}"
    told = metrics(app)
    assert told["Never drawn"] == f"{(drawn == 0).sum():,}"
    assert told["Effective number of images"] == f"{drawn.sum() ** 2 / (drawn**2).sum():,.0f}"
    top = drawn[ranks[:143]].sum() + 0.8 * drawn[ranks[143]]
    assert told["Draws of the top 10 %"] == f"{100 * top / drawn.sum():.0f} %"


def test_a_pair_stands_on_one_axis(prepared, monkeypatch, sheets):
    uniform, important = made(monkeypatch), made(monkeypatch, importance="kmeans")
    app = panel(PANEL, [uniform, important], 8)
    (chart,) = app.get("plotly_chart")
    traces = json.loads(chart.proto.spec)["data"]
    assert [trace["name"] for trace in traces] == [
        "A: uniform batches", "A expected", "B: k-means sensitivity emphasis", "B expected",
    ]  # fmt: skip
    assert len(sheets) == 2 and len(app.metric) == 6
    assert "**A** · **640 draws**" in said(app) and "**B** · **640 draws**" in said(app)


def test_without_a_score_it_says_what_would_rank_images(prepared, monkeypatch, sheets):
    app = panel(PANEL, [made(monkeypatch)], 8)
    assert "No score ranks" in said(app) and not app.get("plotly_chart") and len(app.metric) == 2
    assert all("#" not in caption for caption in sheets[0][1])


def test_scores_that_are_not_here_are_missed(prepared, monkeypatch, sheets):
    run = made(monkeypatch, importance="kmeans")
    for path in (cache_root() / "importance").iterdir():
        path.unlink()
    app = panel(PANEL, [run], 8)
    assert "not kept on this machine" in said(app) and len(sheets) == 1 and not app.get("plotly_chart")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"distiller": "select", "steps": 1}, "Nothing is distilled"),
        ({"distiller": "analytic", "steps": 1}, "closed form"),
        ({"distiller": "mtt", "width": 8}, "experts trained before"),
        ({}, "earlier version"),
    ],
    ids=["select", "analytic", "mtt", "old"],
)
def test_where_nothing_is_recorded_it_says_why(prepared, settings, words):
    run = create_run(resolve({"dataset": "digits", "ipc": 1, "width": 8, "device": "cpu"} | settings))
    app = panel(PANEL, [run], 0)
    assert words in said(app) and not app.metric


def test_without_the_real_images_the_numbers_stay(prepared, monkeypatch, sheets):
    run = made(monkeypatch)
    write_json(run.path / "config.json", run.config() | {"dataset": run.config()["dataset"] | {"hash": "0" * 16}})
    assert not is_prepared("0" * 16)
    app = panel(PANEL, [run], 8)
    assert "not prepared on this machine" in said(app) and metrics(app)["Never drawn"] and not sheets


def test_damage_is_told_and_the_other_run_goes_on(prepared, monkeypatch, sheets):
    first, second = made(monkeypatch), made(monkeypatch, seed=1)
    (first.path / "draws" / "step_000008.npz").write_bytes(b"PK damaged")
    app = panel(PANEL, [first, second], 8)
    assert app.warning and "cannot be read" in app.warning[0].value and len(sheets) == 1


def test_at_the_start_nothing_is_drawn(prepared, monkeypatch, sheets):
    app = panel(PANEL, [made(monkeypatch)], 1)
    assert "Nothing is drawn before the first step" in said(app) and not sheets


def test_counts_that_begin_later_say_so(prepared, monkeypatch, sheets):
    run = made(monkeypatch)
    write_draws(run, 8, Draws(counts(run, 8, prepared) - counts(run, 4, prepared), since=4))
    assert "counted from step 4 on" in said(panel(PANEL, [run], 8))


def expected(run, dataset, step):
    history = RunHistory(run).update()
    drawn = drawn_by(run, step)
    return expected_of_run(history, dataset, drawn, scores_of_run(history, dataset)), drawn.draws.counts


@pytest.mark.parametrize("distiller", ["dm", "kip"])
def test_what_is_expected_is_the_law_of_the_scores(prepared, monkeypatch, distiller):
    """By hand: half uniform, half proportional to the scores, of the class or over all classes."""
    run = made(monkeypatch, importance="kmeans", distiller=distiller)
    found, drawn = expected(run, prepared, 8)
    scores, labels = importance_of(prepared, "kmeans", 0).scores.astype(float), prepared.train.labels
    sizes = np.bincount(labels)[labels]
    if distiller == "dm":
        law = 0.5 / sizes + 0.5 * scores / np.bincount(labels, weights=scores)[labels]
        np.testing.assert_allclose(found, law * np.bincount(labels, weights=drawn)[labels])
    else:
        balanced = 1 / (10 * sizes)
        np.testing.assert_allclose(found, drawn.sum() * balanced * (0.5 + 0.5 * scores / (balanced @ scores)))


def test_a_law_that_turns_is_expected_as_often_as_it_was_in_force(prepared, monkeypatch):
    turning = made(monkeypatch, importance="kmeans", direction="hard-then-easy")
    hard, easy = (made(monkeypatch, importance="kmeans", direction=way) for way in ("hard", "easy"))
    before, _ = expected(turning, prepared, 4)
    np.testing.assert_allclose(before, expected(hard, prepared, 4)[0])
    whole = [expected(run, prepared, 8)[0] for run in (hard, easy)]
    np.testing.assert_allclose(expected(turning, prepared, 8)[0], sum(whole) / 2)


def test_a_rule_that_follows_has_no_law_to_expect_by(prepared, monkeypatch, sheets):
    run = made(monkeypatch, importance="student-loss", student_steps=2, candidates=20)
    assert expected(run, prepared, 8)[0] is None
    assert len(sheets) == 0 and "640 draws" in said(panel(PANEL, [run], 8))


def test_counts_by_a_history(prepared, monkeypatch):
    run = made(monkeypatch)
    history = RunHistory(run).update()
    np.testing.assert_array_equal(draw_counts(history, 5), counts(run, 4, prepared))
    for path in (run.path / "draws").iterdir():
        path.unlink()
    assert draw_counts(history, 5) is None


def test_explore_colours_by_the_draws_of_the_run_on_its_map(ready, explore, monkeypatch):
    run, shown = made(monkeypatch), {}

    def point_map(xy, ids, shade, *_, **__):
        shown.update(zip(ids.tolist(), shade.tolist(), strict=True))
        return MapEvent(None, None)

    monkeypatch.setattr("pages.parts.explore.map.point_map", point_map)
    page = explore("digits")
    colours = next(box for box in page.selectbox if box.label == "Colour by")
    assert not any("draws of" in name for name in colours.options)
    page.session_state[f"explore_run_{ready.hash}"] = run.id
    page.run()
    colours = next(box for box in page.selectbox if box.label == "Colour by")
    (name,) = [name for name in colours.options if "draws of" in name]
    colours.set_value(name).run()
    shades = shade_by_rank(counts(run, 8, ready))
    assert not page.exception and shown == dict(enumerate(shades.tolist()))
    page.session_state[f"explore_step_{ready.hash}"] = 4
    page.run()
    assert not page.exception and shown == dict(enumerate(shade_by_rank(counts(run, 4, ready)).tolist()))
