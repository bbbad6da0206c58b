"""Hugging Face-style Parquet: `img` or `image` = {bytes, path}, `label`; one file, or `train-*` and `test-*` files."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ddcore.data.sources.contents import LEFT_OUT, Contents, divide, encode
from ddcore.data.sources.images import EVERY, MOST_BYTES, ImageStack
from ddcore.data.specs import parquet_files
from ddcore.errors import BadInput
from ddcore.progress import Progress

_PARTS = ("train", "test", *LEFT_OUT)
_ROWS = 512  # rows held in memory at once


def read(path: Path, size: int | None, progress: Progress) -> Contents:
    """Contents of a Parquet file or folder. Class names come from the schema's `huggingface` metadata where it has
    them.

    The split comes from the file names, or from a `split` column; `BadInput` says what is missing or malformed.
    """
    files = [path] if path.is_file() else parquet_files(path)
    try:
        opened = [(file, pq.ParquetFile(file)) for file in files]
        return _read(path, opened, size, progress)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(f"{path} is not readable Parquet ({str(error).splitlines()[0]}).") from error


def _read(path: Path, files: list[tuple[Path, pq.ParquetFile]], size: int | None, progress: Progress) -> Contents:
    count = sum(file.metadata.num_rows for _, file in files)
    total = sum(f.metadata.row_group(i).total_byte_size for _, f in files for i in range(f.metadata.num_row_groups))
    if total > MOST_BYTES:
        raise BadInput(f"{path} unpacks to {total:,} bytes, at most {MOST_BYTES:,} are allowed.")
    if count == 0:
        raise BadInput(f"{path} has no rows.")
    stack = ImageStack(count, size)
    labels: list[int | str] = []
    parts: list[str] = []
    for where, part, image, label, split in _rows(files):
        if len(labels) % EVERY == 0:
            progress(len(labels), count, "reading images")
        stack.add(len(labels), _encoded(image, where), where)
        if not isinstance(label, int | str) or isinstance(label, bool):
            raise BadInput(f"{where} has label {label!r}: allowed are integers and text.")
        labels.append(label)
        parts.append(_part(split, where) if split is not None else part)
    names = [_class_names(file.schema_arrow, name) for name, file in files]
    if any(other != names[0] for other in names):
        raise BadInput(f"{path} has files with different class names: they must agree.")
    codes, classes = encode(labels, names[0], str(path))
    return divide(stack.finish(str(path)), codes, np.array(parts), classes, str(path), stack.resized)


def _rows(files: list[tuple[Path, pq.ParquetFile]]) -> Iterator[tuple]:
    """(name of the row for messages, part by file name, image, label, split or None) of every row of every file."""
    named = {name: part for name, _ in files for part in _PARTS if _is_part(name, part)}
    for name, file in files:
        columns = file.schema_arrow.names
        image = next((column for column in ("img", "image") if column in columns), None)
        if image is None or "label" not in columns:
            raise BadInput(f"{name} has columns {', '.join(columns)}: needed are 'img' or 'image', and 'label'.")
        part = named.get(name, "train")
        if named and name not in named:
            raise BadInput(
                f"{name} belongs to no split, but other files do: file names start with one of {', '.join(_PARTS)}."
            )
        split = ["split"] if "split" in columns else []
        row = 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=[image, "label", *split]):
            values = batch.to_pydict()
            for picture, label, value in zip(
                values[image], values["label"], values.get("split", [None] * len(batch)), strict=True
            ):
                yield f"row {row} of {name}", part, picture, label, value
                row += 1


def _is_part(name: Path, part: str) -> bool:
    stem = name.stem.lower()
    return stem == part or stem.startswith((f"{part}-", f"{part}_", f"{part}."))


def _part(value: object, where: str) -> str:
    part = str(value).lower()
    if part not in _PARTS:
        raise BadInput(f"{where} has split {value!r}: allowed are {', '.join(_PARTS)}.")
    return part


def _encoded(image: object, where: str) -> bytes:
    data = image.get("bytes") if isinstance(image, dict) else image
    if not isinstance(data, bytes):
        raise BadInput(f"{where} has no image bytes: images must be embedded, as {{bytes, path}}.")
    return data


def _class_names(schema: pa.Schema, name: Path) -> list[str] | None:
    text = (schema.metadata or {}).get(b"huggingface")
    if text is None:
        return None
    try:
        feature = json.loads(text)["info"]["features"]["label"]
        names = feature.get("names")
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(f"{name} has 'huggingface' metadata that does not describe its columns ({error!r}).") from error
    return [str(value) for value in names] if isinstance(names, list) else None
