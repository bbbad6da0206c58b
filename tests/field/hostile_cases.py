"""What a data file holds that was made, or damaged, to do harm: headers that lie, objects, nesting, wrong lengths."""

import io
import json
import os
import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .case import CANARY, Case, Opens, Refused
from .writing import (
    Make,
    arrays,
    npy_bytes,
    npz,
    npz_bytes,
    one_file,
    parquet,
    parquet_bytes,
    picture,
    pt_bytes,
    rows,
    tree,
    zip_bytes,
)

X, Y = arrays()
GOOD = {"images.npy": npy_bytes(X), "labels.npy": npy_bytes(Y)}
ROWS = rows()


class Evil:
    """Unpickled, it would make the folder that tells on it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(CANARY),)


def header(text: str, body: bytes = bytes(64), version: int = 1) -> bytes:
    """An .npy whose header is `text`."""
    line = text.encode() + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(line))
    return b"\x93NUMPY" + bytes([version, 0]) + size + line + body


def described(shape: str, descr: str = "'|u1'", **more: Any) -> bytes:
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}", **more)


def with_member(name: str, content: bytes) -> Make:
    """An npz whose array `name` is this."""
    return one_file("pets.npz", zip_bytes(GOOD | {f"{name}.npy": content}))


def with_array(**changed: Any) -> Make:
    return npz(**({"images": X, "labels": Y} | changed))


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def nested_about(levels: int) -> bytes:
    """Features nested so deep that reading them runs out of stack."""
    return b'{"info": {"features": ' + b'{"a": ' * levels + b"1" + b"}" * levels + b"}}"


def about(value: Any) -> Make:
    return parquet({"image": ROWS["image"], "label": [0] * 5 + [1] * 5}, json.dumps(value).encode())


def null_image() -> Make:
    return parquet(ROWS | {"image": [None, *ROWS["image"][1:]]})


def dictionary_column() -> Make:
    table = pa.table({"image": ROWS["image"], "label": pa.array(ROWS["label"]).dictionary_encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return one_file("pets.parquet", buffer.getvalue())


HEADERS = [
    ("a shape of 10^30", described("(10, 1000000000000000000000000000000)")),
    ("a shape of 10^30 images of nothing", described("(1000000000000000000000000000000, 0, 0)")),
    ("a shape of 2^63", described("(9223372036854775808,)")),
    ("a shape of 2^32 by 2^32", described("(4294967296, 4294967296)")),
    ("a shape of -1", described("(10, -1, 8)")),
    ("a shape of booleans", described("(True, 8, 8)")),
    ("a shape of floats", described("(1.0, 8.0, 8.0)")),
    ("a shape of text", described("('10', 8, 8)")),
    ("a shape of 100 axes", described(f"({'1, ' * 100})")),
    ("a header that promises a billion images", described("(1000000000, 8, 8)")),
    ("a header that promises one image more", described("(11, 8, 8)", body=X.tobytes())),
    ("a header that calls a function", header(f"__import__('os').mkdir({str(CANARY)!r})")),
    ("a header of nested brackets", header("(" * 5000 + ")" * 5000)),
    ("a header of megabytes", described("(10, 8, 8)" + " " * 3_000_000, version=2)),
    ("a header without a type", header("{'fortran_order': False, 'shape': (10, 8, 8)}")),
    ("a header that is not closed", header("{'descr': '|u1', 'shape': (10,")),
    ("a version of npy that does not exist", described("(10, 8, 8)", version=9)),
    ("a member that is no npy", b"this is no array"),
    ("a member of no bytes", b""),
    ("a member of its first bytes alone", npy_bytes(X)[:20]),
    ("an array of objects", npy_bytes(np.array([Evil()] * 10), pickled=True)),
    ("a type of objects in the header", described("(10, 8, 8)", "'|O'")),
    ("a type that does not exist", described("(10, 8, 8)", "'|q77'")),
    ("a structure for its type", described("(10, 8, 8)", "[('r', '|u1'), ('g', '|u1')]")),
]  # fmt: skip
ARRAYS: list[tuple[str, dict[str, Any], str]] = [
    ("labels shorter than images", {"labels": Y[:7]}, "7"), ("labels longer than images",
    {"labels": np.arange(12) % 2}, "12"),
    ("one-hot labels", {"labels": np.eye(2, dtype=int)[Y]}, "10, 2|10x2|10 x 2|10 × 2"), ("labels of one number",
    {"labels": np.array(1)}, ""),
    ("no images at all", {"images": X[:0], "labels": Y[:0]}, ""), ("images of no pixels", {"images": np.zeros((10, 0,
    8), np.uint8)}, ""),
    ("images of one axis", {"images": Y}, "image"), ("images of five axes", {"images": np.zeros((10, 8, 8, 3, 2),
    np.uint8)}, "image"),
    ("images of seven channels", {"images": np.zeros((10, 8, 8, 7), np.uint8)}, "7"), ("images of text",
    {"images": np.array(["cat.png"] * 10)}, "image"),
    ("images of complex numbers", {"images": X * 1j}, "image"), ("images of dates", {"images": X.astype("M8[s]")},
    "images"),
    ("labels of dates", {"labels": Y.astype("M8[s]")}, "label"), ("labels of complex numbers", {"labels": Y * 1j},
    "labels"),
    ("no labels", {"labels": np.zeros(0, int)}, ""),
]  # fmt: skip

PARQUET = [
    Case("Parquet with metadata 90,000 levels deep", parquet(ROWS, nested_about(90_000)), Refused("pets.parquet")),
    Case("Parquet with a list 90,000 levels deep", parquet(ROWS, nested(90_000)), Refused("pets.parquet")),
    Case("Parquet with metadata that is no JSON", parquet(ROWS, b"\xff{"), (Opens(("cat", "dog"), 8, 2), Refused())),
    Case("Parquet with metadata that is a number", about(7), (Opens(None, 8, 2), Refused())),
    Case("Parquet with features that are a list", about({"info": {"features": [1]}}), (Opens(None, 8, 2), Refused())),
    Case("Parquet with a number for a name", about({"info": {"features": {"label": {"names": [1, None]}}}}),
         (Opens(None, 8, 2), Refused())),
    Case("Parquet with too few names", about({"info": {"features": {"label": {"names": ["cat"],
         "_type": "ClassLabel"}}}}), Refused("1")),
    Case("Parquet with a picture that is null", null_image(), Refused()),
    Case("Parquet with labels in a dictionary", dictionary_column(), Opens(("cat", "dog"), 8, 2)),
    Case("Parquet with a list for a label", parquet(ROWS | {"label": [[0, 1]] * 10}), Refused("label")),
    Case("Parquet of numbers for pictures", parquet({"image": [1] * 10, "label": ROWS["label"]}), Refused("image")),
    Case("Parquet of paths without bytes", parquet(ROWS | {"image": [{"bytes": None, "path": "/etc/passwd"}] * 10}),
         Refused()),
    Case("Parquet of no rows", parquet({"image": pa.array([], pa.binary()), "label": pa.array([], pa.string())}),
         Refused()),
    Case("Parquet whose download broke off", one_file("pets.parquet", parquet_bytes(ROWS)[:-30]),
         Refused("pets.parquet")),
    Case("Parquet whose footer promises gigabytes", one_file("pets.parquet",
         parquet_bytes(ROWS)[:-8] + b"\xff\xff\xff\x7fPAR1"), Refused("pets.parquet")),
    Case("Parquet of random bytes between its marks", one_file("pets.parquet",
         b"PAR1" + bytes(range(200)) + b"\x80\0\0\0PAR1"), Refused("pets.parquet")),
    Case("Parquet of no bytes", one_file("pets.parquet", b""), Refused("pets.parquet")),
    Case("Parquet with changed bytes", one_file("pets.parquet",
         parquet_bytes(ROWS)[:200] + bytes(60) + parquet_bytes(ROWS)[260:]), (Opens(), Refused())),
]  # fmt: skip

OTHERS = [
    Case("a .pt that makes a folder when unpickled", one_file("pets.pt", pt_bytes({"images": Evil()})),
         Refused("pets.pt")),
    Case("a .pt of the old format that makes a folder",
         one_file("pets.pt", pt_bytes(Evil(), _use_new_zipfile_serialization=False)), Refused("pets.pt")),
    Case("a .pt of no bytes", one_file("pets.pt", b""), Refused("pets.pt")),
    Case("a .pt of random bytes", one_file("pets.pt", bytes(range(256))), Refused("pets.pt")),
    Case("a .pt whose download broke off", one_file("pets.pt", pt_bytes({"images": X.tolist()})[:-100]),
         Refused("pets.pt")),
    Case("a .pt of a picture", one_file("pets.pt", picture()), Refused("pets.pt")),
    Case("an npz with its images twice", one_file("pets.npz", zip_bytes(GOOD | {"images": npy_bytes(X)})), (Opens(),
         Refused())),
    Case("an npz of no arrays", one_file("pets.npz", zip_bytes({})), Refused("pets.npz")),
    Case("an npz of no bytes", one_file("pets.npz", b""), Refused("pets.npz")),
    Case("an npz that is an npy", one_file("pets.npz", npy_bytes(X)), Refused("pets.npz")),
    Case("an npz whose download broke off", one_file("pets.npz", npz_bytes(images=X, labels=Y)[:-50]),
         Refused("pets.npz")),
    Case("an npz of pictures", one_file("pets.npz", zip_bytes({"cat/0.png": picture()})), Refused("pets.npz")),
    Case("a table with null bytes", tree({"0.png": picture(), "labels.csv": b"file,label\n0.png,\0\0\n\0"}), Refused()),
    Case("a table of a picture", tree({"0.png": picture(), "labels.csv": picture()}), Refused()),
    Case("a table with a cell of a megabyte", tree({"0.png": picture(),
         "labels.csv": b"file,label\n0.png," + b"x" * 2**20}), Refused()),
    Case("a table with a quote that is not closed", tree({"0.png": picture(),
         "labels.csv": b'file,label\n0.png,"cat\n'}), Refused()),
    Case("a table in UTF-16", tree({f"{i}.png": picture(i) for i in range(10)},
         {"labels.csv": ("file,label\n" + "".join(
        f"{i}.png,{'cat' if i < 5 else 'dog'}\n" for i in range(10))).encode("utf-16")}), (Opens(("cat", "dog"), 8, 2),
        Refused())),
    Case("a table whose paths lead out", tree({"0.png": picture(),
         "labels.csv": b"file,label\n../../etc/passwd,cat\n"}), Refused()),
]  # fmt: skip

CASES = [
    *(Case(f"npz: {name}", with_member("images", content), Refused()) for name, content in HEADERS),
    *(Case(f"npz: {name}, among the labels", with_member("labels", content), Refused()) for name,
         content in HEADERS[::3]),
    *(Case(f"npz: {name}", with_array(**changed), Refused(fragment)) for name, changed, fragment in ARRAYS),
    *PARQUET,
    *OTHERS,
]  # fmt: skip
