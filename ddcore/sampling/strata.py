"""Stratified batches (ours): one image from each of B equal parts of a list in which similar images stand together.

A class of n images, in an order that does not depend on the draw, is cut at b n / B, b = 0 ... B, which need not be
whole numbers. From every part one number u_b is drawn uniformly, and the image at place floor(u_b) is taken.

Theorem. Let X = f(image at floor(U)) with U uniform on [0, n), so that E X is the mean of f over the class, and let J
be the part that U falls into. Then the mean of a stratified batch has expectation E X, and its variance is

    (1/B^2) sum_b Var(X | J = b)  =  (Var X - Var E[X | J]) / B  <=  Var X / B,

the last being that of B independent uniform draws.
Proof. Given J = b, U is uniform on part b, so the b-th image drawn is distributed as X given J = b; the B draws are
independent. J is uniform, as the parts are equally long, hence (1/B) sum_b E[X | J = b] = E X. The variance of the mean
of independent numbers is (1/B^2) sum_b Var(X | J = b) = (1/B) E Var(X | J), and by the law of total variance
E Var(X | J) = Var X - Var E[X | J]. QED

So no order does harm, and a good one makes the parts alike within and the means of the parts differ. B draws *without
replacement*, which is what uniform batches are, have variance (Var X / B) (n - B) / (n - 1). Where B divides n, that is
just what stratified batches have on average over all orders, so against them an order has to be better than chance.
Every image is expected B / n times in a batch. One on a border may come twice; n <= B images all come once.

`halved` makes the order: a list of points is split in two equal halves along the direction in which it varies most,
then each half, down to pairs. So the halves, quarters and all smaller parts hold similar points whatever B is, and
nothing is to be chosen. Measured (`benchmarks.strata`): less variance than the clusters of k-means in a row.
Letters: n images, B images of a batch, F features.
"""

import numpy as np

_ITERATIONS = 8  # of the power method; a direction that is nearly the best splits nearly as well


def places(n: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """One place (min(count, n),) int64 ascending in [0, n) from each of `count` equal parts; all n if there are no
    more than `count`."""
    count = min(count, n)
    drawn = (np.arange(count) + rng.random(count)) * (n / count)
    return np.minimum(drawn.astype(np.int64), n - 1)  # rounding may carry the last one up to n itself


def halved(points: np.ndarray) -> np.ndarray:
    """The rows (n,) int64 of `points` (n,F) in an order in which similar ones stand together; a function of them."""
    order = np.arange(len(points))
    waiting = [order]  # views of `order`, each a part that is still to be split
    while waiting:
        part = waiting.pop()
        if len(part) < 3:
            continue
        part[:] = part[np.argsort(_along(points[part]), kind="stable")]
        middle = len(part) // 2
        waiting += [part[:middle], part[middle:]]
    return order


def _along(points: np.ndarray) -> np.ndarray:
    """(n,) the points' coordinates in about the direction of most variance; all 0 if they are equal.

    The power method starts from the point farthest from the mean, so that it needs no random numbers.
    """
    centred = points - points.mean(axis=0)
    direction = centred[np.argmax(np.einsum("ij,ij->i", centred, centred))]
    for _ in range(_ITERATIONS):
        direction = (centred @ direction) @ centred
        length = np.sqrt(direction @ direction)
        if not length > 0:
            break
        direction = direction / length
    return centred @ direction
