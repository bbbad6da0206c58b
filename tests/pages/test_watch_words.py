"""Watch: what it says of pictures and curves is true of each method and of what was measured."""

import pytest
from made_runs import KERNEL, STEPS, made_kernel_run, made_run, measured, write_events

from ddcore.runs import snapshots
from pages.parts.run_history import RunHistory
from pages.parts.tracks import set_stride, sheet_shape

AT_ENDS = [e | {"std": 0.01, "repeats": 3} if e.get("step") in (0, STEPS) else e for e in KERNEL]  # 20: by one draw
METHODS = ("kip", "rfad", "frepo")


@pytest.fixture
def told(open_page):
    """`told(run="one")`: everything the page says."""

    def opened(**query):
        app = open_page("watch.py", **query)
        assert not app.exception, app.exception
        shown = [str(block.value) for block in [*app.markdown, *app.caption]]
        return "\n".join([*shown, *(block.proto.help for block in app.caption)])

    return opened


@pytest.fixture
def one_of_each():
    for method in METHODS:
        made_kernel_run(method, "finished", distiller=method, events=KERNEL if method == "kip" else AT_ENDS)
    made_run("dm", "finished")


def test_only_sets_that_train_nothing_need_no_student(told, one_of_each):
    for method in METHODS:
        words = told(run=method)
        assert ("kernel predictor, no student" in words) == (method != "frepo")
        assert ("on the set itself, no student" in words) == (method != "frepo")
    assert "kernel predictor, along the way by one network of the pool. " in told(run="frepo")
    assert "no student, along the way by one draw of its networks. " in told(run="rfad")


def test_condition_numbers_that_are_of_other_predictors_at_the_ends_are_told(told, one_of_each):
    """Those of FRePo jump there: its pool is one thing, networks trained for the test another."""
    assert "the worst of several trained on the set for the test" in told(run="frepo")
    assert "RFAD: along the way of one draw of its networks" in told(run="rfad")
    assert "the worst of several" not in told(run="kip")


def test_two_methods_are_told_apart_in_titles_curves_and_losses(told, one_of_each):
    words = told(run="kip", beside="rfad")
    assert "**A** · KIP: " in words and "**B** · RFAD: " in words
    assert (
        "The curves with hollow marks are the sets' own kernel predictors, no student, along the way by one draw of "
        in (words)
    )
    assert "its networks (RFAD). " in words and "different quantities" in words
    beside_dm = told(run="kip", beside="dm")
    assert "**B** · DM: " in beside_dm and "The dotted curve with hollow marks is the set's own" in beside_dm
    assert "different quantities" not in told(run="kip") and "· KIP:" not in told(run="kip")


def test_sets_of_data_of_other_sizes_are_each_tested_on_all_of_it(told):
    made_kernel_run("one", "finished")
    made_kernel_run("two", "finished", events=[event | {"images": 24} for event in KERNEL])
    assert "test images, at the end on all" not in told(run="one", beside="two")


def test_labels_are_called_what_they_are(told):
    made_kernel_run("one", "finished", labels="solved")
    assert "**Solved labels at step 40**" in told(run="one")


@pytest.mark.parametrize("made", [made_run, made_kernel_run])
def test_without_a_test_there_is_no_word_of_students(told, made):
    made("one", "finished", tested=False, evaluation="none")
    words = told(run="one")
    assert "The synthetic images at the chosen step and the loss of distillation." in words
    assert "students trained" not in words and "Accuracies along the way" not in words


def test_what_is_not_shown_of_a_large_set_is_told(told, monkeypatch):
    run = made_run("large", "finished")
    values = run.snapshot(0)["view"].size
    height, width = sheet_shape(RunHistory(run), [0]).tile
    assert "rows and columns" not in told(run="large")
    monkeypatch.setattr(snapshots, "MOST_VALUES", values - 1)
    assert "one in 2 rows and columns" in told(run="large")
    for steps in ([0], []):  # as the snapshots have it, and before there is one
        assert sheet_shape(RunHistory(run), steps).tile == (-(-height // 2), -(-width // 2))
    monkeypatch.setattr(snapshots, "LARGEST_VIEW", values - 1)
    assert "too large for a picture" in told(run="large")


def test_a_set_of_tiny_imagenet_at_50_images_a_class_has_a_picture():
    dataset = {"classes": ["a"] * 200, "shape": [3, 64, 64]}
    assert set_stride({"dataset": dataset, "settings": {"ipc": 10}}) == 1
    assert set_stride({"dataset": dataset, "settings": {"ipc": 50}}) == 2
    assert set_stride({"dataset": dataset | {"shape": [3, 128, 128]}, "settings": {"ipc": 50}}) is None


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ((1,), ""),
        ((2,), "Each image holds 4 tiles; students"),
        ((2, 2), "Each image holds 4 tiles; students"),
        ((1, 3), "Each image of B holds 9 tiles; students"),
        ((2, 3), "Each image of A holds 4 tiles, each of B holds 9 tiles; students"),
    ],
)
def test_images_that_hold_tiles_are_told(told, factors, said):
    names = ("one", "two")[: len(factors)]
    for name, factor in zip(names, factors, strict=True):
        made_run(name, "finished", factor=factor)
    words = told(**dict(zip(("run", "beside"), names, strict=False)))
    assert said in words and ("tiles; students" in words) == bool(said)


def test_a_learned_step_size_is_told_beside_the_accuracies(told):
    run = made_run("one", "finished")
    assert "step size" not in told(run="one")
    write_events(run, [measured(STEPS, lr_student=0.0213)])
    assert "Students of this set use the step size that DM learned (0.0213)" in told(run="one")
