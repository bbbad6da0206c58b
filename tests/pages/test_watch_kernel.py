"""Watch, of kernel methods: the set as a predictor, its labels at the cursor, its accuracies apart from students'."""

import json

import pytest
from made_runs import KERNEL, STEPS, accuracy, baseline, kernel, made_kernel_run, made_run, write_events

from ddcore.files import write_json
from pages.parts.browser.player import PlayerEvent
from pages.parts.watch import watching

UNTESTED = [kernel(0, None, 26.0, 7.4), kernel(STEPS, None, 40.0, 0.5)]


@pytest.fixture
def cursor_at(monkeypatch):
    """`cursor_at(10)`: the player's cursor rests there."""

    def rest(step):
        monkeypatch.setattr(watching, "player", lambda tracks, **_: PlayerEvent(step, None, False))

    return rest


def texts(app):
    blocks = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.subheader]
    return "\n".join([*(str(block.value) for block in blocks), *(block.proto.help for block in app.caption)])


def charts(app):
    """Titles of the vertical axes of the charts in order, that of the horizontal one where the other has none."""
    figures = [json.loads(chart.proto.spec)["layout"] for chart in app.get("plotly_chart")]
    titles = [[layout[axis].get("title", {}).get("text") for axis in ("yaxis", "xaxis")] for layout in figures]
    return [own or other for own, other in titles]


LABELS = ["images of", "mean weight"]
MATRIX = ["condition number, log axis", "ε, log axis"]
BARS = "accuracy, ± one standard deviation"


def test_a_finished_kernel_run_shows_all_of_it(watch):
    made_kernel_run("one", "finished")
    app = watch(run="one")
    assert charts(app) == [*LABELS, *MATRIX, BARS, BARS]
    told = texts(app)
    assert "**KIP** distills **digits** into one image per class with **learned labels**" in told
    assert "Learned labels at step 40" in told and "ε ≥ 1 gives no lower guarantee" in told
    assert "NTK of 1 hidden layer, ridge 1e-06. Accuracy on 359 test images. A set has one predictor" in told.replace(
        "\\", ""
    )
    students, predictor = (json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")[-2:])
    assert [point["text"][0] for point in students] == ["75.0 % ± 5.0", "88.0 % ± 1.0", "92.0 % ± 0.4", "98.0 %"]
    assert [point["text"][0] for point in predictor] == ["68.0 % ± 10.0", "86.0 %", "96.0 %"]


def test_a_run_of_another_kind_shows_nothing_of_it(watch):
    made_run("one", "finished")
    app = watch(run="one")
    assert charts(app) == [BARS]
    assert "predictor" not in texts(app) and "The set as a predictor" not in texts(app)


def test_labels_are_those_at_the_cursor(watch, cursor_at):
    made_kernel_run("one", "finished")
    shown = {}
    for step in (0, 20):
        cursor_at(step)
        app = watch(run="one")
        assert f"Learned labels at step {step}**" in texts(app)
        shown[step] = json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]["text"][3][3]
    assert shown == {0: "1.00", 20: "1.25"}


def test_pictures_of_older_runs_have_no_labels(watch, cursor_at):
    made_kernel_run("one", "finished", with_targets=False)
    cursor_at(20)
    told = texts(watch(run="one"))
    assert "Learned labels at step 0**" in told and "Step 20 has no saved labels" in told


def test_a_run_that_ended_before_the_cursor_shows_its_last_labels(watch, cursor_at):
    made_kernel_run("one", "stopped", step=20, tested=False, events=KERNEL[:2])
    cursor_at(STEPS)
    told = texts(watch(run="one"))
    assert "Learned labels at step 20**" in told and "no saved labels" not in told


def test_fixed_labels_are_not_drawn(watch):
    made_kernel_run("one", "finished", labels="fixed")
    assert charts(watch(run="one")) == [*MATRIX, BARS, BARS]


def test_a_live_run_without_an_event(watch, worker):
    made_kernel_run("one", "running", pid=worker, step=0, tested=False, events=[])
    app = watch(run="one")
    assert charts(app) == ["images of"]
    assert "at the end of the run" in texts(app)


def test_before_the_data_is_ready_there_is_nothing_of_it(watch, worker):
    status = {"phase": "preparing", "total": 0}
    made_kernel_run("one", "running", pid=worker, step=0, prepared=False, events=[], status=status)
    app = watch(run="one")
    assert not charts(app) and "as soon as the data are ready" in texts(app)


def test_along_the_way_nothing_is_set_against_tests_on_all_images(watch, worker):
    run = made_kernel_run("one", "running", pid=worker, step=20, tested=False, events=[KERNEL[0], KERNEL[3]])
    config = run.config()
    write_json(run.path / "config.json", config | {"dataset": config["dataset"] | {"test": 10_000}})
    told = texts(watch(run="one"))
    assert "Not measured yet: synthetic images at the start, distilled images" in told
    assert "Under the same predictor" not in told


def test_how_the_predictor_is_tested_along_the_way_is_told(watch):
    made_kernel_run("one", "finished", events=[KERNEL[0] | {"images": 1000}, KERNEL[2] | {"images": 10_000}])
    assert "no student, along the way on 1,000 test images, at the end on all. " in texts(watch(run="one"))
    made_kernel_run("two", "finished")
    assert "no student. " in texts(watch(run="two"))


def test_evaluation_none_shows_matrix_and_certificate(watch):
    made_kernel_run("one", "finished", tested=False, events=UNTESTED, evaluation="none")
    app = watch(run="one")
    assert charts(app) == [*LABELS, *MATRIX]
    assert "hollow marks" not in texts(app) and "does not test its images" in texts(app)


def test_a_failed_run_shows_what_it_had(watch):
    made_kernel_run("one", "failed", step=20, tested=False, events=KERNEL[:2], status={"error": "it broke"})
    app = watch(run="one")
    assert charts(app) == [*LABELS, *MATRIX, BARS]
    assert "it broke" in texts(app) and "The run ended before its test" in texts(app)


def test_a_number_that_is_none_is_a_gap(watch):
    broken = [event | {"condition": None, "certificate": None} for event in KERNEL[:3]]
    made_kernel_run("one", "finished", events=broken)
    app = watch(run="one")
    assert charts(app) == [*LABELS, *MATRIX, BARS, BARS]
    assert "could not be read" not in texts(app)


def test_two_sets_with_the_same_predictor_are_compared_by_it(watch):
    made_kernel_run("one", "finished")
    better = [KERNEL[2] | {"mean": 0.99}]
    made_kernel_run("two", "finished", events=[*KERNEL, *better], importance="loss", labels="fixed")
    app = watch(run="one", beside="two")
    told = texts(app)
    assert "By the same kernel predictor: **B is 3.0 points better than A**: 99.0 % for B, 96.0 % for A" in told
    assert "Its labels are fixed" in told
    assert charts(app) == [*LABELS, *MATRIX, *[BARS] * 4]


def test_sets_with_other_predictors_or_none_are_not_compared_by_them(watch):
    made_kernel_run("one", "finished")
    made_kernel_run("two", "finished", predictor="NNGP of 2 hidden layers, ridge 1e-06")
    assert "cannot be compared: the predictors differ" in texts(watch(run="one", beside="two"))
    made_run("three", "finished")
    told = texts(watch(run="one", beside="three"))
    assert "By the" not in told and "Not distinguishable" in told


def test_predictors_drawn_by_chance_come_with_their_interval(watch):
    drawn = [event | {"std": 0.01, "repeats": 3} if event["event"] == "kernel" else event for event in KERNEL]
    made_kernel_run("one", "finished", distiller="rfad", events=drawn)
    made_kernel_run("two", "finished", distiller="rfad", importance="loss", events=drawn)
    told = texts(watch(run="one", beside="two"))
    assert "B − A = +0.0 ± 2.3 points, 95 % interval over predictors" in told
    assert "along the way by one draw of its networks. " in told
    assert "± is one standard deviation over n predictors" in told and "**RFAD** distills" in told


def test_numbers_of_the_predictor_are_in_the_table(watch):
    made_kernel_run("one", "finished")
    app = watch(run="one")
    app.toggle(key="data-one").set_value(True)
    app.run(timeout=30)
    table = app.dataframe[0].value
    assert table["kernel accuracy"].dropna().tolist() == [0.86, 0.94, 0.96]
    assert table["condition number"].iloc[-1] == 40.0 and table["certificate"].iloc[-1] == 0.5


def test_a_later_line_of_a_step_counts(watch):
    run = made_kernel_run("one", "finished")
    write_events(run, [KERNEL[2] | {"mean": 0.5}, baseline("kernel-random", 0.4, 0.0, 3), accuracy(0, 0.1)])
    assert "are **10.0 points better**" in texts(watch(run="one"))
