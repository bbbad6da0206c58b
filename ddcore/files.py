"""Small files that another process may be reading: written whole or not at all."""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

_DAMAGED = (EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What NumPy and its zip reader raise of a damaged file, besides `ValueError`."""


def write_atomically(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Call `write(file)` on a temporary file beside `path`, then rename it over `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=1, allow_nan=False) + "\n"
    write_atomically(path, lambda file: file.write(text.encode()))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def write_npz(path: Path, **arrays: Any) -> None:
    write_atomically(path, lambda file: np.savez(file, **arrays))


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an `.npz` file; `ValueError` or `OSError` for a damaged one, `ValueError` for pickles."""
    with path.open("rb") as source:  # opened here: NumPy leaves a damaged file open
        try:
            file = np.load(source, allow_pickle=False)
            if isinstance(file, np.ndarray):
                raise ValueError("it holds one array without a name")
            return {name: file[name] for name in file.files}
        except _DAMAGED as error:
            raise ValueError(f"it is damaged: {error}") from error


def digest(*parts: Any) -> str:
    """16 hexadecimal characters that name `parts` (anything JSON can write; keys are sorted)."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
