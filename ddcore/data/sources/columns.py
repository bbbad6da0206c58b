"""Which column, array or field holds the images and which the labels."""

from collections.abc import Sequence

from ddcore.data.reading import Reading, column_hint
from ddcore.errors import BadInput, listed, shown

IMAGES = ("image", "images", "img", "imgs", "pixel_values", "picture", "jpg", "jpeg", "png", "pixels")
LABELS = ("label", "labels", "fine_label", "fine_labels", "target", "targets", "cls", "class", "y", "category")


def column_of(kind: str, names: Sequence[str], known: Sequence[str], asked: str | None, where: str) -> str:
    """The column of this `kind` ("image" or "label") among `names`: the one `asked` for, or the only one `known`.

    `BadInput` if there is none or several, with what was found and how to say which.
    """
    if asked is not None:
        if asked not in names:
            raise BadInput(f"{where} has no column {shown(asked)!r}: found are {listed(names)}.")
        return asked
    found = [name for name in names if name.lower() in known]
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"several columns that may hold the {kind}s, {listed(found, 6, 80)}"
    else:
        problem = f"no column that clearly holds the {kind}s (found: {listed(names, 6, 80) or 'none'})"
    raise BadInput(f"{where} has {problem}: name it by {column_hint(kind)}.")


def refuse_columns(reading: Reading, where: str) -> None:
    """`BadInput` if a column is named for a source that has none."""
    for name in ("image_column", "label_column"):
        if (asked := getattr(reading, name)) is not None:
            raise BadInput(f"{name}={shown(asked)!r} has no effect on {where}, which is no table; leave it out.")
