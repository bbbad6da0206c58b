"""A run as the player shows it: its pictures, its curves, its baselines."""

from math import nan
from typing import Any, NamedTuple

from ddcore.experiments.settings import DistillSettings, split
from ddcore.runs import states
from ddcore.runs.snapshots import read_view, stride_of
from pages.parts.browser.player import Track
from pages.parts.run_description import RunDescription
from pages.parts.run_history import Measured, RunHistory

Curve = tuple[list[int], list[float], list[float]]  # steps, means, standard deviations


BADGES = {"queued": "waiting", "starting": "starting", "running": "live", "paused": "paused", "stopping": "stopping"}
"""State -> what stands beside the title of a run from which more may come."""


class SheetShape(NamedTuple):
    """The places of a set's images in its contact sheets; see `pages.parts.routes.arrange`."""

    tile: tuple[int, int]  # height and width in pixels
    rows: int
    columns: int
    class_names: list[str]  # of each row
    images: list[int | None] | None = None  # place in the set of each tile, row by row; None where that is its number


def track(history: RunHistory, title: str, beside: RunHistory | None = None) -> Track | None:
    """The track of the run of `history` (updated by the caller); None until its images' shape is known.

    Until then it has the shape of the run `beside` it, if there is one, so that one run never hides the other.
    """
    run, steps = history.run, history.run.snapshot_steps()
    state, sheet = run.state(), sheet_shape(history, steps)
    if sheet is None and beside is not None and (shape := sheet_shape(beside, beside.run.snapshot_steps())):
        sheet = shape
    if sheet is None:
        return None
    about = RunDescription(run.config())
    return Track(
        run=run.id,
        title=title,
        frames=f"/frame/{run.id}/",
        steps=steps,
        tile=sheet.tile,
        rows=sheet.rows,
        columns=sheet.columns,
        class_names=sheet.class_names,
        images=sheet.images,
        loss=([], []) if about.selects else loss_curve(history),
        accuracy=accuracy_curve(history),
        counts=[history.accuracy[step].repeats for step in sorted(history.accuracy)],
        random=_triple(history.baselines.get("random")),
        full=_triple(history.baselines.get("full")),
        repeats=min((point.repeats for point in history.accuracy.values()), default=None),
        kernel=kernel_curve(history),
        kernel_random=_triple(history.baselines.get("kernel-random")),
        live=state in states.LIVE,
        badge=BADGES.get(state, ""),
        no_accuracy=no_accuracy(about, state),
        no_loss=no_loss(about, state),
        no_images=no_images(state),
        marks=size_marks(history),
    )


def no_images(state: str) -> str:
    """Text in place of the images while there is no snapshot."""
    if state == "queued":
        return "This run waits in line. Its first images appear here."
    if state in states.LIVE:
        return "No snapshot yet: the first images appear here."
    return "This run ended before there were images to show."


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


def sheet_shape(history: RunHistory, steps: list[int]) -> SheetShape | None:
    """The shape of the first snapshot, or of the settings before there is one; None until the dataset is known."""
    if history.sheet is not None:
        return history.sheet
    config = history.run.config()
    dataset = config["dataset"]
    if dataset is None:
        return None
    names = [str(name) for name in dataset["classes"]]
    stride = set_stride(config) or 1
    height, width = (-(-side // stride) for side in dataset["shape"][1:])
    for step in steps:
        try:
            shown = read_view(history.run.snapshot_path(step))
        except (OSError, ValueError):  # damaged: the others have the same sheet
            continue
        present = sorted(set(shown.classes.tolist()))
        called = [names[label] if 0 <= label < len(names) else f"class {label}" for label in present]
        images = tile_images(shown.classes.tolist(), shown.columns)
        history.sheet = SheetShape(tuple(shown.view.shape[1:3]), len(present), shown.columns, called, images)
        return history.sheet
    return SheetShape((height, width), len(names), history.about.settings["ipc"], names)


def tile_images(classes: list[int], columns: int) -> list[int | None] | None:
    """The image of each tile of a contact sheet of `columns`, row by row; None if every tile shows its own number."""
    rows: dict[int, list[int | None]] = {label: [] for label in sorted(set(classes))}
    for image, label in enumerate(classes):
        rows[label].append(image)
    tiles = [image for row in rows.values() for image in (*row, *[None] * (columns - len(row)))]
    return None if tiles == list(range(len(tiles))) else tiles


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
