"""Arrays by name out of `.npz`, `.npy` and `.pt` files. Headers are held against sizes before anything is read, and
nothing in a file is ever run."""

import math
import pickle
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np

from ddcore.data.sources.archives import BROKEN
from ddcore.data.sources.splits import part_of, shared_depth
from ddcore.data.sources.trees import MOST_BYTES, Tree
from ddcore.errors import BadInput, shown
from ddcore.files import array_header

_MOST_ARRAYS = 1000


@dataclass(frozen=True)
class Stored:
    """An array that has not been read yet: its shape and type as its header says, and how to read it."""

    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[], np.ndarray]

    @property
    def size(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def arrays_in(tree: Tree, paths: Sequence[PurePosixPath]) -> dict[str, Stored]:
    """Name -> array of all these files. Names start with what folders and files around say: "train_images"."""
    found: dict[str, Stored] = {}
    depth = shared_depth(paths, 1)
    for path in paths:
        own = path.suffix.lower() == ".npy"
        around = [*path.parts[depth:-1], *([] if own or (len(paths) == 1 and not part_of(path.stem)) else [path.stem])]
        for name, stored in _arrays_of(tree, path).items():
            key = "_".join([*around, name])
            if key in found:
                raise BadInput(f"{tree.where} has several arrays called {shown(key)!r}.")
            found[key] = stored
    if len(found) > _MOST_ARRAYS:
        raise BadInput(f"{tree.where} holds {len(found):,} arrays, at most {_MOST_ARRAYS:,} are allowed.")
    return found


def _arrays_of(tree: Tree, path: PurePosixPath) -> dict[str, Stored]:
    where = tree.where if tree.where.endswith(path.name) else f"{shown(path)} in {tree.where}"
    kind = path.suffix.lower()
    if kind == ".npy":
        return {path.stem: _npy(lambda: tree.open(path), tree.files[path], where)}
    return _npz(tree, path, where) if kind == ".npz" else _pt(tree, path, where)


def _npz(tree: Tree, path: PurePosixPath, where: str) -> dict[str, Stored]:
    try:
        with tree.open(path) as file, zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    except BROKEN as error:
        raise BadInput(f"{where} is not a readable .npz file ({shown(error)}).") from error

    def opener(member: str) -> Callable[[], Any]:
        return lambda: _member(tree, path, member)

    if len({info.filename for info in infos}) < len(infos):
        raise BadInput(f"{where} has two arrays of one name.")
    named = {info.filename.removesuffix(".npy"): info for info in infos[: _MOST_ARRAYS + 1]}
    return {
        name: _npy(opener(info.filename), info.file_size, f"{where}, array {shown(name)!r},")
        for name, info in named.items()
    }


@contextmanager
def _member(tree: Tree, path: PurePosixPath, name: str) -> Iterator[IO[bytes]]:
    """A member of a zip in the tree, opened."""
    with tree.open(path) as file, zipfile.ZipFile(file) as archive, archive.open(name) as member:
        yield member


def _npy(opened: Callable[[], Any], size: int, where: str) -> Stored:
    """The array of one `.npy`, `size` bytes long with its header."""

    def read() -> np.ndarray:
        try:
            with opened() as file:
                return np.lib.format.read_array(file, allow_pickle=False)
        except BROKEN as error:
            raise BadInput(f"{where} is damaged ({shown(error)}).") from error

    try:
        with opened() as file:
            header = array_header(file, size)
    except BROKEN as error:
        raise BadInput(f"{where} cannot be read ({shown(error, 120)}): save plain numbers.") from error
    return Stored(header.shape, header.dtype, read)


def _pt(tree: Tree, path: PurePosixPath, where: str) -> dict[str, Stored]:
    """Tensors of a file that `torch.save` wrote: a dict of them, or a pair of images and labels."""
    import torch

    tree.check_bytes([path])
    try:
        with tree.open(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of kinds of tensors that are refused below
            value = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BadInput(
            f"{where} holds Python objects, which could run code: save tensors alone, such as "
            "torch.save({'images': images, 'labels': labels}, path)."
        ) from error
    except (*BROKEN, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"{where} is not a readable file of tensors ({shown(error)}).") from error
    if isinstance(value, tuple | list) and len(value) == 2:
        value = dict(zip(("images", "labels"), value, strict=True))
    if not isinstance(value, dict):
        raise BadInput(f"{where} holds {type(value).__name__}: allowed are a dict of tensors, or images and labels.")
    return {str(name): _tensor(item, f"{where}, {shown(name)!r},") for name, item in value.items()}


def _tensor(value: Any, where: str) -> Stored:
    """A tensor or a list as an array; anything else as an array of objects that nobody reads. `BadInput` for a tensor
    of a special kind, or too large."""
    import torch

    if isinstance(value, list | tuple) and value and all(isinstance(item, str) for item in value):
        names = np.array(value)
        return Stored(names.shape, names.dtype, lambda: names)
    if isinstance(value, list | tuple) and value and all(type(item) is int for item in value):
        value = torch.tensor(value)
    if not isinstance(value, torch.Tensor):
        return Stored((), np.dtype(object), lambda: np.array(None))
    if value.layout != torch.strided or value.is_quantized or value.is_complex():
        raise BadInput(f"{where} is a tensor of a special kind ({value.layout}): save a plain one.")
    if value.numel() * value.element_size() > MOST_BYTES:
        raise BadInput(f"{where} has the shape {shown(tuple(value.shape))}, more than {MOST_BYTES:,} bytes.")
    plain = value.detach().float() if value.dtype in (torch.bfloat16, torch.float16) else value.detach()
    array = plain.resolve_conj().resolve_neg().numpy()
    return Stored(array.shape, array.dtype, lambda: array)
