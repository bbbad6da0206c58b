"""How many images the coresets of a closed form have, one a step, and which settings fit. No torch here: forms ask."""

from collections.abc import Mapping
from typing import Any

from ddcore.errors import BadInput


def size_at(step: int, coreset: int, sizes: int) -> int:
    """Images of the coreset at `step`: about twice as many at each, the `coreset` that is asked for at the last."""
    return -(-coreset // 2 ** max(0, sizes - step))


def check_sizes(settings: Mapping[str, Any]) -> None:
    """BadInput for a number of sizes, or a way to draw, that the coreset cannot have. What is no number is refused
    elsewhere."""
    coreset, sizes, by = (settings.get(*given) for given in (("coreset", 0), ("sizes", 1), ("coreset_by", "")))
    if not (isinstance(coreset, int) and isinstance(sizes, int)):
        return
    if by not in ("", "sensitivity") and not coreset:
        raise BadInput(f"coreset_by={by!r} has no effect without a coreset; choose its size, coreset=1000.")
    if sizes > 1 and not coreset:
        raise BadInput(f"sizes={sizes} has no effect without a coreset; choose its size, coreset=1000, or sizes=1.")
    if sizes > (most := max(1, coreset.bit_length())):
        raise BadInput(
            f"sizes={sizes} halves coreset={coreset} to less than one image; choose at most sizes={most}, or a larger "
            "coreset."
        )
