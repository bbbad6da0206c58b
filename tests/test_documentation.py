"""What the README promises is there: links, commands, files, and the distiller it shows can be added as it says."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from ddcore.commands import COMMANDS
from ddcore.distillers import DISTILLERS
from ddcore.following import FOLLOWERS
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.settings import COMMON, complete, presets, resolve

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("target", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_relative_links_lead_somewhere(target):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:ddcore|pages|tests|benchmarks)/[\w/.]*)`", README))))
def test_named_files_exist(path):
    if not path.endswith("/mine.py"):  # those that the reader is to write
        assert (ROOT / path).exists()


def test_named_commands_and_flags_exist():
    fields = [fields for kind in (DISTILLERS, SCORES, INITIALISERS, FOLLOWERS) for fields in kind.schema().values()]
    of_methods = {field["name"] for group in fields for field in group}
    lines = re.findall(r"^python -m ddcore (.+?)(?:  +#.*)?$", README, re.MULTILINE)
    assert lines
    for line in lines:
        command, *rest = shlex.split(line)
        assert command in COMMANDS
        flags = [word[2:].replace("-", "_") for word in rest if word.startswith("--")]
        assert set(flags) <= {*COMMON, *of_methods, "preset", "json", "out", "score", "model", "m", "draws"}


def test_the_example_distiller_is_python_and_has_the_two_methods():
    code = re.search(r"```python\n(.+?)```", README, re.DOTALL)[1]
    (mine,) = [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)]
    assert {"init", "step"} <= {node.name for node in mine.body if isinstance(node, ast.FunctionDef)}


def test_required_packages_are_all_explained():
    names = re.findall(r"^([a-z-]+)[><=]", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert names and all(name in README for name in names)


def test_presets_named_in_the_readme_exist():
    for name in ("quick", "coffee", "paper"):
        assert name in README and name in presets()["dm"]
        assert complete(resolve({}, name))["distiller"] == "dm"
