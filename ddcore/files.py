"""Small files that another process may be reading: written whole or not at all, read only if they are regular."""

import errno
import hashlib
import io
import json
import math
import os
import secrets
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from ddcore.leftovers import hold

OUTSIDE = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EEXIST, errno.ENOTDIR,
    errno.EISDIR, errno.ENXIO, errno.ENAMETOOLONG, errno.ELOOP,
)  # fmt: skip
"""What only the user can mend: a place that may not be written or read, a full disk, a path that can be no place."""

DAMAGED = (
    EOFError, KeyError, MemoryError, NotImplementedError, OverflowError, RuntimeError, SyntaxError, TypeError,
    ValueError, struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What the readers of zips and of NumPy's arrays raise of a damaged or hostile file."""


class _Target(io.FileIO):
    """A file that remembers why it could not be written: PyTorch and zip writers raise errors of their own instead."""

    trouble: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            self.trouble = error
            raise


def write_atomically(path: Path, write: Callable[[IO[bytes]], Any], durable: bool = False) -> None:
    """Call `write(file)` on a temporary file beside `path`, then rename it over `path`.

    With `durable` the file and its name have reached the disk on return. An `OSError` names `path`, whatever `write`
    made of it. What a killed writer leaves behind is swept by `ddcore.leftovers.sweep_files`, not at every write.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}.tmp")
    target = None
    try:
        target = _new_file(temporary)
        with io.BufferedWriter(target) as file:
            write(file)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            temporary.replace(path)  # while it is open, and so held: nobody sweeps it away
        if durable:
            sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):  # it was never made, or is renamed already
            temporary.unlink()
        cause = getattr(target, "trouble", None) or error
        if isinstance(cause, OSError) and cause.errno and cause.filename in (None, str(temporary)):
            raise naming(path, cause) from error
        raise


def append(path: Path, text: str) -> None:
    """Append `text` whole or not at all; an `OSError` names `path`."""
    try:
        with path.open("ab", buffering=0) as file:
            append_whole(file, text.encode(errors="backslashreplace"))  # names of files may hold surrogates
    except OSError as error:
        raise (error if error.filename else naming(path, error)) from None


def append_whole(file: IO[bytes], data: bytes) -> None:
    """Append `data` whole or not at all to a file that is open for that, without a buffer."""
    size = file.tell()
    try:
        if file.write(data) != len(data):  # a disk that is nearly full takes a part
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError:
        file.truncate(size)
        raise


def overwrite(path: Path, text: str) -> None:
    """Write `text` over what is at `path`, in its place: for a full disk, where no second file can be written.

    A reader sees the old or the new text, unless the machine stops at this very moment.
    """
    with path.open("r+b", buffering=0) as file:
        file.write(text.encode().ljust(os.fstat(file.fileno()).st_size))


def last_change(path: Path) -> int:
    """When the file was last written, in nanoseconds; 0 if there is none, or its folder is another user's."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def reason_of(error: OSError) -> str:
    """What was wrong with which file, as one sentence."""
    return f"{error.filename or 'a file'}: {error.strerror or error}."


def naming(path: Path, error: OSError) -> OSError:
    """`error`, about `path`."""
    return OSError(error.errno, error.strerror or os.strerror(error.errno or 0), str(path))


def _new_file(path: Path) -> _Target:
    """A new file that is held as long as its writer lives, with the permissions that the umask gives."""
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        hold(descriptor)
        if path.exists():  # else it was swept in the moment before it was held
            return _Target(descriptor, "wb")
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot do that for a folder
            raise
    finally:
        os.close(descriptor)


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file for reading; `OSError` for anything else, since a pipe would keep its reader waiting."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.ENXIO, "Not a regular file", str(path))


def read_bytes(path: Path) -> bytes:
    with open_regular(path) as file:
        return file.read()


def write_json(path: Path, value: Any, durable: bool = False) -> None:
    text = json.dumps(value, indent=1, allow_nan=False) + "\n"
    write_atomically(path, lambda file: file.write(text.encode()), durable)


def jsonable(value: Any) -> Any:
    """`value` as strict JSON can hold it: arrays and scalars of NumPy and torch as Python's, NaN and inf as None."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def read_json(path: Path) -> Any:
    return json.loads(read_bytes(path).decode())


def write_npz(path: Path, **arrays: Any) -> None:
    write_atomically(path, lambda file: np.savez(file, **arrays))


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file; `ValueError` or `OSError` for a damaged one, `ValueError` for pickles."""
    with open_regular(path) as source:  # opened here: NumPy leaves a damaged file open
        try:
            file = np.load(source, allow_pickle=False)
            if isinstance(file, np.ndarray):
                raise ValueError("it holds one array without a name")
            return {name: file[name] for name in file.files}
        except DAMAGED as error:
            raise ValueError(f"it is damaged: {error}") from error


@dataclass(frozen=True)
class ArrayHeader:
    """Shape and type of an array that has not been read, as the header of its `.npy` says."""

    shape: tuple[int, ...]
    dtype: np.dtype

    @property
    def size(self) -> int:
        """Bytes of its values."""
        return math.prod(self.shape) * self.dtype.itemsize


def array_header(file: IO[bytes], size: int) -> ArrayHeader:
    """The header of a `.npy` of `size` bytes that `file` is at the start of; then `file` is behind the header.

    ValueError if it is damaged, or says that there are Python objects or another number of bytes. OSError passes.
    """
    try:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"version {version} of the format is not read")
        shape, _, dtype = _HEADERS[version](file)
    except OSError:
        raise
    except Exception as error:  # the header is evaluated as Python: a damaged one raises whatever it stumbles over
        raise ValueError(f"the header of an array is damaged ({type(error).__name__})") from error
    if dtype.hasobject or any(isinstance(side, bool) or side < 0 for side in shape):
        raise ValueError("it holds Python objects or a negative shape")
    header = ArrayHeader(shape, dtype)
    if header.size + file.tell() != size:
        raise ValueError(f"its array of shape {shape} does not take its {size:,} bytes")
    return header


_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def digest(*parts: Any) -> str:
    """16 hexadecimal characters that name `parts` (anything JSON can write; keys are sorted)."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
