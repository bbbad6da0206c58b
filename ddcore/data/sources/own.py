"""A person's own data: what a folder, archive or file holds, recognised where that is not in doubt."""

from collections import Counter
from pathlib import Path, PurePosixPath

from ddcore.data.reading import Reading
from ddcore.data.sources import arrays, class_folders, imagenet, labelled_files
from ddcore.data.sources.archives import TarTree, ZipTree
from ddcore.data.sources.class_folders import LAYOUT, Membership
from ddcore.data.sources.contents import Contents
from ddcore.data.sources.images import look_at
from ddcore.data.sources.tables import SUFFIXES
from ddcore.data.sources.trees import FileTree, FolderTree, Tree
from ddcore.errors import BadInput, shown
from ddcore.progress import Progress

_LFS = b"version https://git-lfs.github.com/spec/"
_POINTER_SIZES = range(100, 200)  # bytes


def read(kind: str, path: Path, reading: Reading, progress: Progress) -> Contents:
    """Contents of the source at `path`, of one of the kinds of `specs`; `BadInput` says what was found and what to do.

    The report ends with a look at all pixels.
    """
    progress(0, 0, "looking at the files")
    with _tree(kind, path, progress) as tree:
        contents = _read(tree, reading, progress)
    look_at([contents.train.images, contents.test.images], contents.report, progress)
    return contents


def _tree(kind: str, path: Path, progress: Progress) -> Tree:
    if kind == "tar":
        return TarTree(path, progress)
    return {"folder": FolderTree, "zip": ZipTree}.get(kind, FileTree)(path)


def _read(tree: Tree, reading: Reading, progress: Progress) -> Contents:
    images = class_folders.images_in(tree)
    parquet = _ending(tree, (".parquet",))
    tables = _ending(tree, SUFFIXES)
    stored = _ending(tree, arrays.SUFFIXES)
    _refuse_pointers(tree, [*parquet, *tables, *stored, *images])
    tiny = imagenet.tiny_root(tree)
    if tiny is not None:
        return imagenet.read_tiny(tree, tiny, images, reading, progress)
    if images:
        places, refusal = _places(tree, images)
        if places and parquet:
            raise BadInput(
                f"{tree.where} holds {len(images):,} images in class folders and {len(parquet):,} Parquet files: give "
                "the folder or the file of one of them."
            )
        if tables and not parquet and (not places or reading.label_column or labelled_files.are_storage(places)):
            return labelled_files.read(tree, images, tables, reading, progress)
        if places or not (parquet or stored):
            if refusal:
                raise refusal
            labelled_files.refuse_disagreement(tree, places, images, tables)
            return imagenet.name_classes(class_folders.read(tree, images, places, reading, progress))
    if parquet:
        from ddcore.data.sources import parquet as reader

        return reader.read(tree, parquet, reading, progress)
    if stored:
        return arrays.read(tree, stored, reading, progress)
    raise _nothing(tree)


def _refuse_pointers(tree: Tree, paths: list[PurePosixPath]) -> None:
    """`BadInput` if files were cloned by Git without their contents."""
    small = [path for path in paths if tree.files[path] in _POINTER_SIZES]
    pointers = [path for path, (_, data) in zip(small[:1], tree.contents(small[:1]), strict=True) if _LFS in data]
    if pointers:
        raise BadInput(
            f"{shown(pointers[0])} in {tree.where} is a pointer of Git LFS, not the file itself: run `git lfs "
            "pull` there."
        )


def _places(tree: Tree, images: list[PurePosixPath]) -> tuple[list[Membership], BadInput | None]:
    """Where the images belong if class folders say so, else nothing and why not; it never raises.

    One class alone is no layout of class folders.
    """
    try:
        places = class_folders.place_images(images, tree.where)
    except BadInput as error:
        return [], error
    if len({place.label for place in places}) < 2:
        return [], class_folders.one_class(tree.where, places[0].label)
    return places, None


def _ending(tree: Tree, suffixes: tuple[str, ...]) -> list[PurePosixPath]:
    return sorted(path for path in tree.files if path.suffix.lower() in suffixes)


def _nothing(tree: Tree) -> BadInput:
    counts = Counter(path.suffix.lower() or "no suffix" for path in tree.files)
    found = ", ".join(f"{count:,} {suffix}" for suffix, count in counts.most_common(4)) or "no files"
    return BadInput(
        f"{tree.where} holds no images, Parquet files or arrays that can be read (found: {found}): expected is "
        f"{LAYOUT}; .parquet files; or .npz, .npy or .pt files of images and labels."
    )
