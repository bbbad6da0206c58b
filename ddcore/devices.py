"""How a GPU differs from a CPU, in one place: precision, order of sums, waiting, copies and memory.

*Float32.* PyTorch lets CUDA convolve in TF32, whose factors have eleven significant bits instead of 24. Here that is
off: a result follows from the device and the shapes.
*Order.* Some CUDA kernels add by whoever comes first. Under PyTorch's deterministic algorithms those that have another
form use it, and the others warn in the log; our own code has none of the latter (`tests/test_repeating.py` looks at
every operation of every method). Algorithms are not chosen by timing them, which could choose others the next time.
*Waiting.* Kernels are queued. A clock has to wait for them, and a copy from ordinary memory waits by itself: so small
arrays go by way of pinned memory.
All work is in the device's default stream, so nothing else needs to be put in order.
"""

import os
import resource
import sys
import time

import numpy as np
import torch


def settle(device: str) -> None:
    """Make CUDA compute in float32, and the same way every time; nothing for other devices. Takes no memory yet."""
    if not _is_cuda(device):
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # as cuBLAS needs it to repeat; read when it starts
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # for debugging only


def on_device(array: np.ndarray, device: str | torch.device, dtype: torch.dtype | None = None) -> torch.Tensor:
    """The array as a tensor on `device`. On a CPU they share memory; CUDA gets a copy without waiting for it."""
    tensor = torch.as_tensor(array, dtype=dtype)
    if not _is_cuda(str(device)):
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def finished_at(device: str) -> float:
    """The time (`time.perf_counter`) at which the device has done all that it was given so far."""
    if _is_cuda(device):
        torch.cuda.synchronize(device)
    return time.perf_counter()


def forget_peak(device: str) -> None:
    """Let `peak_memory` of a GPU begin here."""
    if _is_cuda(device):
        torch.cuda.init()  # before, there are no figures to reset
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: str) -> int:
    """The most memory, in bytes, that this process held: what PyTorch reserved on the GPU since `forget_peak` (the
    driver takes some 500 MB besides), or, for other devices, of the computer's own since the process began."""
    if _is_cuda(device):
        return torch.cuda.max_memory_reserved(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def gpu(device: str) -> dict[str, object]:
    """{"gpu": its name, "gpu_memory": bytes, "cuda": version}, for what a run records; empty where there is none."""
    if not _is_cuda(device):
        return {}
    about = torch.cuda.get_device_properties(device)
    return {"gpu": about.name, "gpu_memory": about.total_memory, "cuda": torch.version.cuda}


def _is_cuda(device: str) -> bool:
    return device.startswith("cuda")
