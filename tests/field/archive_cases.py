"""Zip and tar files as people, their systems and their enemies pack them."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from typing import Any

from .case import Case, Opens, Refused
from .writing import FOLLOW, Members, classes, one_file, picture, splits, tar_bytes, zip_bytes, zipped

PETS = ("cat", "dog")
OPENS = Opens(PETS, 8, 2, pixels=FOLLOW)
CATS = "猫"
GERMAN = "käfer"


class RawName(zipfile.ZipInfo):
    """A member whose name is these bytes, without the flag that says UTF-8."""

    def __init__(self, raw: bytes):
        super().__init__(raw.hex())
        self.raw = raw

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  (zipfile asks for it by this name)
        return self.raw, self.flag_bits & ~0x800


def named(encoding: str, name: str, unicode_extra: bool = False) -> bytes:
    """A zip of pictures of dogs and of a class whose name is in `encoding`, perhaps with Info-ZIP's name in Unicode."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in classes(names=(name, "dog")).items():
            info = RawName(path.encode(encoding))
            if unicode_extra:
                body = struct.pack("<BI", 1, zlib.crc32(info.raw)) + path.encode()
                info.extra = struct.pack("<HH", 0x7075, len(body)) + body
            archive.writestr(info, content)
    return buffer.getvalue()


def encrypted() -> bytes:
    """A zip that says its members are encrypted."""
    content = bytearray(zip_bytes(classes()))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + at] |= 1
            start = content.find(mark, start + 4)
    return bytes(content)


def promised(size: int, members: int) -> bytes:
    """A zip whose last members promise `size` bytes each."""
    content = bytearray(zip_bytes(classes()))
    start = len(content)
    for _ in range(members):
        start = content.rfind(b"PK\x01\x02", 0, start)
        struct.pack_into("<I", content, start + 24, size)
    return bytes(content)


def overlapping(members: int) -> bytes:
    """A zip whose members all lie at one place."""
    one = zip_bytes({"cat/00.png": picture()})
    start, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    entries = b"".join(one[start:end].replace(b"cat/00", b"cat/%02d" % i) for i in range(members))
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, members, members, len(entries), start, 0)
    return one[:start] + entries + tail


def zip_link(target: bytes) -> bytes:
    buffer = io.BytesIO(zip_bytes(classes()))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo("cat/link.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, target)
    return buffer.getvalue()


def zip_method(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for path, content in classes().items():
            archive.writestr(path, content)
    return buffer.getvalue()


def unknown_method() -> bytes:
    content = bytearray(zip_method(zipfile.ZIP_STORED))
    struct.pack_into("<H", content, 8, 99)
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 10, 99)
    return bytes(content)


def tar_with(**about: Any) -> bytes:
    """A tar of pictures and of one member that is something else."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in classes().items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        info = tarfile.TarInfo("cat/x.png")
        for key, value in about.items():
            setattr(info, key, value)
        archive.addfile(info)
    return buffer.getvalue()


def broken(content: bytes) -> bytes:
    """With some bytes in its middle changed."""
    middle = len(content) // 2
    return content[:middle] + bytes(byte ^ 0x5A for byte in content[middle : middle + 40]) + content[middle + 40 :]


def backslashes() -> Members:
    return {path.replace("/", "\\"): content for path, content in classes().items()}


WELL = classes()
ZIPS = [
    Case("a zip of class folders", zipped(WELL), OPENS),
    Case("a zip of one folder of classes", zipped(classes("pets/")), OPENS),
    Case("a zip called .ZIP", zipped(WELL, name="PETS.ZIP"), OPENS),
    Case("a zip with entries for its folders", zipped({"cat/": b"", "dog/": b""}, WELL), OPENS),
    Case("a zip that was not compressed", one_file("pets.zip", zip_method(zipfile.ZIP_STORED)), OPENS),
    Case("a zip by bzip2", one_file("pets.zip", zip_method(zipfile.ZIP_BZIP2)), OPENS),
    Case("a zip by LZMA", one_file("pets.zip", zip_method(zipfile.ZIP_LZMA)), OPENS),
    Case("a Mac's zip", zipped(classes("pets/"), {"__MACOSX/pets/cat/._0.png": b"x", "pets/.DS_Store": b"x"}),
         Opens(PETS, 8, 2, left_out={}, pixels=FOLLOW)),
    Case("a zip with notes and films", zipped(WELL, {"README.txt": b"x", "cat/film.mp4": b"x"}),
         Opens(PETS, 8, 2, says=(".txt", ".mp4"), left_out={"txt": 1, "mp4": 1})),
    Case("a zip with an empty class", zipped(WELL, {"parrot/": b""}), Refused("parrot")),
    Case("a zip with data behind its end", one_file("pets.zip", zip_bytes(WELL) + b"\0" * 20), (OPENS, Refused())),
    Case("a zip behind a program that unpacks it", one_file("pets.zip", b"MZ" + bytes(500) + zip_bytes(WELL)), (OPENS,
         Refused())),
    Case("a zip from Windows with backslashes", zipped(backslashes()), (OPENS, Refused())),
    Case("a zip whose names say that they are UTF-8", zipped(classes(names=(CATS, "dog"))), Opens(("dog", CATS), 8, 2)),
    Case("a zip of UTF-8 names that do not say so", one_file("pets.zip", named("utf-8", CATS)), Opens(("dog", CATS), 8,
         2)),
    Case("a zip of German names in UTF-8 that do not say so", one_file("pets.zip", named("utf-8", GERMAN)),
         Opens(("dog", GERMAN), 8, 2)),
    Case("a Japanese zip with Info-ZIP's names", one_file("pets.zip", named("cp932", CATS, True)), Opens(("dog", CATS),
         8, 2)),
    Case("a German zip with Info-ZIP's names", one_file("pets.zip", named("cp437", GERMAN, True)),
         Opens(("dog", GERMAN), 8, 2)),
    Case("a Japanese Windows zip", one_file("pets.zip", named("cp932", CATS)), Refused()),
    Case("a German Windows zip", one_file("pets.zip", named("cp437", GERMAN)), Refused()),
    Case("a Chinese zip", one_file("pets.zip", named("gbk", "狗")), Refused()),
]  # fmt: skip
HOSTILE_ZIPS = [
    Case("a zip whose path leads out", zipped(WELL, {"../evil.png": picture()}), Refused()),
    Case("a zip whose path leads out from within", zipped(WELL, {"cat/../../evil.png": picture()}), Refused()),
    Case("a zip with an absolute path", zipped(WELL, {"/tmp/evil.png": picture()}), Refused()),
    Case("a zip with a link to a secret", one_file("pets.zip", zip_link(b"/etc/passwd")), Refused("link")),
    Case("a zip with a link to a picture within", one_file("pets.zip", zip_link(b"0.png")), Refused("link")),
    Case("an encrypted zip", one_file("pets.zip", encrypted()), Refused("encrypt|password")),
    Case("a zip bomb of one member of 4 GiB", one_file("pets.zip", promised(0xFFFFFFFE, 1)), Refused()),
    Case("a zip bomb of ten members of 1 GiB", one_file("pets.zip", promised(2**30, 10)), Refused()),
    Case("a zip whose members all lie at one place", one_file("pets.zip", overlapping(40)), Refused()),
    Case("a zip by a method nobody knows", one_file("pets.zip", unknown_method()), Refused()),
    Case("a zip whose download broke off", one_file("pets.zip", zip_bytes(WELL)[:-80]), Refused("pets.zip")),
    Case("a zip with changed bytes", one_file("pets.zip", broken(zip_method(zipfile.ZIP_STORED))), Refused()),
    Case("a zip of no bytes", one_file("pets.zip", b""), Refused("pets.zip")),
    Case("a zip of no members", zipped({}), Refused()),
    Case("a web page called .zip", one_file("pets.zip", b"<!doctype html>"), Refused("pets.zip")),
    Case("a zip within a zip", zipped({"inner.zip": zip_bytes(WELL)}), Refused()),
    Case("a zip with a control character in a name", zipped(WELL, {"cat/\x1b[2J.png": b"x"}), Refused()),
]  # fmt: skip

PACKED = [
    Case("a .tar", one_file("pets.tar", tar_bytes(WELL)), OPENS),
    Case("a .tar.gz", one_file("pets.tar.gz", tar_bytes(WELL, "w:gz")), OPENS),
    Case("a .tgz", one_file("pets.tgz", tar_bytes(WELL, "w:gz")), OPENS),
    Case("a .tar.bz2", one_file("pets.tar.bz2", tar_bytes(WELL, "w:bz2")), OPENS),
    Case("a .tar.xz", one_file("pets.tar.xz", tar_bytes(WELL, "w:xz")), OPENS),
    Case("a .TAR.GZ", one_file("PETS.TAR.GZ", tar_bytes(WELL, "w:gz")), OPENS),
    Case("a tar of ./cat and ./dog", one_file("pets.tar", tar_bytes(classes("./"))), OPENS),
    Case("a tar of one folder of splits", one_file("pets.tgz", tar_bytes(splits("pets/train/", "pets/test/"), "w:gz")),
         Opens(PETS, 8, 4, pixels=FOLLOW)),
    Case("a tar with folders as members", one_file("pets.tar", tar_bytes({"cat/": b"", "dog/": b""} | WELL)), OPENS),
    Case("a tar of Japanese names", one_file("pets.tar", tar_bytes(classes(names=(CATS, "dog")))), Opens(("dog", CATS),
         8, 2)),
    Case("a tar whose path leads out", one_file("pets.tar", tar_bytes(WELL | {"../evil.png": picture()})), Refused()),
    Case("a tar with an absolute path", one_file("pets.tar", tar_bytes(WELL | {"/tmp/evil.png": picture()})),
         Refused()),
    Case("a tar with a link to a secret", one_file("pets.tar", tar_with(type=tarfile.SYMTYPE, linkname="/etc/passwd")),
         Refused("link")),
    Case("a tar with a hard link out", one_file("pets.tar", tar_with(type=tarfile.LNKTYPE,
         linkname="../../etc/passwd")), Refused("link")),
    Case("a tar with a FIFO", one_file("pets.tar", tar_with(type=tarfile.FIFOTYPE)), (Refused("x.png"), OPENS)),
    Case("a tar with a device", one_file("pets.tar", tar_with(type=tarfile.CHRTYPE, devmajor=1, devminor=5)),
         (Refused("x.png"), OPENS)),
    Case("a tar that ends halfway", one_file("pets.tar", tar_bytes(WELL)[:4000]), Refused("pets.tar")),
    Case("a .tar.gz whose download broke off", one_file("pets.tar.gz", tar_bytes(WELL, "w:gz")[:-60]),
         Refused("pets.tar.gz")),
    Case("a .tar.gz with changed bytes", one_file("pets.tar.gz", broken(tar_bytes(WELL, "w:gz"))),
         Refused("pets.tar.gz")),
    Case("a .tar.xz of no bytes", one_file("pets.tar.xz", b""), Refused("pets.tar.xz")),
    Case("a picture called .tar", one_file("pets.tar", picture()), Refused("pets.tar")),
    Case("a .gz that holds no tar", one_file("pets.tar.gz", gzip.compress(picture())), Refused("pets.tar.gz")),
]  # fmt: skip

CASES = ZIPS + HOSTILE_ZIPS + PACKED
