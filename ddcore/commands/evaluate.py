"""`evaluate`: students on any stored synthetic set, beside random images at the same budget and the full data."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddcore.commands import print_json, typed_file
from ddcore.commands.accuracies import print_accuracies, with_gains
from ddcore.commands.bars import Bars, turn_on
from ddcore.commands.flags import add_fields, add_reading_flags, reading_flags
from ddcore.commands.set_file import read_about
from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset, load_recorded
from ddcore.data.reading import options_in
from ddcore.data.variants import HELP as VARIANTS
from ddcore.data.zca import ZCA, stored_zca
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import NOT_TESTED, KernelEvaluation
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import DistillSettings
from ddcore.files import ArrayHeader, read_npz
from ddcore.networks import NETWORKS, parsed, text_of
from ddcore.networks.compute import resolve_device
from ddcore.parameters import schema
from ddcore.runs.folder import RunFolder, open_run
from ddcore.runs.snapshots import array_headers
from ddcore.synthetic import SyntheticSet, brought
from ddcore.training.protocols import PROTOCOLS

STUDENTS = f"{' or '.join(NETWORKS.names())}, with parameters as in convnet:norm=batch; default: the run's own"
Arrays = dict[str, np.ndarray]
_LARGEST = 4 * 2**30  # bytes of a synthetic set: ten thousand colour images of 189 pixels a side


def evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="RUN-or-FILE", help="a run (id or folder), or an .npz of synthetic images")
    parser.add_argument("--dataset", help="dataset to test on; default: that of the run or file")
    parser.add_argument("--variant", help=f"{VARIANTS}; default: the run's own")
    parser.add_argument("--model", metavar="NETWORK", help=f"network of the students: {STUDENTS}")
    parser.add_argument("--width", type=int, help="width of that network; default: the run's, else 128")
    parser.add_argument("--depth", type=int, help="depth of that network; default: the run's, else the network's own")
    parser.add_argument("--evaluation", default="quick", choices=list(PROTOCOLS), help="protocol")
    parser.add_argument("--repeats", type=int, help="students per accuracy; default 3 for quick, 5 for published")
    add_fields(parser, [field for field in schema(DistillSettings) if field["name"] == "until"])
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.add_argument("--seed", type=int, default=0, help="seed of the students and the random images")
    add_reading_flags(parser)


def evaluate(options: argparse.Namespace) -> None:
    bars = Bars()
    if options.source.endswith(".npz"):
        path, first = typed_file(options.source), None
        config = read_about(path, final := _read(path))
    else:
        run = open_run(options.source)
        path, first = _snapshots(run)
        config, final = run.config(), _read(path)
    initial = None if first is None else _read(first)
    settings, known = config.get("settings", {}), config.get("dataset")
    whitening = stored_zca(path, str(final["zca"])) if "zca" in final else None
    dataset = _tested_on(options, settings, known, bars)
    flat = {name: settings.get(name) for name in ("network", "width", "depth")}
    flat["student_network"] = _students(options, settings)
    flat |= {name: getattr(options, name) for name in ("evaluation", "repeats", "until", "seed")}
    flat |= {"dataset": dataset.name, "ipc": _images_per_class(final, settings, dataset.num_classes)}
    flat |= _kernel_method(settings)
    flat["zca"] = whitening is not None  # the test data go through what the set was made with
    own = whitening if _of_its_space(final, dataset) else None  # else it is fitted on the other data
    experiment = Experiment.of(complete(resolve(flat)), dataset, resolve_device(options.device), own, bars)
    with turn_on(experiment.device, bars):
        after = _synthetic(final, experiment, whitening)
        before = None if initial is None else _synthetic(initial, experiment, whitening)
        result = _measured(experiment, after, before, bars)
    bars.close()
    about = DISTILLERS.about(settings.get("distiller", ""))
    result = with_gains(result, about, experiment.student_network.describe())
    if options.json:
        print_json(result)
    else:
        print_accuracies(result, about)


def _snapshots(run: RunFolder) -> tuple[Path, Path | None]:
    """The last full snapshot of a run and, of one that distils, the first."""
    steps, settings = run.snapshot_steps(), run.config()["settings"]
    if not steps:
        raise BadInput(f"Run {run.id} has no snapshot yet; there is nothing to evaluate.")
    full = [step for step in steps if "images" in _headers(run.snapshot_path(step))]
    if not full:
        raise BadInput(f"Run {run.id} has pictures only, no full snapshot; there is nothing to evaluate.")
    if full[-1] != steps[-1]:
        print(f"the last full snapshot is that of step {full[-1]}", file=sys.stderr)
    distils = DISTILLERS.about(settings.get("distiller", "")).distills  # else the first is the last one
    return run.snapshot_path(full[-1]), run.snapshot_path(full[0]) if distils else None


def _tested_on(
    options: argparse.Namespace, settings: dict[str, Any], known: dict[str, Any] | None, bars: Bars
) -> Dataset:
    """The dataset that was asked for; else the very one that the run was made on."""
    if not (name := options.dataset or settings.get("dataset")):
        raise BadInput(f"{options.source} does not name its dataset; give one with --dataset.")
    flags = reading_flags(options)
    if not (options.dataset or options.variant or flags):
        return load_recorded(known, settings, bars)
    reading = options_in({"size": settings.get("size")} if options.dataset else settings) | flags
    variant = options.variant or (None if options.dataset else settings.get("variant"))
    return load_dataset(name, progress=bars, variant=variant, **reading)


def _images_per_class(arrays: Arrays, settings: dict[str, Any], num_classes: int) -> int:
    """The budget of a set as its run counted it: tiles that an export took apart count by the images they were in."""
    tiles = 1 if "factor" in arrays else int(settings.get("factor", 1)) ** 2
    return max(1, len(arrays["images"]) // (num_classes * tiles))


def _students(options: argparse.Namespace, settings: dict[str, Any]) -> str:
    """The text of the network that is trained and tested: a flag overrides the run's own."""
    name, fields = parsed(options.model or settings.get("student_network") or settings.get("network") or "convnet")
    size = {"width": options.width, "depth": options.depth}
    return text_of(name, fields | {key: value for key, value in size.items() if value is not None})


def _kernel_method(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a run's distiller where its sets are predictors by themselves; others change nothing."""
    name = settings.get("distiller")
    if name is None or not DISTILLERS.about(name).predictor:
        return {}
    own = {field: settings[field] for field in DISTILLERS.get(name).__dataclass_fields__ if field in settings}
    return {"distiller": name, **own}


def _measured(experiment: Experiment, after: SyntheticSet, before: SyntheticSet | None, bars: Bars) -> dict[str, Any]:
    by_itself, kernel = NOT_TESTED, KernelEvaluation.of(experiment)
    if kernel is not None:
        bars.phase("testing the set's own predictor")
        own = kernel.test(after, bars).accuracy
        initial = None if before is None else kernel.test(before, bars).accuracy
        by_itself = kernel.result(own, initial, kernel.random_accuracy(bars))
    bars.phase("students of the set")
    accuracy = experiment.accuracy(after, bars)
    initial_accuracy = None
    if before is not None:
        bars.phase("students of the set before distilling")
        initial_accuracy = experiment.accuracy(before, bars).to_json()
    bars.phase("students of random images")
    random = experiment.random_accuracy(bars)
    bars.phase("a network on all training images")
    return {
        "protocol": experiment.protocol_in_words,
        "accuracy": accuracy.to_json(),
        "initial_accuracy": initial_accuracy,
        "random": random.to_json(),
        "full": experiment.full_accuracy(bars).to_json(),
        **by_itself,
        **after.own_protocol,
        "per_class": accuracy.per_class,
    }


def _headers(path: Path) -> dict[str, ArrayHeader]:
    """What is in the file, none of it read yet; BadInput if it is no `.npz`, or too large to be read."""
    with _refuse_unreadable(path):
        found = array_headers(path, compressed=True)
    size = sum(header.size for header in found.values())
    if size > _LARGEST:
        raise BadInput(f"{path} unpacks to {size:,} bytes; up to {_LARGEST:,} are allowed.")
    return found


def _arrays(path: Path) -> Arrays:
    _headers(path)
    with _refuse_unreadable(path):
        return read_npz(path)


@contextmanager
def _refuse_unreadable(path: Path) -> Iterator[None]:
    """Turn the errors of reading the file into BadInput: there is none, or it holds no arrays without pickles."""
    try:
        yield
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as NumPy arrays without pickles ({error}).") from None


def _read(path: Path) -> Arrays:
    """Arrays of a full snapshot; BadInput says what is missing or no finite number."""
    arrays = _arrays(path)
    missing = [name for name in ("images", "targets", "mean", "std") if name not in arrays]
    if missing:
        raise BadInput(f"{path} lacks {', '.join(missing)}: a full snapshot holds images, targets, mean and std.")
    for name in ("factor", "lr_student"):
        if name in arrays and (arrays[name].shape != () or arrays[name].dtype.kind not in "fiu"):
            raise BadInput(f"{path}: {name} of shape {arrays[name].shape} is not a number.")
    if "factor" in arrays and not float(arrays["factor"]).is_integer():
        raise BadInput(f"{path}: factor {arrays['factor']} is not a whole number.")
    for name in ("images", "targets", "mean", "std"):
        values = arrays[name]
        if values.dtype.kind not in "fiu" or values.size == 0 or not np.isfinite(values).all():
            raise BadInput(
                f"{path}: {name} of shape {values.shape} holds values that are not finite numbers, or no values."
            )
    return arrays


def _of_its_space(arrays: Arrays, dataset: Dataset) -> bool:
    """Whether the set was made from images normalised as those of `dataset` are."""
    return all(
        arrays[name].shape == np.shape(own) and np.allclose(arrays[name], own)
        for name, own in (("mean", dataset.mean), ("std", dataset.std))
    )


def _synthetic(arrays: Arrays, experiment: Experiment, whitening: ZCA | None = None) -> SyntheticSet:
    """The stored set, made from images whitened by `whitening`, in the experiment's training space.

    Made from another dataset, its own whitening and normalisation are undone, and those of the experiment applied.
    """
    dataset, device = experiment.dataset, experiment.device
    images, targets = (np.asarray(arrays[name], np.float32) for name in ("images", "targets"))
    if images.shape[1:] != dataset.shape or targets.shape != (len(images), dataset.num_classes):
        raise BadInput(
            f"synthetic images {images.shape} with targets {targets.shape} do not fit {dataset.name}, which needs "
            f"(M, {', '.join(map(str, dataset.shape))}) and (M, {dataset.num_classes})."
        )
    if not (targets.sum(1) > 0).all():
        raise BadInput(
            f"targets have a row that sums to {targets.sum(1).min():g}; each must sum to the weight of its image, "
            "above 0."
        )
    if not arrays["mean"].shape == arrays["std"].shape == (dataset.shape[0],):
        raise BadInput(f"mean and std must be ({dataset.shape[0]},), one number per channel of {dataset.name}.")
    if not _of_its_space(arrays, dataset):
        mean, std, own_mean, own_std = (
            np.asarray(v, np.float32).reshape(1, -1, 1, 1)
            for v in (arrays["mean"], arrays["std"], dataset.mean, dataset.std)
        )
        images = images if whitening is None else whitening.undo(images)
        images = (images * std + mean - own_mean) / own_std
        images = images if experiment.whitening is None else experiment.whitening.whiten(images)
    classes = torch.as_tensor(targets.argmax(1), device=device)
    stored, taught = torch.as_tensor(images, device=device), torch.as_tensor(targets, device=device)
    return SyntheticSet(stored, taught, classes, **brought(arrays))
