"""Whether a synthetic set of the asked size can be made of a dataset. No torch here: the form asks, too."""

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.experiments.settings import DistillSettings


def check_set_size(settings: DistillSettings, dataset: Dataset) -> None:
    """BadInput for more images per class than the smallest class has, or tiles of less than a pixel."""
    smallest, factor = dataset.smallest_class, settings.factor
    if settings.ipc * factor**2 > smallest:
        tiles = f" with factor={factor} needs {settings.ipc * factor**2} real images per class, which" * (factor > 1)
        most = smallest // factor**2
        choose = f"choose ipc <= {most}." if most else "choose a smaller factor."
        raise BadInput(f"ipc={settings.ipc}{tiles} exceeds the smallest class ({smallest} images); {choose}")
    side = min(dataset.shape[1:])
    if factor > side:
        raise BadInput(f"factor={factor} cuts images of {side} pixels into nothing; choose a factor up to {side}.")
