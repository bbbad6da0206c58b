"""The gradient of a loss by images that it sees through a sum over them, in memory that their number does not set.

A class mean is such a sum, and so is the gradient of a mean cross-entropy. Where the images do not fit at once they are
taken in parts, twice: first the sum without a graph, then, with the slope of the loss by that sum held fixed, what each
part adds to it. This is the chain rule, so the result is exact.
Letters: M stored images, C channels, H x W pixels.
"""

from collections.abc import Callable, Iterable, Sequence

import torch

Terms = Callable[[torch.Tensor, slice], Sequence[torch.Tensor]]
"""(images of a part, their rows) -> what they add to each sum."""
Value = Callable[[Sequence[torch.Tensor]], torch.Tensor]
"""The sums -> the loss; one of several numbers stands for their sum."""


def value_and_gradient(
    images: torch.Tensor, at_once: int, terms: Terms, loss: Value
) -> tuple[torch.Tensor, torch.Tensor]:
    """`loss` of the sums of `terms` over images (M, C, H, W), without a graph, and its gradient (M, C, H, W).

    No graph holds more than `at_once` of the images.
    """
    rows = parts(slice(len(images)), at_once)
    if len(rows) == 1:
        leaf = images.detach().requires_grad_(True)
        value = loss(terms(leaf, rows[0]))
        return value.detach(), torch.autograd.grad(value.sum(), leaf)[0]
    with torch.no_grad():
        sums = summed(terms(images[part], part) for part in rows)
    value = loss([one.requires_grad_(True) for one in sums])
    slopes = torch.autograd.grad(value.sum(), sums)
    gradient = torch.empty_like(images)
    for part in rows:
        leaf = images[part].detach().requires_grad_(True)
        (gradient[part],) = torch.autograd.grad(terms(leaf, part), leaf, slopes)
    return value.detach(), gradient


def parts(rows: slice, size: int) -> list[slice]:
    """Neighbouring `rows`, up to a known stop, in slices of at most `size`."""
    return [slice(start, min(start + size, rows.stop)) for start in range(rows.start or 0, rows.stop, size)]


def summed(terms: Iterable[Sequence[torch.Tensor]]) -> list[torch.Tensor]:
    """The sum of each term, holding one part at a time."""
    several = iter(terms)
    sums = list(next(several))
    for more in several:
        for total, one in zip(sums, more, strict=True):
            total.add_(one)
    return sums


def class_groups(classes: torch.Tensor, size: int) -> list[slice]:
    """Rows of whole, neighbouring classes, at most `size` images together, or one class that has more of them: the loss
    is a sum over classes, so the graph of one group can go before the next is built.

    `classes` (M,) ascending.
    """
    ends = (torch.nonzero(classes.diff()).squeeze(1) + 1).tolist() + [len(classes)]
    groups, start, previous = [], 0, 0
    for end in ends:
        if end - start > size and previous > start:
            groups.append(slice(start, previous))
            start = previous
        previous = end
    return [*groups, slice(start, len(classes))]
