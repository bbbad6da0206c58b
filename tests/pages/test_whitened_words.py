"""What pages say of whitening, and how runs from before there was any are compared."""

import json

import numpy as np

from ddcore.data.dataset import Dataset, Split
from ddcore.experiments.resolving import complete, resolve
from pages.parts.distill.checks import command_line, mistake
from pages.parts.run_description import RunDescription
from pages.parts.watch.comparing import comparable, differences


def a_dataset(side):
    split = Split(np.zeros((20, side, side, 3), np.uint8), np.repeat([0, 1], 10))
    return Dataset("own", "0" * 16, split, split, ("a", "b"), (0.5,) * 3, (0.2,) * 3, True, "made up")


def config(**settings):
    about = {"name": "own", "hash": "0" * 16}
    return {"settings": resolve({"dataset": "own", **settings}), "dataset": about, "protocol": {"text": "p"}}


def test_the_form_refuses_images_too_large_to_be_whitened(real_schema):
    schema = json.loads(real_schema.read_text())
    small, large = a_dataset(36), a_dataset(37)
    for zca, dataset, refused in ((True, small, False), (True, large, True), (False, large, False)):
        found = mistake(complete(resolve({"dataset": "own", "zca": zca})), dataset, schema)
        assert (found is not None and "4,107 numbers" in found) == refused


def test_a_whitened_run_says_so_before_and_after():
    for zca in (True, False):
        settings = resolve({"dataset": "own", "zca": zca})
        fields = [{"name": "zca", "default": False}]
        assert ("--zca" in command_line(settings, fields)) == zca
        for distiller in ("dm", "select"):
            assert ("whitened" in RunDescription(config(distiller=distiller, zca=zca)).sentence) == zca


def test_a_run_of_an_earlier_version_was_not_whitened():
    old, plain, whitened = config(), config(), config(zca=True)
    del old["settings"]["zca"], old["settings"]["init_score"]
    assert differences(old, plain) == differences(plain, old) == []
    assert differences(old, whitened) == [("zca", False, True)]
    assert comparable(plain, whitened) == "", "accuracies are of the same test images"
