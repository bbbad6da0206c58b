"""Watch, of what methods measure beside their loss: charts of the curves that a method's entry names, and no others."""

import dataclasses
import json

import pytest
from made_runs import STEPS, made_run, measured, write_events

from ddcore.distillers import DISTILLERS
from ddcore.figures.lines import MOST_LINES
from ddcore.methods import Curve
from pages.parts.browser.player import PlayerEvent
from pages.parts.run_history import RunHistory
from pages.parts.run_metrics import MOST_NAMES, MOST_POINTS, RunMetrics
from pages.parts.watch import watching

LAYERS = Curve("layer", "Gradient distance by layer", "distance", "How far apart gradients are.", log=True)
RATE = Curve("lr_student", "Step size of students", "step size", "The step size that students are trained with.")
UNROLL = Curve(
    "unroll", "Distance along the unroll", "share", "How far students are from experts.", profile="student step"
)
DRAWN = ["distance, log axis", "step size", "share"]


@pytest.fixture(autouse=True)
def curves(monkeypatch):
    """DM measures what three curves show; `curves("dm", RATE)`: other ones, of another method."""

    def named(name, *curves):
        target, about = DISTILLERS._entries[name]
        monkeypatch.setitem(DISTILLERS._entries, name, (target, dataclasses.replace(about, curves=curves)))

    named("dm", LAYERS, RATE, UNROLL)
    return named


def events(scale=1.0, steps=STEPS):
    return [
        measured(
            step,
            **{"layer/conv 1": scale * step, "layer/conv 2": scale, "lr_student": 0.01 * scale},
            **{f"unroll/{at}": scale * (1 - at * step / 1000) for at in (0, 10, 5)},
        )
        for step in range(1, steps + 1)
    ]


def charts(app):
    """Figures of the method's own curves: those before the accuracies."""
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [figure for figure in figures if figure["layout"]["yaxis"].get("title", {}).get("text")]


def titles(app):
    return [figure["layout"]["yaxis"]["title"]["text"] for figure in charts(app)]


def texts(app):
    return "\n".join(str(block.value) for block in [*app.markdown, *app.caption, *app.warning, *app.subheader])


def made(name="one", state="finished", scale=1.0, **settings):
    run = made_run(name, state, **settings)
    write_events(run, events(scale))
    return run


def test_each_curve_that_the_method_names_is_a_chart(watch):
    made()
    app = watch(run="one")
    assert titles(app) == DRAWN
    layers, rate, unroll = charts(app)
    assert [line["name"] for line in layers["data"]] == ["conv 1", "conv 2"]
    assert layers["data"][0]["x"] == layers["data"][0]["y"] == list(range(1, STEPS + 1))
    assert layers["layout"]["shapes"][0]["x0"] == STEPS, "a rule at the cursor"
    assert [line["y"] for line in rate["data"]] == [[0.01] * STEPS]
    assert unroll["data"][0]["x"] == [0, 5, 10] and unroll["data"][0]["y"] == pytest.approx([1, 0.8, 0.6])
    for curve in (LAYERS, RATE, UNROLL):
        assert texts(app).count(curve.caption) == 1


def test_a_method_that_measures_nothing_has_no_such_charts(watch, curves):
    curves("dm")
    made()
    app = watch(run="one")
    assert not charts(app) and "Inside the method" not in texts(app)


def test_a_run_of_an_unknown_method_is_shown_without(watch):
    run = made()
    config = run.config()
    (run.path / "config.json").write_text(
        json.dumps(config | {"settings": config["settings"] | {"distiller": "of a later version"}})
    )
    assert not charts(watch(run="one"))


def test_curves_without_numbers_so_far_are_not_drawn(watch, worker):
    run = made_run("one", "running", pid=worker, step=0, tested=False)
    assert not charts(watch(run="one"))
    write_events(run, [measured(1, **{"unroll/first": 1.0, "lr_student": None})])
    assert titles(watch(run="one")) == ["step size"], "a profile needs places"


def test_a_profile_is_of_the_recorded_step_nearest_to_the_cursor(watch, monkeypatch):
    run = made_run("one", "finished")
    write_events(run, [event for event in events() if event["step"] in (4, 20)])
    for cursor, nearest in ((0, 4), (10, 4), (12, 4), (13, 20), (40, 20)):
        monkeypatch.setattr(watching, "player", lambda tracks, cursor=cursor, **_: PlayerEvent(cursor, None, False))
        app = watch(run="one")
        assert f"along the unroll · step {nearest}**" in texts(app)
        assert charts(app)[-1]["data"][0]["y"][-1] == pytest.approx(1 - nearest / 100)


def test_two_runs_are_side_by_side_where_each_has_several_lines_and_else_in_one_chart(watch):
    made("one")
    made("two", scale=100.0, importance="loss")
    app = watch(run="one", beside="two")
    assert titles(app) == ["distance, log axis", *DRAWN]
    first, second, rate, unroll = charts(app)
    assert first["layout"]["yaxis"]["range"] == second["layout"]["yaxis"]["range"]
    assert (first["data"][0]["y"][0], second["data"][0]["y"][0]) == (1, 100)
    for both in (rate, unroll):
        assert [line["name"] for line in both["data"]] == ["A", "B"]
    assert "by layer · A**" in texts(app) and "by layer · B**" in texts(app)
    assert texts(app).count(LAYERS.caption) == 1


def test_beside_a_run_of_another_method_each_shows_its_own(watch, curves):
    curves("kip", RATE)
    made("one")
    made("two", distiller="kip", scale=2.0)
    app = watch(run="one", beside="two")
    assert titles(app) == DRAWN
    assert [len(figure["data"]) for figure in charts(app)] == [2, 2, 1]
    assert "by layer · A**" in texts(app) and "along the unroll · A · step" in texts(app)
    assert "Step size of students**" in texts(app)
    made_run("three", "finished", distiller="rfad")
    app = watch(run="three", beside="one")
    assert [len(figure["data"]) for figure in charts(app)] == [2, 1, 1]
    assert "by layer · B**" in texts(app) and "of students · B**" in texts(app)


def test_metrics_are_in_the_table(watch):
    made()
    app = watch(run="one")
    app.toggle(key="data-one").set_value(True)
    app.run(timeout=30)
    table = app.dataframe[0].value
    assert table["layer/conv 1"].dropna().tolist() == list(range(1, STEPS + 1))
    assert {"layer/conv 2", "lr_student", "unroll/0", "unroll/5", "unroll/10"} <= set(table)


HOSTILE = {
    "text": {"layer/conv 1": "<script>"},
    "a list": {"layer/conv 1": [1.0]},
    "an object": {"unroll/0": {"a": 1}},
    "true": {"lr_student": True},
}


@pytest.mark.parametrize("metrics", HOSTILE.values(), ids=HOSTILE)
def test_a_line_with_a_metric_that_is_no_number_is_unreadable(watch, metrics):
    run = made()
    write_events(run, [measured(7, **{"layer/conv 1": 99.0} | metrics), measured(8, **{"layer/conv 1": 50.0})])
    history = RunHistory(run).update()
    assert history.unreadable == 1
    assert [history.metrics.lines["layer"]["conv 1"][step] for step in (7, 8)] == [7.0, 50.0]
    assert titles(watch(run="one")) == DRAWN


def test_nothing_that_no_curve_asks_for_is_looked_at(watch):
    run = made()
    write_events(run, [measured(1, other="x", **{"layers/conv 1": [1], "": {}, "/": None})])
    history = RunHistory(run).update()
    assert history.unreadable == 0 and set(history.metrics.lines) == {"layer", "lr_student", "unroll"}
    assert titles(watch(run="one")) == DRAWN


def test_a_number_that_is_none_is_a_gap(watch):
    run = made()
    write_events(run, [measured(STEPS, **{"layer/conv 1": None})])
    assert charts(watch(run="one"))[0]["data"][0]["y"][-2:] == [STEPS - 1, None]


def test_thousands_of_lines_are_bounded_and_the_page_says_so(watch):
    run = made()
    names = [f"layer/{number}" for number in range(5000)] + [f"unroll/{'9' * 99}", f"unroll/{'x' * 5000}"]
    write_events(run, [measured(step, **dict.fromkeys(names, 1e308)) for step in (1, 2)])
    history = RunHistory(run).update()
    assert [len(lines) for lines in history.metrics.lines.values()] == [MOST_NAMES, 1, 3]
    app = watch(run="one")
    assert len(charts(app)[0]["data"]) == MOST_LINES
    assert "More was measured than is drawn" in texts(app)


def test_a_long_run_keeps_its_extremes_and_its_profiles_and_stays_small():
    metrics, length = RunMetrics([LAYERS, UNROLL]), 20 * MOST_POINTS
    for step in range(1, length + 1):
        value = {777: -5.0, 7777: 9.0}.get(step, 1.0)
        metrics.take(measured(step, **{"layer/a": value, "unroll/0": float(step), "unroll/5": -float(step)}))
    line = metrics.lines["layer"]["a"]
    assert all(len(points) <= 2 * MOST_POINTS for lines in metrics.lines.values() for points in lines.values())
    assert (line[777], line[7777], min(line), max(line)) == (-5.0, 9.0, 1, length)
    assert metrics.stride > 1
    steps = sorted(line)
    assert max(after - before for before, after in zip(steps, steps[1:], strict=False)) <= metrics.stride
    for wanted in (1, 9999, length):
        step, places, values = metrics.profile("unroll", wanted)
        assert abs(step - wanted) <= metrics.stride
        assert (places, values) == ([0, 5], [step, -step])


@pytest.mark.parametrize("steps", [range(10**6, 0, -211), [2**53, 1, 2**52] * 1500, [3] * 5000])
def test_steps_in_any_order_stay_bounded(steps):
    metrics = RunMetrics([RATE])
    for step in steps:
        metrics.take(measured(step, lr_student=0.1))
    assert len(metrics.lines["lr_student"][""]) <= 2 * MOST_POINTS
    assert max(steps) in metrics.lines["lr_student"][""]


def test_a_later_line_of_a_step_counts():
    metrics = RunMetrics([RATE])
    for value in (0.1, 0.2):
        metrics.take(measured(5, lr_student=value))
    assert metrics.at(5) == {"lr_student": 0.2} and metrics.at(6) == {}
