"""Class folders of images: `class/image`, with a split above the classes or below them."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple
from unicodedata import normalize

import numpy as np

from ddcore.data.reading import Reading
from ddcore.data.report import Report
from ddcore.data.sources.columns import refuse_columns
from ddcore.data.sources.contents import Contents, class_order, divide
from ddcore.data.sources.decoding import suffixes
from ddcore.data.sources.images import stack_images
from ddcore.data.sources.splits import EXPECTED, WORDS, is_part, part_of, shared_depth
from ddcore.data.sources.trees import Tree
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress

LAYOUT = "class/image, or train/class/image and test/class/image, or images with a .csv of their labels"


class Membership(NamedTuple):
    """Where an image belongs; `part` is None where no folder says. `folder`: that of its class."""

    part: str | None
    label: str
    folder: PurePosixPath


def images_in(tree: Tree) -> list[PurePosixPath]:
    """The files that are images by their endings, sorted."""
    known = suffixes()
    return sorted(path for path in tree.files if path.suffix.lower() in known)


def read(
    tree: Tree, paths: Sequence[PurePosixPath], places: Sequence[Membership], reading: Reading, progress: Progress
) -> Contents:
    """Contents of the images `paths`, which belong to `places`. Classes are the folder names, in order.

    `BadInput` for a class that would be lost or that only the test images have, and for what images are refused for.
    """
    refuse_columns(reading, tree.where)
    report = Report()
    tree.account(report, paths)
    _refuse_empty_folders(tree, places)
    trained = [place.label for place in places if place.part in (None, "train")]
    classes = class_order(trained or [place.label for place in places])
    if len(classes) == 1:
        raise one_class(tree.where, classes[0])
    code = {name: i for i, name in enumerate(classes)}
    unknown = [place for place in places if place.label not in code]
    if unknown:
        part, label, _ = unknown[0]
        alike = [name for name in classes if name.casefold() == label.casefold()]
        hint = f" (they have {shown(alike[0])!r})" if alike else ""
        raise BadInput(
            f"{tree.where} has a {part} folder of class {shown(label)!r} that the training images lack{hint}."
        )
    images, resized = stack_images(tree, paths, reading, report, progress)
    labels = np.array([code[place.label] for place in places], dtype=np.int64)
    parts = np.array([place.part or "train" for place in places])
    return divide(images, labels, parts, classes, tree.where, report, resized)


def one_class(where: str, name: str) -> BadInput:
    """The refusal of a source with one class folder."""
    return BadInput(f"{where} has only one class, {shown(name)!r}: at least 2 class folders are needed ({LAYOUT}).")


def place_images(paths: Sequence[PurePosixPath], where: str) -> list[Membership]:
    """The part and class of each image, from its folders. `BadInput` if they do not say.

    Names are compared as they are read: in Unicode's composed form (NFC), since some systems take them apart.

    Folders around everything do not matter, nor do those around all of a part ("seg_train/seg_train/class").
    """
    depth = shared_depth(paths, 2)
    below = [tuple(normalize("NFC", folder) for folder in path.parts[depth:-1]) for path in paths]
    if all(len(folders) >= 2 and part_of(folders[0]) for folders in below):
        return _parts_above(paths, depth, where)
    if all(len(folders) == 2 and is_part(folders[1]) for folders in below):
        return [
            Membership(part_of(folders[1]), folders[0], PurePosixPath(*path.parts[: depth + 1]))
            for path, folders in zip(paths, below, strict=True)
        ]
    _refuse_other_layouts(paths, below, where)
    return [
        Membership(None, folders[0], PurePosixPath(*path.parts[:-1]))
        for path, folders in zip(paths, below, strict=True)
    ]


def _refuse_other_layouts(paths: Sequence[PurePosixPath], below: Sequence[tuple[str, ...]], where: str) -> None:
    """`BadInput` unless every image lies in a class folder and nothing else says to what part it belongs."""
    pairs = list(zip(paths, below, strict=True))
    split = any(len(folders) >= 2 and part_of(folders[0]) for _, folders in pairs)
    flat = [path for path, folders in pairs if len(folders) == 1 and part_of(folders[0])]
    if flat and (split or len(flat) == len(paths)):
        raise BadInput(
            f"{shown(flat[0])} in {where} lies in a folder of a split but in no class folder: expected is {LAYOUT}."
        )
    if split:
        names = sorted({folders[0] if folders else path.name for path, folders in pairs})
        raise BadInput(
            f"{where} has images both inside and outside train and test folders (found are {listed(names, 6, 90)}): "
            f"expected is {LAYOUT}."
        )
    outside = next((path for path, folders in pairs if len(folders) != 1), None)
    if outside is not None:
        raise BadInput(f"{shown(outside)} in {where} does not lie in a class folder: expected is {LAYOUT}.")


def _parts_above(paths: Sequence[PurePosixPath], depth: int, where: str) -> list[Membership]:
    """Places in `part/.../class/image`."""
    tops: dict[str, list[PurePosixPath]] = {}
    for path in paths:
        tops.setdefault(path.parts[depth], []).append(path)
    for part in WORDS:
        same = sorted(top for top in tops if part_of(top) == part)
        if len(same) > 1:
            raise BadInput(f"{where} has several folders for {part}, {listed(same)}: keep one, or join them.")
    starts = {top: _below(members, depth + 1) for top, members in tops.items()}
    found = []
    for path in paths:
        top = path.parts[depth]
        folders = path.parts[starts[top] : -1]
        if len(folders) != 1:
            raise BadInput(f"{shown(path)} in {where} does not lie in a class folder: expected is {LAYOUT}.")
        found.append(Membership(part_of(top), normalize("NFC", folders[0]), path.parent))
    return found


def _below(paths: Sequence[PurePosixPath], depth: int) -> int:
    """Where the classes of one part begin: below folders that repeat its name or lie around all of it."""
    while all(len(path.parts) >= depth + 3 for path in paths) and len({path.parts[depth] for path in paths}) == 1:
        depth += 1
    return depth


def _refuse_empty_folders(tree: Tree, places: Sequence[Membership]) -> None:
    """`BadInput` for a folder beside the class folders without an image that can be read: a class would be lost."""
    full = {place.folder for place in places}
    around = {folder.parent for folder in full}
    empty = [folder for folder in tree.folders if folder.parent in around and folder not in full]
    empty += [folder for folder in tree.folders if part_of(folder.name) and not around & {folder, *folder.parents}]
    empty = sorted(folder for folder in empty if not any(folder in other.parents for other in full))
    if not empty:
        return
    held = sorted({path.suffix.lower() or "no suffix" for path in tree.files if empty[0] in path.parents})
    found = f"only {listed(held, 4, 60)}" if held else "nothing"
    raise BadInput(
        f"The folder {shown(empty[0])} in {tree.where} holds no image that can be read ({found}): convert what is in "
        f"it, or move it out of the dataset. Splits are called {EXPECTED}."
    )
