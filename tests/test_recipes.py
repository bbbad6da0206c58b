"""The recipes of the README as printed: each goes to its file in a copy of the project, and everything passes there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.compile(r"`(ddcore/\S+\.py)`(?:(?!```).)*?\n\n```python\n(.+?)```", re.DOTALL)
"""A file's name, words on it, and the block that goes there."""
NAMES = ("mine", "brightness", "first", "softmax")
CONTRACTS = ("distillers", "importance", "initialisers", "networks", "experiments", "sampling", "test_methods.py")


def recipes() -> list[tuple[str, str]]:
    """(file, block) in the order of the README."""
    text = (ROOT / "README.md").read_text()
    return BLOCKS.findall(text[text.index("## Add a method of your own") : text.index("## Packages, and why")])


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    for name in ("ddcore", "tests", "pages", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "app.py"):
        shutil.copy(ROOT / name, folder / name)
    for file, block in recipes():
        path = folder / file
        if path.name != "__init__.py":
            assert not path.exists()
            path.write_text(block)
            continue
        text = path.read_text()
        path.write_text(text.replace("_ENTRIES = {\n", f"_ENTRIES = {{\n{block}", 1))
    return folder


def run(folder, *command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_there_are_four_recipes_of_a_file_and_an_entry():
    files = [Path(file) for file, _ in recipes()]
    assert [file.name == "__init__.py" for file in files] == [False, True] * 4
    assert all(one.parent == entry.parent for one, entry in zip(files[::2], files[1::2], strict=True))


@pytest.mark.slow
def test_the_checks_of_the_project_pass(copy):
    for command in (("ruff", "check", "ddcore"), ("ruff", "format", "--check", "ddcore"), ("mypy",)):
        status, said = run(copy, *command)
        assert status == 0, said[-2000:]


@pytest.mark.slow
def test_the_contracts_hold_for_every_recipe(copy):
    """At least one test of each ran, or nothing was tried."""
    where = [f"tests/{name}" for name in CONTRACTS]
    status, said = run(copy, "pytest", "-vv", "-p", "no:cacheprovider", "-k", " or ".join(NAMES), *where)
    assert status == 0, said[-3000:]
    for name in NAMES:
        assert re.search(rf"\[[^]]*\b{name}\b[^]]*\] PASSED", said), f"no contract has been tried on {name!r}"
