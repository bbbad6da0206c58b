"""What a run ran on: versions and hardware, without importing anything heavy."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import ddcore


def versions() -> dict[str, str | None]:
    """Versions of what determines results; None for what is not installed."""
    installed = {name: _version(name) for name in ("numpy", "scipy", "torch", "torchvision")}
    return {"python": platform.python_version(), "ddcore": ddcore.__version__, **installed}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def hardware() -> dict[str, Any]:
    """Platform, processors this process may use, and memory in bytes (None if the system does not say)."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        memory = None
    return {"platform": platform.platform(), "machine": platform.machine(), "cpus": usable, "memory": memory}
