"""What the fuzz tests share: changed bytes, values that are odd, a budget, and a folder for each example.

The examples are the same at every run (`derandomize`), and few: what hypothesis finds becomes a case of the corpus.
"""

import contextlib
import gzip
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from .writing import arrays, classes, npz_bytes, parquet_bytes, pt_bytes, rows, tar_bytes, zip_bytes

X, Y = arrays()
SOURCES = {
    "pets.zip": zip_bytes(classes()),
    "pets.tar": tar_bytes(classes()),
    "pets.tar.gz": gzip.compress(tar_bytes(classes()), mtime=0),
    "pets.npz": npz_bytes(images=X, labels=Y),
    "pets.parquet": parquet_bytes(rows()),
    "pets.pt": pt_bytes({"images": torch.from_numpy(X), "labels": torch.from_numpy(Y)}),
}
BOUNDED = settings(
    max_examples=30,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
SHORT = settings(BOUNDED, max_examples=15)
ODD = [
    "", " ", "-1", "0", "1", "2", "--", "--5", "nan", "inf", "-inf", "1e400", "0.5", "9" * 30, "None", "[]", "{}", "%s",
    "a=b", "../..", "/dev/null", "\x1b[31m", "ä", "٣", "cat,dog", ":", "x:y=z", "auto", "on", "#123456", "label",
]  # fmt: skip
"""Texts that people and programs put where a number, a name or a path belongs."""
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["info", "features", "label", "names", "_type"]), inner)
    ),
    max_leaves=8,
)
"""Any JSON, often with the keys of a table's features."""


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with one to four changes: bytes overwritten, cut, repeated or put in, or its end missing."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        span, way = draw(st.integers(1, 40)), draw(st.sampled_from(["write", "cut", "repeat", "insert", "end"]))
        if way == "end":
            del data[max(1, at) :]
        elif way == "repeat":
            data[at:at] = data[at : at + span]
        else:
            data[at : at + (0 if way == "insert" else span)] = (
                b"" if way == "cut" else draw(st.binary(min_size=1, max_size=span))
            )
    return bytes(data)


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """An empty folder with caches of its own, for one example."""
    kinds = [f"DDCORE_{kind}" for kind in ("DATA", "CACHE", "RUNS")]
    before = {kind: os.environ[kind] for kind in kinds}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {kind: f"{folder}/{kind}" for kind in kinds}
        try:
            yield Path(folder) / "s"
        finally:
            os.environ |= before
