"""Zips of runs, sound and not: the parts of a small run, changed, and zips written byte by byte."""

import io
import json
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ddcore.experiments.resolving import resolve
from ddcore.runs.archive import import_run

SETTINGS = resolve({"steps": 100})
DATASET = {"name": "two", "hash": "0123456789abcdef", "classes": ["a", "b"], "shape": [1, 8, 8]}
FIELDS = {"kind": "distill", "settings": SETTINGS, "created": "2026-11-22T22:00:00+00:00", "dataset": DATASET}
CONFIG = json.dumps(FIELDS)
SNAPSHOT = "r/snapshots/step_000010.npz"


def import_bytes(file, *progress):
    """What an import makes of a zip in memory."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as copy:
        copy.write(file.getvalue())
        copy.flush()
        return import_run(Path(copy.name), *progress)


def npz(compressed=False, **arrays):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    return file.getvalue()


def arrays(**changes):
    """A snapshot of step 10 of two classes, one grey image of 8x8 pixels each; `None` leaves an array out."""
    good = {
        "view": np.zeros((2, 8, 8, 1), np.uint8), "images": np.zeros((2, 1, 8, 8), np.float32),
        "targets": np.eye(2, dtype=np.float32), "classes": np.arange(2), "mean": np.zeros(1, np.float32),
        "std": np.ones(1, np.float32), "step": np.array(10),
    }  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}


def archive(parts, compress=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as out:
        for name, content in parts:
            out.writestr(name, content)
    file.seek(0)
    return file


def config(**changes):
    return archive([("r/config.json", json.dumps(FIELDS | changes))])


def settings(**changes):
    return config(settings=SETTINGS | changes)


def dataset(**changes):
    return config(dataset=DATASET | changes)


def status(**changes):
    return archive([("r/config.json", CONFIG), ("r/status.json", json.dumps({"state": "finished"} | changes))])


def result(**changes):
    return status(result={"run": "r", "steps": 1, "seconds": 1.0, "protocol": None} | changes)


def events(*lines, end=b"\n"):
    content = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + end for line in lines)
    return archive([("r/config.json", CONFIG), ("r/events.jsonl", content)])


def step(**fields):
    return {"event": "step", "time": 1.0, "step": 1, "loss": 0.5} | fields


def snapshot(content=None, name=SNAPSHOT, **changes):
    content = npz(**arrays(**changes)) if content is None else content
    return archive([("r/config.json", CONFIG), (name, content)])


def raw(*members, count=None, comment=b""):
    """A zip written field by field: each member a dict of name, data, and what its headers claim."""
    body, listed = b"", b""
    for member in members:
        name, data, method = member["name"], member.get("data", b""), member.get("method", 0)
        packed = data if method != 8 else zlib.compress(data)[2:-4]
        size, packed_size = member.get("size", len(data)), member.get("packed", len(packed))
        flags, crc, offset = member.get("flags", 0), zlib.crc32(data), member.get("offset", len(body))
        fields = (flags, method, 0, 33, crc, packed_size, size, len(name))
        body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, *fields, 0) + name + packed
        listed += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 0x314, 20, *fields, 0, 0, 0, 0, member.get("mode", 0) << 16, offset
        ) + name  # fmt: skip
    number = len(members) if count is None else count
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, number, number, len(listed), len(body), len(comment))
    return io.BytesIO(body + listed + end + comment)


def member(name, data=b"", **claims):
    return {"name": name.encode() if isinstance(name, str) else name, "data": data} | claims
