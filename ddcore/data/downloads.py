"""Fetching a published dataset: into a staging folder, verified, unpacked where torchvision's reader needs that, then
moved into place.

Whatever goes wrong, the data root holds either the whole dataset or what it held before, and trying again starts
afresh. Where the archives lie and their MD5 sums come from torchvision's own lists.
"""

import contextlib
import fcntl
import hashlib
import http.client
import os
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ddcore.data.builtin import BUILT_IN, Entry
from ddcore.errors import BadInput
from ddcore.places import data_root
from ddcore.progress import Progress, silent

_TIMEOUT = 30.0  # seconds without a byte
_CHUNK = 1 << 18
_AGENT = "dataset-distillation-explorer"


class DownloadFailed(BadInput):
    """A download did not complete: one sentence says which file, why, and that nothing was kept."""


@dataclass(frozen=True)
class Archive:
    """One file to fetch: mirrors in order, its place below the staging folder, its MD5 sum."""

    urls: tuple[str, ...]
    path: str
    md5: str


def archives(name: str) -> list[Archive]:
    """What there is to fetch of this dataset: one archive, or what torchvision would fetch."""
    if (archive := BUILT_IN[name].archive) is not None:
        return [Archive((archive[0],), BUILT_IN[name].files[0], archive[1])]
    from ddcore.data.sources.published import READERS

    reader = READERS[name]
    if name in ("mnist", "fashion-mnist"):
        folder = f"{reader.__name__}/raw"
        return [
            Archive(tuple(f"{mirror}{file}" for mirror in reader.mirrors), f"{folder}/{file}", md5)
            for file, md5 in reader.resources
        ]
    if name == "svhn":
        return [
            Archive((url,), file, md5) for url, file, md5 in (reader.split_list[part] for part in ("train", "test"))
        ]
    return [Archive((reader.url,), reader.filename, reader.tgz_md5)]


def download(name: str, progress: Progress = silent) -> None:
    """Fetch the built-in dataset `name` into the data root, unless it exists.

    `progress(done, total, note)` counts bytes of the whole dataset, and may raise to stop. Raises `DownloadFailed`.
    """
    entry = BUILT_IN[name]
    if entry.raw_folder() is not None or not entry.files:
        return
    with _staging(entry) as staging:
        before = 0
        for archive in archives(name):
            target = staging / archive.path
            target.parent.mkdir(parents=True, exist_ok=True)
            before += _fetch(archive, target, entry, before, progress)
        if entry.archive is None:
            progress(before, before, f"unpacking {entry.title}")
            _unpack(entry, staging)
        _move_into_place(entry, staging)


@contextlib.contextmanager
def _staging(entry: Entry) -> Iterator[Path]:
    """An empty folder on the data root's disk, held by one process at a time and gone afterwards."""
    staging = data_root() / f".incoming-{entry.name}"
    try:
        staging.mkdir(parents=True, exist_ok=True)
        handle = os.open(staging, os.O_RDONLY)
    except OSError as error:
        raise DownloadFailed(
            f"{entry.title} cannot be downloaded: {data_root()} is not writable ({error.strerror})."
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DownloadFailed(
                f"{entry.title} is being downloaded by another process: wait for it to finish."
            ) from None
        try:
            _empty(staging)  # an earlier process may have been killed here
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _fetch(archive: Archive, target: Path, entry: Entry, before: int, progress: Progress) -> int:
    """Fetch one file from the first mirror that has it right; returns its bytes."""
    reasons = []
    for url in archive.urls:

        def report(done: int) -> None:
            progress(before + done, max(entry.download_bytes, before + done), f"downloading {target.name}")

        try:
            return _fetch_from(url, target, archive.md5, report)
        except (OSError, http.client.HTTPException, _WrongFileError) as error:
            reasons.append(f"{url}: {str(error) or type(error).__name__}")
    raise DownloadFailed(
        f"Downloading {entry.title} failed ({'; '.join(reasons)}): nothing was kept, it can be tried again."
    )


class _WrongFileError(Exception):
    """The server answered, but not with the file that was published."""


def _fetch_from(url: str, target: Path, md5: str, report) -> int:
    part = target.with_name(f"{target.name}.part")
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT})
    state = hashlib.md5(usedforsecurity=False)
    done = 0
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as response, part.open("wb") as file:
        announced = response.headers.get("Content-Length")
        report(0)
        while chunk := response.read1(_CHUNK):
            file.write(chunk)
            state.update(chunk)
            done += len(chunk)
            report(done)
    if announced is not None and done != int(announced):
        raise _WrongFileError(f"the connection ended after {done:,} of {int(announced):,} bytes")
    if state.hexdigest() != md5:
        raise _WrongFileError(f"the file's MD5 sum is {state.hexdigest()}, published is {md5}")
    part.replace(target)
    return done


def _unpack(entry: Entry, staging: Path) -> None:
    from ddcore.data.sources.published import open_part

    try:
        for part in ("train", "test"):
            open_part(entry.name, staging, part, download=True)
    except (RuntimeError, OSError, ValueError, EOFError) as error:
        raise DownloadFailed(
            f"{entry.title} was downloaded but cannot be unpacked ({error}): nothing was kept."
        ) from error


def _move_into_place(entry: Entry, staging: Path) -> None:
    for file in entry.files:
        target = data_root() / entry.roots[0] / file
        target.parent.mkdir(parents=True, exist_ok=True)
        (staging / file).replace(target)
