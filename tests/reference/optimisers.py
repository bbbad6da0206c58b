"""AdaBelief and LAMB as their papers print them, number by number (see `ddcore/optimisers.py`)."""

import math


def adabelief(value, gradients, lr, eps=1e-16, beta_1=0.9, beta_2=0.999):
    """Zhuang et al. 2020, Algorithm 2, of one number and its `gradients`, one a step; yields the number after each."""
    m = s = 0.0
    for t, g in enumerate(gradients, start=1):
        m = beta_1 * m + (1 - beta_1) * g
        s = beta_2 * s + (1 - beta_2) * (g - m) ** 2 + eps
        value -= lr * (m / (1 - beta_1**t)) / (math.sqrt(s / (1 - beta_2**t)) + eps)
        yield value


def lamb(values, gradients, lr, eps=1e-6, beta_1=0.9, beta_2=0.999):
    """You et al. 2020, Algorithm 2 with phi the identity and no weight decay, of a list of numbers; yields lists."""
    m, v = [0.0] * len(values), [0.0] * len(values)
    for t, gradient in enumerate(gradients, start=1):
        m = [beta_1 * a + (1 - beta_1) * g for a, g in zip(m, gradient, strict=True)]
        v = [beta_2 * a + (1 - beta_2) * g * g for a, g in zip(v, gradient, strict=True)]
        ratios = [(a / (1 - beta_1**t)) / (math.sqrt(b / (1 - beta_2**t)) + eps) for a, b in zip(m, v, strict=True)]
        size, length = (math.sqrt(sum(a * a for a in vector)) for vector in (values, ratios))
        values = [x - lr * size / length * r for x, r in zip(values, ratios, strict=True)]
        yield values
