"""The lesson's distiller takes the steps of `ddcore`'s distribution matching on the same points, batches and features,
and its classifier is that of `ddcore`."""

import json

import numpy as np
import pytest
import torch
from test_browser_component import run_module
from toy_distiller import BATCH, CLASSES, ToyDistiller, accuracy, law, made

from pages.parts.browser.component import HERE

FILES = (
    "random.js", "lesson_points.js", "lesson_sensitivity_maths.js", "lesson_predict_maths.js",
    "lesson_distiller_maths.js", "lesson_distiller_training.js",
)  # fmt: skip
STEPS = 6
SETTINGS = [(seed, ipc, scheme, rate) for seed, ipc in ((0, 1), (1, 3), (9, 5))
            for scheme, rate in (("uniform", 0.03), ("importance", 0.1))]  # fmt: skip
TOLERANCE = 1e-9  # sums of some hundred terms in float64, over a few steps


@pytest.fixture(scope="module")
def in_the_browser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("distiller")
    for name in FILES:
        (folder / name).write_text((HERE / name).read_text())
    program = f"""
import {{ HELD_OUT, REAL, begin, evaluate, match, ofRandom, put, sample, update }} from
  "./lesson_distiller_training.js";
const runs = {json.dumps(SETTINGS)}.map(([seed, ipc, scheme, rate]) => {{
  const state = begin(seed, ipc, {{}}), steps = [], start = state.points, first = state.evaluated.accuracy;
  for (let step = 0; step < {STEPS}; step += 1) {{
    const {{ batch }} = sample(state, scheme), {{ pull }} = match(state);
    update(state, rate);
    steps.push({{ batch, loss: pull.loss, gradient: pull.gradient, points: state.points,
                 accuracy: evaluate(state).evaluated.accuracy }});
  }}
  return {{ start, first, steps, lengths: state.trails.map((trail) => trail.length) }};
}});
const again = sample(begin(4, 2, {{}}), "uniform");
const losses = [match(again).pull.loss, match(again).pull.loss];
const moved = begin(4, 2, {{ 1: [0.5, 0.25] }});
put(moved, 0, [0.125, 0.75]);
console.log(JSON.stringify({{ REAL, HELD_OUT, runs, losses, random: ofRandom(2),
  moved: {{ points: moved.points, accuracy: moved.evaluated.accuracy, step: moved.step }} }}));
"""
    return json.loads(run_module(program, folder))


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, atol=1e-12)


def test_the_toy_is_made_as_it_says(in_the_browser):
    for name, seed in (("REAL", 1), ("HELD_OUT", 2)):
        points, classes = made(seed)
        close(in_the_browser[name]["points"], points)
        assert in_the_browser[name]["classes"] == classes.tolist()


@pytest.mark.parametrize("place", range(len(SETTINGS)))
def test_every_step_is_one_of_distribution_matching(in_the_browser, place):
    seed, ipc, scheme, rate = SETTINGS[place]
    found, toy = in_the_browser["runs"][place], ToyDistiller(seed, ipc)
    close(found["start"], toy.points)
    assert found["first"] == toy.accuracy()
    for one in found["steps"]:
        loss = toy.step(scheme, rate)
        close(one["loss"], loss)
        close(one["gradient"], toy.gradient)
        close(one["points"], toy.points)
        assert one["accuracy"] == toy.accuracy()
    assert found["lengths"] == [STEPS + 1] * (CLASSES * ipc)


def test_a_point_of_a_batch_weighs_one_over_n_p(in_the_browser):
    sizes = np.bincount(made(1)[1])
    for (_, _, scheme, _), run in zip(SETTINGS, in_the_browser["runs"], strict=True):
        for one in run["steps"]:
            rows = np.array(one["batch"]["indices"])
            classes = made(1)[1][rows]
            assert classes.tolist() == np.repeat(range(CLASSES), BATCH).tolist()
            close(one["batch"]["weights"], 1 / (sizes[classes] * law(scheme)[rows]))


def test_each_match_draws_new_features(in_the_browser):
    first, second = in_the_browser["losses"]
    assert first != second


def test_points_that_were_moved_stay_where_they_were_put_and_are_evaluated(in_the_browser):
    toy, moved = ToyDistiller(4, 2), in_the_browser["moved"]
    expected = toy.points.copy()
    expected[0], expected[1] = [0.125, 0.75], [0.5, 0.25]
    close(moved["points"], expected)
    assert moved["accuracy"] == accuracy(expected, toy.state["classes"]) and moved["step"] == 0


def test_random_points_are_real_ones_of_each_class(in_the_browser):
    (points, classes), rng = made(1), np.random.default_rng(0)
    ours = [
        accuracy(
            points[np.concatenate([rng.choice(np.flatnonzero(classes == c), 2) for c in range(CLASSES)])],
            torch.arange(CLASSES).repeat_interleave(2),
        )
        for _ in range(300)
    ]
    theirs = in_the_browser["random"]
    error = np.sqrt(np.var(ours) / len(ours) + np.var(theirs) / len(theirs))
    assert abs(np.mean(ours) - np.mean(theirs)) < 4 * error
