"""What a run records of its draws: as many as were handed out, through stops and kills, in files that are checked."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import toy
from made_zips import CONFIG, DATASET, FIELDS, archive, import_bytes, json, npz

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete
from ddcore.loop import refresh
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.runs.archive import export_run, import_run
from ddcore.runs.draws import MOST_IMAGES, Draws, last_draws, read_draws, write_draws
from ddcore.runs.folder import create_run
from ddcore.runs.jobs import distilling
from ddcore.runs.worker import work
from ddcore.sampling.following import FOLLOWERS

ROOT = Path(__file__).parents[2]
COUNT = 24  # training images of the toy dataset


def a_run(distiller="dm", **given):
    return create_run(toy.run_settings(distiller, **{"evaluation": "none"} | given))


def counts(run, step):
    return read_draws(run, step, COUNT).counts.tolist()


def all_counts(run):
    return {step: counts(run, step) for step in run.snapshot_steps("draws")}


def redrawn(run, steps, across=False):
    """The counts after so many steps, from the seed and the sampler alone."""
    experiment = Experiment.of(complete(run.config()["settings"]), toy.dataset(), "cpu")
    sampler, handed = experiment.problem(experiment.scores()).sampler, []
    for step in range(1, steps + 1):
        draw = sampler.draw_across if across else sampler.draw
        handed += draw(
            Randomness(run.config()["settings"]["seed"], step), experiment.distiller.batch_real
        ).indices.tolist()
    return np.bincount(handed, minlength=COUNT).tolist()


@pytest.mark.parametrize("importance", ["uniform", "kmeans"])
@pytest.mark.parametrize("distiller", ["dm", "kip"])
def test_the_counts_are_those_of_the_sampler_alone(distiller, importance):
    run = a_run(distiller, importance=importance, seed=3)
    work(run)
    assert run.snapshot_steps("draws") == run.snapshot_steps() == list(range(7))
    for step in range(7):
        across = bool(DISTILLERS.about(distiller).predictor)
        assert counts(run, step) == redrawn(run, step, across), f"at step {step}"
    assert read_draws(run, 6, COUNT).since == 0 and sum(counts(run, 6)) == 6 * 12


@pytest.mark.parametrize("distiller", [name for name in DISTILLERS.names() if DISTILLERS.get(name).batch_real])
def test_a_method_draws_across_classes_where_its_set_predicts_by_itself(distiller, monkeypatch):
    """The page computes the expected draws by that."""
    used, problem = [], toy.problem()
    for name in ("draw", "draw_across"):
        plain = getattr(problem.sampler, name)
        monkeypatch.setattr(
            problem.sampler,
            name,
            lambda *given, name=name, plain=plain, **how: used.append(name) or plain(*given, **how),
        )
    method, rng = DISTILLERS.make(distiller, **toy.small("distillers", distiller)), Randomness(0)
    method.step(problem, method.init(problem, toy.synthetic(), rng), rng.at(1))
    assert used[0] == ("draw_across" if DISTILLERS.about(distiller).predictor else "draw")


@pytest.mark.parametrize("distiller", [name for name in DISTILLERS.names() if not DISTILLERS.get(name).batch_real])
def test_a_method_that_draws_no_batches_records_none(distiller):
    run = a_run(distiller, init=None)
    work(run)
    assert run.snapshot_steps("draws") == [] and last_draws(run, 6, COUNT) is None


@pytest.mark.parametrize("importance", ["kmeans", *FOLLOWERS.names()])
def test_a_run_that_stops_and_breaks_counts_as_if_it_had_not(importance, stop_at, monkeypatch):
    follows = importance in FOLLOWERS.names()
    rule = vars(toy.rule(importance, candidates=5, refresh_every=4)) if follows else {}
    whole, part = (a_run(importance=importance, snapshot_every=2, **rule) for _ in range(2))
    work(whole)
    stop_at(3)
    assert work(part) is None and part.snapshot_steps("draws") == [0, 2, 3]
    monkeypatch.setattr(distilling, "CHECKPOINT_EVERY", 0.0)
    stop_at(5, MemoryError)
    with pytest.raises(MemoryError):
        work(part)
    work(part)
    assert {step: found for step, found in all_counts(part).items() if step != 3} == all_counts(whole)


@pytest.mark.slow
def test_a_run_killed_at_random_moments_counts_as_if_it_had_not(stop_at):
    """SIGKILL in the middle of steps, where a checkpoint is written now and then."""
    whole, part = (a_run(importance="kmeans", steps=30, snapshot_every=1) for _ in range(2))
    work(whole)
    stop_at(1)
    work(part)  # until then it is this process's
    script = """
        import os, signal, sys
        from ddcore.runs.folder import RunFolder
        from ddcore.runs.jobs import distilling
        from ddcore.runs.worker import work
        from ddcore.sampling.batches import BatchSampler
        from pathlib import Path

        distilling.CHECKPOINT_EVERY = 0.02
        left, plain = int(sys.argv[2]), BatchSampler.draw

        def dying(self, *given, **how):
            global left
            left -= 1
            batch = plain(self, *given, **how)
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return batch

        BatchSampler.draw = dying
        work(RunFolder(Path(sys.argv[1])))
    """
    moments, killed = random.Random(0), 0
    for _ in range(3):
        command = [sys.executable, "-c", textwrap.dedent(script), str(part.path), str(moments.randint(3, 12))]
        done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=120, capture_output=True)
        killed += done.returncode == -signal.SIGKILL
    assert killed > 1, done.stderr.decode()[-500:]
    work(part)
    assert all_counts(part) == all_counts(whole) and len(all_counts(part)) == 31


def test_a_checkpoint_of_an_earlier_version_counts_from_there_on_and_says_so(stop_at):
    run = a_run()
    stop_at(2)
    work(run)
    content = torch.load(run.path / "checkpoint", weights_only=True)
    before = content.pop("drawn").numpy()
    del content["drawn_since"]
    torch.save(content, run.path / "checkpoint")
    stop_at(4)
    work(run)
    work(run)
    found = read_draws(run, 6, COUNT)
    assert found.since == 2, "kept through a second stop"
    assert (found.counts + before).tolist() == redrawn(run, 6)


def test_a_checkpoint_that_counts_other_images_is_refused(stop_at):
    run = a_run()
    stop_at(2)
    work(run)
    content = torch.load(run.path / "checkpoint", weights_only=True)
    torch.save(content | {"drawn": content["drawn"][:5]}, run.path / "checkpoint")
    with pytest.raises(BadInput, match="counts draws of 5 images"):
        work(run)


def test_a_stop_while_a_pool_is_chosen_counts_no_batch(monkeypatch):
    """The choice comes before the step's batch: what is kept is of the step before."""
    rule = vars(toy.rule("student-loss", candidates=5, refresh_every=2))
    run, plain = a_run(importance="student-loss", **rule), refresh

    def stopping(problem, distiller, state, rng, progress):
        if rng.step == 5:
            monkeypatch.setattr("ddcore.loop.refresh", plain)
            raise Stopped
        plain(problem, distiller, state, rng, progress)

    monkeypatch.setattr("ddcore.loop.refresh", stopping)
    assert work(run) is None and sum(counts(run, 4)) == 4 * 12
    work(run)
    assert sum(counts(run, 6)) == 6 * 12


def test_the_newest_record_up_to_a_step_is_found_and_damage_is_told():
    run = a_run(snapshot_every=3)
    work(run)
    assert last_draws(run, 5, COUNT)[0] == 3 and last_draws(run, 5, COUNT)[1].counts.tolist() == counts(run, 3)
    (run.path / "draws" / "step_000003.npz").write_bytes(b"damaged")
    with pytest.raises(BadInput, match=r"had drawn by step 3 cannot be read: [^.]+\.$"):
        last_draws(run, 5, COUNT)
    assert last_draws(run, 6, COUNT)[0] == 6


def test_a_hundred_records_of_60_000_images_take_a_few_megabytes():
    run, law = a_run(), np.random.default_rng(1).pareto(2, 60_000) + 0.5
    total = 0
    for step in (10, 500, 1000):  # of a run whose records grow in between
        drawn = np.random.default_rng(step).multinomial(2560 * step, law / law.sum())
        write_draws(run, step, Draws(drawn))
        total += (run.path / "draws" / f"step_{step:06d}.npz").stat().st_size
        assert read_draws(run, step, 60_000).counts.tolist() == drawn.tolist()
    assert total / 3 * 100 < 8e6


def test_draws_travel_with_a_run(tmp_path):
    run = a_run(importance="kmeans")
    work(run)
    out, known = export_run(run, tmp_path / "out.zip"), all_counts(run)
    with zipfile.ZipFile(out) as file:
        assert sum("/draws/" in name for name in file.namelist()) == 7
    assert import_run(out).known
    run.path.rename(tmp_path / "away")
    assert all_counts(import_run(out).run) == known


def draws(name="r/draws/step_000010.npz", config=CONFIG, **changes):
    arrays = {"counts": np.zeros(30, np.uint8), "step": np.array(10), "since": np.array(0)} | changes
    kept = {key: value for key, value in arrays.items() if value is not None}
    return archive([("r/config.json", config), (name, npz(compressed=True, **kept))])


OF_THIRTY = json.dumps(FIELDS | {"dataset": DATASET | {"train": 30}})
HOSTILE = {
    "of other images": ({"counts": np.zeros(31, np.uint8)}, "31 images"),
    "that unpack to much": ({"counts": np.zeros(30_000_000, np.uint8)}, "30,000,000 images"),
    "that are fractions": ({"counts": np.zeros(30)}, "whole numbers"),
    "of wider numbers": ({"counts": np.full(30, 2**63, np.uint64)}, "8 bytes each, of at most 4"),
    "below zero": ({"counts": np.zeros(30, np.int8)}, "something else"),
    "with more beside them": ({"extra": np.zeros(3)}, "something else"),
    "of another step": ({"step": np.array(11)}, "to 11"),
    "from a later step on": ({"since": np.array(11)}, "from step 11"),
    "without a step": ({"step": None}, "'step'"),
    "after the last step": ({"step": np.array(200), "name": "r/draws/step_000200.npz"}, "run of 100"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_draws_that_are_not_the_runs_are_refused(case):
    changes, reason = HOSTILE[case]
    with pytest.raises(BadInput, match=reason) as refusal:
        import_bytes(draws(config=OF_THIRTY, **changes))
    assert "does not belong to this run" in str(refusal.value)


def test_draws_of_more_images_than_memory_is_meant_for_are_refused():
    """A small file can be unpacked to any size, and a config can promise any number of images."""
    config = json.dumps(FIELDS | {"dataset": DATASET | {"train": MOST_IMAGES + 1}})
    with pytest.raises(BadInput, match="at most 4,194,304 are read"):
        import_bytes(draws(config=config))


def test_sound_draws_are_welcome_and_need_the_number_of_images():
    assert read_draws(import_bytes(draws(config=OF_THIRTY)).run, 10, 30).counts.tolist() == [0] * 30
    with pytest.raises(BadInput, match="how many training images"):
        import_bytes(draws())
