"""A folder of class folders of images."""

from pathlib import Path, PurePosixPath

from ddcore.data.sources.contents import Contents
from ddcore.data.sources.tree import is_image, read_tree
from ddcore.data.specs import inventory
from ddcore.errors import BadInput
from ddcore.progress import Progress


def read(path: Path, size: int | None, progress: Progress) -> Contents:
    """Contents of the class folders in `path`; `BadInput` names what is wrong with the folder or an image in it."""

    def fetch(member: PurePosixPath) -> bytes:
        try:
            return (path / member).read_bytes()
        except OSError as error:
            raise BadInput(f"{member} in {path} cannot be read ({error.strerror}).") from error

    members = [PurePosixPath(name) for name, _, _ in inventory(path)]
    return read_tree([member for member in members if is_image(member)], fetch, str(path), size, progress)
