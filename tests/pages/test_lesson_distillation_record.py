"""What the lesson on distillation gives to the browser is what the recorded run measured."""

import json

import numpy as np
import pytest
from test_browser_component import run_module

from pages.parts.browser.component import HERE
from pages.parts.learn.distillation import DISTILLATION, RUN, STEPS
from pages.parts.routes import OFFERED


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """(header, images) as the browser unpacks them."""
    folder = tmp_path_factory.mktemp("distillation")
    (folder / "payload.js").write_text((HERE / "payload.js").read_text())
    (folder / "packed.bin").write_bytes(OFFERED[DISTILLATION.address])
    program = """
import { readFileSync } from "node:fs";
import { unpack } from "./payload.js";
const { header, arrays } = unpack(new Uint8Array(readFileSync("packed.bin")));
console.log(JSON.stringify({ header, images: [...arrays.images] }));
"""
    found = json.loads(run_module(program, folder))
    return found["header"], np.array(found["images"]).reshape(len(STEPS), 10, 28, 28)


def recorded(kind: str) -> list[dict]:
    events = [json.loads(line) for line in (RUN.path / "events.jsonl").read_text().splitlines()]
    return [event for event in events if event["event"] == kind]


def test_the_slider_stops_only_where_the_run_measured(given):
    measured = {event["step"]: event for event in recorded("accuracy")}
    assert set(STEPS) <= set(measured) and STEPS[0] == 0 and STEPS[-1] == max(measured)
    for step, accuracy in zip(STEPS, given[0]["accuracies"], strict=True):
        assert accuracy == {name: measured[step][name] for name in ("mean", "std", "repeats")}
    assert given[0]["steps"] == list(STEPS) == list(DISTILLATION.controls[0].values)


def test_it_is_compared_with_what_the_run_measured(given):
    baselines = {event["name"]: event for event in recorded("baseline")}
    for name in ("random", "full"):
        assert given[0][name] == {part: baselines[name][part] for part in ("mean", "std", "repeats")}
    about = json.loads((RUN.path / "config.json").read_text())["dataset"]
    assert (given[0]["train"], given[0]["classes"]) == (about["train"], about["classes"])


def test_the_images_are_the_runs(given):
    for step, images in zip(STEPS, given[1], strict=True):
        with np.load(RUN.path / "snapshots" / f"step_{step:06d}.npz") as file:
            np.testing.assert_array_equal(images, file["view"][..., 0])
