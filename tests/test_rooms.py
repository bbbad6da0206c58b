"""The house: rooms stand on those before them, arrows go down only, and no modules need one another in a circle."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = (
    "errors", "words", "progress", "formation", "places", "leftovers", "files", "locks", "growing", "randomness",
    "devices", "parameters", "methods", "kept", "data", "ridge", "networks", "training", "synthetic", "sampling",
    "coresets", "sampling.following", "features", "importance", "initialisers", "distillers", "loop", "maps", "figures",
    "bench", "inspection", "experiments", "runs", "studies", "runs.jobs", "commands",
)  # fmt: skip
"""Modules and rooms of `ddcore`, from what everything stands on to what nothing stands on."""
PARTS = ("browser", "", "explore", "bench", "distill", "watch", "library", "study", "learn")
"""Rooms of `pages.parts`: components, what is shared (""), and a room a page; these know nothing of one another."""


@cache
def modules() -> dict[str, Path]:
    """Dotted name -> file of every module of the library and of the pages."""
    files = [path for folder in ("ddcore", "pages") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


@cache
def imports(name: str) -> frozenset[str]:
    """Modules of ours that a module imports anywhere in it: at its top, in a function, for its types alone."""
    found = set()
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return frozenset(found & modules().keys() - {name})


def level(name: str, prefix: str, rooms: tuple[str, ...]) -> int:
    """The place of the longest of `rooms` that holds the module."""
    inside = name.removeprefix(prefix).strip(".")
    holding = [room for room in rooms if room == "" or inside == room or inside.startswith(f"{room}.")]
    assert holding, f"{name} is in none of the rooms of tests/test_rooms.py: give its room a place there."
    return rooms.index(max(holding, key=len))


def own(prefix: str) -> list[str]:
    return [name for name in modules() if name.startswith(f"{prefix}.") and name not in ("ddcore.__main__",)]


@pytest.mark.parametrize("name", own("ddcore"))
def test_the_library_imports_downwards_only(name):
    here = level(name, "ddcore", CORE)
    above = sorted(
        other for other in imports(name) if other.startswith("ddcore.") and level(other, "ddcore", CORE) > here
    )
    assert not above and not any(other.startswith("pages") for other in imports(name))


@pytest.mark.parametrize("name", own("pages.parts"))
def test_rooms_of_pages_know_shared_parts_only(name):
    here = level(name, "pages.parts", PARTS)
    for other in imports(name):
        if other.startswith("pages.parts."):
            there = level(other, "pages.parts", PARTS)
            assert there == here or there <= min(here, PARTS.index("")), f"{name} imports {other}"


def test_no_modules_need_one_another_in_a_circle():
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join([*way[way.index(name) :], name])
        if name not in done:
            for other in sorted(imports(name)):
                visit(other, (*way, name))
            done.add(name)

    for name in modules():
        visit(name, ())
