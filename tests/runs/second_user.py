"""What a second user of the same folders gets: `python second_user.py DATASET RUN`, started by root, acts as nobody.

Prints one JSON object: what was done -> [exit status, output]. Everything is done as root in other folders first, since
nobody may not be able to read the interpreter's modules.
"""

import contextlib
import io
import json
import math
import os
import sys
import tempfile
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ddcore.commands import main
from ddcore.runs import queue

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
NOBODY = 65534


def command(*arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        return [main(list(arguments)), out.getvalue()]


def page(name):
    app = AppTest.from_file(str(FRAME), default_timeout=60)
    app.switch_page(name)
    app.run()
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error)
    options = [option for box in app.selectbox for option in box.options]
    return [len(app.exception), "\n".join([str(found.value) for kind in kinds for found in kind] + options)]


def everything(dataset, run):
    few = ("--steps", "2", "--width", "4", "--ipc", "1", "--repeats", "1", "--device", "cpu", "--seed", "7")
    return {
        "distill": command("distill", "--dataset", dataset, *few),
        "runs": command("runs"),
        "datasets": command("datasets"),
        "stop": command("stop", run),
        "resume": command("resume", run),
        "library": page("library.py"),
        "watch": page("watch.py"),
        "line": [0, str(queue._ahead(queue.line_folder("scores"), math.inf))],
    }


if __name__ == "__main__":
    dataset, run = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        before = dict(os.environ)
        os.environ.update({f"DDCORE_{kind}": f"{folder}/{kind}" for kind in ("DATA", "CACHE", "RUNS")})
        everything(dataset, run)
        os.environ.update(before)
    import streamlit as st

    st.cache_data.clear()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    print(json.dumps(everything(dataset, run)))
