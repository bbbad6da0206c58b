"""A run as the player shows it: its pictures, its curves, its baselines."""

from math import nan
from typing import Any

from ddcore.experiments.settings import DistillSettings, split
from ddcore.runs import states
from ddcore.runs.snapshots import read_view, stride_of
from pages.parts.browser.player import Track
from pages.parts.run_description import RunDescription
from pages.parts.run_history import Measured, RunHistory

Sheet = tuple[tuple[int, int], int, int, list[str]]  # tile (height, width), rows, columns, class name of each row
Curve = tuple[list[int], list[float], list[float]]  # steps, means, standard deviations


def track(history: RunHistory, title: str) -> Track | None:
    """The track of the run of `history` (updated by the caller); None until its images' shape is known."""
    run, steps = history.run, history.run.snapshot_steps()
    state, sheet = run.state(), sheet_shape(history, steps)
    if sheet is None:
        return None
    tile, rows, columns, names = sheet
    about = RunDescription(run.config())
    return Track(
        run=run.id,
        title=title,
        frames=f"/frame/{run.id}/",
        steps=steps,
        tile=tile,
        rows=rows,
        columns=columns,
        class_names=names,
        loss=([], []) if about.selects else loss_curve(history),
        accuracy=accuracy_curve(history),
        random=_triple(history.baselines.get("random")),
        full=_triple(history.baselines.get("full")),
        repeats=min((point.repeats for point in history.accuracy.values()), default=None),
        kernel=kernel_curve(history),
        kernel_random=_triple(history.baselines.get("kernel-random")),
        live=state in states.LIVE,
        no_accuracy=no_accuracy(about, state),
        no_loss=no_loss(about, state),
        marks=size_marks(history),
    )


def size_marks(history: RunHistory) -> dict[int, tuple[str, str]]:
    """Step -> the size of its coreset, for the axis, and what the slider says; empty if all steps have one."""
    marks = {0: ("start", "")} if history.coresets else {}
    for step, one in history.coresets.items():
        tick = f"{one.coreset:,}" if len(marks) > 1 else f"m = {one.coreset:,}"
        marks[step] = tick, f"m = {one.coreset:,} · ε = {one.epsilon:.2f}"
    return marks


def no_accuracy(about: RunDescription, state: str) -> str:
    """Text of the accuracy chart while it is empty: when the first point comes, or why there is none."""
    if about.settings["evaluation"] == "none" or state == "finished":
        return "not measured in this run"
    if state not in states.LIVE:
        return "not measured before it stopped"
    along = DistillSettings(**split(about.settings)[0]).evaluation_steps
    what = "first students" if about.distiller.predictor else "first accuracy"
    return f"{what} at step {along[0]:,}" if along else f"{what} after the last step"


def no_loss(about: RunDescription, state: str) -> str:
    """Text of the loss chart while it is empty."""
    if about.selects:
        return "nothing is distilled"
    return "no loss yet" if state in states.LIVE else "no loss recorded"


def sheet_shape(history: RunHistory, steps: list[int]) -> Sheet | None:
    """The sheet of the first snapshot, or of the settings before there is one; None until the dataset is known."""
    if history.sheet is not None:
        return history.sheet
    config = history.run.config()
    dataset = config["dataset"]
    if dataset is None:
        return None
    names = [str(name) for name in dataset["classes"]]
    stride = set_stride(config) or 1
    tile = tuple(-(-side // stride) for side in dataset["shape"][1:])
    asked = tile, len(names), history.about.settings["ipc"], names
    for step in steps:
        try:
            shown = read_view(history.run.snapshot_path(step))
        except (OSError, ValueError):  # damaged: the others have the same sheet
            continue
        present = sorted(set(shown.classes.tolist()))
        called = [names[label] if 0 <= label < len(names) else f"class {label}" for label in present]
        history.sheet = tuple(shown.view.shape[1:3]), len(present), shown.columns, called
        return history.sheet
    return asked


def set_stride(config: dict[str, Any]) -> int | None:
    """The n such that pictures of the run's set show every n-th row and column of pixels; None if there are none."""
    dataset = config["dataset"]
    try:
        return stride_of(len(dataset["classes"]) * config["settings"]["ipc"], tuple(dataset["shape"]))
    except ValueError:
        return None


def loss_curve(history: RunHistory) -> tuple[list[int], list[float]]:
    steps = sorted(history.loss)
    return steps, [history.loss[step] for step in steps]


def accuracy_curve(history: RunHistory) -> Curve:
    """Steps, means and standard deviations (NaN for a single repeat)."""
    return _curve(history.accuracy)


def kernel_curve(history: RunHistory) -> Curve:
    """The same for the set's own predictor; empty if the method has none or nothing is tested."""
    return _curve({step: point.accuracy for step, point in history.kernel.items() if point.accuracy})


def _curve(measured: dict[int, Measured]) -> Curve:
    steps = sorted(measured)
    points = [measured[step] for step in steps]
    return steps, [point.mean for point in points], [point.std if point.repeats > 1 else nan for point in points]


def _triple(measured: Measured | None) -> tuple[float, float, int] | None:
    return None if measured is None else tuple(measured)
