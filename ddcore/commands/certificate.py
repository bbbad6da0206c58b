"""`certificate`: the error of coresets drawn by a score, and of uniform ones, for every query of a cost at once.

The cost is that of ridge regression on all training images, where the error is exact: features by `--features
--num-features --bandwidth --ridge`, labels one-hot minus 1/K. Or, with `--cost kmeans`, that of `--k` centres on their
normalised pixels, where the error is the worst *found*: a lower bound. The score gives nothing but the probabilities.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from ddcore.bench.settings import COSTS
from ddcore.commands import print_json
from ddcore.commands.bars import Bars, turn_on
from ddcore.commands.flags import add_fields, add_reading_flags, given, reading_flags
from ddcore.coresets.subsets import KMeansCost, RidgeCost, sensitivity_coreset
from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import train_set
from ddcore.data.variants import HELP as VARIANTS
from ddcore.errors import BadInput
from ddcore.importance import SCORES
from ddcore.importance.ridge import RidgeLeverage
from ddcore.importance.scoring import importance_of
from ddcore.networks.compute import resolve_device
from ddcore.parameters import schema
from ddcore.progress import Progress
from ddcore.randomness import numpy_generator
from ddcore.ridge.leverage import centred_targets
from ddcore.sampling.law import SamplingLaw

RIDGE_FLAGS = ("features", "num_features", "bandwidth", "ridge")
"""Flags of the ridge cost; the score called `ridge` takes them, too."""
_MOST = {"m": 10_000_000, "draws": 100_000, "seed": 2**31 - 1, "k": 256}
Error = Callable[[np.ndarray, np.ndarray, int, Progress], float]
"""`error(indices, weights, draw, progress)` of a coreset; `draw` numbers it."""


def certificate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", required=True, help="name, path, or the name of something in the data folder")
    parser.add_argument("--score", required=True, help=f"one of {', '.join(SCORES.names())}")
    parser.add_argument("--m", type=int, required=True, metavar="M", help="images in a coreset, drawn with replacement")
    parser.add_argument(
        "--cost", default="ridge", choices=COSTS,
        help="cost to preserve: of every ridge regression, with the exact error (default), or of every k centres on "
        "normalised pixels, with the worst error that a search finds",
    )  # fmt: skip
    parser.add_argument("--k", type=int, metavar="K", help="kmeans: centres in a query (default 10)")
    parser.add_argument("--draws", type=int, default=10, metavar="R", help="coresets drawn per scheme (default 10)")
    add_reading_flags(parser)
    parser.add_argument("--variant", help=VARIANTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.add_argument("--uniform", type=float, default=0.0, help="share of uniform sampling mixed in (default 0)")
    parser.add_argument("--temperature", type=float, default=1.0, help="power of the scores (default 1)")
    parser.add_argument("--direction", default="hard", choices=("hard", "easy"))
    add_fields(parser, [field for field in schema(RidgeLeverage) if field["name"] in RIDGE_FLAGS])
    for name in SCORES.names():
        add_fields(parser, schema(SCORES.get(name)))


def certificate(options: argparse.Namespace) -> None:
    law = _checked(options)
    of_cost, parameters = _chosen(options)
    bars, device = Bars(), resolve_device(options.device)
    SCORES.make(options.score, **parameters)
    family = RidgeLeverage(**of_cost, device=device)
    dataset = load_dataset(options.dataset, progress=bars, variant=options.variant, **reading_flags(options))
    with turn_on(device, bars):
        probabilities = _probabilities(dataset, options, law, parameters, device, bars)
        error = (
            _kmeans(dataset, options, bars) if options.cost == "kmeans" else _ridge(dataset, family, options.seed, bars)
        )
    every = np.full(len(probabilities), 1 / len(probabilities))
    found = {}
    for place, (name, chances) in enumerate((("score", probabilities), ("uniform", every))):
        errors = _errors(error, chances, options, name, _part(bars, place))
        low, high = np.quantile(errors, [0.05, 0.95])
        found[name] = {"mean": float(np.mean(errors)), "q05": float(low), "q95": float(high)}
    bars.close()
    if options.json:
        print_json(found | {"m": options.m, "draws": options.draws, "exact": options.cost == "ridge"})
        return
    told = _told if options.cost == "ridge" else _told_found
    print(told(f"by {options.score}", found["score"], options))
    print(told("uniformly", found["uniform"], options))


def _checked(options: argparse.Namespace) -> SamplingLaw:
    """The sampling law, once all numbers are allowed; `k` is filled in."""
    if options.cost == "ridge" and options.k is not None:
        raise BadInput(f"k={options.k} has no effect with cost='ridge', whose queries are regressions; leave it out.")
    options.k = 10 if options.k is None else options.k
    for name, least in (("m", 1), ("draws", 1), ("seed", 0), ("k", 1)):
        value = getattr(options, name)
        if not least <= value <= _MOST[name]:
            raise BadInput(f"{name}={value} is not allowed; choose a whole number from {least} to {_MOST[name]}.")
    return SamplingLaw(uniform=options.uniform, temperature=options.temperature, direction=options.direction)


def _chosen(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of the cost, and those of the score, as given; the score takes the cost's where it has them."""
    fields = [field for name in SCORES.names() for field in schema(SCORES.get(name)) if field["name"] != "device"]
    values = given(options, [*fields, *schema(RidgeLeverage)])
    own = SCORES.get(options.score).__dataclass_fields__
    family = {name: value for name, value in values.items() if name in RIDGE_FLAGS} if options.cost == "ridge" else {}
    return family, {
        name: value for name, value in values.items() if name != "device" and (name in own or name not in family)
    }


def _probabilities(
    dataset: Dataset, options: argparse.Namespace, law: SamplingLaw, parameters: dict[str, Any], device: str, bars: Bars
) -> np.ndarray:
    """(N,) summing to 1. Scores of classes apart share out the chances of their own class, which are its size."""
    scores = importance_of(dataset, options.score, options.seed, bars, device=device, **parameters).scores
    if not parameters.get("per_class"):
        return law.of(scores)
    labels = dataset.train.labels
    return law.of(scores, labels) * (np.bincount(labels) / len(labels))[labels]


def _ridge(dataset: Dataset, family: RidgeLeverage, seed: int, bars: Bars) -> Error:
    train = train_set(dataset)
    features = family.features_of(train, seed, bars)
    cost = RidgeCost(features, centred_targets(train.labels, train.num_classes), family.ridge, progress=bars)

    def error(indices: np.ndarray, weights: np.ndarray, draw: int, progress: Progress) -> float:
        progress(0, 1, "certifying coresets")
        return cost.certificate(indices, weights)

    return error


def _kmeans(dataset: Dataset, options: argparse.Namespace, bars: Bars) -> Error:
    """A search begins with the same random numbers for the score's coreset and the uniform one."""
    bars(0, 0, "preparing the search")
    cost = KMeansCost(train_set(dataset).pixels, options.k)

    def error(indices: np.ndarray, weights: np.ndarray, draw: int, progress: Progress) -> float:
        rng = numpy_generator(options.seed, "certificate search", draw)
        return cost.worst_found(indices, weights, rng, progress)[0]

    return error


def _part(progress: Progress, place: int) -> Progress:
    """For half `place`, 0 or 1, of the work, which counts draws."""
    return lambda done, total, note: progress(place * total + done, 2 * total, note)


def _errors(
    error: Error, chances: np.ndarray, options: argparse.Namespace, name: str, progress: Progress
) -> np.ndarray:
    """(R,) of `options.draws` coresets drawn by `chances` (N,)."""
    errors = np.empty(options.draws)
    for draw in range(options.draws):

        def within(done: float, total: float, note: str = "", draw: int = draw) -> None:
            progress(draw + done / total, options.draws, note)

        rng = numpy_generator(options.seed, f"certificate {name}", draw)
        errors[draw] = error(*sensitivity_coreset(chances, options.m, rng), draw, within)
    return errors


def _told(how: str, found: dict[str, float], options: argparse.Namespace) -> str:
    """One sentence; what it promises holds for 95 % of the draws, not for their average."""
    mean, high = found["mean"], found["q95"]
    told = f"{_images(options.m)} drawn {how}: eps = {mean:.3g} ({_over_draws(found, options)})"
    if mean >= 1:
        return f"{told}; at eps >= 1 there is no lower guarantee."
    if high >= 1:
        return f"{told}; some draws have eps >= 1 and give no lower guarantee."
    which = "in 95 % of the draws every" if options.draws > 1 else "every"
    return f"{told}: {which} such regression's cost is kept within a factor of {1 - high:.3g} to {1 + high:.3g}."


def _told_found(how: str, found: dict[str, float], options: argparse.Namespace) -> str:
    """One sentence on a search: it found how far the coreset is off at least, and promises nothing."""
    centers = "1 centre" if options.k == 1 else f"{options.k} centres"
    return (
        f"{_images(options.m)} drawn {how}: worst error found for {centers} = {found['mean']:.3g} "
        f"({_over_draws(found, options)}); worse centres may exist."
    )


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _over_draws(found: dict[str, float], options: argparse.Namespace) -> str:
    if options.draws == 1:
        return "one draw"
    low, high = found["q05"], found["q95"]
    return f"on average over {options.draws} draws, 5 % to 95 % quantile {low:.3g} to {high:.3g}"
