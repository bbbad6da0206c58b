"""Which column, array or field holds the images and which the labels."""

from collections.abc import Sequence

from ddcore.data.reading import COLUMN_HINT
from ddcore.errors import BadInput, listed, shown

IMAGES = ("image", "images", "img", "imgs", "pixel_values", "picture", "jpg", "jpeg", "png", "pixels")
LABELS = ("label", "labels", "fine_label", "fine_labels", "target", "targets", "cls", "class", "y", "category")


def column_of(kind: str, names: Sequence[str], known: Sequence[str], asked: str | None, where: str) -> str:
    """The column of this `kind` ("image" or "label") among `names`: the one `asked` for, or the only one `known`.

    `BadInput` if there is none or several, with what was found and how to say which.
    """
    hint = COLUMN_HINT.format(name=kind, title=kind.capitalize())
    if asked is not None:
        if asked not in names:
            raise BadInput(f"{where} has no column {shown(asked)!r}: found are {listed(names)}.")
        return asked
    found = [name for name in names if name.lower() in known]
    if len(found) == 1:
        return found[0]
    several = f"several columns that may hold the {kind}s, {listed(found, 6, 80)}"
    none = f"no column that clearly holds the {kind}s, only {listed(names, 6, 80) or 'none at all'}"
    raise BadInput(f"{where} has {several if found else none}: name it by {hint}.")
