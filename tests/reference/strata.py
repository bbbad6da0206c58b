"""Stratified draws from their definition, in fractions: no rounding at all."""

from fractions import Fraction


def shares(n, count):
    """count x n: the part of [b n / count, (b + 1) n / count) that lies in [i, i + 1), as a share of it."""
    length = Fraction(n, count)
    table = []
    for b in range(count):
        low, high = b * length, (b + 1) * length
        table.append([max(Fraction(0), min(high, i + 1) - max(low, i)) / length for i in range(n)])
    return table


def mean(p, values):
    return sum(share * value for share, value in zip(p, values, strict=True))


def variance(p, values):
    return mean(p, [value**2 for value in values]) - mean(p, values) ** 2


def of_the_mean(values, count):
    """Expectation and variance of the mean of a stratified batch of `count` of these values, in their order."""
    table = shares(len(values), count)
    expectation = sum(mean(p, values) for p in table) / count
    return expectation, sum(variance(p, values) for p in table) / count**2


def uniform(values):
    """Mean and variance of one uniform draw."""
    equal = [Fraction(1, len(values))] * len(values)
    return mean(equal, values), variance(equal, values)
