"""Images whose classes a table says, not the folders they lie in."""

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from ddcore.data.reading import Reading, column_hint
from ddcore.data.report import Report
from ddcore.data.sources.class_folders import Membership
from ddcore.data.sources.columns import LABELS
from ddcore.data.sources.contents import Contents, divide, encode
from ddcore.data.sources.images import stack_images
from ddcore.data.sources.splits import part_of, part_of_value, tokens
from ddcore.data.sources.tables import Names, Table, read_tables
from ddcore.data.sources.trees import Tree
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress

_STORAGE = {"images", "image", "img", "imgs", "part", "batch", "chunk", "data", "folder", "set", "shard"}


class _Row(NamedTuple):
    """What a table says of one image; `part` is None where neither the table nor its name says."""

    image: PurePosixPath
    label: str
    part: str | None


def read(
    tree: Tree, images: Sequence[PurePosixPath], paths: Sequence[PurePosixPath], reading: Reading, progress: Progress
) -> Contents:
    """Contents of the images that the tables `paths` name. Images without a row are left out, and counted.

    `BadInput` for a table that does not say clearly which column is what, and for rows whose image is missing.
    """
    report, names = Report(), Names(images)
    tables = read_tables(tree, paths, names, reading)
    if not tables:
        raise BadInput(
            f"{tree.where} has {len(images):,} images but no table that names them: {listed(paths, 4, 90)} has no "
            f"column of their names beside one of labels; name it by {column_hint('image')}."
        )
    rows = _joined(tree, tables, names, reading, report)
    found = sorted(rows)
    tree.account(report, found, [table.path for table in tables])
    if len(found) < len(images):
        report.decide("files", f"{len(images) - len(found):,} images without a label are left out")
    parts = _parts(tree, found, rows)
    pixels, resized = stack_images(tree, found, reading, report, progress)
    report.decide("labels", f"labels come from {listed([table.path for table in tables], 4, 90)}")
    codes, classes = encode([rows[path].label for path in found], None, tree.where, report)
    return divide(pixels, codes, np.array(parts), classes, tree.where, report, resized)


def _joined(
    tree: Tree, tables: Sequence[Table], names: Names, reading: Reading, report: Report
) -> dict[PurePosixPath, _Row]:
    """What all tables say of each image; `BadInput` if they contradict each other, or name images that are missing."""
    rows: dict[PurePosixPath, _Row] = {}
    missing: list[str] = []
    repeated = 0
    for table in tables:
        label = table.label_column(reading.label_column)
        if ignored := [column for column in table.others if column != label]:
            report.decide("labels", f"columns of {shown(table.path)} not used: {listed(ignored, 6, 90)}")
        for i, record in enumerate(table.rows):
            path = names.find(record[table.image], table.path)
            if path is None:
                if alike := names.alike(record[table.image]):
                    raise BadInput(
                        f"{table.where} names {shown(record[table.image])}, which lies in several folders "
                        f"({listed(alike, 3, 120)}): write the folder before each name, or put a table "
                        "into each folder."
                    )
                missing.append(record[table.image])
                continue
            if not record[label]:
                raise BadInput(f"Row {i + 1} of {table.where} has no label.")
            part = part_of_value(record[table.split], table.where) if table.split else part_of(table.path.stem)
            row = _Row(path, unicodedata.normalize("NFC", record[label]), part)
            repeated += path in rows
            if rows.setdefault(path, row) != row:
                raise BadInput(f"{tree.where} has several labels or splits for {shown(path)}.")
    if missing:
        raise BadInput(f"{tree.where} lacks {len(missing):,} images that its tables name: {listed(missing)}.")
    if repeated:
        report.decide("labels", f"{repeated:,} rows say again what another row says")
    return rows


def _parts(tree: Tree, paths: Sequence[PurePosixPath], rows: dict[PurePosixPath, _Row]) -> list[str]:
    """From a `split` column or the table's name, and from a folder around the image; `BadInput` if they disagree."""
    found = []
    for path in paths:
        around = next((part for folder in reversed(path.parts[:-1]) if (part := part_of(folder))), None)
        said = rows[path].part
        if None not in (said, around) and said != around:
            raise BadInput(f"{shown(path)} in {tree.where} lies in a {around} folder, but its table says {said}.")
        found.append(said or around)
    if any(found) and not all(found):
        silent = [path for path, part in zip(paths, found, strict=True) if part is None]
        raise BadInput(f"{tree.where} has images that belong to a split and others that do not: {listed(silent, 4)}.")
    return [part or "train" for part in found]


def are_storage(places: Sequence[Membership]) -> bool:
    """Whether folders are no classes but numbered parts of one store: "images_part_1", "images_part_2"."""
    names = {place.label for place in places}
    return len({re.sub(r"\d+", "", name) for name in names}) == 1 and all(_STORAGE & set(tokens(n)) for n in names)


def refuse_disagreement(
    tree: Tree, places: Sequence[Membership], images: Sequence[PurePosixPath], paths: Sequence[PurePosixPath]
) -> None:
    """`BadInput` if a table beside class folders gives most images other classes than their folders do."""
    names, labels = Names(images), dict(zip(images, places, strict=True))
    tables = []
    for path in paths:
        with suppress(BadInput):  # of what cannot be read as a table nothing is taken
            tables += read_tables(tree, [path], names, Reading())
    for table in tables:
        known = [column for column in table.others if column.lower() in LABELS or len(table.others) == 1]
        for column in known:
            pairs = [(names.find(row[table.image], table.path), row[column]) for row in table.rows]
            told = [(labels[path].label, label) for path, label in pairs if path is not None]
            differing = [pair for pair in told if pair[0].casefold() != pair[1].casefold()]
            if 2 * len(differing) > len(told) and 2 * len(told) >= len(images):
                folder, label = differing[0]
                raise BadInput(
                    f"The folders of {tree.where} and {shown(table.path)} give different classes, such as "
                    f"{shown(folder)!r} and {shown(label)!r}: take the table by --label-column {shown(column)}, or "
                    "move it away."
                )
