"""Boundaries: the library runs without the interface's packages, and the interface never imports the library's."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = """
import sys
sys.modules.update(dict.fromkeys({blocked!r}))  # None there means: cannot be imported
"""


def run(code: str, **env) -> subprocess.CompletedProcess:
    import os

    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ | env, check=False
    )


@pytest.mark.parametrize(
    "command",
    [
        "importance --dataset digits --score loss --proxy-steps 3 --proxy-width 4 --out {out}/s.npz",
        "distill --dataset digits --steps 2 --width 4 --batch-real 4 --importance kmeans --evaluation none",
        "schema",
        "datasets",
        "runs",
    ],
)
def test_headless_commands_need_no_package_of_the_interface(command, tmp_path):
    """Think of a GPU box where streamlit, plotly and umap-learn are not installed."""
    blocked = ("streamlit", "plotly", "umap", "numba", "pandas", "playwright", "tornado", "starlette")
    arguments = command.format(out=tmp_path).split()
    done = run(BLOCK.format(blocked=blocked) + f"from ddcore.commands import main; sys.exit(main({arguments!r}))")
    assert done.returncode == 0, done.stderr


def test_importing_the_package_does_nothing():
    done = run("import sys, ddcore; print(sorted({'torch','numpy','streamlit','scipy'} & set(sys.modules)))")
    assert done.stdout.strip() == "[]"


SERVER_SIDE = [
    "errors", "places", "files", "randomness", "progress", "parameters", "registry", "sampling", "settings", "scoring",
    "colours", "figures", "projection", "coreset", "importance", "importance.kmeans", "distillers", "initialisers",
    "data.dataset", "data.catalogue", "runs.folder", "runs.launch", "runs.archive", "runs.queue", "schema_cache",
    "agreement", "stability", "features", "features.rbf_kernel", "following", "data.variants", "bench.settings",
    "bench.results", "bench.verdict", "bench.figures",
]  # fmt: skip


def test_what_the_server_imports_is_light():
    """torch alone would turn a first paint of 1.3 s into 8 s (measured), and slow every rerun."""
    code = "import sys, importlib\n" + "\n".join(f"importlib.import_module('ddcore.{name}')" for name in SERVER_SIDE)
    done = run(code + "\nprint(sorted({'torch','torchvision','umap','sklearn','streamlit'} & set(sys.modules)))")
    assert done.stdout.strip() == "[]", done.stderr
