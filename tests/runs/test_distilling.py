"""A distillation run as the worker does it: what is kept, and what going on after an interruption means."""

import json
import time
from dataclasses import asdict

import numpy as np
import pytest
import torch
import toy

from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import resolve
from ddcore.files import write_json
from ddcore.progress import Stopped
from ddcore.runs.archive import delete_run, export_run, import_run
from ddcore.runs.folder import create_run, send
from ddcore.runs.jobs import distilling
from ddcore.runs.jobs.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from ddcore.runs.worker import work
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.following.student_loss import StudentLoss


def a_run(**settings):
    return create_run(toy.run_settings(**{"evaluation": "none"} | settings))


def final_images(run):
    return run.snapshot(run.config()["settings"]["steps"])["images"]


def accuracies(run):
    return [event["step"] for event in run.events()[0] if event["event"] == "accuracy"]


def test_a_stopped_run_goes_on_bit_for_bit(stop_at):
    whole, part = a_run(), a_run()
    work(whole)
    stop_at(3)
    assert work(part) is None and part.state() == "stopped"
    assert work(part)["steps"] == 6
    np.testing.assert_array_equal(final_images(whole), final_images(part))
    steps = [event["step"] for event in part.events()[0] if event["event"] == "step"]
    assert steps == [1, 2, 3, 4, 5, 6], "no step is told twice after a proper stop"


def test_a_run_of_an_earlier_version_goes_on_by_what_its_scores_were_then(stop_at):
    """Its config has no `seedings`: it took one; a run that has not begun takes as many as any other of today."""
    by_kmeans = {"importance": "kmeans", "clusters": 3}
    whole, part, today = a_run(**by_kmeans, seedings=1), a_run(**by_kmeans, seedings=1), a_run(**by_kmeans)
    work(whole)
    stop_at(3)
    assert work(part) is None
    config = part.config()
    assert config["settings"].pop("seedings") == 1
    write_json(part.path / "config.json", config)
    assert work(part)["steps"] == 6 and part.config()["settings"]["seedings"] == 1
    np.testing.assert_array_equal(final_images(whole), final_images(part))
    work(today)
    assert today.config()["settings"]["seedings"] == 0
    assert not np.array_equal(final_images(whole), final_images(today))


def following(importance, refresh_every):
    return {"importance": importance, **asdict(toy.rule(importance, candidates=5, refresh_every=refresh_every))}


@pytest.mark.parametrize("importance", FOLLOWERS.names())
def test_a_run_whose_batches_follow_goes_on_bit_for_bit(importance, stop_at, monkeypatch):
    """Stopped between two choices (steps 1 and 5, if it follows), then broken after the second: nothing is chosen twice
    or missed."""
    settings, choices = following(importance, 4), [1, 5][: toy.rule(importance, refresh_every=4).choices(6)]
    whole, part = a_run(**settings), a_run(**settings)
    work(whole)
    chosen, plain = [], BatchSampler.refresh
    monkeypatch.setattr(
        BatchSampler, "refresh", lambda self, rng, *rest: chosen.append(rng.step) or plain(self, rng, *rest)
    )
    stop_at(3)
    assert work(part) is None and chosen == [1]
    kept = read_checkpoint(part, "cpu")[1]["sampler"]
    assert kept["indices"].dtype == torch.int64 and ("scores" in kept) == FOLLOWERS.about(importance).law
    monkeypatch.setattr(distilling, "CHECKPOINT_EVERY", 0.0)
    stop_at(5, MemoryError)
    with pytest.raises(MemoryError):
        work(part)
    assert work(part)["steps"] == 6 and chosen == choices
    np.testing.assert_array_equal(final_images(whole), final_images(part))


def test_a_stop_while_batches_are_chosen_costs_nothing(monkeypatch):
    settings = following("student-loss", 2)
    whole, part = a_run(**settings), a_run(**settings)
    work(whole)
    plain = StudentLoss.choose

    def stopped(self, view, images, labels, rng, progress):
        if rng.step == 5:
            send(part, "stop")
        return plain(self, view, images, labels, rng, progress)

    with monkeypatch.context() as patch:
        patch.setattr(StudentLoss, "choose", stopped)
        assert work(part) is None
    assert part.status()["step"] == 4, "the choice before step 5 did not have to end"
    assert work(part)["steps"] == 6
    np.testing.assert_array_equal(final_images(whole), final_images(part))


def test_a_steps_seconds_count_what_choosing_its_batches_took(monkeypatch):
    plain = BatchSampler.refresh
    monkeypatch.setattr(BatchSampler, "refresh", lambda *given: time.sleep(0.3) or plain(*given))
    run = a_run(**following("representative", 4))
    result = work(run)
    slow = [event["step"] for event in run.events()[0] if event["event"] == "step" and event["seconds"] >= 0.3]
    assert {1, 5} <= set(slow) and result["seconds"] >= 0.6


def test_a_selection_is_one_step_and_tested_once(monkeypatch):
    tested, plain = [], Experiment.accuracy
    monkeypatch.setattr(
        Experiment, "accuracy", lambda self, *given, **more: tested.append(1) or plain(self, *given, **more)
    )
    settings = {"dataset": toy.dataset().hash, "distiller": "select", "init": "herding", "steps": 200, "width": 4}
    run = create_run(
        resolve(settings | {"ipc": 2, "evaluation": "quick", "repeats": 2, "evaluate_every": 1, "device": "cpu"})
    )
    result = work(run)
    assert result["steps"] == 1 and len(tested) == 1
    assert result["accuracy"] == result["initial_accuracy"] and result["accuracy"]["repeats"] == 2
    np.testing.assert_array_equal(run.snapshot(0)["images"], run.snapshot(1)["images"])
    assert accuracies(run) == [1, 0]
    (step,) = [event for event in run.events()[0] if event["event"] == "step"]
    assert step["loss"] == 0


def test_a_crash_costs_what_came_after_the_last_checkpoint_only(stop_at, monkeypatch):
    monkeypatch.setattr(distilling, "CHECKPOINT_EVERY", 0.0)
    run = a_run()
    stop_at(4, MemoryError)
    with pytest.raises(MemoryError):
        work(run)
    assert run.state() == "failed" and "MemoryError" in run.status()["error"]
    work(run)
    steps = [event["step"] for event in run.events()[0] if event["event"] == "step"]
    assert steps == [1, 2, 3, 4, 5, 6]


def test_an_interrupt_in_the_middle_of_a_step_leaves_the_last_checkpoint_alone(monkeypatch):
    """The state is changed in place: saved half way it would be neither this step nor the next."""
    from ddcore.distillers.dm import DistributionMatching

    whole, part = a_run(), a_run()
    work(whole)
    plain = DistributionMatching.step

    def interrupted(self, problem, state, rng):
        metrics = plain(self, problem, state, rng)
        if rng.step == 3:
            raise KeyboardInterrupt
        return metrics

    with monkeypatch.context() as patch:
        patch.setattr(DistributionMatching, "step", interrupted)
        assert work(part) is None
    work(part)
    np.testing.assert_array_equal(final_images(whole), final_images(part))


def test_an_accuracy_that_a_stop_cut_short_is_taken_after_all(monkeypatch):
    quick = {"evaluation": "quick", "repeats": 1, "evaluate_every": 2}
    run, plain = a_run(**quick), distilling._take_accuracy

    def cut(job, experiment, step, state):
        if step == 4:
            raise Stopped
        plain(job, experiment, step, state)

    with monkeypatch.context() as patch:
        patch.setattr(distilling, "_take_accuracy", cut)
        assert work(run) is None
    assert accuracies(run) == [2] and run.status()["step"] == 4, "the step is done, though its test is not"
    work(run)
    assert accuracies(run) == [2, 4, 6, 0]


def test_evaluating_more_often_changes_no_image_and_no_final_accuracy():
    seldom = a_run(evaluation="quick", repeats=2, evaluate_every=0)
    often = a_run(evaluation="quick", repeats=2, evaluate_every=2)
    results = [work(run) for run in (seldom, often)]
    np.testing.assert_array_equal(final_images(seldom), final_images(often))
    assert results[0]["accuracy"] == results[1]["accuracy"]


def test_a_run_does_not_go_on_with_other_data(stop_at, tmp_path):
    images, labels = toy.images_and_labels()
    path = tmp_path / "own.npz"
    np.savez(path, images=images, labels=labels, test_images=images, test_labels=labels)
    run = a_run(dataset=str(path))
    stop_at(3)
    work(run)
    first = run.config()["dataset"]["hash"]
    np.savez(path, images=255 - images, labels=labels, test_images=images, test_labels=labels)
    work(run)
    assert run.config()["dataset"]["hash"] == first, "the prepared copy is what it began with"

    other = a_run(dataset=str(path))
    stop_at(3)
    work(other)
    config = other.config()
    config["dataset"]["hash"] = "0" * 16  # as if its prepared copy had been removed
    (other.path / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="has changed since this run began"):
        work(other)


def test_a_run_that_came_without_its_checkpoint_cannot_go_on(stop_at, tmp_path):
    run = a_run()
    stop_at(3)
    work(run)
    out = export_run(run, tmp_path / "run.zip")
    delete_run(run)
    copy = import_run(out).run
    with pytest.raises(BadInput, match="has no checkpoint"):
        work(copy)


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04 no zip"])
def test_a_run_with_a_damaged_checkpoint_cannot_go_on(content, stop_at):
    run = a_run()
    stop_at(3)
    work(run)
    (run.path / "checkpoint").write_bytes(content)
    with pytest.raises(BadInput, match="The checkpoint of run .* cannot be read"):
        work(run)


def test_a_run_on_a_variant_says_whose_test_images_it_has(tmp_path):
    path = toy.npz(tmp_path)
    kinds = (None, "long-tail:2", "held-out:0.2")
    runs = [a_run(dataset=path, steps=1, evaluation="none", variant=name) for name in kinds]
    for run in runs:
        work(run)
    base, variant, chosen = (run.config()["dataset"] for run in runs)
    assert base["base"] is None and variant["base"] == base["hash"] != variant["hash"]
    assert chosen["base"] is None and chosen["hash"] not in (base["hash"], variant["hash"])


def test_what_does_not_fit_fails_with_its_sentence():
    run = a_run(ipc=9)
    with pytest.raises(BadInput):
        work(run)
    assert run.status()["error"] == "ipc=9 exceeds the smallest class (8 images); choose ipc <= 8."


def test_full_snapshots_hold_what_is_needed_to_use_them_elsewhere():
    run = a_run(evaluation="quick", repeats=1, evaluate_every=3)
    work(run)
    dataset = toy.dataset()
    for step in range(7):
        arrays = run.snapshot(step)
        full = step in (0, 3, 6)
        assert ({"images", "targets", "mean", "std"} <= arrays.keys()) == full
        assert arrays["view"].dtype == np.uint8 and arrays["classes"].tolist() == [0, 1, 2]
        if full:
            np.testing.assert_allclose(arrays["mean"], dataset.mean)
            shown = arrays["images"] * arrays["std"].reshape(1, -1, 1, 1) + arrays["mean"].reshape(1, -1, 1, 1)
            expected = (shown.clip(0, 1) * 255).round().transpose(0, 2, 3, 1)
            np.testing.assert_allclose(arrays["view"], expected, atol=1)


def test_what_a_checkpoint_held_on_the_cpu_stays_there():
    """Counts that a step reads would make it wait for a GPU; "meta" stands for one."""
    run = a_run()
    synthetic = toy.synthetic()
    state = {name: value.to("meta") for name, value in vars(synthetic).items() if isinstance(value, torch.Tensor)}
    write_checkpoint(run, Checkpoint(3, state | {"count": torch.tensor(7)}, 1.0))
    read = read_checkpoint(run, "meta").state
    assert {name: value.device.type for name, value in read.items()} == dict.fromkeys(state, "meta") | {"count": "cpu"}
    assert read["count"] == 7


def test_a_checkpoint_that_does_not_fit_the_gpu_is_not_called_damaged(monkeypatch):
    run = a_run()
    write_checkpoint(run, Checkpoint(3, vars(toy.synthetic()), 1.0))

    def fill(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(torch, "load", fill)
    with pytest.raises(torch.OutOfMemoryError):
        read_checkpoint(run, "cpu")


def test_a_run_says_how_much_memory_it_took():
    run = a_run(steps=1)
    work(run)
    (told,) = [event for event in run.events()[0] if event["event"] == "memory"]
    assert told["peak_mb"] > 10
