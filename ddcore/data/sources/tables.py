"""Tables (.csv, .tsv) that say something about images: how they name them, and which column holds what."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ddcore.data.reading import Reading, column_hint
from ddcore.data.sources.columns import LABELS, column_of
from ddcore.data.sources.splits import part_of, shared_depth, tokens
from ddcore.data.sources.trees import Tree
from ddcore.errors import BadInput, listed, shown

SUFFIXES = (".csv", ".tsv")
_SPLITS = ("split", "set", "subset", "partition", "usage")
_MOST_CELL = 1000  # characters


class Names:
    """Images by what a table may call them: path, end of a path, name, or any of these without the suffix."""

    def __init__(self, images: Sequence[PurePosixPath]):
        depth = shared_depth(images, 1)
        self._paths: dict[str, list[PurePosixPath]] = {}
        self._whole: dict[str, PurePosixPath] = {}  # from below the folders around everything
        for path in images:
            parts = [unicodedata.normalize("NFC", part) for part in path.parts]
            stem = parts[-1][: len(parts[-1]) - len(path.suffix)]
            for last in {parts[-1], stem}:
                for i in range(len(parts)):
                    self._paths.setdefault("/".join([*parts[i:-1], last]), []).append(path)
                self._whole["/".join([*parts[depth:-1], last])] = path

    def find(self, text: str, table: PurePosixPath) -> PurePosixPath | None:
        """The image that `table` calls `text`; None if there is none, or several of which none is nearer to it.

        Folders in `text` that the image's path does not have are those of another computer; they may not contradict.
        """
        plain = _plain(text)
        found = self._paths.get(plain, [])
        if not found:
            parts = plain.split("/")
            ends = ("/".join(parts[i:]) for i in range(1, len(parts)))
            return next((self._whole[end] for end in ends if end in self._whole), None)
        if len(found) > 1:
            found = [path for path in found if table.parent in path.parents and table.parent.parts] or found
        if len(found) > 1 and (part := part_of(table.stem)) is not None:
            found = [path for path in found if part in map(part_of, path.parts[:-1])]
        return found[0] if len(found) == 1 else None

    def know(self, text: str, table: PurePosixPath) -> bool:
        """Whether `text` names an image, or several."""
        return bool(self.alike(text)) or self.find(text, table) is not None

    def alike(self, text: str) -> list[PurePosixPath]:
        """All images that `text` may mean."""
        return self._paths.get(_plain(text), [])


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip()).replace("\\", "/").removeprefix("./").lstrip("/")


@dataclass(frozen=True)
class Table:
    """A table that names images: its rows, and the columns with the names and, where there is one, the split."""

    path: PurePosixPath
    where: str
    rows: list[dict[str, str]]
    image: str
    split: str | None

    @property
    def others(self) -> list[str]:
        """The columns that may hold labels."""
        return [column for column in self.rows[0] if column not in (self.image, self.split)]

    def label_column(self, asked: str | None) -> str:
        """The column of the labels: the one asked for, a known one, or the only one; else `BadInput`."""
        if len(self.others) == 1 and asked is None:
            return self.others[0]
        if asked is None and len(self.others) > 2 and all(_is_one_hot(row, self.others) for row in self.rows):
            raise BadInput(
                f"{self.where} has a column of 0 and 1 for each class: save one column with the name of the class."
            )
        columns = self.others if asked is None else list(self.rows[0])
        return column_of("label", columns, LABELS, asked, self.where)


def _is_one_hot(row: dict[str, str], columns: Sequence[str]) -> bool:
    return sorted(row[column] for column in columns) == ["0"] * (len(columns) - 1) + ["1"]


def read_tables(tree: Tree, paths: Sequence[PurePosixPath], names: Names, reading: Reading) -> list[Table]:
    """The tables that name images and say something about them; `BadInput` for one that is malformed.

    Not those that a competition wants to have back (`sample_submission.csv`): what they say is not true.
    """
    found = []
    for path in paths:
        if "submission" in tokens(path.stem):
            continue
        where = f"{shown(path)} in {tree.where}"
        rows = _rows(tree, path, where)
        image = _image_column(rows, names, path, reading, where) if rows else None
        if image is not None and len(rows[0]) > 1:
            found.append(Table(path, where, rows, image, _split_column(rows, image)))
    return found


def _image_column(
    rows: list[dict[str, str]], names: Names, path: PurePosixPath, reading: Reading, where: str
) -> str | None:
    """The column that names the most images, at least one for two rows; None if there is none."""
    columns = list(rows[0])
    if any(names.find(column, path) is not None for column in columns):
        raise BadInput(f"{where} has no header: its first line names an image; add one such as image,label.")
    if reading.image_column is not None:
        return column_of("image", columns, (), reading.image_column, where)
    counts = {column: len({row[column] for row in rows if names.know(row[column], path)}) for column in columns}
    best = max(columns, key=lambda column: counts[column])
    if 2 * counts[best] < len(rows):
        return None
    tied = [column for column in columns if counts[column] == counts[best]]
    if len(tied) > 1:
        raise BadInput(
            f"{where} names the images in several columns, {listed(tied, 4)}: name one by {column_hint('image')}."
        )
    return best


def _split_column(rows: list[dict[str, str]], image: str) -> str | None:
    """The column called `split`, or one of a like name whose every value is a word for a part."""
    for column in rows[0]:
        if column == image or column.lower() not in _SPLITS:
            continue
        if column.lower() == "split" or all(part_of(row[column]) for row in rows):
            return column
    return None


def _rows(tree: Tree, table: PurePosixPath, where: str) -> list[dict[str, str]]:
    """The rows as text; `BadInput` if it is no table in UTF-8 with one name for each column."""
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
