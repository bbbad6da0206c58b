"""A case, what it expects, and the judgement whether reading it came to that."""

import contextlib
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.commands import main
from ddcore.data.dataset import materialised
from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput
from ddcore.places import cache_root

LONGEST = 300
CANARY = Path(tempfile.gettempdir()) / "ddcore-canary"
"""A folder that hostile sources make if code of theirs is run."""
TREES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class Opens:
    """The dataset opens so; what is None is not asked."""

    classes: tuple[str, ...] | None = None
    train: int | None = None
    test: int | None = None
    says: tuple[str, ...] = ()  # fragments of decisions; "split: val" asks one about the split
    warns: tuple[str, ...] | None = None  # fragments of warnings; () asks that there is none
    left_out: dict[str, int] | None = None  # suffix without its dot -> files
    flip: bool | None = None
    pixels: Callable[[Any], bool] | None = None


@dataclass(frozen=True)
class Refused:
    """The source is refused in a sentence with these fragments."""

    fragments: tuple[str, ...]

    def __init__(self, *fragments: str):
        object.__setattr__(self, "fragments", fragments)


@dataclass(frozen=True)
class Case:
    """`make(folder)` writes the source and returns its path, or the text that stands for it.

    `options` are those of `load_dataset`. With `command`, the source goes through that command, and they are its flags.
    Where the specification leaves two ways, `expect` lists both.
    """

    name: str
    make: Callable[[Path], Path | str]
    expect: Opens | Refused | tuple[Opens | Refused, ...]
    options: dict[str, Any] = field(default_factory=dict)
    command: str = ""


def judge(case: Case, folder: Path) -> str:
    """Why `case` does not hold, or "" if it does. Its source is made below `folder`, which must be empty.

    What is neither a dataset nor `BadInput` is raised.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = case.make(folder)
    try:
        if case.command:
            _run(case, source, folder)
        outcome: Any = load_dataset(source, **case.options)
    except BadInput as refusal:
        outcome = refusal
    wanted = case.expect if isinstance(case.expect, tuple) else (case.expect,)
    if CANARY.exists():
        CANARY.rmdir()
        return "ran code from the source"
    unfinished = [path.name for path in cache_root().rglob(".unfinished-*")]
    if unfinished:
        return f"left {unfinished} in the cache"
    kind = Refused if isinstance(outcome, BadInput) else Opens
    fitting = [expected for expected in wanted if isinstance(expected, kind)]
    if not fitting:
        return f"refused: {outcome}" if kind is Refused else f"opened: {_describe(outcome)}"
    if isinstance(outcome, BadInput):
        return _refusal_fault(str(outcome), fitting[0])
    return _opening_fault(outcome, fitting[0], Path(source))


def _run(case: Case, source: Path | str, folder: Path) -> None:
    """Run the case's command; a mistake is raised as the `BadInput` that its line on standard error quotes."""
    arguments = {
        "importance": ["--dataset", str(source), "--score", "uniform", "--out", str(folder / "scores.npz")],
        "certificate": ["--dataset", str(source), "--score", "uniform", "--m", "4"],
        "distill": ["--dataset", str(source)],
        "evaluate": [str(folder / "set.npz"), "--dataset", str(source)],
    }[case.command]
    if case.command == "evaluate":
        np.savez(folder / "set.npz", images=np.zeros((2, 1, 8, 8)), targets=np.eye(2), mean=[0.0], std=[1.0])
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in case.options.items()]
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        status = main([case.command, *arguments, *flags])
    lines = [line for line in errors.getvalue().splitlines() if line.startswith("error: ")]
    if status == 2 and len(lines) == 1 and "unrecognized arguments" not in lines[0]:
        raise BadInput(lines[0].removeprefix("error: "))
    if status:
        raise AssertionError(f"{case.command} ended with status {status} and said {errors.getvalue()!r}")


def _refusal_fault(sentence: str, expected: Refused) -> str:
    if not sentence.isprintable() or not sentence or len(sentence) > LONGEST:
        return f"not one printable line of at most {LONGEST} characters: {sentence!r}"
    missing = [fragment for fragment in expected.fragments if not _holds(sentence, fragment)]
    if missing:
        return f"refused without {missing}: {sentence}"
    left = [meta["name"] for meta in materialised()]
    return f"refused, but left {left} in the cache" if left else ""


def _opening_fault(dataset: Any, expected: Opens, source: Path) -> str:
    for fault in (_content_fault(dataset, expected), _report_fault(dataset.report, expected, source)):
        if fault:
            return fault
    if expected.pixels is not None and not expected.pixels(dataset):
        corners = dataset.train.images.reshape(len(dataset.train.images), -1)[:, :3].tolist()
        return f"opened with other pixels or labels: first values of the training images {corners[:12]}"
    return ""


def _content_fault(dataset: Any, expected: Opens) -> str:
    for split in (dataset.train, dataset.test):
        if split.images.dtype != np.uint8 or split.images.ndim != 4 or len(split.images) != len(split.labels):
            return f"opened with images {split.images.dtype} {split.images.shape} and {len(split.labels)} labels"
    if set(np.unique(dataset.train.labels).tolist()) != set(range(len(dataset.classes))):
        return f"training labels {np.unique(dataset.train.labels).tolist()} do not cover {dataset.classes}"
    got = (tuple(dataset.classes), len(dataset.train.images), len(dataset.test.images), bool(dataset.flip))
    for value, wanted in zip(got, (expected.classes, expected.train, expected.test, expected.flip), strict=True):
        if wanted is not None and value != wanted:
            return f"opened with {value}, not {wanted}: {_describe(dataset)}"
    return ""


def _report_fault(report: Any, expected: Opens, source: Path) -> str:
    if source.is_dir() or source.suffix in TREES:
        total = report.read + sum(report.left_out.values()) + report.used + report.ignored
        if report.found != total:
            return f"{report.found} files found, {total} accounted for: {report}"
    left_out = {suffix.lower().lstrip("."): count for suffix, count in report.left_out.items()}
    if expected.left_out is not None and left_out != expected.left_out:
        return f"left out {left_out}, not {expected.left_out}"
    missing = [fragment for fragment in expected.says if not _told(report.decisions, fragment)]
    missing += [fragment for fragment in expected.warns or () if not _told(report.warnings, fragment)]
    if missing:
        return f"said nothing of {missing}: {[note.text for note in (*report.decisions, *report.warnings)]}"
    if expected.warns == () and report.warnings:
        return f"warned: {[note.text for note in report.warnings]}"
    return ""


def _told(notes: Any, fragment: str) -> bool:
    about, _, text = fragment.rpartition(": ")
    return any(_holds(note.text, text) and about in ("", note.about) for note in notes)


def _holds(sentence: str, fragment: str) -> bool:
    return any(way.lower() in sentence.lower() for way in fragment.split("|"))


def _describe(dataset: Any) -> str:
    return f"{dataset.classes}, {len(dataset.train.images)} + {len(dataset.test.images)} images, {dataset.split}"
