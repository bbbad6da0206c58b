"""What lies in people's folders: pictures in every format, other files, what systems add, links, names."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from .case import Case, Opens, Refused
from .writing import FOLLOW, Members, classes, encoded, one_file, picture, splits, tree, write_tree

PETS = ("cat", "dog")
OPENS = Opens(PETS, 8, 2, pixels=FOLLOW)
CLEAN = Opens(PETS, 8, 2, left_out={}, pixels=FOLLOW)


def left_out(**counts: int) -> Opens:
    return Opens(PETS, 8, 2, says=tuple(f".{suffix}" for suffix in counts), left_out=counts, pixels=FOLLOW)


def saved(suffix: str, kind: str, colour: bool = False, **save) -> Members:
    """Sixteen by sixteen pixels of noise, five a class, in one format."""
    rng = np.random.default_rng(0)
    shape = (16, 16, 3) if colour else (16, 16)
    return {
        f"{name}/{i}{suffix}": encoded(rng.integers(0, 256, shape, dtype=np.uint8), kind, **save)
        for name in PETS
        for i in range(5)
    }


def frames(kind: str) -> bytes:
    images = [Image.fromarray(np.full((8, 8), value, np.uint8)) for value in (7, 90, 180)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:])


FORMATS = [
    (".png", "PNG"), (".PNG", "PNG"), (".jpg", "JPEG"), (".JPG", "JPEG"), (".JPEG", "JPEG"), (".jpe", "JPEG"),
    (".jfif", "JPEG"), (".webp", "WEBP"), (".avif", "AVIF"), (".jp2", "JPEG2000"), (".j2k", "JPEG2000"),
    (".tif", "TIFF"), (".tiff", "TIFF"), (".TIF", "TIFF"), (".bmp", "BMP"), (".dib", "DIB"), (".gif", "GIF"),
    (".pgm", "PPM"), (".pnm", "PPM"), (".tga", "TGA"), (".pcx", "PCX"), (".sgi", "SGI"),
]  # fmt: skip
COLOUR_FORMATS = [(".ppm", "PPM"), (".qoi", "QOI"), (".ico", "ICO"), (".dds", "DDS"), (".mpo", "MPO")]
HIDDEN = [
    ("a Mac's .DS_Store", ".DS_Store"), ("a Mac's ._ twin of a picture", "cat/._0.png"),
    ("a Mac's __MACOSX", "__MACOSX/cat/._0.png"), ("a Synology's @eaDir", "@eaDir/cat/0.png"),
    ("a Synology's @eaDir in a class", "cat/@eaDir/0.png/SYNOFILE_THUMB_M.png"), ("Windows' Thumbs.db",
    "cat/Thumbs.db"),
    ("Windows' desktop.ini", "dog/desktop.ini"), ("Windows' recycle bin", "$RECYCLE.BIN/0.png"),
    ("a server's #recycle", "#recycle/cat/0.png"), ("a disk's lost+found", "lost+found/#17.png"),
    ("a .git folder", ".git/objects/17.png"), ("a notebook's checkpoints", "cat/.ipynb_checkpoints/0-checkpoint.png"),
    ("a .thumbnails folder as if it were a class", ".thumbnails/0.png"),
]  # fmt: skip
OTHERS = [
    ("notes in a class", "cat/notes.txt", "txt"), ("a README at the root", "README.md", "md"),
    ("films among the pictures", "cat/IMG_0007.MOV", "mov"), ("a PDF among the pictures", "dog/scan.pdf", "pdf"),
    ("an EPS among the pictures", "dog/logo.eps", "eps"), ("a WMF among the pictures", "dog/clip.wmf", "wmf"),
    ("one annotation as XML", "cat/0.xml", "xml"), ("a script at the root", "download.py", "py"),
    ("raw files of a camera", "cat/DSC_0001.NEF", "nef"), ("a page that was saved", "dog/index.html", "html"),
]  # fmt: skip
CLASS_NAMES = [
    ("Japanese", ("犬", "猫")), ("accents", ("chat été", "chien ñandú")), ("quotes", ('a "quoted" cat', "dog's")),
    ("emoji", ("cat 🐈", "dog 🐕")), ("commas and equal signs", ("a, b", "c=d")), ("percent and braces", ("%s", "{0}")),
    ("200 letters", ("a" * 200, "b" * 200)), ("dots", ("v1.0", "v1.1")), ("hashes", ("#1 cat", "#2 dog")),
]  # fmt: skip


def linked(prepare: Callable[[Path, Path], None]) -> Callable[[Path], Path]:
    """A folder of two classes, changed by `prepare(folder, elsewhere)`; elsewhere, birds."""

    def make(root: Path) -> Path:
        folder = write_tree(root / "pets", classes())
        prepare(folder, write_tree(root / "elsewhere", classes(names=("bird",), first=40)))
        return folder

    return make


def linked_root(root: Path) -> Path:
    (root / "link").symlink_to(write_tree(root / "pets", classes()), target_is_directory=True)
    return root / "link"


def linked_files(root: Path) -> Path:
    stored = write_tree(root / "blobs", classes())
    for file in list(stored.rglob("*.png")):
        link = root / "pets" / file.relative_to(stored)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    return root / "pets"


def absent(name: str) -> Callable[[Path], Path]:
    return lambda folder: folder / name


BIRDS = Opens(("bird", "cat", "dog"), 12, 3)
LINKS = [
    Case("a class folder that is a link", linked(lambda f, e: (f / "bird").symlink_to(e / "bird")), BIRDS),
    Case("pictures that are links, as the Hugging Face cache has them", linked_files, OPENS),
    Case("a link to the folder", linked_root, OPENS),
    Case("a link to the folder above", linked(lambda f, e: (f / "cat" / "up").symlink_to(f)), Refused()),
    Case("a link to itself", linked(lambda f, e: (f / "cat" / "loop.png").symlink_to(f / "cat" / "loop.png")),
         Refused()),
    Case("a class that is a link to itself", linked(lambda f, e: (f / "bird").symlink_to(f / "bird")), Refused("bird")),
    Case("a picture whose link leads nowhere", linked(lambda f, e: (f / "cat" / "9.png").symlink_to(e / "none.png")),
         Refused("9.png")),
    Case("a class whose link leads nowhere", linked(lambda f, e: (f / "bird").symlink_to(e / "none")), Refused("bird")),
    Case("a FIFO among the pictures", linked(lambda f, e: os.mkfifo(f / "cat" / "pipe.png")), (Refused("pipe"), OPENS)),
    Case("a FIFO beside the classes", linked(lambda f, e: os.mkfifo(f / "pipe")), (Refused("pipe"), OPENS)),
    Case("a link to a device among the pictures", linked(lambda f, e: (f / "cat" / "x.png").symlink_to("/dev/null")),
         (Refused("x.png"), OPENS)),
]  # fmt: skip

FOLDERS = [
    Case("export of a phone with .heic", tree(classes(), {f"cat/IMG_{i}.HEIC": b"x" for i in range(3)}),
         left_out(heic=3)),
    Case("a LICENSE at the root", tree(classes(), {"LICENSE": b"MIT"}),
         Opens(PETS, 8, 2, left_out={"no suffix": 1}, pixels=FOLLOW)),
    Case("films, notes and raw files", tree(classes(), {"cat/a.mp4": b"x", "cat/b.mp4": b"x", "dog/c.txt": b"x"}),
         left_out(mp4=2, txt=1)),
    Case("notes beside train and test", tree(splits("train/", "test/"), {"about.txt": b"x", "train/list.txt": b"x"}),
         Opens(PETS, 8, 4, says=(".txt",), left_out={"txt": 2})),
    Case("a class folder that is empty", tree(classes(), {"parrot/": b""}), Refused("parrot")),
    Case("a class folder with .heic alone", tree(classes(), {"parrot/1.heic": b"x"}), Refused("parrot")),
    Case("a class folder with notes alone", tree(classes(), {"parrot/1.txt": b"x"}), Refused("parrot")),
    Case("a class folder with hidden files alone", tree(classes(), {"parrot/.1.png": picture()}), Refused("parrot")),
    Case("a class that is empty in train", tree(splits("train/", "test/"), {"train/parrot/": b""}), Refused("parrot")),
    Case("mixed formats in one class", tree(classes(), classes(suffix=".bmp", kind="BMP", first=5)), Opens(PETS, 16,
         4)),
    Case("PNG pictures called .jpg", tree(classes(suffix=".jpg")), OPENS),
    Case("animated GIFs", tree({f"{c}/{i}.gif": frames("GIF") for c in PETS for i in range(5)}), Opens(PETS, 8, 2)),
    Case("TIFFs of several pages", tree({f"{c}/{i}.tif": frames("TIFF") for c in PETS for i in range(5)}),
         Opens(PETS, 8, 2, pixels=lambda d: bool((d.train.images == 7).all()))),
    Case("one broken picture", tree(classes(), {"cat/broken.png": b"not a picture"}), Refused("broken.png")),
    Case("three broken pictures", tree(classes(), {f"dog/bad{i}.png": b"" for i in range(3)}),
         Refused("bad0.png", "bad1.png", "bad2.png")),
    Case("twelve broken pictures", tree(classes(), {f"dog/b{i:02}.png": b"" for i in range(12)}),
         Refused("b00.png", "b09.png", "2 ")),
    Case("a web page that was saved as .jpg", tree(classes(), {"cat/page.jpg": b"<!doctype html><p>404"}),
         Refused("page.jpg")),
    Case("a picture whose download broke off", tree(classes(), {"cat/half.png": picture(9)[:50]}),
         Refused("half.png")),
    Case("Git LFS pointers in place of pictures",
         tree({f"{c}/{i}.png": b"version https://git-lfs.github.com/spec/v1\n" for c in PETS for i in range(5)}),
         Refused()),
    Case("a flat folder of pictures without a table", tree({f"{i}.png": picture(i) for i in range(10)}), Refused()),
    Case("cat.0.png, dog.0.png in train, pictures of test without a class",
         tree({f"train/{c}.{i}.png": picture(i) for c in PETS for i in range(5)}, {"test1/1.png": picture(1)}),
         Refused()),
    Case("an empty folder", tree({}), Refused()),
    Case("a folder of empty folders", tree({"cat/": b"", "dog/": b""}), Refused()),
    Case("a folder of documents", tree({"a.txt": b"x", "b.pdf": b"x"}), Refused()),
    Case("a path with nothing there", absent("nothing"), Refused("nothing")),
    Case("a zip that is not there", absent("nothing.zip"), Refused("nothing.zip")),
    Case("a RAR", one_file("pets.rar", b"Rar!\x1a\x07\x01\x00"), Refused("pets.rar")),
    Case("a name with a slip: digitz", lambda folder: "digitz", Refused("digitz")),
    Case("an empty name", lambda folder: "", Refused()),
    Case("a name with an escape sequence", lambda folder: "\x1b[31mred", Refused()),
    Case("a name with a null byte", lambda folder: "pets\0.zip", Refused()),
    Case("a class name with a line break", tree(classes(names=("cat", "dog\nbird"))), (Opens(None, 8, 2), Refused())),
    Case("a class name with colour codes", tree(classes(names=("cat", "\x1b[31mdog"))), (Opens(None, 8, 2), Refused())),
    Case("a file name that is not UTF-8", lambda f: undecodable(f), (Opens(PETS), Refused())),
    Case("a broken picture with colour codes in its name", tree(classes(), {"cat/\x1b[2Jx.png": b"x"}),
         Refused("x.png")),
]  # fmt: skip


def undecodable(root: Path) -> Path:
    folder = write_tree(root / "pets", classes())
    (folder / "cat" / os.fsdecode(b"caf\xe9.png")).write_bytes(picture(9))
    return folder


CASES = [
    *(Case(f"pictures as {suffix}", tree(saved(suffix, kind)), Opens(PETS, 8, 2, left_out={}))
      for suffix, kind in FORMATS),
    *(Case(f"colour pictures as {suffix}", tree(saved(suffix, kind, colour=True)),
           Opens(PETS, 8, 2, left_out={}, pixels=lambda d: d.train.images.shape[1:] == (16, 16, 3)))
      for suffix, kind in COLOUR_FORMATS),
    *(Case(f"with {name}", tree(classes(), {path: b"hidden"}), CLEAN) for name, path in HIDDEN),
    *(Case(name, tree(classes(), {path: b"not a picture"}), left_out(**{suffix: 1})) for name, path, suffix in OTHERS),
    *(Case(f"class names with {name}", tree(classes(names=names)), Opens(tuple(sorted(names)), 8, 2))
      for name, names in CLASS_NAMES),
    *LINKS,
    *FOLDERS,
]  # fmt: skip
