import subprocess
import sys

import pytest

from ddcore.errors import BadInput
from ddcore.importance import SCORES, score
from ddcore.importance.kmeans import KMeansSensitivity
from ddcore.initialisers import INITIALISERS
from ddcore.methods import About, Registry


def test_a_name_and_its_fields_make_the_method():
    assert score("kmeans", clusters=7) == KMeansSensitivity(clusters=7)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("kmean", {}, "score 'kmean' is unknown; choose one of uniform, kmeans"),
        (
            "kmeans",
            {"centres": 3},
            "score 'kmeans' has no parameter 'centres'; choose from clusters, per_class, seedings.",
        ),
        ("uniform", {"clusters": 3}, "score 'uniform' has no parameter 'clusters'; it has none."),
        ("kmeans", {"clusters": 0}, "clusters=0 is not allowed; choose a whole number from 1 to 4096."),
    ],
)
def test_mistakes_are_refused_with_what_is_known(name, fields, message):
    with pytest.raises(BadInput) as refusal:
        score(name, **fields)
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize("registry", [SCORES, INITIALISERS], ids=lambda registry: registry.kind)
def test_every_entry_exists_and_describes_itself(registry):
    described = registry.schema()
    assert list(described) == registry.names()
    for name, rows in described.items():
        assert registry.make(name) == registry.make(name, **{row["name"]: row["default"] for row in rows})
        assert all(row["help"].endswith(".") for row in rows)


def test_entries_are_imported_only_when_asked_for():
    lazy = Registry("thing", About, {"absent": ("no.such.module:Thing", About("absent"))})
    assert lazy.names() == ["absent"]
    with pytest.raises(ModuleNotFoundError):
        lazy.get("absent")


def test_closed_form_parts_need_neither_torch_nor_scikit_learn():
    code = """
import sys
from ddcore.coresets import subsets
from ddcore.sampling import law
from ddcore.importance import score
from ddcore.initialisers import INITIALISERS
score("kmeans"), INITIALISERS.make("kmeans-coreset")
assert not {"torch", "torchvision", "sklearn", "streamlit", "plotly"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
