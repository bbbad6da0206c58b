"""Class folders of images, whether they lie in a folder or in a zip archive."""

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import numpy as np

from ddcore.data.sources.contents import LEFT_OUT, Contents, class_order, divide
from ddcore.data.sources.images import EVERY, IMAGE_SUFFIXES, ImageStack
from ddcore.data.specs import inventory
from ddcore.errors import BadInput
from ddcore.progress import Progress

_PARTS = ("train", "test", *LEFT_OUT)
_LAYOUT = "class/image, or train/class/image and test/class/image"


def is_image(path: PurePosixPath) -> bool:
    """Whether a relative path is an image of the dataset, not a hidden file or what macOS leaves in archives."""
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return not hidden and path.suffix.lower() in IMAGE_SUFFIXES


def read_tree(
    paths: list[PurePosixPath],
    fetch: Callable[[PurePosixPath], bytes],
    where: str,
    size: int | None,
    progress: Progress,
) -> Contents:
    """Contents of class folders. `paths`: the images, relative; `fetch(path)`: the bytes of one.

    Layout: `class/image`, or `train/class/image` with `test/class/image`; one folder around everything does not matter.
    Classes are the folder names, in order.
    """
    if not paths:
        raise BadInput(f"{where} holds no images: expected is {_LAYOUT}, in one of {', '.join(IMAGE_SUFFIXES)}.")
    paths = sorted(paths)
    layout = [_place_of(path, depth) for depth in [_shared_depth(paths)] for path in paths]
    parts = np.array([part or "train" for part, _ in layout])
    if len({part is None for part, _ in layout}) > 1:
        raise BadInput(f"{where} has images both inside and outside train and test folders: expected is {_LAYOUT}.")
    trained = [name for part, name in layout if part in (None, "train")]
    classes = class_order(trained or [name for _, name in layout])
    if len(classes) == 1:
        raise BadInput(f"{where} has only one class, {classes[0]!r}: at least 2 class folders are needed.")
    code = {name: i for i, name in enumerate(classes)}
    for part, name in layout:
        if name not in code:
            raise BadInput(f"{where} has a {part} folder of class {name!r} that the training images lack.")
    stack = ImageStack(len(paths), size)
    for i, path in enumerate(paths):
        if i % EVERY == 0:
            progress(i, len(paths), "reading images")
        stack.add(i, fetch(path), f"{path} in {where}")
    images = stack.finish(where)
    labels = np.array([code[name] for _, name in layout], dtype=np.int64)
    return divide(images, labels, parts, classes, where, stack.resized)


def _shared_depth(paths: list[PurePosixPath]) -> int:
    """How many folders lie around everything: shared by all images, above class folders, and not a part's name."""
    depth = 0
    while (
        all(len(path.parts) >= depth + 3 for path in paths)
        and len({path.parts[depth] for path in paths}) == 1
        and paths[0].parts[depth].lower() not in _PARTS
    ):
        depth += 1
    return depth


def _place_of(path: PurePosixPath, depth: int) -> tuple[str | None, str]:
    """(part or None, class name) of one image."""
    folders = path.parts[depth:-1]
    part = None
    if len(folders) == 2 and folders[0].lower() in _PARTS:
        part, folders = folders[0].lower(), folders[1:]
    if len(folders) != 1:
        raise BadInput(f"{path} does not lie in a class folder: expected is {_LAYOUT}.")
    return part, folders[0]


def read(path: Path, size: int | None, progress: Progress) -> Contents:
    """Contents of the class folders in `path`; `BadInput` names what is wrong with the folder or an image in it."""

    def fetch(member: PurePosixPath) -> bytes:
        try:
            return (path / member).read_bytes()
        except OSError as error:
            raise BadInput(f"{member} in {path} cannot be read ({error.strerror}).") from error

    members = [PurePosixPath(name) for name, _, _ in inventory(path)]
    return read_tree([member for member in members if is_image(member)], fetch, str(path), size, progress)
