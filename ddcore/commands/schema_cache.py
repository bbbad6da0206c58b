"""What forms need to know of the methods (`python -m ddcore schema`), without importing them.

The command takes seconds, because it imports torch; its answer depends on the source files of `ddcore` (and on the
machine's devices), so it is read once in a process of its own and kept in `cache_root()/schema/`. No torch here: the
server imports this. `python -m ddcore.commands.schema_cache` reads it ahead of time.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Any

from ddcore.files import read_json, write_json
from ddcore.kept import SCHEMAS
from ddcore.runs.surroundings import versions

COMMAND = (sys.executable, "-m", "ddcore", "schema")
_PACKAGE = Path(__file__).resolve().parents[1]

Schema = dict[str, Any]


class SchemaUnreadable(RuntimeError):
    """The command failed; the message holds the end of what it said."""


class _Reader(threading.Thread):
    """Reads one schema in the background; `failure` says what went wrong, once it has ended."""

    def __init__(self, path: Path):
        super().__init__(name="schema reader", daemon=True)
        self.path = path
        self.failure: str | None = None

    def run(self) -> None:
        try:
            write_json(self.path, _asked())
        except Exception as error:  # told to whoever asks for the schema next
            self.failure = str(error)


_readers: dict[Path, _Reader] = {}
_lock = threading.Lock()


def code_hash() -> str:
    """16 hexadecimal characters that change with any source file of `ddcore`."""
    state = hashlib.sha256()
    for path in sorted(path for path in _PACKAGE.rglob("*") if path.suffix in (".py", ".json")):
        content = path.read_bytes()
        state.update(f"{path.relative_to(_PACKAGE).as_posix()} {len(content)}\n".encode() + content)
    return state.hexdigest()[:16]


def schema() -> Schema | None:
    """The schema of the code as it is now; None while it is being read, which the first call starts.

    Raises SchemaUnreadable if reading failed, until `forget_failure` allows another attempt.
    """
    path = _path()
    if path.exists():
        return read_json(path)
    with _lock:
        if path not in _readers:
            _readers[path] = _Reader(path)
            _readers[path].start()
        reader = _readers[path]
    if reader.failure is not None:
        raise SchemaUnreadable(reader.failure)
    return read_json(path) if path.exists() else None


def forget_failure() -> None:
    """Let the next `schema()` try again."""
    with _lock:
        for path in [path for path, reader in _readers.items() if not reader.is_alive()]:
            del _readers[path]


def read_now() -> Schema:
    """The schema, waiting for it."""
    path = _path()
    if not path.exists():
        write_json(path, _asked())
    return read_json(path)


def _asked() -> Schema:
    done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=_PACKAGE.parent)
    if done.returncode:
        raise SchemaUnreadable(f"`ddcore schema` ended with status {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def _path() -> Path:
    """The devices in the schema depend on the installed torch and on which GPUs this process may see."""
    machine = [
        versions()["torch"],
        os.environ.get("CUDA_VISIBLE_DEVICES"),
        sorted(map(str, Path("/dev").glob("nvidia[0-9]*"))),
    ]
    return SCHEMAS.path(_code_at_start(), *machine)


@cache
def _code_at_start() -> str:
    """A process runs the code it was started with: hashing 60 files at every page would find nothing else."""
    return code_hash()


if __name__ == "__main__":
    read_now()
