"""Disks that can be filled and freed: a small one of its own where it can be mounted, and a limit on the size of files
everywhere."""

import resource
import subprocess
from pathlib import Path

KINDS = ("disk", "limit")


class SmallDisk:
    """A disk of 512 KB at `root`."""

    words = "No space left on device"

    def __init__(self, root: Path):
        self.root = root
        root.mkdir(parents=True)
        options = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(root)]
        if subprocess.run(options, capture_output=True).returncode:
            raise PermissionError("this user may not mount a disk")

    def fill(self) -> None:
        with (self.root / ".filler").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def free(self) -> None:
        (self.root / ".filler").unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.root)], check=True)


class SizeLimit:
    """No file may grow beyond 700 bytes once it is "full"."""

    words = "File too large"

    def __init__(self, root: Path):
        self.root = root
        root.mkdir(parents=True)
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, self._before[1]))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)

    close = free
