"""`certificate`: the exact error of coresets drawn by a score, and of uniform ones, for every ridge regression at once.

The cost is ridge regression on all training images: features by `--features --num-features --bandwidth --ridge`, labels
one-hot minus 1/K. The score gives nothing but the probabilities.
"""

import argparse
from typing import Any

import numpy as np

from ddcore.commands import print_json
from ddcore.commands.bars import Bars
from ddcore.commands.flags import add_fields, given
from ddcore.commands.turns import turn_on
from ddcore.compute import resolve_device
from ddcore.coreset import RidgeCost, sensitivity_coreset
from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.data.variants import HELP as VARIANTS
from ddcore.errors import BadInput
from ddcore.importance import SCORES
from ddcore.importance.ridge import RidgeLeverage
from ddcore.leverage import centred_targets
from ddcore.parameters import schema
from ddcore.randomness import numpy_generator
from ddcore.sampling import SamplingLaw
from ddcore.scoring import importance_of, train_set

COST = ("features", "num_features", "bandwidth", "ridge")
"""Flags of the cost; the score called `ridge` takes them, too."""
_MOST = {"m": 10_000_000, "draws": 100_000, "seed": 2**31 - 1}


def certificate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", required=True, help="name, path, or the name of something in the data folder")
    parser.add_argument("--score", required=True, help=f"one of {', '.join(SCORES.names())}")
    parser.add_argument("--m", type=int, required=True, metavar="M", help="images in a coreset, drawn with replacement")
    parser.add_argument("--draws", type=int, default=10, metavar="R", help="coresets drawn by each (default 10)")
    parser.add_argument("--size", type=int, help="resize and crop own images to this many pixels")
    parser.add_argument("--variant", help=VARIANTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda:0, mps")
    parser.add_argument("--uniform", type=float, default=0.0, help="share of uniform sampling mixed in (default 0)")
    parser.add_argument("--temperature", type=float, default=1.0, help="power of the scores (default 1)")
    parser.add_argument("--direction", default="hard", choices=("hard", "easy"))
    add_fields(parser, [field for field in schema(RidgeLeverage) if field["name"] in COST])
    for name in SCORES.names():
        add_fields(parser, schema(SCORES.get(name)))


def certificate(options: argparse.Namespace) -> None:
    for name, least in (("m", 1), ("draws", 1), ("seed", 0)):
        value = getattr(options, name)
        if not least <= value <= _MOST[name]:
            raise BadInput(f"{name}={value} is not allowed; choose a whole number from {least} to {_MOST[name]}.")
    law = SamplingLaw(uniform=options.uniform, temperature=options.temperature, direction=options.direction)
    family, parameters = _chosen(options)
    bars, device = Bars(), resolve_device(options.device)
    SCORES.make(options.score, **parameters)
    family = RidgeLeverage(**family, device=device)
    dataset = load_dataset(options.dataset, options.size, bars, variant=options.variant)
    with turn_on(device, bars):
        probabilities = _probabilities(dataset, options, law, parameters, device, bars)
        cost = _cost(dataset, family, options.seed, bars)
    every = np.full(len(probabilities), 1 / len(probabilities))
    found = {}
    for name, chances in (("score", probabilities), ("uniform", every)):
        errors = _errors(cost, chances, options, name, bars)
        low, high = np.quantile(errors, [0.05, 0.95])
        found[name] = {"mean": float(np.mean(errors)), "q05": float(low), "q95": float(high)}
    bars.close()
    if options.json:
        print_json(found | {"m": options.m, "draws": options.draws})
    else:
        print(_told(f"by {options.score}", found["score"], options))
        print(_told("uniformly", found["uniform"], options))


def _chosen(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of the cost, and those of the score, as given; the score takes the cost's where it has them."""
    fields = [field for name in SCORES.names() for field in schema(SCORES.get(name)) if field["name"] != "device"]
    values = given(options, [*fields, *schema(RidgeLeverage)])
    own = SCORES.get(options.score).__dataclass_fields__
    family = {name: value for name, value in values.items() if name in COST}
    return family, {
        name: value for name, value in values.items() if name != "device" and (name in own or name not in COST)
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


def _cost(dataset: Dataset, family: RidgeLeverage, seed: int, bars: Bars) -> RidgeCost:
    train = train_set(dataset)
    features = family.features_of(train, seed, bars)
    return RidgeCost(features, centred_targets(train.labels, train.num_classes), family.ridge, progress=bars)


def _errors(cost: RidgeCost, chances: np.ndarray, options: argparse.Namespace, name: str, bars: Bars) -> np.ndarray:
    errors = np.empty(options.draws)
    for draw in range(options.draws):
        bars(draw, options.draws, "certifying coresets")
        rng = numpy_generator(options.seed, f"certificate {name}", draw)
        errors[draw] = cost.certificate(*sensitivity_coreset(chances, options.m, rng))
    return errors


def _told(how: str, found: dict[str, float], options: argparse.Namespace) -> str:
    """One sentence; what it promises holds for 95 % of the draws, not for their average."""
    mean, high = found["mean"], found["q95"]
    several = options.draws > 1
    draws = f"on average over {options.draws} draws, 5 % to 95 % quantile {found['q05']:.3g} to {high:.3g}"
    told = f"{options.m:,} images drawn {how}: eps = {mean:.3g} ({draws if several else 'one draw'})"
    if mean >= 1:
        return f"{told}; at eps >= 1 there is no lower guarantee."
    if high >= 1:
        return f"{told}; draws of eps >= 1 are among them, which give no lower guarantee."
    which = "in 95 % of the draws every" if several else "every"
    return f"{told}: {which} such regression's cost is kept within a factor of {1 - high:.3g} to {1 + high:.3g}."
