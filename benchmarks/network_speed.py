"""A ConvNet beside the same network of PyTorch's own pieces, and beside a matrix product, in one run.

    python -m benchmarks.network_speed [--widths 32 128] [--norm instance] [--images 64] [--rounds 9]

They take turns on random 28-pixel images, and so do the convolutions alone, without which nothing goes: forward
without a graph, the gradient by the images (distribution matching), by the parameters (students, experts, real images
of gradient matching), and by the images through the gradient by the parameters (gradient matching). Processor seconds
of one thread, medians; a ratio above 1 means that ours is faster.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F

from benchmarks.environment import describe
from ddcore.networks.convnet import ConvNet


def plain(network: ConvNet, parameters: dict[str, torch.Tensor], images: torch.Tensor) -> torch.Tensor:
    """The logits, as written down in PyTorch: convolution, normalisation, ReLU, average pooling, linear layer."""
    x = images
    for block in range(network.depth or 0):
        padding = 3 if block == 0 else 1
        x = F.conv2d(x, parameters[f"conv{block}.weight"], parameters[f"conv{block}.bias"], padding=padding)
        weight, bias = (parameters.get(f"norm{block}.{name}") for name in ("weight", "bias"))
        if network.norm == "batch":
            x = F.batch_norm(x, None, None, weight, bias, training=True)
        elif network.norm == "instance":
            x = F.group_norm(x, network.width, weight, bias)
        x = F.avg_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), *network.head(parameters))


def convolutions(network: ConvNet, parameters: dict[str, torch.Tensor], images: torch.Tensor, name: str) -> None:
    """Those that a piece of work cannot do without, on inputs of the right shapes (second order: not counted)."""
    x = images
    for block in range(network.depth or 0):
        weight, padding = parameters[f"conv{block}.weight"], 3 if block == 0 else 1
        with torch.no_grad():
            out = F.conv2d(x, weight, padding=padding)
            wanted = [
                name == "gradient by images" or (name != "forward" and block > 0),
                name.endswith("parameters"),
                False,
            ]
            if any(wanted):
                steps: tuple = ([1, 1], [padding, padding], [1, 1], False, [0, 0], 1)
                torch.ops.aten.convolution_backward(out, x, weight, None, *steps, wanted)
        side = out.shape[-1] // 2
        x = out[..., :side, :side].contiguous()


Logits = Callable[[dict[str, torch.Tensor], torch.Tensor], torch.Tensor]


def forward(logits: Logits, parameters: dict[str, torch.Tensor], images: torch.Tensor) -> None:
    with torch.no_grad():
        logits(parameters, images)


def by_images(logits: Logits, parameters: dict[str, torch.Tensor], images: torch.Tensor) -> None:
    leaf = images.clone().requires_grad_(True)
    torch.autograd.grad(logits(parameters, leaf).square().sum(), leaf)


def by_parameters(logits: Logits, parameters: dict[str, torch.Tensor], images: torch.Tensor) -> None:
    leaves = {name: value.clone().requires_grad_(True) for name, value in parameters.items()}
    torch.autograd.grad(logits(leaves, images).square().sum(), list(leaves.values()))


def second_order(logits: Logits, parameters: dict[str, torch.Tensor], images: torch.Tensor) -> None:
    leaf = images.clone().requires_grad_(True)
    leaves = {name: value.clone().requires_grad_(value.dim() > 1) for name, value in parameters.items()}
    matched = [value for value in leaves.values() if value.requires_grad]
    first = torch.autograd.grad(logits(leaves, leaf).logsumexp(1).sum(), matched, create_graph=True)
    torch.autograd.grad(sum(one.square().sum() for one in first), leaf)


WORK = {
    "forward": forward, "gradient by images": by_images, "gradient by parameters": by_parameters,
    "second order": second_order,
}  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turn(several: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each, taking turns; a first round is not counted."""
    spent: dict[str, list[float]] = {name: [] for name in several}
    for _ in range(rounds + 1):
        for name, work in several.items():
            spent[name].append(seconds(work))
    return {name: statistics.median(values[1:]) for name, values in spent.items()}


def operations(network: ConvNet, images: int) -> float:
    """Floating-point operations of the convolutions of a forward pass."""
    _, side, _ = network.shape
    side, channels, total = (32 if side == 28 else side), network.shape[0], 0
    for block in range(network.depth or 0):
        total += 2 * 9 * channels * network.width * (side >> block) ** 2
        channels = network.width
    return float(total * images)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 128])
    parser.add_argument("--norm", default="instance", choices=("instance", "batch", "none"))
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(describe("cpu"))
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(2048, 2048, generator=generator)
    for width in options.widths:
        network = ConvNet((1, 28, 28), 10, width=width, norm=options.norm)
        parameters, images = network.init(generator), torch.randn(options.images, 1, 28, 28, generator=generator)
        print(f"width {width}, norm {options.norm}, {options.images} images, milliseconds")
        for name, work in WORK.items():
            kinds: dict[str, Logits] = {"ours": network.logits, "plain": partial(plain, network)}
            several = {kind: partial(work, how, parameters, images) for kind, how in kinds.items()}
            if name != "second order":
                several["bare"] = partial(convolutions, network, parameters, images, name)
            spent = {kind: value * 1e3 for kind, value in in_turn(several, options.rounds).items()}
            ours, pieces, ratio = spent["ours"], spent["plain"], spent["plain"] / spent["ours"]
            share = f", convolutions alone {spent['bare'] / ours:.2f}" if "bare" in spent else ""
            print(f"  {name:22} ours {ours:6.1f}, pieces {pieces:6.1f}, ratio {ratio:.2f}{share}")
        both = {"forward": partial(forward, network.logits, parameters, images), "product": lambda: matrix @ matrix}
        spent = in_turn(both, options.rounds)
        rate, product = operations(network, options.images) / spent["forward"], 2 * 2048**3 / spent["product"]
        print(
            f"  forward {rate / 1e9:.0f} GFLOP/s, matrix product {product / 1e9:.0f}: a share of {rate / product:.2f}"
        )


if __name__ == "__main__":
    main()
