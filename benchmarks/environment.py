"""What a benchmark ran on, printed above its figures."""

import os
import platform

import torch

from ddcore.runs.allocator import keep_freed_memory
from ddcore.runs.surroundings import versions


def describe(device: str) -> str:
    """One line: device, cores, threads, versions. Memory is kept from here on, as the product's processes do."""
    keep_freed_memory()
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.machine()
    parts = [f"{key} {value}" for key, value in versions().items() if value]
    return f"{device} ({name}), {os.cpu_count()} cores, {torch.get_num_threads()} threads, {', '.join(parts)}"
