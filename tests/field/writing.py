"""Makers of sources: pictures in every form, trees of files, and the archives, arrays and tables they come in."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

Members = dict[str, bytes]
"""{path: content}; a path that ends in "/" is an empty folder."""
Make = Callable[[Path], Path]


def grey(value: int, size: tuple[int, int] = (8, 8)) -> np.ndarray:
    """(H, W) of one grey value but for the last pixel, so that no image is constant; `size` is (width, height)."""
    pixels = np.full((size[1], size[0]), value, np.uint8)
    pixels[-1, -1] = 255 - value
    return pixels


def encoded(pixels: np.ndarray | Image.Image, kind: str = "PNG", **save: Any) -> bytes:
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, kind, **save)
    return buffer.getvalue()


def picture(value: int = 0, size: tuple[int, int] = (8, 8), colour: bool = False, kind: str = "PNG") -> bytes:
    pixels = grey(value, size)
    return encoded(np.stack([pixels, pixels // 2, 255 - pixels], axis=-1) if colour else pixels, kind)


def classes(prefix: str = "", each: int = 5, names=("cat", "dog"), first: int = 0, suffix=".png", **options) -> Members:
    """`each` pictures a class below `prefix`; picture i of class k has the grey value first + 20 k + i."""
    return {
        f"{prefix}{name}/{first + i}{suffix}": picture(first + 20 * k + i, **options)
        for k, name in enumerate(names)
        for i in range(each)
    }


def splits(train: str, test: str, **options) -> Members:
    """4 + 2 pictures of cats and of dogs below the prefixes `train` and `test`."""
    return classes(train, 4, **options) | classes(test, 2, first=100, **options)


def write_tree(root: Path, members: Members) -> Path:
    for path, content in members.items():
        file = root / path
        if path.endswith("/"):
            file.mkdir(parents=True, exist_ok=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return root


def tree(*parts: Members, name: str = "pets") -> Make:
    members = {path: content for part in parts for path, content in part.items()}
    return lambda folder: write_tree(folder / name, members)


def one_file(name: str, content: bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def zip_bytes(members: Members) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            about = zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0))  # the same bytes at every run
            about.external_attr = (0o40755 if path.endswith("/") else 0o100644) << 16
            archive.writestr(about, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def zipped(*parts: Members, name: str = "pets.zip") -> Make:
    return one_file(name, zip_bytes({path: content for part in parts for path, content in part.items()}))


def tar_bytes(members: Members, mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for path, content in members.items():
            info = tarfile.TarInfo(path.rstrip("/"))
            info.type = tarfile.DIRTYPE if path.endswith("/") else tarfile.REGTYPE
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def npy_bytes(array: Any, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array), allow_pickle=pickled)
    return buffer.getvalue()


def npz_bytes(**arrays: Any) -> bytes:
    return zip_bytes({f"{name}.npy": npy_bytes(array) for name, array in arrays.items()})


def npz(name: str = "pets.npz", **arrays: Any) -> Make:
    return one_file(name, npz_bytes(**arrays))


def pt_bytes(content: Any, **save: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **save)
    return buffer.getvalue()


def parquet_bytes(columns: dict[str, Any], metadata: bytes | None = None) -> bytes:
    """A table; `metadata` is what Hugging Face writes about its features, as JSON."""
    table = pa.table(columns)
    if metadata is not None:
        table = table.replace_schema_metadata({"huggingface": metadata})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def parquet(columns: dict[str, Any], metadata: bytes | None = None, name: str = "pets.parquet") -> Make:
    return one_file(name, parquet_bytes(columns, metadata))


def rows(each: int = 5, first: int = 0, names: tuple = ("cat", "dog"), image="image", label="label") -> dict[str, list]:
    """Columns of `each` encoded pictures a class, as Hugging Face stores them, and their classes."""
    values = [(first + 20 * k + i, name) for k, name in enumerate(names) for i in range(each)]
    return {image: [{"bytes": picture(v), "path": f"{v}.png"} for v, _ in values], label: [name for _, name in values]}


def arrays(each: int = 5, classes: int = 2, first: int = 0, shape: tuple[int, ...] = (8, 8)) -> tuple[Any, Any]:
    """Images and labels; every value of image i of class k is first + 20 k + i, but for the last."""
    labels = np.repeat(np.arange(classes), each)
    values = first + 20 * labels + np.tile(np.arange(each), classes)
    images = np.broadcast_to(values.reshape(-1, *[1] * len(shape)), (len(labels), *shape)).astype(np.uint8, order="C")
    images.reshape(len(images), -1)[:, -1] = 255 - values
    return images, labels


def png(width: int, height: int, depth: int, colour: int, rows: bytes | None = None) -> bytes:
    """A PNG by hand: any bit depth and colour type, any header; `rows` are its filtered rows (none: an empty body)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(rows if rows is not None else b"", 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def labels_follow_pixels(names: tuple[str, ...] = ("cat", "dog")) -> Callable[[Any], bool]:
    """A check that each picture by `classes`, `rows` or `arrays` is in the class of its grey value."""

    def check(dataset: Any) -> bool:
        values = [dataset.train.images[:, 0, 0, 0] % 100, dataset.test.images[:, 0, 0, 0] % 100]
        found = [[dataset.classes[label] for label in split.labels] for split in (dataset.train, dataset.test)]
        wanted = [[names[value // 20] for value in part.tolist()] for part in values]
        return found == wanted

    return check


FOLLOW = labels_follow_pixels()
