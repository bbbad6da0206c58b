"""What one DM step costs beside its unavoidable work, in one run.

    python -m benchmarks.dm_step [--dataset fashion-mnist] [--width 128] [--batch-real 256] [--ipc 10]

Unavoidable: the forward of the real batch without graph, and the forward and backward of the synthetic set, each in
the chunks the product uses. Step and bare work are timed in turn; the ratio of their medians is printed.
Exits 1 above 1.25.
"""

import argparse
import statistics
import sys
import time

import torch

from benchmarks.environment import describe
from ddcore.data.loading import load_dataset
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.networks.compute import resolve_device
from ddcore.randomness import Randomness

ALLOWED = 1.25


def timed(work, device: str) -> float:
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    began = time.perf_counter()
    work()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--batch-real", type=int, default=256)
    parser.add_argument("--ipc", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    dataset, device = load_dataset(options.dataset), resolve_device("auto")
    flat = {"width": options.width, "batch_real": options.batch_real, "ipc": options.ipc, "init": "random"}
    experiment = Experiment.of(complete(resolve(flat)), dataset, device)
    problem, rng = experiment.problem(None), Randomness(0)
    network, compute = experiment.network, experiment.compute
    state = experiment.distiller.init(problem, experiment.initial_set()[0], rng)
    parameters = network.init(rng.torch("network", device))
    real = problem.sampler.draw(rng, options.batch_real).images
    synthetic = state["images"].clone().requires_grad_(True)

    def bare() -> None:
        with torch.no_grad():
            compute.features(network, parameters, real)
        torch.autograd.grad(compute.features(network, parameters, synthetic).sum(), synthetic)

    bare()
    experiment.distiller.step(problem, state, rng.at(1))
    steps, bares = [], []
    for number in range(options.rounds):
        bares.append(timed(bare, device))
        steps.append(timed(lambda n=number: experiment.distiller.step(problem, state, rng.at(n + 2)), device))
    ratio = statistics.median(steps) / statistics.median(bares)
    print(describe(device), f"{dataset.name}, {flat}, chunks of {compute.chunk(network)}", sep="\n")
    print(
        f"bare work {statistics.median(bares):.3f} s, DM step {statistics.median(steps):.3f} s (median of {len(steps)})"
    )
    print(f"ratio {ratio:.2f} (allowed {ALLOWED})")
    return ratio > ALLOWED


if __name__ == "__main__":
    sys.exit(main())
