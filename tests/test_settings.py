"""One flat description of a run: precedence, completeness, refusals, presets."""

import pytest

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.settings import COMMON, DistillSettings, complete, find_preset, presets, resolve, split


def test_an_explicit_value_beats_the_preset_beats_the_default():
    preset = find_preset("dm", "quick")["settings"]
    flat = resolve({"steps": 7, "width": None}, "quick")
    assert flat["steps"] == 7 and flat["width"] == preset["width"] != DistillSettings().width
    assert resolve({})["steps"] == DistillSettings().steps


def test_every_distiller_has_a_quick_preset_and_every_preset_resolves():
    for name in DISTILLERS.names():
        assert "quick" in presets()[name]
        for preset in presets()[name]:
            flat = complete(resolve({"distiller": name}, preset))
            assert complete(flat) == flat, "complete settings stay as they are"


def test_complete_adds_the_distillers_own_settings():
    flat = complete(resolve({"lr_images": 2.0}))
    common, method = split(flat)
    assert set(common) == set(COMMON) and method == {"lr_images": 2.0, "momentum": 0.5, "batch_real": 256}


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"steps": 0}, "steps=0 is not allowed; choose a whole number from 1"),
        ({"ipc": 0}, "ipc=0"),
        ({"init": "luck"}, "init='luck' is not allowed; choose one of noise"),
        ({"importance": "luck"}, "importance='luck'"),
        ({"distiller": "luck"}, "distiller='luck'"),
        ({"uniform": 2.0}, "uniform=2.0"),
        ({"seed": -1}, "seed=-1"),
        ({"batch_real": 0}, "batch_real=0"),
        ({"outer_loop": 3}, "has no parameter 'outer_loop'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(bad, sentence):
    with pytest.raises(BadInput, match=sentence.replace("(", r"\(")):
        complete(resolve(bad))


def test_unknown_presets_are_refused():
    with pytest.raises(BadInput, match="preset='huge' is unknown for dm; choose one of quick"):
        resolve({}, "huge")


def test_accuracies_along_the_way():
    assert DistillSettings(steps=200).evaluation_steps == [50, 100, 150]
    assert DistillSettings(steps=200, evaluate_every=0).evaluation_steps == []
    assert DistillSettings(steps=200, evaluation="none").evaluation_steps == []
    assert DistillSettings(steps=1).evaluation_steps == []
