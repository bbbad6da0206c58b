"""Questions that people ask most: each fills in the form of a new study."""

from typing import Any, NamedTuple

from ddcore.importance import UNIFORM
from ddcore.initialisers import RANDOM


class Template(NamedTuple):
    """`values`: name of a field of the form -> what it is set to."""

    title: str
    about: str
    values: dict[str, Any]


_BASE = {
    "distiller": ["dm"], "init": [], "importance": [UNIFORM], "ipc": "10", "steps": "", "seeds": 5, "also": [],
}  # fmt: skip

TEMPLATES = {
    "importance": Template(
        "Does importance help?",
        "DM at ipc 10 with uniform batches and with batches drawn by importance, 5 seeds.",
        _BASE | {"importance": [UNIFORM, "kmeans"], "preset": "coffee"},
    ),
    "half": Template(
        "Which half helps?",
        "Two starts and two ways to draw batches, so that each half is judged with and without the other.",
        _BASE | {"init": [RANDOM, "kmeans-coreset"], "importance": [UNIFORM, "kmeans"], "preset": "coffee"},
    ),
    "budget": Template(
        "What is the next image worth?",
        "From 1 to 50 images per class: random images, images chosen by importance, and distilled ones.",
        _BASE
        | {
            "distiller": ["select", "dm"],
            "init": ["kmeans-coreset"],
            "ipc": "1, 2, 5, 10, 20, 50",
            "seeds": 3,
            "preset": "quick",
        },
    ),
}
FIRST = "importance"
