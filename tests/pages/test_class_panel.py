"""Classes under the film: which is the hardest, of which test, by whom; and what is said where it is not known."""

import json

import numpy as np
import pytest
from made_runs import STEPS, accuracy, made_kernel_run, made_run, write_events

from ddcore.files import read_json, write_json, write_npz
from ddcore.runs.confusions import Confusion
from ddcore.runs.folder import RunFolder
from pages.parts.browser.player import PlayerEvent
from pages.parts.watch import watching
from pages.parts.watch.class_tests import ClassTest, ClassTests
from pages.parts.watch.class_words import apart_chance_words, apart_words, chance_words, largest_confusions

CLASSES = 10


def counts(worst: int, taken_for: int, share: float = 0.2, images: int = 50, classes: int = CLASSES) -> np.ndarray:
    """All classes at 80 % but `worst`, which has `share`; what it lacks is taken for one other class."""
    found = np.eye(classes, dtype=int) * round(0.8 * images)
    found[np.arange(classes), (np.arange(classes) + 1) % classes] += images - round(0.8 * images)
    found[worst] = 0
    found[worst, worst], found[worst, taken_for] = round(share * images), images - round(share * images)
    return found.astype(np.uint16)


def keep(run: RunFolder, name: str, made: np.ndarray, repeats: int = 1) -> None:
    write_npz(run.path / "confusions" / f"{name}.npz", counts=made * repeats, repeats=np.array(repeats, np.uint8))


def recorded(name: str = "one", state: str = "finished", made=made_run, **given) -> RunFolder:
    """A run whose hardest class is 3 at step 0, 5 at step 20, and 7 at the end."""
    run = made(name, state, **given)
    keep(run, "students_000000", counts(3, 1), 3)
    keep(run, "students_000020", counts(5, 2))
    keep(run, f"students_{STEPS:06d}", counts(7, 4, 0.1), 3)
    keep(run, "random", counts(0, 1), 3)
    keep(run, "full", counts(0, 1, 0.9))
    return run


@pytest.fixture
def classes(watch, monkeypatch):
    """`classes(cursor, run="one")`: the page with the panel chosen and the cursor at rest there."""

    def opened(cursor: int = STEPS, **query):
        monkeypatch.setattr(watching, "player", lambda tracks, **_: PlayerEvent(cursor, None, False))
        app = watch(**query or {"run": "one"})
        app.segmented_control(key="watch_look").set_value("classes").run()
        assert not app.exception, app.exception
        return app

    return opened


def texts(app) -> str:
    blocks = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join(str(block.value) for block in blocks).replace("\\", "")


def charts(app) -> list[dict]:
    """Figures of the panel: of accuracies of classes, and maps."""
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    return [
        one for one in figures if title(one) in ("accuracy of the class", "taken for") or "hardest of" in title(one)
    ]


def title(figure: dict) -> str:
    return figure["layout"]["xaxis"].get("title", {}).get("text", "")


def names(figure: dict) -> list[str]:
    return [trace["name"] for trace in figure["data"] if "name" in trace]


def rows(figure: dict) -> list[str]:
    return list(figure["layout"]["yaxis"]["ticktext"])


def choose(app, what: str, value: str):
    app.segmented_control(key=f"classes_{what}").set_value(value).run()
    return app


def choices(app) -> set[str]:
    return {widget.key for widget in app.segmented_control if widget.key.startswith("classes_")}


def test_the_hardest_class_is_said_first_and_heads_the_chart(classes):
    recorded()
    app = classes()
    told = texts(app)
    assert "**7**, 10.0 % of its 50 test images" in told and "mean of 3 students" in told and "*4* (90.0 %)" in told
    accuracies, confused = charts(app)
    assert rows(accuracies)[0] == "7" and len(rows(accuracies)) == CLASSES
    assert confused["data"][0]["y"] == [str(label) for label in range(CLASSES)]
    assert choices(app) == {"classes_order"}, "there is one test to look at, and nobody else's"
    assert rows(charts(choose(app, "order", "class"))[0]) == [str(label) for label in range(CLASSES)]


def test_accuracies_stand_beside_random_images_and_full_data(classes):
    recorded()
    app = classes()
    told = " ".join(names(charts(app)[0]))
    mean = (9 * 80 + 10) / 10
    assert f"step {STEPS}: mean {mean:.1f} % (n = 3)" in told
    assert "random images (n = 3)" in told and "full data (n = 1)" in told
    assert len(charts(app)[0]["layout"]["images"]) == CLASSES


def test_the_test_is_the_last_one_up_to_the_cursor(classes):
    recorded()
    app = classes(31)
    assert "**5**" in texts(app) and "step 20, 1 student" in texts(app)
    shown = names(charts(app)[0])
    assert any(name.startswith("step 20") for name in shown) and any(name.startswith(f"step {STEPS}") for name in shown)
    assert "Confusion matrix, step 20" in texts(app)
    choose(app, "moment", "last")
    assert "**7**" in texts(app) and f"Confusion matrix, step {STEPS}" in texts(app)
    assert not any(name.startswith("step 20") for name in names(charts(app)[0]))


def test_a_link_orders_the_classes(watch):
    run = recorded()
    app = watch(run=run.id, look="classes", order="class")
    assert app.session_state["classes_order"] == "class" and "does not know" not in texts(app)
    assert app.query_params["order"] in ("class", ["class"])


def test_before_the_first_test_the_last_one_is_shown_and_that_is_said(classes):
    run = recorded()
    (run.path / "confusions" / "students_000000.npz").unlink()
    app = classes(10)
    assert "No test up to step 10" in texts(app) and "**7**" in texts(app)


def test_the_sets_own_predictor_is_a_choice_where_it_was_tested(classes):
    run = recorded(made=made_kernel_run)
    keep(run, f"kernel_{STEPS:06d}", counts(2, 9))
    keep(run, "kernel-random", counts(1, 2), 3)
    app = classes()
    assert "**7**" in texts(app) and "classes_who" in choices(app)
    choose(app, "who", "kernel")
    told = texts(app)
    assert "**2**" in told and "the set's own predictor" in told and "*9*" in told
    assert not any("full data" in name for name in names(charts(app)[0]))
    assert any("random images" in name for name in names(charts(app)[0]))


def test_classes_that_are_equally_hard_are_all_named(classes):
    run = recorded()
    made = counts(7, 4)
    made[2] = 0
    made[2, 2], made[2, 3] = 10, 40
    keep(run, f"students_{STEPS:06d}", made)
    assert "**2** and **7**, 20.0 %" in texts(classes())


def test_a_set_without_a_mistake_has_no_hardest_class(classes):
    run = recorded()
    keep(run, f"students_{STEPS:06d}", np.eye(CLASSES, dtype=np.uint16) * 5)
    assert "all are at 100 %" in texts(classes())


def test_a_class_without_test_images_is_not_the_hardest(classes):
    run, made = recorded(), counts(7, 4)
    made[1] = 0
    keep(run, f"students_{STEPS:06d}", made)
    app = classes()
    assert "**7**, 20.0 %" in texts(app) and "no test images of *1*" in texts(app)


# -- what is not known


def test_an_old_run_says_that_it_did_not_record_it(classes):
    made_run("one", "finished")
    app = classes()
    assert "did not record which classes" in texts(app) and not charts(app) and not choices(app)


def test_a_run_that_tests_nothing_says_so(classes):
    made_run("one", "finished", tested=False, evaluation="none")
    assert "evaluation: none" in texts(classes())


def test_a_live_run_says_when_it_comes(classes, worker):
    made_run("one", "running", pid=worker, step=10, tested=False)
    app = classes(10)
    assert "appears with the first test" in texts(app) and not charts(app)


def test_a_run_that_ended_early_says_so(classes):
    made_run("one", "stopped", step=10, tested=False)
    assert "ended before its test" in texts(classes(10))


def test_a_live_run_shows_its_tests_so_far(classes, worker):
    run = made_run("one", "running", pid=worker, step=20, tested=False)
    write_events(run, [accuracy(20, 0.5)])
    keep(run, "students_000020", counts(5, 2))
    app = classes(20)
    assert "**5**" in texts(app) and names(charts(app)[0]) == ["step 20: mean 74.0 % (n = 1)"]
    assert "Not counted" not in texts(app), "baselines come at the end"


def test_baselines_that_were_kept_without_are_named(classes):
    run = recorded()
    (run.path / "confusions" / "random.npz").unlink()
    assert "Not counted for each class: random images." in texts(classes())


def test_a_damaged_test_is_said_to_be_so_and_the_rest_is_shown(classes):
    run = recorded()
    (run.path / "confusions" / "random.npz").write_bytes(b"PK")
    app = classes()
    assert "random.npz of run 'one' cannot be read" in texts(app) and "**7**" in texts(app)
    (run.path / "confusions" / f"students_{STEPS:06d}.npz").write_bytes(b"PK")
    told = texts(classes())
    assert f"students_{STEPS:06d}.npz of run 'one' cannot be read" in told and "**7**" not in told


def test_damaged_pictures_leave_the_chart(classes):
    run = recorded()
    run.snapshot_path(STEPS).write_bytes(b"PK")
    accuracies, _ = charts(classes())
    assert not accuracies["layout"].get("images") and rows(accuracies)[0] == "7"


def test_names_are_text(classes):
    run = recorded()
    config = read_json(run.path / "config.json")
    config["dataset"]["classes"][7] = "*<b>7*"
    write_json(run.path / "config.json", config)
    app = classes()
    assert any(r"**\*\<b\>7\***" in block.value for block in app.markdown)
    assert rows(charts(app)[0])[0] == "*&lt;b&gt;7*"


# -- a pair


def test_a_pair_is_one_chart_two_maps_and_where_they_differ_most(classes):
    recorded("one")
    run = recorded("two")
    keep(run, f"students_{STEPS:06d}", counts(1, 4, 0.3), 3)
    app = classes(run="one", beside="two")
    told = texts(app)
    assert "**A** · " in told and "**7**, 10.0 %" in told and "**B** · " in told and "**1**, 30.0 %" in told
    assert "differ most in *7* (A 10.0 %, B 80.0 %) and *1* (A 80.0 %, B 30.0 %)." in told
    figures = charts(app)
    assert [title(one) for one in figures] == ["accuracy of the class", "taken for", "taken for"]
    assert {name[0] for name in names(figures[0]) if "step" in name} == {"A", "B"}
    assert sum("random images" in name for name in names(figures[0])) == 1, "both have the same"


def test_of_a_pair_with_an_old_run_the_other_is_shown(classes):
    recorded("one")
    made_run("two", "finished")
    app = classes(run="one", beside="two")
    assert "B: This run did not record" in texts(app) and "**7**" in texts(app)
    assert [title(one) for one in charts(app)] == ["accuracy of the class", "taken for"]


def test_of_a_pair_one_may_have_no_test_by_the_predictor(classes):
    run = recorded("one", made=made_kernel_run)
    keep(run, f"kernel_{STEPS:06d}", counts(2, 9))
    recorded("two")
    app = choose(classes(run="one", beside="two"), "who", "kernel")
    assert "B: No test by the set's own predictor" in texts(app) and "**2**" in texts(app)


def test_runs_of_other_classes_have_a_chart_each(classes):
    recorded("one")
    run = recorded("two")
    config = read_json(run.path / "config.json")
    config["dataset"]["classes"] = [f"digit {label}" for label in range(CLASSES)]
    write_json(run.path / "config.json", config)
    app = classes(run="one", beside="two")
    accuracies = [one for one in charts(app) if title(one) == "accuracy of the class"]
    assert len(accuracies) == 2 and "differ most" not in texts(app)
    assert accuracies[0]["layout"]["xaxis"]["range"] == accuracies[1]["layout"]["xaxis"]["range"]


# -- many classes


def test_of_many_classes_the_hardest_are_drawn_and_the_largest_confusions_listed(classes):
    run, many = recorded(), 40
    config = read_json(run.path / "config.json")
    config["dataset"]["classes"] = [f"kind {label}" for label in range(many)]
    write_json(run.path / "config.json", config)
    for path in (run.path / "confusions").iterdir():
        path.unlink()
    keep(run, f"students_{STEPS:06d}", counts(33, 12, 0.1, classes=many))
    app = classes()
    accuracies, _ = charts(app)
    assert rows(accuracies)[0] == "kind 33" and len(rows(accuracies)) == 30 and "30 hardest of 40" in title(accuracies)
    table = next(block.value for block in app.markdown if block.value.startswith("| class"))
    assert table.splitlines()[2] == "| kind 33 | kind 12 | 90.0 % |"
    assert "classes_order" not in choices(app)


def test_the_largest_confusions_come_first_and_nothing_is_a_confusion_that_did_not_happen():
    made = np.array([[5, 5, 0], [1, 9, 0], [0, 0, 10]])
    assert largest_confusions(made, 10) == [(0, 1), (1, 0)] and largest_confusions(made, 1) == [(0, 1)]


def confusion(*right: int, images: int = 100) -> Confusion:
    """Of two classes, so many of whose images are right."""
    return Confusion(np.array([[right[0], images - right[0]], [images - right[1], right[1]]]), 1)


def test_how_far_chance_reaches_is_behind_the_question_marks():
    one, other = confusion(50, 90), confusion(30, 90)
    tests = ClassTests("students", ClassTest(3, one), None, None, None)
    assert f"± {196 * (0.25 / 100) ** 0.5:.1f} points" in chance_words(tests)
    margin = 196 * (0.5 * 0.5 / 100 + 0.3 * 0.7 / 100) ** 0.5
    assert f"20.0 ± {margin:.1f} points" in apart_chance_words(one, other)


def test_sets_that_are_equal_in_every_class_are_said_to_be_so():
    assert "same accuracy in every class" in apart_words(confusion(5, 9), confusion(5, 9), ["a", "b"])
    assert apart_chance_words(confusion(5, 9), confusion(5, 9)) is None


def test_only_classes_that_differ_are_named():
    told = apart_words(confusion(50, 90), confusion(30, 90), ["a", "b"])
    assert "*a* (A 50.0 %, B 30.0 %)" in told and "*b*" not in told
