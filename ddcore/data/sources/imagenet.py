"""Tiny-ImageNet, ImageNette and ImageWoof as they are downloaded: class folders that are called by WordNet numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from ddcore.data.builtin import IMAGENETTE, IMAGEWOOF
from ddcore.data.reading import Reading
from ddcore.data.report import Report
from ddcore.data.sources.columns import refuse_columns
from ddcore.data.sources.contents import Contents, divide, encode
from ddcore.data.sources.images import stack_images
from ddcore.data.sources.trees import Tree
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress

_KNOWN = IMAGENETTE | IMAGEWOOF


def tiny_root(tree: Tree) -> PurePosixPath | None:
    """The folder in which Tiny-ImageNet lies, if that is what the tree holds."""
    for path in tree.files:
        if path.name == "wnids.txt" and path.parent / "val" / "val_annotations.txt" in tree.files:
            return path.parent
    return None


def read_tiny(
    tree: Tree, root: PurePosixPath, images: Sequence[PurePosixPath], reading: Reading, progress: Progress
) -> Contents:
    """Contents of Tiny-ImageNet: classes in the order of `wnids.txt`, the published validation images as the test set.

    `BadInput` for an image of an unknown class, and for labels without their image.
    """
    refuse_columns(reading, tree.where)
    report = Report()
    wnids = [line.strip() for line in _lines(tree, root / "wnids.txt") if line.strip()]
    validation = _validation_labels(tree, root, images)
    labels = {path: path.relative_to(root).parts[1] for path in images if root / "train" in path.parents} | validation
    unknown = sorted(set(labels.values()) - set(wnids))
    if unknown:
        raise BadInput(f"{tree.where} has classes that wnids.txt does not list: {listed(unknown)}.")
    paths = sorted(labels)
    notes = {root / "wnids.txt", root / "words.txt", root / "val" / "val_annotations.txt"}
    used = [path for path in tree.files if path in notes or path.name.endswith("_boxes.txt")]
    tree.account(report, paths, used)
    if left := len(images) - len(paths):
        report.decide("files", f"{left:,} images without a label are left out")
    report.decide("labels", "classes are in the order of wnids.txt; their names come from words.txt")
    pixels, resized = stack_images(tree, paths, reading, report, progress)
    code = {wnid: i for i, wnid in enumerate(wnids)}
    names = _names(tree, root / "words.txt", wnids)
    codes, classes = encode([code[labels[path]] for path in paths], names, tree.where, report)
    parts = np.array(["val" if path in validation else "train" for path in paths])
    return divide(pixels, codes, parts, classes, tree.where, report, resized)


def _validation_labels(tree: Tree, root: PurePosixPath, images: Sequence[PurePosixPath]) -> dict[PurePosixPath, str]:
    """The WordNet number of each validation image; `BadInput` if one of them is not there."""
    rows = [line.split("\t") for line in _lines(tree, root / "val" / "val_annotations.txt") if line.strip()]
    labels = {root / "val" / "images" / row[0]: row[1] for row in rows if len(row) > 1}
    missing = sorted(path.name for path in set(labels) - set(images))
    if missing:
        raise BadInput(f"{tree.where} lacks {len(missing):,} validation images: {listed(missing)}.")
    return labels


def _lines(tree: Tree, path: PurePosixPath) -> list[str]:
    try:
        return tree.read(path).decode().splitlines()
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown(path)} in {tree.where} is not text in UTF-8.") from error


def _names(tree: Tree, path: PurePosixPath, wnids: Sequence[str]) -> list[str]:
    """The first of each class's English words; with its number where several classes share it."""
    words = {}
    if path in tree.files:
        rows = (line.partition("\t") for line in _lines(tree, path))
        words = {wnid: text.split(",")[0].strip() for wnid, _, text in rows}
    first = [words.get(wnid) or wnid for wnid in wnids]
    counts = Counter(first)
    return [name if counts[name] == 1 else f"{name} ({wnid})" for name, wnid in zip(first, wnids, strict=True)]


def name_classes(contents: Contents) -> Contents:
    """Contents whose classes are called by the WordNet numbers of ImageNette or ImageWoof, with their English names."""
    if not set(contents.classes) <= _KNOWN.keys():
        return contents
    classes = tuple(_KNOWN[wnid] for wnid in contents.classes)
    contents.report.decide("labels", f"WordNet numbers are shown by their names, in their order: {listed(classes, 3)}")
    return replace(contents, classes=classes)
