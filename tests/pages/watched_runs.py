"""Runs of digits that really ran, for moments, and a panel of Watch by itself."""

from streamlit.testing.v1 import AppTest

from ddcore.experiments.resolving import resolve
from ddcore.runs.folder import create_run
from ddcore.runs.handle import Job
from ddcore.runs.worker import work

FEW = {"dataset": "digits", "steps": 8, "width": 8, "ipc": 1, "batch_real": 8, "device": "cpu", "evaluation": "none"}


def made(monkeypatch, watched=(), **settings):
    """A run that has ended; the steps `watched` are taken one by one, as a person asks for it."""
    few = {
        name: value for name, value in FEW.items() if name != "batch_real" or settings.get("distiller") not in OTHERS
    }
    run = create_run(resolve({**few, "snapshot_every": 2, "init": "random", **settings}))
    with monkeypatch.context() as patch:
        patch.setattr(Job, "single", property(lambda job: job.status["step"] + 1 in watched))
        work(run)
    return run


OTHERS = ("select", "analytic", "mtt")
"""Methods without batches."""


def panel(name, runs, cursor, picked=None):
    """The panel `module:function` of `pages.parts.watch`, for these runs at a step."""

    def script():
        import importlib

        import streamlit as st

        from ddcore.runs.folder import RunFolder
        from pages.parts.run_history import RunHistory

        module, function = st.session_state["panel"].split(":")
        read = [RunHistory(RunFolder(path)).update() for path in st.session_state["paths"]]
        given = st.session_state["cursor"], st.session_state["picked"]
        getattr(importlib.import_module(f"pages.parts.watch.{module}"), function)(read, *given)

    app = AppTest.from_function(script, default_timeout=30)
    for key, value in {"panel": name, "paths": [run.path for run in runs], "cursor": cursor, "picked": picked}.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def said(app):
    blocks = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(str(block.value) for block in blocks)
