"""Processor time of the NTK and of its gradient beside the equations as they stand, in one run.

    OMP_NUM_THREADS=1 python -m benchmarks.ntk [--images 2000] [--support 500] [--rounds 9]

Random images of 784 numbers. The gradient is what KIP needs, that of predictions by the support; its time includes that
of the kernel.
The equations as they stand (arccos of the clamped cosine, whole matrices, torch's own gradient) are wrong where images
nearly coincide, and so are no part of the product. Also told: what the two matrix products take that nothing can avoid.
All take turns; medians. Exits 1 where ours differs from the equations by more than rounding.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks.environment import describe
from ddcore.ridge.infinite_width import BIAS_STD, WEIGHT_STD
from ddcore.ridge.kernels import linear, ntk

NUMBERS, CLASSES = 784, 10
CASES = [(hidden, dtype) for dtype in (torch.float64, torch.float32) for hidden in (1, 3)]
ALLOWED = {torch.float64: 1e-12, torch.float32: 1e-5}  # largest difference over the largest number

Kernel = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


def equations(x: torch.Tensor, z: torch.Tensor, hidden: int) -> torch.Tensor:
    """(n, m) the recursion of `ddcore.ridge.infinite_width`, line by line."""
    share, bias = WEIGHT_STD**2 / x.shape[1], BIAS_STD**2
    cross, left, right = share * x @ z.T + bias, share * x.square().sum(1) + bias, share * z.square().sum(1) + bias
    tangent = cross
    for _ in range(hidden):
        scale = (left[:, None] * right).sqrt()
        cosine = (cross / scale).clamp(-1, 1)
        angle = cosine.arccos()
        cross = scale / math.pi * (angle.sin() + (math.pi - angle) * cosine) + bias
        tangent = cross + tangent * (1 - angle / math.pi)
        left, right = left + bias, right + bias
    return tangent


def value(kernel: Kernel, x: torch.Tensor, z: torch.Tensor, hidden: int) -> torch.Tensor:
    with torch.no_grad():
        return kernel(x, z, hidden)


def gradient(
    kernel: Kernel, x: torch.Tensor, z: torch.Tensor, hidden: int, coefficients: torch.Tensor, slope: torch.Tensor
) -> torch.Tensor:
    """(m, D) by `z` of what has the `slope` (n, K) by the predictions of `coefficients` (m, K)."""
    z = z.clone().requires_grad_(True)
    return torch.autograd.grad(kernel(x, z, hidden) @ coefficients, z, slope)[0]


def busy(work: Callable[[], object]) -> float:
    """Seconds of the processor."""
    began = time.process_time()
    work()
    return time.process_time() - began


def difference(one: torch.Tensor, other: torch.Tensor) -> float:
    return ((one - other).abs().max() / other.abs().max()).item()


def agrees(hidden: int, dtype: torch.dtype, options: argparse.Namespace) -> bool:
    """Measures one case; whether both forms agree."""
    generator = torch.Generator().manual_seed(0)
    n, m = options.images, options.support
    shapes = ((n, NUMBERS), (m, NUMBERS), (m, CLASSES), (n, CLASSES))
    x, z, *outer = (torch.randn(shape, generator=generator).to(dtype) for shape in shapes)
    forms: dict[str, Kernel] = {"ours": ntk, "equations": equations, "products": lambda x, z, _: linear(x, z)}
    values = {name: value(form, x, z, hidden) for name, form in forms.items()}
    slopes = {name: gradient(form, x, z, hidden, *outer) for name, form in forms.items()}
    times: dict[tuple[str, str], list[float]] = {(name, of): [] for name in forms for of in ("kernel", "gradient")}
    for _ in range(options.rounds):
        for name, form in forms.items():
            times[name, "kernel"].append(busy(lambda form=form: value(form, x, z, hidden)))
            times[name, "gradient"].append(busy(lambda form=form: gradient(form, x, z, hidden, *outer)))
    print(f"{hidden} hidden, {dtype}: {n} x {m} images of {NUMBERS} numbers")
    for of in ("kernel", "gradient"):
        ours, theirs, bare = (median(times[name, of]) for name in forms)
        print(
            f"  {of:9} ours {ours:.4f} s, equations {theirs:.4f} s (ratio {ours / theirs:.2f}), products {bare:.4f} s"
        )
    off = difference(values["ours"], values["equations"]), difference(slopes["ours"], slopes["equations"])
    print(f"  largest difference: kernel {off[0]:.1e}, gradient {off[1]:.1e}", flush=True)
    return max(off) <= ALLOWED[dtype]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--support", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    print(describe("cpu"))
    agreed = [agrees(hidden, dtype, options) for hidden, dtype in CASES]
    return not all(agreed)


if __name__ == "__main__":
    sys.exit(main())
