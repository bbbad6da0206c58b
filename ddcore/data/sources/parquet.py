"""Parquet tables of encoded images, as on the Hugging Face hub: one file, or several that make up a set."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ddcore.data.reading import Reading
from ddcore.data.report import Report
from ddcore.data.sources.columns import IMAGES, LABELS, column_of
from ddcore.data.sources.contents import LONGEST_LABEL, Contents, divide, encode
from ddcore.data.sources.images import EVERY, ImageStack
from ddcore.data.sources.splits import part_of_value, parts_of_files
from ddcore.data.sources.trees import Tree, check_total
from ddcore.errors import BadInput, shown
from ddcore.progress import Progress

_ROWS = 512  # rows held in memory at once


class _Table(NamedTuple):
    """One opened file: the part it belongs to by its name, and the columns to read."""

    name: str
    file: pq.ParquetFile
    part: str
    image: str
    label: str
    split: str | None


def read(tree: Tree, paths: Sequence[PurePosixPath], reading: Reading, progress: Progress) -> Contents:
    """Contents of the Parquet files `paths`. Class names come from the `huggingface` metadata where there are any.

    The split comes from the names of files and folders, or from a `split` column; `BadInput` says what is missing or
    malformed.
    """
    report = Report()
    tree.account(report, paths)
    parts = parts_of_files(paths, tree.where)
    with ExitStack() as stack:
        try:
            tables = [_opened(tree, path, part, reading, stack) for path, part in zip(paths, parts, strict=True)]
            return _read(tree.where, tables, reading, report, progress)
        except (pa.ArrowException, OSError, OverflowError, MemoryError) as error:
            raise BadInput(f"{tree.where} is not readable Parquet ({shown(str(error).splitlines()[0])}).") from error


def _opened(tree: Tree, path: PurePosixPath, part: str, reading: Reading, stack: ExitStack) -> _Table:
    name = shown(path)
    try:
        file = pq.ParquetFile(stack.enter_context(tree.open(path)))
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{name} is not readable Parquet ({shown(str(error).splitlines()[0])}).") from error
    names = file.schema_arrow.names
    image = column_of("image", names, IMAGES, reading.image_column, name)
    label = column_of("label", names, LABELS, reading.label_column, name)
    return _Table(name, file, part, image, label, next((one for one in names if one.lower() == "split"), None))


def _read(where: str, tables: Sequence[_Table], reading: Reading, report: Report, progress: Progress) -> Contents:
    metas = [table.file.metadata for table in tables]
    count = sum(meta.num_rows for meta in metas)
    total = sum(meta.row_group(i).total_byte_size for meta in metas for i in range(meta.num_row_groups))
    check_total(total, where)
    if count == 0:
        raise BadInput(f"{where} has no rows.")
    stack = ImageStack(count, reading, report)
    labels: list[int | str] = []
    parts: list[str] = []
    for row, table, image, label, split in _rows(tables):
        if len(labels) % EVERY == 0:
            progress(len(labels), count, "reading images")
        if len(labels) == count:
            raise BadInput(f"{where} has more rows than the {count:,} that it announces.")
        stack.add(len(labels), _encoded(image, table.image, row), row)
        labels.append(_label(label, row))
        parts.append(table.part if split is None else part_of_value(split, row))
    names = [_class_names(table) for table in tables]
    if any(other != names[0] for other in names):
        raise BadInput(f"{where} has files with different class names: they must agree.")
    images = stack.finish(where)
    codes, classes = encode(_plain(labels, where), names[0], where, report)
    return divide(images, codes, np.array(parts), classes, where, report, stack.resized)


def _rows(tables: Sequence[_Table]) -> Iterator[tuple[str, _Table, Any, Any, Any]]:
    """(name of the row for messages, its table, image, label, split or None) of every row of every file."""
    for table in tables:
        columns = [table.image, table.label, *([table.split] if table.split else [])]
        row = 0
        for batch in table.file.iter_batches(batch_size=_ROWS, columns=columns):
            values = batch.to_pydict()
            splits = values[table.split] if table.split else [None] * len(batch)
            for picture, label, split in zip(values[table.image], values[table.label], splits, strict=True):
                yield f"row {row} of {table.name}", table, picture, label, split
                row += 1


def _label(label: object, where: str) -> int | str:
    """An integer, also one that was written as a float, or a text of at most `LONGEST_LABEL` characters."""
    if isinstance(label, float) and label.is_integer():
        return int(label)
    if not isinstance(label, int | str) or isinstance(label, bool):
        raise BadInput(f"{where} has label {shown(repr(label))}: allowed are integers and text.")
    if isinstance(label, str) and len(label) > LONGEST_LABEL:
        raise BadInput(f"{where} has a label of {len(label):,} characters, at most {LONGEST_LABEL:,} are allowed.")
    return label


def _encoded(image: object, column: str, where: str) -> bytes:
    data = image.get("bytes") if isinstance(image, dict) else image
    if not isinstance(data, bytes):
        raise BadInput(
            f"{where} has no image bytes in column {shown(column)!r}: images must be embedded (as {{bytes, path}}, or "
            "bytes); save a table of file names as .csv beside the images."
        )
    return data


def _plain(labels: list[int | str], where: str) -> list[str] | np.ndarray:
    """Texts, or numbers as one array; `BadInput` if some are numbers and some text, or too large."""
    if len({isinstance(label, str) for label in labels}) > 1:
        raise BadInput(f"{where} has labels that are numbers and labels that are text: they must be of one kind.")
    try:
        texts = [label for label in labels if isinstance(label, str)]
        return texts or np.asarray(labels, dtype=np.int64)
    except OverflowError as error:
        raise BadInput(f"{where} has labels beyond 64 bits: allowed are integers and text.") from error


def _class_names(table: _Table) -> list[str] | None:
    text = (table.file.schema_arrow.metadata or {}).get(b"huggingface")
    if text is None:
        return None
    try:
        feature = json.loads(text)["info"]["features"][table.label]
        names = feature.get("names")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(
            f"{table.name} has 'huggingface' metadata that does not describe its columns ({shown(repr(error))})."
        ) from error
    return [str(value) for value in names] if isinstance(names, list) else None
