"""The sampling law in the browser is that of `ddcore.sampling.law`: probabilities, what is said of them, and draws."""

import json
from functools import cache

import numpy as np
import pytest
from seeded import Seeded
from test_browser_component import run_module

from ddcore.sampling.law import across_classes, class_balanced, probabilities
from pages.parts.browser.component import HERE

CLASSES = 7
# A power of a correctly rounded quotient has at most `temperature` + 1 roundings, sums of N terms at most N: far below.
TOLERANCE = 1e-6


@cache
def made() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Scores and labels: smooth, with ties and zeros, all zero, all equal; classes of unequal sizes, one empty."""
    rng = np.random.default_rng(0)
    labels = rng.choice(CLASSES, 600, p=[0.3, 0.25, 0.2, 0.15, 0.05, 0.05, 0])
    skewed = rng.gamma(0.3, size=600)
    return {
        "skewed": (skewed, labels),
        "ties": (np.round(skewed, 1), labels),
        "zeros": (np.where(rng.random(600) < 0.5, 0, skewed), labels),
        "a class of zeros": (np.where(labels == 1, 0, skewed), labels),
        "all zero": (np.zeros(600), labels),
        "all equal": (np.full(600, 0.3), labels),
        "one image": (np.array([0.2]), np.array([3])),
    }


SETTINGS = [
    (draws, uniform, temperature, direction)
    for draws in ("class", "all", "balanced")
    for uniform, temperature in ((0.5, 1.0), (0.0, 1.0), (0.1, 2.35), (1.0, 1.0), (0.25, 0.0), (0.0, 10.0))
    for direction in ("hard", "easy")
]


def in_python(scores, labels, draws, uniform, temperature, direction):
    if draws == "balanced":
        return across_classes(scores, labels, uniform, temperature, direction)
    return probabilities(scores, labels if draws == "class" else None, uniform, temperature, direction)


@pytest.fixture(scope="module")
def in_the_browser(tmp_path_factory):
    """name -> for each of SETTINGS: the law, its summary and 64 ids, as law_maths.js has them."""
    folder = tmp_path_factory.mktemp("law")
    for name in ("law_maths.js", "random.js"):
        (folder / name).write_text((HERE / name).read_text())
    data = {name: [scores.tolist(), labels.tolist()] for name, (scores, labels) in made().items()}
    program = f"""
import {{ prepare, probabilities, summary, draw, curve }} from "./law_maths.js";
import {{ generator }} from "./random.js";
const out = {{}};
for (const [name, [scores, labels]] of Object.entries({json.dumps(data)})) {{
  const data = prepare(Float64Array.from(scores), Uint8Array.from(labels), {CLASSES});
  out[name] = {json.dumps(SETTINGS)}.map(([draws, uniform, temperature, direction]) => {{
    const law = probabilities(data, {{ draws, uniform, temperature, direction }});
    const said = summary(data, law, draws);
    return {{ law: [...law], said: {{ ...said, classes: [...said.classes] }}, ids: draw(data, law, draws, 64, 7),
              curve: curve(data, law, draws, 50) }};
  }});
}}
const random = generator(7);
out.random = Array.from({{ length: 64 }}, random);
console.log(JSON.stringify(out));
"""
    return json.loads(run_module(program, folder))


@pytest.mark.parametrize("name", made())
def test_probabilities_are_those_of_python(in_the_browser, name):
    for setting, found in zip(SETTINGS, in_the_browser[name], strict=True):
        expected = in_python(*made()[name], *setting)
        np.testing.assert_allclose(found["law"], expected, rtol=TOLERANCE, atol=1e-300, err_msg=str(setting))


@pytest.mark.parametrize("name", made())
def test_what_is_said_of_the_law_follows_from_it(in_the_browser, name):
    scores, labels = made()[name]
    for setting, found in zip(SETTINGS, in_the_browser[name], strict=True):
        draws, law, said = setting[0], in_python(scores, labels, *setting), found["said"]
        sizes = np.bincount(labels, minlength=CLASSES)
        base = {"class": 1 / sizes[labels], "all": 1 / len(labels), "balanced": class_balanced(labels)}[draws]
        parts = [labels == k for k in np.unique(labels)] if draws == "class" else [slice(None)]
        effective = sum(1 / (law[part] ** 2).sum() for part in parts)
        top = np.argsort(scores, kind="stable")[len(law) - -(-len(law) // 10) :]
        expected = [effective, effective / len(law), (law / base).max(), (law / base).min(), law[top].sum() / law.sum()]
        shown = [said[part] for part in ("effective", "share", "largest", "smallest", "top")]
        np.testing.assert_allclose(shown, expected, rtol=TOLERANCE, atol=1e-12, err_msg=str(setting))
        totals = np.bincount(labels, law, CLASSES)
        if draws == "class":
            squares = np.bincount(labels, law**2, CLASSES)
            totals = np.divide(1, squares * sizes, out=np.zeros(CLASSES), where=sizes > 0)
        np.testing.assert_allclose(said["classes"], totals, rtol=TOLERANCE)


def test_images_are_drawn_by_the_law_from_the_seed(in_the_browser):
    seeded = Seeded(7)
    random = [seeded.random() for _ in range(64)]
    np.testing.assert_array_equal(in_the_browser["random"], random)
    for name in ("skewed", "ties", "zeros"):
        scores, labels = made()[name]
        for setting, found in zip(SETTINGS, in_the_browser[name], strict=True):
            law, groups = in_python(scores, labels, *setting), [np.arange(len(labels))]
            if setting[0] == "class":
                groups = [np.flatnonzero(labels == k) for k in np.unique(labels)]
            expected = []
            for j, number in enumerate(random):
                group = groups[j * len(groups) // 64]
                sums = np.cumsum(law[group])
                expected.append(int(group[np.searchsorted(sums, number * sums[-1], side="right")]))
            assert found["ids"] == expected, (name, setting)


def test_the_curve_has_every_image_in_one_part(in_the_browser):
    scores, labels = made()["ties"]
    order = np.argsort(scores, kind="stable")
    for setting, found in zip(SETTINGS, in_the_browser["ties"], strict=True):
        if setting[0] == "all":
            ratios = (in_python(scores, labels, *setting) * len(scores))[order].reshape(50, -1)
            for part, expected in (("low", ratios.min(1)), ("mean", ratios.mean(1)), ("high", ratios.max(1))):
                shown = [point[part] for point in found["curve"]]
                np.testing.assert_allclose(shown, expected, rtol=TOLERANCE, atol=1e-300)
