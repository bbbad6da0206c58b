"""Images without class folders, and a table (.csv, .tsv) that says what each shows."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from ddcore.data.reading import Reading, column_hint
from ddcore.data.report import Report
from ddcore.data.sources.columns import LABELS, column_of
from ddcore.data.sources.contents import Contents, divide, encode
from ddcore.data.sources.images import stack_images
from ddcore.data.sources.splits import part_of, part_of_value
from ddcore.data.sources.trees import Tree
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress

TABLES = (".csv", ".tsv")
_MOST_CELL = 10_000  # characters


class _Row(NamedTuple):
    """What a table says of one image; `part` is None where neither the table nor its name says."""

    image: PurePosixPath
    label: str
    part: str | None


def read(
    tree: Tree, images: Sequence[PurePosixPath], tables: Sequence[PurePosixPath], reading: Reading, progress: Progress
) -> Contents:
    """Contents of the images that the tables name. Images without a row are left out, and counted.

    `BadInput` for a table that does not say clearly which column is what, and for rows whose image is missing.
    """
    report = Report()
    known = _Names(images)
    rows: dict[PurePosixPath, _Row] = {}
    missing: list[str] = []
    used = []
    for table in tables:
        found, lost = _rows(tree, table, known, reading)
        if found:
            used.append(table)
            missing += lost
        for row in found:
            if rows.setdefault(row.image, row)[1:] != row[1:]:
                raise BadInput(f"{tree.where} has several labels or splits for {shown(row.image)}.")
    if not rows:
        raise BadInput(
            f"{tree.where} has {len(images):,} images but no table that names them: {listed(tables, 4, 90)} has no "
            f"column of their names; name it by {column_hint('image')}."
        )
    if missing:
        raise BadInput(f"{tree.where} lacks {len(missing):,} images that its tables name: {listed(missing)}.")
    paths = sorted(rows)
    tree.account(report, paths, used)
    if len(paths) < len(images):
        report.decide("files", f"{len(images) - len(paths):,} images without a label are left out")
    parts = _parts(tree, paths, rows)
    pixels, resized = stack_images(tree, paths, reading, report, progress)
    report.decide("labels", f"labels come from {listed(used, 4, 90)}")
    codes, classes = encode(np.array([rows[path].label for path in paths]), None, tree.where, report)
    return divide(pixels, codes, np.array(parts), classes, tree.where, report, resized)


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


class _Names:
    """Images by what a table may call them: path, end of a path, name, or name without its suffix."""

    def __init__(self, images: Sequence[PurePosixPath]):
        self._found: dict[str, PurePosixPath | None] = {}
        for path in images:
            names = {"/".join(path.parts[i:]) for i in range(len(path.parts))}
            for name in names | {name[: len(name) - len(path.suffix)] for name in names}:
                self._found[name] = None if name in self._found else path  # two of one name: neither is meant

    def find(self, text: str) -> PurePosixPath | None:
        plain = text.strip().replace("\\", "/").removeprefix("./").lstrip("/")
        if plain in self._found:
            return self._found[plain]
        parts = plain.split("/")
        ends = ("/".join(parts[i:]) for i in range(1, len(parts)))
        return next((found for end in ends if (found := self._found.get(end)) is not None), None)


def _rows(tree: Tree, table: PurePosixPath, known: _Names, reading: Reading) -> tuple[list[_Row], list[str]]:
    """(rows whose image is there, names of images that are not). Nothing of a table that names none."""
    where = f"{shown(table)} in {tree.where}"
    records = _records(tree, table, where)
    if not records:
        return [], []
    columns = list(records[0])
    image = _image_column(records, columns, known, reading, where)
    if image is None:
        return [], []
    others = [column for column in columns if column != image and column.lower() != "split"]
    asked = reading.label_column
    label = others[0] if len(others) == 1 and asked is None else column_of("label", others, LABELS, asked, where)
    split = next((column for column in columns if column.lower() == "split"), None)
    part = part_of(table.stem)
    found, missing = [], []
    for i, record in enumerate(records):
        path = known.find(record[image])
        if path is None:
            missing.append(record[image])
        elif not record[label]:
            raise BadInput(f"Row {i + 1} of {where} has no label.")
        else:
            found.append(_Row(path, record[label], part_of_value(record[split], where) if split else part))
    return found, missing


def _image_column(
    records: list[dict[str, str]], columns: list[str], known: _Names, reading: Reading, where: str
) -> str | None:
    """The column that names the most images, at least one for two rows; None if there is none."""
    if reading.image_column is not None:
        return column_of("image", columns, (), reading.image_column, where)
    counts = {column: len({known.find(record[column]) for record in records} - {None}) for column in columns}
    best = max(columns, key=lambda column: counts[column])
    if 2 * counts[best] < len(records):
        return None
    tied = [column for column in columns if counts[column] == counts[best]]
    if len(tied) > 1:
        raise BadInput(
            f"{where} names the images in several columns, {listed(tied, 4)}: name one by {column_hint('image')}."
        )
    return best


def _records(tree: Tree, table: PurePosixPath, where: str) -> list[dict[str, str]]:
    """The rows of a table as text; `BadInput` if it is no table in UTF-8 with one name for each column."""
    try:
        text = tree.read(table).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{where} is not text in UTF-8 ({shown(error)}): save it in UTF-8.") from error
    lines = text.splitlines()
    if not lines:
        return []
    separator = "\t" if table.suffix.lower() == ".tsv" else max(",;\t", key=lines[0].count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(map(str.strip, row))]
    except csv.Error as error:
        raise BadInput(f"{where} is not a readable table ({shown(error)}).") from error
    names = [name.strip() for name in rows[0]] if rows else []
    if len(set(names)) < len(names):
        raise BadInput(f"{where} has two columns of one name among {listed(names, 6, 90)}.")
    uneven = next((i for i, row in enumerate(rows) if len(row) != len(names)), None)
    if uneven is not None:
        raise BadInput(f"Row {uneven} of {where} has {len(rows[uneven])} cells, but there are {len(names)} columns.")
    if any(len(cell) > _MOST_CELL for row in rows for cell in row):
        raise BadInput(f"{where} has a cell of more than {_MOST_CELL:,} characters.")
    return [dict(zip(names, map(str.strip, row), strict=True)) for row in rows[1:]]
