"""Hard images in the first half of the steps, easy ones in the second."""

import dataclasses

import numpy as np
import pytest
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.law import SamplingLaw

TURN = 3
SCORES = np.linspace(0.1, 5, 24)


def sampler(law, later=None):
    images, labels = toy.images_and_labels()
    return BatchSampler(DeviceImages(images, toy.MEAN, toy.STD, "cpu"), labels, SCORES, law, later=later)


def draws(given, step, door):
    batch = getattr(given, door)(Randomness(0).at(step), 4)
    return batch.indices.tolist(), batch.weights.tolist()


@pytest.mark.parametrize("door", ["draw", "draw_across"])
@pytest.mark.parametrize("mode", ["emphasis", "corrected"])
def test_up_to_the_turn_one_law_is_in_force_and_after_it_the_other(mode, door):
    hard, easy = (SamplingLaw(mode, uniform=0.1, direction=direction) for direction in ("hard", "easy"))
    turning = sampler(hard, (TURN, easy))
    for step in range(1, 2 * TURN + 1):
        expected = draws(sampler(hard if step <= TURN else easy), step, door)
        assert draws(turning, step, door) == expected
    assert draws(sampler(hard), TURN + 1, door) != draws(turning, TURN + 1, door)


def test_a_run_turns_after_half_of_its_steps():
    choices = {"importance": "loss", "width": 4, "depth": 2, "steps": 7, "uniform": 0.25}
    settings = Experiment.choose(toy.dataset(), direction="hard-then-easy", **choices).settings
    turn, later = settings.later_law
    assert turn == 3 and settings.law == SamplingLaw(uniform=0.25)
    assert later == dataclasses.replace(settings.law, direction="easy")
    assert Experiment.choose(toy.dataset(), direction="easy", **choices).settings.later_law is None


def test_a_single_step_cannot_turn():
    with pytest.raises(BadInput, match="hard-then-easy"):
        Experiment.choose(
            toy.dataset(), distiller="analytic", importance="loss", direction="hard-then-easy", coreset=6,
            coreset_by="importance",
        )  # fmt: skip
