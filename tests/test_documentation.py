"""What the documents promise is there: links, commands, files, figures measured, and the two examples in Python."""

import re
import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from test_recipes import recipes

from ddcore.commands import COMMANDS
from ddcore.distillers import DISTILLERS
from ddcore.experiments.presets import presets
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import COMMON
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.sampling.following import FOLLOWERS
from pages.parts.distill.choosing import choosing_table

ROOT = Path(__file__).parents[1]
DOCUMENTS = {name: (ROOT / name).read_text() for name in ("README.md", "benchmarks/README.md", "docs/reference.md")}
README, MEASURED = DOCUMENTS["README.md"], DOCUMENTS["benchmarks/README.md"]
RESULTS = ROOT / "benchmarks" / "results"
OTHER_FLAGS = ("preset", "seeds", "convention", "json", "out", "score", "model", "m", "draws")


def sections(text: str) -> dict[str, str]:
    """The text under each heading of the second level."""
    return {part.split("\n", 1)[0]: part for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]}


def anchor(heading: str) -> str:
    """The name that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def figures(text: str) -> list[tuple[float, int]]:
    """Signed numbers with a decimal point, and how many digits stand behind it."""
    found = re.findall(r"(?<![\w.])([+-]?)([\d,]*\d\.(\d+))(?![\w]|\.\d)", text.replace("−", "-"))
    return [(float((sign + number).replace(",", "")), len(digits)) for sign, number, digits in found]


def figures_of(files: list[Path]) -> np.ndarray:
    """All of them in result files, whose lines on the machine name versions."""
    lines = [
        line for file in files for line in file.read_text().splitlines() if not line.startswith(("cpu (", "cuda:"))
    ]
    return np.array([number for number, _ in figures("\n".join(lines))])


def assert_measured(text: str, measured: np.ndarray):
    for number, digits in figures(text):
        assert np.abs(measured - number).min() <= 0.5 * 10**-digits + 1e-9, f"{number} is in no file of results"


@pytest.mark.parametrize(
    ("document", "target"),
    [(name, target) for name, text in DOCUMENTS.items() for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text)],
)
def test_relative_links_lead_somewhere(document, target):
    path, _, heading = target.partition("#")
    file = (ROOT / document).parent / path if path else ROOT / document
    assert file.exists()
    assert not heading or heading in map(anchor, sections(file.read_text()))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:ddcore|pages|tests|benchmarks)/[\w/.]*)`", README))))
def test_named_files_exist(path):
    to_be_written = {file for file, _ in recipes()}  # by the reader
    assert path in to_be_written or (ROOT / path).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\bbenchmarks\.(\w+)`?", MEASURED))))
def test_named_benchmarks_exist(name):
    assert (ROOT / "benchmarks" / f"{name}.py").exists()


def test_named_commands_and_flags_exist():
    fields = [fields for kind in (DISTILLERS, SCORES, INITIALISERS, FOLLOWERS) for fields in kind.schema().values()]
    of_methods = {field["name"] for group in fields for field in group}
    lines = [
        line
        for text in DOCUMENTS.values()
        for line in re.findall(r"(?:^|`)(?:python -m )?ddcore ([a-z][^#`\n]*)", text, re.M)
    ]
    assert len(lines) > 10
    for line in lines:
        command, *rest = shlex.split(line)
        assert command in COMMANDS
        flags = [word[2:].replace("-", "_") for word in rest if word.startswith("--")]
        assert set(flags) <= {*COMMON, *of_methods, *OTHER_FLAGS}


@pytest.mark.parametrize("heading", sections(MEASURED))
def test_every_figure_measured_is_in_the_file_its_section_names(heading):
    text = sections(MEASURED)[heading]
    files = [ROOT / "benchmarks" / name for name in re.findall(r"\((results/[^)]+)\)", text)]
    assert files
    assert_measured(text, figures_of(files))


@pytest.mark.parametrize("heading", ["What importance is", "What was measured", "Limits"])
def test_every_figure_of_the_readme_is_in_a_file_of_results(heading):
    text = sections(README)[heading]
    assert figures(text)
    assert_measured(text, figures_of(sorted(RESULTS.glob("*.txt"))))


@pytest.mark.parametrize("name", [name for name in DISTILLERS.names() if DISTILLERS.about(name).advice])
def test_advice_is_that_of_the_section_it_names(name):
    advice = DISTILLERS.about(name).advice
    text = sections(MEASURED)[advice.section]
    files = [ROOT / "benchmarks" / path for path in re.findall(r"\((results/[^)]+)\)", text)]
    assert_measured(advice.words, figures_of(files))


def test_advice_is_given_wherever_real_batches_are_drawn():
    silent = {name for name in DISTILLERS.names() if DISTILLERS.about(name).advice is None}
    assert silent == {name for name in DISTILLERS.names() if not DISTILLERS.about(name).distills} | {"analytic"}


def test_a_figure_that_nobody_measured_is_noticed():
    assert figures("ε = 0.40, −1.16 [−2.41, +0.10], 14,886.5 and 127.0.0.1") == [
        (0.4, 2), (-1.16, 2), (-2.41, 2), (0.1, 2), (14886.5, 1)
    ]  # fmt: skip
    assert_measured("0.40", np.array([0.402]))
    with pytest.raises(AssertionError):
        assert_measured("0.41", np.array([0.402]))
    with pytest.raises(AssertionError):
        assert_measured("+1.16", np.array([-1.16]))


def python_block(heading: str) -> str:
    return re.search(r"```python\n(.+?)```", sections(README)[heading], re.DOTALL)[1]


def test_the_example_of_the_library_runs(shared_cache, capsys):
    seen = {}
    exec(compile(python_block("From Python"), "README.md", "exec"), seen)  # noqa: S102  our own text
    train = seen["dataset"].train
    assert seen["scores"].shape == seen["law"].shape == (len(train),)
    assert seen["law"].sum() == pytest.approx(1) and seen["top"].shape == train.images.shape[1:]
    printed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in printed] == ["certificate", *"012345", "accuracy"]
    assert 0 < float(printed[0].split()[1]) < 1 and 0.5 < float(printed[-1].split()[1]) < 1


def test_images_of_a_snapshot_are_pixels_as_the_readme_says():
    snapshots = sorted(ROOT.glob("examples/*/snapshots/*.npz"))
    arrays = np.load(snapshots[-1])
    mean, std = (arrays[name][:, None, None] for name in ("mean", "std"))
    pixels = (arrays["images"] * std + mean).clip(0, 1).transpose(0, 2, 3, 1)
    assert np.abs(255 * pixels - arrays["view"]).max() < 0.51


def test_the_reference_says_of_each_distiller_when_to_choose_it():
    table = sections(DOCUMENTS["docs/reference.md"])["How to choose a distiller"]
    assert table.strip().endswith(choosing_table()), f"The entries of distillers say otherwise:\n{choosing_table()}"


def test_required_packages_are_all_explained():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [
        *project["dependencies"],
        *project["optional-dependencies"]["app"],
        *project["optional-dependencies"]["dev"],
    ]
    names = [re.match(r"[a-z-]+", one)[0] for one in asked]
    assert names and all(name in sections(README)["Packages, and why"] for name in names)


def test_presets_named_in_the_readme_exist():
    for name in ("quick", "coffee", "paper"):
        assert name in README and name in presets()["dm"]
        assert complete(resolve({}, name))["distiller"] == "dm"
