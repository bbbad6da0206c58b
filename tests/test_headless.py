"""Boundaries: the library runs without the interface's packages, and the interface never imports the library's."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ddcore

ROOT = Path(__file__).parents[1]
BLOCK = """
import sys
import tomllib
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


def server_side() -> list[str]:
    """Modules of the library that a page or one of its parts names."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "pages").rglob("*.py")))
    return sorted(set(re.findall(r"^from (ddcore[\w.]*) import", text, re.MULTILINE)))


def test_what_the_server_imports_is_light():
    """torch alone would turn a first paint of 1.3 s into 8 s (measured), and slow every rerun."""
    assert len(server_side()) > 20
    code = "import sys, importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in server_side())
    done = run(code + "\nprint(sorted({'torch','torchvision','umap','sklearn','streamlit'} & set(sys.modules)))")
    assert done.stdout.strip() == "[]", done.stderr


def test_the_public_names_are_there():
    for name in ddcore.__all__:
        assert getattr(ddcore, name) is not None and name in dir(ddcore)
        assert name == "__version__" or getattr(ddcore, name).__doc__
    with pytest.raises(AttributeError, match="it offers .*load_dataset"):
        ddcore.no_such  # noqa: B018


def test_every_public_name_is_explained_where_it_is_offered():
    words = set(re.findall(r"[A-Za-z_]+", ddcore.__doc__))
    assert set(ddcore.__all__) - {"__version__"} <= words


def test_the_installed_command_is_that_of_the_module(tmp_path):
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, name = scripts["ddcore"].partition(":")
    done = run(f"import sys; sys.argv = ['ddcore', 'runs', '--json']; from {module} import {name}; sys.exit({name}())",
               DDCORE_RUNS=str(tmp_path))  # fmt: skip
    assert done.returncode == 0, done.stderr
