"""Kernels of infinitely wide ReLU networks: number by number in any precision, and by random networks of finite width
(see `ddcore/ridge/infinite_width.py`)."""

import math

import mpmath
import torch


def recursion(x, z, hidden, maths=math):
    """(NNGP, NTK) of one pair of images, sequences of D numbers of `maths`: `math` or `mpmath.mp`."""
    *_, (covariance, tangent, _) = layers(x, z, hidden, maths)
    return covariance["xz"], tangent


def layers(x, z, hidden, maths):
    """(S by pair, T, angle of the ReLU behind) of each of the `hidden` + 1 dense layers."""
    w2, b2 = 2, maths.mpf("0.01") if maths is not math else 0.01
    pairs = {"xx": (x, x), "xz": (x, z), "zz": (z, z)}
    kernel = {name: sum(p * q for p, q in zip(*pair, strict=True)) / len(x) for name, pair in pairs.items()}
    tangent = 0
    for _ in range(hidden + 1):
        covariance = {name: w2 * value + b2 for name, value in kernel.items()}
        tangent = covariance["xz"] + w2 * tangent
        angles = {}
        for name in kernel:
            scale = maths.sqrt(covariance[name[0] * 2] * covariance[name[1] * 2])
            angle = angles[name] = maths.acos(max(-1, min(1, covariance[name] / scale)))
            kernel[name] = scale / (2 * maths.pi) * (maths.sin(angle) + (maths.pi - angle) * maths.cos(angle))
        yield covariance, tangent, angles["xz"]
        tangent *= (maths.pi - angles["xz"]) / (2 * maths.pi)


def precise(x, z, hidden, digits=60):
    """(NNGP, NTK) of the very numbers in the tensors `x`, `z` (D,), and their gradients (D,) by x, in 60 digits.

    Central differences, so that at x = z the gradient is the mean over both sides.
    """
    with mpmath.workdps(digits):
        x, z = ([mpmath.mpf(v) for v in image.tolist()] for image in (x, z))
        step = mpmath.mpf(10) ** (-digits // 3)
        values = [float(v) for v in recursion(x, z, hidden, mpmath.mp)]
        slopes = []
        for place in range(len(x)):
            ends = []
            for sign in (1, -1):
                moved = list(x)
                moved[place] += sign * step
                ends.append(recursion(moved, z, hidden, mpmath.mp))
            slopes.append([float((up - down) / (2 * step)) for up, down in zip(*ends, strict=True)])
    return values, torch.tensor(slopes, dtype=torch.float64).T


def of_random_network(x, hidden, width, generator):
    """(NNGP, NTK), each (n, n) float64, of one random network of `hidden` >= 1 layers on `x` (n, D).

    NTK parametrisation: weights and biases N(0, 1), multiplied by sqrt(2 / fan in) and 0.1. The NNGP is the covariance
    of an output given the last hidden layer; the NTK sums the products of all parameters' gradients of one output.
    """
    sizes = [x.shape[1], *(hidden * [width]), 1]
    layers = [
        tuple(torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True) for shape in shapes)
        for shapes in (((fan_in, out), (out,)) for fan_in, out in zip(sizes[:-1], sizes[1:], strict=True))
    ]
    h = x
    for place, (weights, biases) in enumerate(layers):
        last = h
        h = math.sqrt(2 / len(weights)) * h @ weights + 0.1 * biases
        if place < hidden:
            h = h.relu()
    parameters = [tensor for layer in layers for tensor in layer]
    rows = [torch.autograd.grad(out, parameters, retain_graph=True) for out in h[:, 0]]
    tangent = sum(torch.stack([g.flatten() for g in same]) @ torch.stack([g.flatten() for g in same]).T
                  for same in zip(*rows, strict=True))  # fmt: skip
    return (2 / width * last @ last.T + 0.01).detach(), tangent
