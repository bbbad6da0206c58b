"""Whether a synthetic set of the asked size can be made of a dataset, and what its tiles keep. No torch here: the form
asks, too."""

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.experiments.settings import MOST_TILES, DistillSettings


def check_set_size(settings: DistillSettings, dataset: Dataset) -> None:
    """BadInput for more images per class than the smallest class has, or tiles of less than a pixel."""
    smallest, factor = dataset.smallest_class, settings.factor
    if settings.ipc * factor**2 > smallest:
        tiles = f" with factor={factor} needs {settings.ipc * factor**2} real images per class, which" * (factor > 1)
        most = smallest // factor**2
        choose = f"choose ipc <= {most}." if most else "choose a smaller factor."
        raise BadInput(f"ipc={settings.ipc}{tiles} exceeds the smallest class ({smallest} images); {choose}")
    sides = dataset.shape[1:]
    if not all(_divides(side, factor) for side in sides):
        height, width = sides
        possible = [str(each) for each in range(1, MOST_TILES + 1) if all(_divides(side, each) for side in sides)]
        raise BadInput(
            f"factor={factor} leaves some tiles of {height} x {width} pixels empty; choose one of "
            f"{', '.join(possible)}."
        )


def tile_sizes(factor: int, shape: tuple[int, ...]) -> str:
    """What is stored of a small image of a set whose images are of `shape` (C, H, W); "" where images are whole.

    Where the factor does not divide a side, the last tile along it is smaller than the others.
    """
    if factor == 1:
        return ""
    height, width = shape[1:]
    tall, wide = _stored(height, factor), _stored(width, factor)
    pixels = f"{tall} pixels a side" if tall == wide else f"{wide} by {tall} pixels (width by height)"
    return f"Each of the {factor**2} tiles of an image stores {pixels}, enlarged to {width}×{height}."


def _stored(side: int, factor: int) -> str:
    """How many pixels a tile has along a side of the image: "4", or "2 to 3" where the last one has fewer."""
    most = -(-side // factor)
    least = side - (factor - 1) * most
    return f"{most}" if least == most else f"{least} to {most}"


def _divides(side: int, factor: int) -> bool:
    """Whether each of the tiles along a side has a pixel: all but the last have the same number, rounded up."""
    return (factor - 1) * -(-side // factor) < side
