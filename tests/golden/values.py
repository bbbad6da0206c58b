"""What every seeded computation gives on a toy dataset: the numbers that a change of structure must not change.

`values()` computes them all, in seconds; `golden.npz` holds what an earlier commit gave.
"""

import json
import platform
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import toy

from ddcore.bench.settings import BenchSettings
from ddcore.bench.study import study
from ddcore.coresets.subsets import KMeansCost, RidgeCost, sensitivity_coreset
from ddcore.data.train_set import train_set
from ddcore.distillers import DISTILLERS
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.resolving import complete, resolve
from ddcore.features import FEATURES
from ddcore.features.making import make_features
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.loop import distill
from ddcore.maps.embedding import MapSettings, embed, feature_matrix
from ddcore.ridge.leverage import centred_targets
from ddcore.sampling.law import SamplingLaw
from ddcore.training.protocols import Protocol
from ddcore.training.students import evaluate

STEPS = 5
RUNS = {
    "dm": {"distiller": "dm"},
    "dm loss": {"distiller": "dm", "importance": "loss", "proxy_steps": 6, "passes": 2, "proxy_width": 4},
    "dm corrected": {"distiller": "dm", "importance": "kmeans", "clusters": 4, "seedings": 1, "mode": "corrected"},
    "dm student loss": {"distiller": "dm", "importance": "student-loss", "refresh_every": 3, "student_steps": 4},
    "dm representative": {
        "distiller": "dm", "importance": "representative", "refresh_every": 3, "representatives": 2,
        "seed": 1,  # with some others two candidates are equally near, and the last bit decides
    },
    "dm whitened": {"distiller": "dm", "zca": True},
    "kip": {"distiller": "kip"},
    "kip learned": {"distiller": "kip", "labels": "learned", "hidden": 3, "sample_depths": True},
    "kip solved": {"distiller": "kip", "labels": "solved", "kernel": "nngp", "solve_every": 2, "hidden": 2},
    "kip rbf": {"distiller": "kip", "kernel": "rbf", "importance": "ridge", "num_features": 6},
    "rfad": {"distiller": "rfad", "random_networks": 2, "random_width": 6},
    "rfad mixed": {
        "distiller": "rfad", "random_networks": 2, "random_width": 6, "mix_pixels": True, "loss": "squared",
        "labels": "learned", "importance": "student-loss", "refresh_every": 2,
    },
    "frepo": {"distiller": "frepo", "pool_size": 3, "max_online_updates": 3},
    "frepo fixed": {"distiller": "frepo", "pool_size": 2, "max_online_updates": 2, "labels": "fixed"},
    "select": {"distiller": "select", "init": "herding"},
}  # fmt: skip
PROXY = {"proxy_steps": 8, "passes": 3, "proxy_width": 4}
SCORED = {
    "uniform": {}, "kmeans": {"clusters": 4, "seedings": 1}, "lightweight": {}, "ridge": {"num_features": 6},
    **dict.fromkeys(("loss", "el2n", "grand", "forgetting", "margin", "entropy"), PROXY),
}  # fmt: skip


def values() -> dict[str, np.ndarray]:
    """Name -> the numbers of one computation, on the CPU."""
    dataset = toy.dataset(per_class=12)
    parts = (_scores, _features, _starts, _runs, _certificates, _maps, _studies)
    return {name: np.asarray(found) for part in parts for name, found in part(dataset)}


Named = Iterator[tuple[str, np.ndarray]]


def _scores(dataset) -> Named:
    train = train_set(dataset)
    for name, fields in SCORED.items():
        found = SCORES.make(name, **fields).compute(train, seed=3)
        yield f"score {name}", found.scores
        for term, numbers in found.terms.items():
            yield f"score {name}, term {term}", numbers
    several = SCORES.make("loss", **PROXY, networks=2).compute(train, seed=1)
    yield "score loss of two networks", several.scores
    apart = SCORES.make("ridge", num_features=6, per_class=True, balanced=True).compute(train, seed=1)
    yield "score ridge, classes apart", apart.scores


def _features(dataset) -> Named:
    train = train_set(dataset)
    for kind in FEATURES:
        yield f"features {kind}", make_features(kind, train, 7, seed=2)


def _starts(dataset) -> Named:
    train, scores = train_set(dataset), np.arange(len(dataset.train)) + 1.0
    for name in INITIALISERS.names():
        found = INITIALISERS.make(name).start(train, 2, seed=4, scores=scores)
        yield f"start {name}", found.images
        for key in ("cost", "random_cost", "certificate"):
            if found.report[key] is not None:
                yield f"start {name}, {key}", found.report[key]
    weighted = INITIALISERS.make("sensitivity", weighted=True).start(train, 2, seed=4, scores=scores)
    yield "start by weighted sample", weighted.weights


def settings_of(**given) -> dict:
    few = {"width": 4, "batch_real": 4, "ipc": 2, "steps": STEPS, "device": "cpu", "repeats": 2, "seed": 7}
    known = {field["name"] for field in DISTILLERS.schema()[given["distiller"]]}
    return complete(
        resolve({name: value for name, value in few.items() if name != "batch_real" or name in known} | given)
    )


def _runs(dataset) -> Named:
    for name, given in RUNS.items():
        experiment = Experiment.of(settings_of(dataset=dataset.hash, **given), dataset, "cpu")
        problem, seed = experiment.problem(experiment.scores()), experiment.settings.seed
        initial, _ = experiment.initial_set()
        losses = []
        for event in distill(problem, experiment.distiller, initial, experiment.settings.steps, seed):
            losses.append(event.metrics.get("loss", 0.0))
        yield f"run {name}, losses", losses
        yield f"run {name}, images", event.synthetic.images
        yield f"run {name}, targets", event.synthetic.targets
        kernel = KernelEvaluation.of(experiment)
        if kernel is not None:
            test = kernel.test(event.synthetic)
            yield f"run {name}, by itself", [*test.accuracy.values, kernel.random_accuracy().mean]
            yield f"run {name}, condition", test.condition
            yield f"run {name}, certificate", kernel.certificate(event.synthetic)
        if name in ("dm", "dm whitened"):
            sets = [event.synthetic, event.synthetic, experiment.random_set(0)]
            yield f"run {name}, students", _students(experiment, sets)
            yield f"run {name}, full data", experiment.full_accuracy().values


def _students(experiment, sets) -> tuple[float, ...]:
    given, test = [(one.images, one.probabilities) for one in sets], experiment.dataset.test
    return evaluate(
        experiment.network, given, experiment.test_images, test.labels, Protocol("short", epochs=8, repeats=3),
        experiment.augmentation, experiment.compute, seed=5,
    ).values  # fmt: skip


def _certificates(dataset) -> Named:
    train = train_set(dataset)
    features = make_features("rff", train, 8, seed=0)
    cost = RidgeCost(features, centred_targets(train.labels, train.num_classes), ridge=1.0)
    law = SamplingLaw(uniform=0.3, temperature=0.5).of(np.arange(len(train.labels)) + 1.0)
    subset = sensitivity_coreset(law, 20, np.random.default_rng(5))
    yield "law", law
    yield "certificate", cost.certificate(*subset)
    yield "worst query", cost.worst_query(*subset)[1]
    yield "worst centres", KMeansCost(train.pixels, 3).worst_found(*subset, np.random.default_rng(6))[0]


def _maps(dataset) -> Named:
    for settings in (MapSettings(components=5), MapSettings(features="pixels", neighbours=4, seed=2)):
        seen = feature_matrix(settings.features, dataset.train.images, dataset.mean, dataset.std)
        found = embed(seen, settings, dataset.hash)
        yield f"map of {settings.features}", found["xy"]
        yield f"map of {settings.features}, reduced", found["reduced"]


def _studies(dataset) -> Named:
    for cost in ("ridge", "kmeans"):
        settings = BenchSettings(cost=cost, k=3, num_features=6, smallest=5, largest=20, sizes=2, draws=3, seedings=1)
        yield f"study of {cost}", study(dataset, settings).errors


def surroundings() -> str:
    """What bits may depend on, as JSON."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "flags"))]
    return json.dumps(
        {
            "processor": sorted(set(models)),
            "capability": torch.backends.cpu.get_cpu_capability(),
            "threads": torch.get_num_threads(),
            "versions": [torch.__version__, np.__version__, platform.python_version()],
        }
    )
