"""Damaged runs behind every door: one sentence, never an exception, other runs unharmed, and what is sound goes on."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from test_routes import get

from ddcore.commands import main
from ddcore.places import runs_root
from ddcore.progress import Stopped
from ddcore.runs.folder import RunFolder, create_run, list_runs
from ddcore.runs.handle import Job
from ddcore.runs.jobs.checkpoints import read_checkpoint
from ddcore.runs.worker import work
from ddcore.training import protocols


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with data, cache, and three runs: `whole`, `part` (stopped after step 3 of 6), `other` (the same)."""
    root = tmp_path_factory.mktemp("made")
    plain = Job.step

    def stopping(self, number, total):
        if number == 3:
            raise Stopped
        plain(self, number, total)

    with pytest.MonkeyPatch.context() as patch:
        for kind in ("DATA", "CACHE", "RUNS"):
            patch.setenv(f"DDCORE_{kind}", str(root / kind.lower()))
        settings = toy.run_settings(evaluation="none", dataset=toy.npz(root))
        work(whole := create_run(settings))
        whole.path.rename(root / "runs" / "whole")
        patch.setattr(Job, "step", stopping)
        for name in ("part", "other"):
            run = create_run(settings)
            work(run)
            run.path.rename(root / "runs" / name)
    return root


@pytest.fixture
def run(made, monkeypatch):
    """The run to damage; `other` lies beside it, and a test may evaluate quickly."""
    monkeypatch.setenv("DDCORE_CACHE", str(made / "cache"))
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=1, repeats=2))
    for name in ("part", "other"):
        shutil.copytree(made / "runs" / name, runs_root() / name)
    return RunFolder(runs_root() / "part")


def cut(name):
    def damage(run):
        path = run.path / name
        path.write_bytes(path.read_bytes()[:-40] if path.exists() else b'{"action": "st')

    return damage


def holding(name, content):
    return lambda run: (run.path / name).write_text(content)


def a_folder(name):
    def damage(run):
        (run.path / name).unlink(missing_ok=True)
        (run.path / name).mkdir()
        (run.path / name / "inside").touch()

    return damage


def checkpoint_with(**changes):
    def damage(run):
        content = torch.load(run.path / "checkpoint", weights_only=True)
        torch.save(content | changes, run.path / "checkpoint")

    return damage


def config_with(**changes):
    return lambda run: holding("config.json", json.dumps(run.config() | changes))(run)


def without_settings(*names):
    """Settings that are left out have their defaults, as in runs of earlier versions."""

    def damage(run):
        config_with(settings={name: value for name, value in run.config()["settings"].items() if name not in names})(
            run
        )

    return damage


def ends_with(name, fragment):
    return {"runs": (0, fragment), "watch": (0, fragment), "library": (0, fragment)} | dict.fromkeys(
        ("resume", "stop", "evaluate", "export"), (2, fragment)
    )


STATUS = {door: (code, "status.json of run 'part' is damaged") for door, code in (("runs", 0), ("stop", 2))}
STATUS |= {"watch": (0, "resumed from its checkpoint"), "library": (0, "lost")}
CONFIG = ends_with("config.json", "config.json of run 'part'")
DAMAGES = {  # name -> what is done to the run, and what the doors answer where that is not as to a sound run
    "status cut": (cut("status.json"), STATUS),
    "status empty": (holding("status.json", ""), STATUS),
    "status a list": (holding("status.json", "[]"), STATUS),
    "status with a wrong field": (holding("status.json", '{"state": "running", "step": "many"}'), STATUS),
    "status a folder": (a_folder("status.json"), STATUS),
    "control cut": (cut("control.json"), {}),
    "control a list": (holding("control.json", "[]"), {}),
    "control without a time": (holding("control.json", '{"action": "stop"}'), {}),
    "control a folder": (a_folder("control.json"), {}),
    "first snapshot cut": (cut("snapshots/step_000000.npz"), {"evaluate": (2, "step_000000.npz"), "frame": 404}),
    "last snapshot cut": (cut("snapshots/step_000003.npz"), {"evaluate": (2, "step_000003.npz")}),
    "events a folder": (a_folder("events.jsonl"), {"watch": (0, "events.jsonl of run 'part' is damaged")}),
    "log a folder": (a_folder("log.txt"), {}),
    "config without settings": (holding("config.json", '{"kind": "distill"}'), CONFIG),
    "config of no known kind": (
        config_with(kind=[5]),
        {"resume": (2, "is not a kind of job")} | dict.fromkeys(("watch", "library"), (0, "to a distillation run")),
    ),
    "config with a wrong setting": (
        lambda run: config_with(settings=run.config()["settings"] | {"steps": "many"})(run),
        {"resume": (2, "steps='many'")} | dict.fromkeys(("watch", "library"), (0, "to a distillation run")),
    ),
    "config of an early version": (without_settings("seed", "importance", "mode"), {}),
    "config with empty settings": (config_with(settings={}), CONFIG),
    "config with a dataset that is none": (config_with(dataset=[1]), CONFIG),
    "config with half a dataset": (
        lambda run: config_with(dataset={"name": "toy", "hash": run.config()["dataset"]["hash"]})(run),
        dict.fromkeys(("watch", "library"), (0, "to a distillation run")),
    ),
    "config a list": (holding("config.json", "[]"), CONFIG),
    "config a folder": (a_folder("config.json"), CONFIG),
    "config cut": (cut("config.json"), CONFIG),
    "checkpoint past the last step": (checkpoint_with(step=7), {"resume": (2, "is of step 7, but the run has 6")}),
    "checkpoint of another method": (checkpoint_with(distiller="kip"), {"resume": (2, "is one of kip")}),
    "checkpoint of other images": (
        checkpoint_with(state={"images": torch.zeros(1, 1, 8, 8), "targets": torch.ones(1, 3), "classes": [0]}),
        {"resume": (2, "holds images of shape")},
    ),
    "checkpoint empty": (holding("checkpoint", ""), {"resume": (2, "cannot be read")}),
    "checkpoint a folder": (a_folder("checkpoint"), {"resume": (2, "cannot be read")}),
    "lock a folder": (a_folder(".lock"), {}),
}
SOUND = {"runs": (0, "stopped"), "resume": (0, "6 steps"), "stop": (2, "nothing to stop"), "evaluate": (0, "distilled"),
         "export": (0, "part"), "watch": (0, "finished"), "library": (0, "stopped"), "frame": 200}  # fmt: skip


def damaged(run, name):
    """Do it; what a door answers."""
    damage, answers = DAMAGES[name]
    damage(run)
    return SOUND | {"watch": (0, "stopped")} | answers


@pytest.mark.parametrize("door", ["runs", "resume", "stop", "evaluate", "export"])
@pytest.mark.parametrize("name", DAMAGES)
def test_commands(name, door, run, made, capsys, tmp_path):
    code, fragment = damaged(run, name)[door]
    more = {"export": ["--out", str(tmp_path / "run.zip")], "evaluate": ["--device", "cpu"]}.get(door, [])
    assert main([door, *([] if door == "runs" else ["part"]), *more]) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err and (not code or len(told.err.split("error: ")[1].splitlines()) == 1)
    lines = [line for line in (told.out + told.err).splitlines() if fragment in line]
    assert lines if door != "runs" else [line for line in lines if line.startswith("part ")], told
    if door == "resume" and code == 0:
        ends = [np.load(place / "snapshots" / "step_000006.npz") for place in (made / "runs" / "whole", run.path)]
        np.testing.assert_array_equal(*(end["images"] for end in ends))
        assert run.state() == "finished"
    unharmed()


def unharmed():
    assert main(["stop", "other"]) == 2 and RunFolder(runs_root() / "other").state() == "stopped"
    assert "other" in [run.id for run in list_runs()]


def text(app):
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.badge if hasattr(app, "badge") else ())
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("name", DAMAGES)
def test_watch(name, run, open_page):
    code, fragment = damaged(run, name)["watch"]
    app = open_page("watch.py", run="part")
    assert not app.exception and fragment in text(app), text(app)
    assert any(" other · " in option for option in app.selectbox(key="watch-run").options)
    shown = not name.startswith("config") or "early" in name
    assert ("resume-part" in [button.key for button in app.button]) == shown
    assert ("not readable" in text(app)) != shown


@pytest.mark.parametrize("name", DAMAGES)
def test_library(name, run, open_page):
    code, fragment = damaged(run, name)["library"]
    app = open_page("library.py")
    assert not app.exception and fragment in text(app) and "2 runs," in text(app), text(app)
    app.button(key="delete-part").click().run()
    app.button(key="dialog-sure").click().run()
    assert not app.exception and not run.path.exists() and RunFolder(runs_root() / "other").state() == "stopped"


@pytest.mark.parametrize("name", DAMAGES)
def test_frames(name, run):
    wanted = damaged(run, name)["frame"]
    assert get("/frame/part/0.png")[0] == wanted
    assert get("/frame/other/0.png")[0] == 200


def test_the_exact_name_of_a_damaged_run_means_no_longer_one(run, capsys):
    shutil.copytree(run.path, runs_root() / "part-2")
    holding("config.json", "[]")(run)
    for door in ("stop", "resume", "evaluate"):
        assert main([door, "part"]) == 2 and "run 'part'" in capsys.readouterr().err
    assert RunFolder(runs_root() / "part-2").state() == "stopped"


def test_what_stood_in_the_way_of_a_worker_is_kept(run):
    a_folder("events.jsonl")(run)
    work(run)
    assert [path.is_dir() for path in run.path.glob("events.jsonl-*.aside")] == [True]
    assert read_checkpoint(run, "cpu")[0] == 6
