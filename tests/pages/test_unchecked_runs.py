"""Runs that a person copied into the runs folder by hand, checked by nobody: pages show them, or say what is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_runs import made_run

from ddcore.files import write_json, write_npz
from ddcore.places import runs_root

ODD = {
    "the first date": {"created": "0001-01-01T00:00:00+14:00"},
    "the last date": {"created": "9999-12-31T23:59:59-14:00"},
    "no date": {"created": None},
    "a deep value": {"hardware": json.loads("[" * 300 + "]" * 300)},
    "a number for a network": {"network": 7},
    "a dataset of nothing": {"dataset": {}},
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD.keys())
def test_an_odd_config_does_not_hide_the_other_runs(open_page, change):
    made_run("good", "finished")
    odd = made_run("odd", "finished")
    write_json(odd.path / "config.json", odd.config() | change)
    app = open_page("library.py")
    assert not app.exception
    assert {"good", "odd"} <= {text.value for text in app.caption}


@pytest.mark.parametrize(
    "change",
    [
        {"classes": np.arange(10) + 5},
        {"classes": np.arange(10) - 3},
        {"classes": np.zeros(3, int)},
        {"view": np.zeros((10, 8), np.uint8)},
        {"view": np.zeros((0, 8, 8, 1), np.uint8), "classes": np.arange(0)},
    ],
)
def test_watch_opens_on_a_snapshot_of_something_else(open_page, change):
    run = made_run("odd", "finished")
    good = {"view": np.zeros((10, 8, 8, 1), np.uint8), "classes": np.arange(10), "step": np.array(0)}
    write_npz(run.snapshot_path(0), **good | change)
    app = open_page("watch.py", run="odd")
    assert not app.exception


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06 nonsense", b"\x00" * 1000])
def test_watch_opens_on_damaged_files(open_page, content):
    run = made_run("odd", "finished")
    run.snapshot_path(0).write_bytes(content)
    with (run.path / "events.jsonl").open("ab") as file:
        file.write(content + b'\n{"event": "step", "time": 1, "step": ' + b"9" * 400 + b"}\n" + b"[" * 90_000 + b"\n")
    app = open_page("watch.py", run="odd")
    assert not app.exception
    assert any("unreadable lines" in warning.value for warning in app.warning)


LINK = "![x](https://evil.example/x.png)"


def test_texts_of_a_run_are_shown_as_they_are_and_fetch_nothing(open_page):
    made_run("other", "finished")
    run = made_run("odd", "failed")
    config, status = run.config(), run.status()
    config["settings"] |= {"dataset": LINK, "device": LINK, "note": LINK}
    config |= {"dataset": config["dataset"] | {"name": LINK}, "device": LINK, "kernel": LINK}
    config["protocol"] = {"name": "quick", "epochs": 1, "repeats": 1, "text": LINK}
    write_json(run.path / "config.json", config)
    write_json(run.path / "status.json", status | {"error": LINK, "note": LINK})
    drawn = ""
    for name, query in (
        ("watch.py", {"run": "odd"}),
        ("watch.py", {"run": "other", "beside": "odd"}),
        ("library.py", {}),
    ):
        app = open_page(name, **query)
        assert not app.exception
        kinds = (app.markdown, app.caption, app.error, app.warning, app.info)
        texts = [
            text for kind in kinds for found in kind for text in (str(found.value), getattr(found.proto, "help", ""))
        ]
        assert not [text for text in texts if "evil" in text and "](" in text]
        drawn += "\n".join(texts)
    assert drawn.count("evil") >= 5


@pytest.mark.parametrize("name", ["start.py", "explore.py", "distill.py", "watch.py", "library.py"])
def test_a_folder_of_runs_that_may_not_be_listed_is_one_sentence_on_every_page(open_page, monkeypatch, name):
    made_run("own", "finished")
    plain = Path.iterdir

    def refusing(self):
        if self == runs_root():
            raise PermissionError(13, "Permission denied", str(self))
        return plain(self)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", refusing)
        app = open_page(name)
        assert not app.exception and "not readable" in "".join(error.value for error in app.error)
    assert not open_page(name).error
