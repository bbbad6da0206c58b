"""One flat description of a run: precedence, completeness, refusals, presets."""

import pytest

from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.presets import find_preset, presets
from ddcore.experiments.resolving import ELSEWHERE, complete, resolve
from ddcore.experiments.settings import COMMON, DistillSettings, split
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.sampling.following import FOLLOWERS


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


def test_complete_adds_the_settings_of_every_chosen_method():
    flat = complete(resolve({"lr_images": 2.0, "importance": "kmeans", "per_class": True}))
    common, methods = split(flat)
    assert set(common) == set(COMMON)
    dm = {"momentum": 0.5, "batch_real": 256, "real_precision": "float32", "compile": "off"}
    assert methods == {"lr_images": 2.0} | dm | {"coreset_size": 300} | {
        "clusters": 100, "per_class": True, "seedings": 0,
    }  # fmt: skip


def test_complete_fills_in_what_an_earlier_version_did_not_have():
    flat = complete(resolve({"init": "sensitivity"}))
    earlier = {name: value for name, value in flat.items() if name not in ("variant", "init_score", "weighted")}
    assert complete(earlier) == flat


def test_a_run_that_has_begun_without_a_setting_keeps_what_it_did_then():
    """Not today's default, where that is another: one draw of k-means centres, not ten."""
    flat = complete(resolve({"importance": "kmeans", "init": "sensitivity"}))
    earlier = {name: value for name, value in flat.items() if name != "seedings"}
    assert complete(earlier) == flat and flat["seedings"] == 0
    assert complete(earlier, begun=True) == flat | {"seedings": 1}
    for seedings in (0, 1, 4):
        assert complete(flat | {"seedings": seedings}, begun=True)["seedings"] == seedings
    assert "seedings" not in complete(resolve({}), begun=True)


def about(field):
    """What two methods have to agree on; what a parameter is for, and beside what, each says for itself."""
    return {key: value for key, value in field.items() if key not in ("help", "when")}


def test_a_kernel_method_starts_in_its_own_kernel_unless_told_otherwise():
    assert complete(resolve({"distiller": "kip"}))["init"] == "ridge-coreset"
    assert complete(resolve({"distiller": "kip"}))["solve_in"] == "ntk"
    assert complete(resolve({"distiller": "kip", "solve_in": "rff"}))["solve_in"] == "rff"
    assert complete(resolve({"init": "ridge-coreset"}))["solve_in"] == "nystroem", "DM has no kernel"
    assert "solve_in" not in complete(resolve({"distiller": "kip", "init": "random"}))
    following = {"distiller": "kip", "importance": "student-loss"}
    assert complete(resolve(following))["candidates"] == 0 and complete(resolve(following))["solve_in"] == "ntk"
    assert complete(resolve({**following, "candidates": 5}))["candidates"] == 5


def test_methods_that_share_a_parameters_name_mean_the_same_by_it():
    """They share its value in a run: one type, one default, the same bounds. Of distillers a run has but one."""
    known = {}
    for kind in (INITIALISERS, SCORES, FOLLOWERS):
        for name, fields in kind.schema().items():
            for field in fields:
                assert known.setdefault(field["name"], about(field)) == about(field), f"{field['name']} of {name}"
    for name, fields in DISTILLERS.schema().items():
        for field in fields:
            assert known.get(field["name"], about(field)) == about(field), f"{field['name']} of {name}"
    known |= {field["name"]: field for fields in DISTILLERS.schema().values() for field in fields}
    clash = set(known) & set(COMMON) - set(ELSEWHERE)
    assert not clash, "a method's parameter hides a setting of the run"


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
        ({"outer_loop": 3}, "None of dm, kmeans-coreset, uniform has a parameter 'outer_loop'"),
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
