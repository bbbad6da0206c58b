"""Runs in words. The sentences about runs are asserted here and nowhere else."""

import json

import numpy as np
import pytest

from ddcore.data.dataset import Dataset, Split
from ddcore.distillers import DISTILLERS
from ddcore.distillers.kernel_method import KernelMethod
from ddcore.experiments.resolving import complete, resolve
from ddcore.files import write_json
from ddcore.runs.folder import RunFolder
from ddcore.runs.states import ENDED, LIVE
from pages.parts.run_description import RunDescription, loss_words
from pages.parts.run_history import RunHistory
from pages.parts.run_words import STATES, progress, start_report, story
from pages.parts.watch.honesty import step_size_words
from pages.parts.watch.run_controls import possible
from pages.parts.words import number_word


def run(known: dict | None = None, **settings) -> RunDescription:
    return RunDescription({"settings": complete(resolve({"width": 8, **settings}))} | (known or {}))


def test_every_state_has_a_mark_and_a_word():
    assert set(STATES) == {*LIVE, *ENDED}
    assert all(mark and word for mark, word, _ in STATES.values())


@pytest.mark.parametrize(
    ("init", "said", "not_said"),
    [
        ("noise", "start as pure noise", "already"),
        ("kmeans-coreset", "The start, a k-means coreset of real images, already gives 89.0 %", "noise"),
    ],
)
def test_the_story_tells_what_the_start_teaches(init, said, not_said):
    config = {"settings": {"ipc": 1, "init": init}}
    config |= {"dataset": {"name": "digits", "train": 1000, "classes": list("0123456789")}}
    result = {name: {"mean": 0.5} for name in ("accuracy", "random", "full")} | {"initial_accuracy": {"mean": 0.89}}
    assert story(config, result | {"initial_accuracy": None})
    words = story(config, result)
    assert said in words and not_said not in words


def test_a_run_in_a_sentence():
    follows = run(importance="representative", init="kmeans-coreset", refresh_every=20, steps=9)
    assert follows.sentence == (
        "**DM** distills **digits** into one image per class, starting from **a k-means coreset of real images**; real "
        "batches are **representative images**, chosen anew every 20 steps. 9 steps, seed 0. Network: ConvNet of width "
        "8."
    )
    weighted = run(importance="loss", direction="easy", mode="corrected", device="cpu", zca=True, ipc=12)
    assert "**digits** (whitened images) into twelve images per class" in weighted.sentence
    assert (
        "real batches are drawn by **relative loss importance**, easy images more often (corrected: weights keep the "
        "target unbiased). 1,000 steps, seed 0, on cpu." in weighted.sentence
    )
    stratified = run(importance="loss", direction="easy", mode="stratified")
    assert "by **relative loss importance** (stratified: as many images from every range of it)." in stratified.sentence
    assert "real batches are **stratified by similarity**. 1,000" in run(importance="stratified").sentence


def test_a_run_with_experts_says_what_they_do_with_importance():
    plain = run(distiller="mtt", experts=4)
    assert "; **4 experts** train on all real images equally. 1,000" in plain.sentence
    assert " · experts: " in plain.details and "batches" not in plain.details
    easy = {"importance": "loss", "direction": "easy"}
    weighted = run(distiller="mtt", experts=4, expert_importance="weights", **easy)
    assert "**4 experts** weight real images by **relative loss importance**, easy images more." in weighted.sentence
    drawn = run(distiller="datm", experts=4, expert_importance="batches", importance="loss")
    assert "**4 experts** draw real images by **relative loss importance**." in drawn.sentence
    assert "into one image per class with **learned labels**, starting" in drawn.sentence and not plain.labels
    assert drawn.short_name == "digits · DATM, relative loss experts, learned labels · ipc 1 · seed 0"
    assert " · learned labels · " in drawn.details


@pytest.mark.parametrize(
    ("settings", "title"),
    [
        ({"importance": "loss"}, "k-means coreset start, relative loss emphasis"),
        ({"init": "random"}, "random images start, uniform batches"),
        ({"init": "random", "distiller": "mtt"}, "random images start, uniform experts"),
        ({"distiller": "mtt", "importance": "loss"}, "k-means coreset start, relative loss experts"),
        ({"importance": "representative"}, "k-means coreset start, representative images"),
        ({"distiller": "select", "init": "herding"}, "herding, not distilled"),
    ],
)
def test_curves_are_called_by_start_and_batches(settings, title):
    assert run(**settings).title == title


def test_a_selection_is_not_called_distilled():
    selected = run(distiller="select", init="herding", ipc=2)
    assert selected.short_name == "digits · herding, not distilled · ipc 2 · seed 0"
    assert selected.sentence == (
        "**Real images chosen by herding** stand for **digits**: two images per class, not distilled. Students: "
        "ConvNet of width 8."
    )
    assert "steps" not in selected.details and selected.method == "not distilled"


def test_a_closed_form_says_what_it_is_solved_on():
    every, some = run(distiller="analytic", init="random"), run(distiller="analytic", init="random", coreset=1500)
    assert every.sentence == (
        "**KRR** distills **digits** into one image per class, starting from **random real images**; solved in closed "
        "form on **all training images**. 1 step, seed 0. Students: ConvNet of width 8."
    )
    assert every.title == "random images start, all images" and "1 step · from" in every.details
    assert "on **a coreset of 1,500 images (by sensitivity)**" in some.sentence
    assert some.short_name == "digits · KRR, coreset of 1,500 · ipc 1 · seed 0"
    others = {"coreset": 1500, "coreset_by": "importance", "importance": "kmeans"}
    assert "(by k-means sensitivity)" in run(distiller="analytic", **others).sentence
    assert "(uniform)" in run(distiller="analytic", coreset=5, coreset_by="uniform").details


def test_tiles_are_told_where_an_image_holds_several():
    tiles = run(factor=2, init="random", zca=True)
    assert "into one image per class, each of 2×2 tiles, starting from **random real images**" in tiles.sentence
    assert "2×2 tiles" in tiles.details and "DM, uniform batches, 2×2 tiles, whitened · ipc 1" in tiles.short_name
    chosen = run(factor=3, distiller="select", init="herding", ipc=2)
    assert "two images per class, each of 3×3 tiles, not distilled" in chosen.sentence
    learned = run(factor=2, distiller="kip", labels="learned")
    assert "one image per class with **learned labels**, each of 2×2 tiles" in learned.sentence
    older = run()
    del older.settings["factor"]
    assert "tiles" not in RunDescription({"settings": older.settings}).sentence + run().details


def test_the_score_of_a_start_is_told_wherever_the_start_is():
    for distiller in ("select", "dm"):
        about = run(distiller=distiller, init="hardest", init_score="ridge")
        for words in (about.title, about.details, about.sentence):
            assert "hardest images (by kernel-ridge sensitivity)" in words


def test_what_a_start_achieved_is_told_with_its_limits():
    report = {"seconds": 1.26, "cost": 3.0, "cost_ratio": 0.8149, "certificate": 1.5}
    words = start_report(report)
    assert "(1.3 s)" in words and "0.81 times that of one random draw" in words
    assert "(1.3 s without scoring)" in start_report(report, scored=True)
    assert "ε = 1.50 (no lower guarantee)." in words
    assert "guarantee" not in start_report({"certificate": 0.4}) and start_report({"seconds": 0.1}) == ""


@pytest.mark.parametrize(("name", "short"), [("dm", "DM"), ("kip", "KIP"), ("rfad", "RFAD"), ("frepo", "FRePo")])
def test_methods_are_named_as_in_their_papers(name, short):
    assert run(distiller=name).method == short and DISTILLERS.about(name).heading.endswith(f"({short})")
    assert loss_words([{"settings": {"distiller": name}}]).startswith(f"The loss of {short} is ")


def test_kernel_methods_are_those_whose_sets_are_predictors():
    for name in DISTILLERS.names():
        assert bool(DISTILLERS.about(name).predictor) == issubclass(DISTILLERS.get(name), KernelMethod)


def test_a_kernel_run_in_words():
    frepo = run({"kernel": "features"}, distiller="frepo", importance="student-loss", refresh_every=20, device="cpu")
    assert frepo.sentence == (
        "**FRePo** distills **digits** into one image per class with **learned labels**, starting from **a "
        "kernel-ridge coreset of real images**; real batches are drawn by **the loss of its own predictor**, chosen "
        "anew every 20 steps (emphasis on them). 1,000 steps, seed 0, on cpu. Its predictor: features. Pool and "
        "students: ConvNet of width 8."
    )
    assert frepo.short_name == "digits · FRePo, predictor loss emphasis, learned labels · ipc 1 · seed 0"
    assert "the loss of the current student" in run(importance="student-loss").sentence


@pytest.mark.parametrize(
    ("settings", "networks"),
    [
        ({}, "Network: ConvNet of width 8"),
        ({"depth": 2, "network": "convnet:norm=batch,pooling=max"},
         "Network: ConvNet of width 8 and depth 2, batch norm, max pooling"),
        ({"student_network": "mlp"}, "Network: ConvNet of width 8. Students: MLP"),
        ({"student_network": "convnet:norm=none"},
         "Network: ConvNet of width 8. Students: ConvNet of width 8, no norm"),
        ({"network": "mlp", "distiller": "kip"}, "Students: MLP of width 8"),
        ({"distiller": "frepo", "student_network": "mlp"}, "Pool: ConvNet of width 8. Students: MLP"),
        ({"distiller": "rfad", "student_network": "mlp:width=64"}, "Students: MLP of width 64"),
    ],
)  # fmt: skip
def test_all_networks_that_take_part_are_named(settings, networks):
    assert run(**settings).networks == networks


def test_a_run_of_an_earlier_version_had_one_conv_net():
    known = {"network": {"width": 16, "depth": 2}}
    assert (
        RunDescription({"settings": {"distiller": "dm"}} | known).networks == "Network: ConvNet of width 16 and depth 2"
    )


def test_lists_tell_runs_of_other_labels_and_of_whitened_images_apart():
    """Nothing else tells them apart on Watch and in the Library."""
    runs = [run(distiller="kip", labels=labels, zca=zca) for labels, zca in
            (("fixed", False), ("learned", False), ("solved", False), ("fixed", True))]  # fmt: skip
    assert len({about.short_name for about in runs}) == len({about.details for about in runs}) == 4
    assert runs[0].short_name == "digits · KIP, uniform batches · ipc 1 · seed 0"
    assert "whitened" in run(distiller="select", init="herding", zca=True).details


def test_a_plan_counts_images_and_data():
    split = Split(np.zeros((20, 8, 9, 3), np.uint8), np.repeat([0, 1], 10))
    data = Dataset("own", "0" * 16, split, split, ("a", "b"), (0.5,) * 3, (0.2,) * 3, True, "made up")
    plan = run(dataset="own", ipc=3).plan(data)
    assert plan.startswith("**6 colour images** of 9×8 pixels stand for **20**. **DM** ") and "tile" not in plan
    assert run(dataset="own", factor=3).plan(data).endswith("enlarged to 9×8."), "so coarse a tile is no surprise later"


def test_losses_of_different_batches_are_not_set_against_one_another():
    kip = {"distiller": "kip", "mode": "emphasis", "direction": "hard"}
    uniform, follows = ({"settings": kip | {"importance": name}} for name in ("uniform", "student-loss"))
    assert "its own batches" in loss_words([uniform, follows])
    assert "own batches" not in loss_words([uniform, uniform]) + loss_words([uniform])


def test_what_else_two_losses_of_a_method_may_be_of_is_said_as_it_is():
    """A closed form is costed on all training images, whatever it is solved on; trajectories are followed."""
    small, large = ({"settings": {"distiller": "analytic", "coreset": m}} for m in (100, 400))
    assert loss_words([small, large]) == loss_words([small])
    equal, weighted = ({"settings": {"distiller": "mtt", "importance": name}} for name in ("uniform", "loss"))
    assert "its own experts" in loss_words([equal, weighted]) and "batches" not in loss_words([equal, weighted])


def test_a_pause_not_yet_taken_can_be_taken_back():
    assert possible("running", None) == ("pause", "stop")
    assert possible("running", "pause") == ("resume", "stop")
    assert possible("finished", None) == ()


def test_small_numbers_are_words():
    assert (number_word(10), number_word(60000)) == ("ten", "60,000")


def test_a_dataset_has_its_name_before_it_is_prepared():
    """Lists of runs go by it: a choice made just before is understood just after."""
    waiting = {"settings": {"dataset": "digits", "variant": "outliers:0.05:mnist"}, "dataset": None}
    assert RunDescription(waiting).dataset == "digits-outliers-0.05-mnist"
    assert RunDescription(waiting | {"settings": {"dataset": "digits"}}).dataset == "digits"
    assert RunDescription(waiting | {"dataset": {"name": "mine"}}).dataset == "mine"


def test_methods_that_are_unknown_here_go_by_their_names():
    foreign = RunDescription({"settings": {"distiller": "idm", "init": "zoom", "importance": "surprise"}})
    assert "idm" in foreign.sentence and "zoom" in foreign.sentence and "surprise" in foreign.sentence


def test_students_that_use_a_learned_step_size_are_told_apart(tmp_path):
    history = RunHistory(RunFolder(tmp_path))
    write_json(tmp_path / "config.json", {"settings": resolve({})})
    assert step_size_words(history) == ""
    lines = [{"event": "step", "step": step, "time": 1.0, "lr_student": 0.01234 * step} for step in (1, 2)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert step_size_words(history.update()) == (
        "Students of this set use the step size that DM learned (0.0247); those of random images and of all training "
        "images use the protocol's."
    )


@pytest.mark.parametrize("value", ["0.1", -0.1, 0, None, [0.1], True])
def test_a_step_size_that_is_none_is_not_told(tmp_path, value):
    write_json(tmp_path / "config.json", {"settings": resolve({})})
    event = {"event": "step", "step": 1, "time": 1.0, "lr_student": value}
    (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n")
    history = RunHistory(RunFolder(tmp_path)).update()
    assert (step_size_words(history), history.unreadable) == ("", 0)


def test_training_the_experts_is_a_part_of_a_run_like_any_other(tmp_path):
    write_json(tmp_path / "config.json", {"settings": resolve({})})
    part = {"event": "progress", "phase": "making experts", "total": 40}
    lines = [part | {"done": done, "note": f"expert {1 + done // 10} of 4", "time": float(done)} for done in (4, 14)]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    status = {"step": 0, "total": 300, "phase": "making experts", "progress": lines[-1]}
    share, words = progress(status, "running", RunHistory(RunFolder(tmp_path)).update())
    assert share == pytest.approx(0.1 * (2 + 14 / 40) / 4)
    assert words == "part 1 of 3: training the experts · expert 2 of 4 · about 26 s left of it"
