"""`importance`: scores of every training image, as an `.npz`."""

import argparse
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.commands import print_json, typed_file
from ddcore.commands.bars import Bars, turn_on
from ddcore.commands.flags import add_fields, add_reading_flags, given, reading_flags
from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.data.variants import HELP as VARIANTS
from ddcore.errors import BadInput
from ddcore.files import write_npz
from ddcore.importance import SCORES
from ddcore.importance.scoring import features_seen, importance_of, packed
from ddcore.importance.stability import check_seeds, rank_interval, scores_of_seeds
from ddcore.leftovers import sweep_files
from ddcore.networks.compute import resolve_device
from ddcore.parameters import schema
from ddcore.sampling.law import SamplingLaw


def importance_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", required=True, help="name, path, or the name of something in the data folder")
    parser.add_argument("--score", required=True, help=f"one of {', '.join(SCORES.names())}")
    parser.add_argument("--out", required=True, metavar="F.npz", help="where the arrays are written")
    add_reading_flags(parser)
    parser.add_argument("--variant", help=VARIANTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--seeds", type=int, metavar="R", help="also write `rank_low` and `rank_high` over R seeds from --seed on"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.add_argument("--keep-features", action="store_true", help="also write the features that the score used")
    parser.add_argument(
        "--uniform", type=float, default=0.0, help="share of uniform sampling in `probabilities` (default 0)"
    )
    parser.add_argument(
        "--temperature", type=float, default=1.0, help="power of the scores in `probabilities` (default 1)"
    )
    parser.add_argument("--direction", default="hard", choices=("hard", "easy"))
    for name in SCORES.names():
        add_fields(parser, schema(SCORES.get(name)))


def _check(options: argparse.Namespace, out: Path) -> None:
    """What can be refused before anything is computed."""
    if out.suffix != ".npz":
        raise BadInput(f"--out {options.out!r} does not end in .npz; the scores are written as NumPy arrays.")
    if out.is_dir():
        raise BadInput(f"--out {options.out} is a folder; name the .npz file to write.")
    if not 0 <= options.seed < 2**31:
        raise BadInput(f"seed={options.seed} is not allowed; choose a whole number from 0 to {2**31 - 1}.")
    if options.seeds is not None:
        check_seeds(options.seeds)
    _try_to_write_in(out.parent, options.out)


def _try_to_write_in(folder: Path, out: str) -> None:
    """BadInput unless a file can be written in `folder`; leaves no folder behind that was not there."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadInput(f"--out {out} cannot be written: {error.filename}: {error.strerror}.") from None
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()


def importance(options: argparse.Namespace) -> None:
    began, bars = time.perf_counter(), Bars()
    out = typed_file(options.out, "--out ")
    _check(options, out)
    law = SamplingLaw(uniform=options.uniform, temperature=options.temperature, direction=options.direction)
    fields = [field for name in SCORES.names() for field in schema(SCORES.get(name)) if field["name"] != "device"]
    parameters, device = given(options, fields), resolve_device(options.device)
    SCORES.make(options.score, **parameters)
    dataset = load_dataset(options.dataset, progress=bars, variant=options.variant, **reading_flags(options))
    with turn_on(device, bars):
        arrays = _scored(options, dataset, parameters, device, bars)
    bars.close()
    labels = dataset.train.labels
    within = labels if parameters.get("per_class") else None
    sweep_files(out.parent, f".{out.name}-")
    write_npz(out, **arrays, probabilities=law.of(arrays["scores"], within), labels=labels)
    seconds = round(time.perf_counter() - began, 3)
    if options.json:
        print_json({"out": str(out), "n": len(labels), "seconds": seconds, "score": options.score})
    else:
        print(f"{out}: {options.score} scores of {len(labels):,} training images of {dataset.name} in {seconds} s")


def _scored(
    options: argparse.Namespace, dataset: Dataset, parameters: dict[str, Any], device: str, bars: Bars
) -> dict[str, np.ndarray]:
    """The arrays that need the score itself: scores, terms, centres; rank intervals and features on request."""
    name, seed = options.score, options.seed
    arrays = packed(importance_of(dataset, name, seed, bars, device=device, **parameters))
    if options.seeds is not None:
        each = scores_of_seeds(dataset, name, options.seeds, seed, bars, device=device, **parameters)
        arrays["rank_low"], arrays["rank_high"] = rank_interval(each)
    if options.keep_features:
        arrays["features"] = features_seen(dataset, name, seed, bars, device=device, **parameters)
    return arrays
