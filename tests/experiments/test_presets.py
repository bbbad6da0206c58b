"""Named groups of settings: what they hold, and what of them depends on the dataset and the images per class."""

import pytest

from ddcore.data.builtin import BUILT_IN
from ddcore.distillers.gradient_matching import PUBLISHED_LOOPS
from ddcore.errors import BadInput
from ddcore.experiments.presets import presets, settings_of
from ddcore.experiments.resolving import complete, resolve

PUBLISHED = {name: known["paper"] for name, known in presets().items() if "cases" in known.get("paper", {})}
PRESET = {
    "settings": {"ipc": 10, "lr_images": 1.0, "zca": False},
    "cases": [
        {"when": {"dataset": ["cifar10"]}, "settings": {"zca": True}},
        {"when": {"ipc": [100, None]}, "settings": {"lr_images": 10.0}},
        {"when": {"ipc": [None, 1], "dataset": ["cifar10"]}, "settings": {"lr_images": 5.0, "zca": False}},
    ],
}


@pytest.mark.parametrize(
    ("dataset", "ipc", "lr_images", "zca"),
    [
        ("mnist", None, 1.0, False),
        ("mnist", 1, 1.0, False),
        ("mnist", 99, 1.0, False),
        ("mnist", 100, 10.0, False),
        ("cifar10", 500, 10.0, True),
        ("cifar10", 2, 1.0, True),
        ("cifar10", 1, 5.0, False),
        ("/data/cifar10", 10, 1.0, True),
        ("/cifar10/mine", 10, 1.0, False),
    ],
)
def test_cases_hold_where_all_that_they_name_holds_and_later_ones_win(dataset, ipc, lr_images, zca):
    found = settings_of(PRESET, dataset, ipc)
    assert found == {"ipc": ipc or 10, "lr_images": lr_images, "zca": zca}
    assert PRESET["settings"]["lr_images"] == 1.0, "a preset stays as it is"


def test_every_preset_names_its_images_per_class():
    assert all("ipc" in preset["settings"] for known in presets().values() for preset in known.values())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_setting_has_no_start_and_no_importance_of_ours(name):
    settings = PUBLISHED[name]["settings"]
    assert settings["init"] in ("random", "noise") and settings["importance"] == "uniform"
    assert settings["evaluation"] == "published" and settings["width"] == 128


def test_published_settings_are_known_by_their_cases():
    assert {"dc", "dm", "dsa", "frepo", "kip", "ncfm", "rfad"} <= set(PUBLISHED)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("ipc", [1, 10, 50, 100])
def test_a_published_setting_is_one_that_can_be_run(name, ipc):
    for dataset in (*BUILT_IN, "cifar10-jpeg"):
        flat = complete(resolve({"distiller": name, "dataset": dataset, "ipc": ipc}, "paper"))
        assert flat["ipc"] == ipc


def test_the_published_step_size_of_dm_grows_with_the_images_per_class():
    for ipc, lr_images in {1: 1.0, 10: 1.0, 50: 1.0, 100: 10.0, 1000: 10.0}.items():
        assert resolve({"distiller": "dm", "ipc": ipc}, "paper")["lr_images"] == lr_images
    assert resolve({"distiller": "dm", "ipc": 100, "lr_images": 3.0}, "paper")["lr_images"] == 3.0
    assert resolve({"distiller": "dm"}, "paper")["init"] == "random"


@pytest.mark.parametrize("name", ["dc", "dsa"])
def test_gradient_matching_takes_a_thousand_networks_whatever_their_loops(name):
    for ipc, steps in {1: 1000, 10: 10000, 20: 20000, 30: 30000, 40: 40000, 50: 50000}.items():
        assert resolve({"distiller": name, "ipc": ipc}, "paper")["steps"] == steps == 1000 * PUBLISHED_LOOPS[ipc][0]


@pytest.mark.parametrize("name", ["kip", "rfad", "frepo"])
def test_kernel_methods_whiten_the_colour_images_that_their_papers_do(name):
    for dataset, zca in {"mnist": False, "fashion-mnist": False, "cifar10": True, "cifar100": True}.items():
        assert resolve({"distiller": name, "dataset": dataset}, "paper")["zca"] is zca


def test_an_ipc_that_is_no_number_is_refused_with_a_preset_too():
    with pytest.raises(BadInput, match="ipc='ten'"):
        resolve({"ipc": "ten"}, "paper")
