"""k-means quantities as their equations read, one point at a time in Python's own floats."""

import math


def squared_distance(a, b) -> float:
    return sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True))


def cost(points, centers, weights=None) -> float:
    """sum_i w_i min_c |x_i - c|^2."""
    weights = [1.0] * len(points) if weights is None else weights
    return sum(w * min(squared_distance(x, c) for c in centers) for x, w in zip(points, weights, strict=True))


def sensitivity_terms(points, centers):
    """Bachem, Lucic & Krause 2017, Algorithm 2, over n: a list (distance, spread, small) a point; 0/0 = 0."""
    n, k = len(points), len(centers)
    alpha = 16 * (math.log2(k) + 2)
    cluster = [min(range(k), key=lambda c, x=x: squared_distance(x, centers[c])) for x in points]
    distance = [squared_distance(x, centers[c]) for x, c in zip(points, cluster, strict=True)]
    mean = sum(distance) / n
    terms = []
    for own, far in zip(cluster, distance, strict=True):
        mates = [d for c, d in zip(cluster, distance, strict=True) if c == own]
        first = 2 * alpha * far / mean if mean else 0.0
        second = 4 * alpha * sum(mates) / (len(mates) * mean) if mean else 0.0
        terms.append((first / n, second / n, 4 * n / len(mates) / n))
    return terms
