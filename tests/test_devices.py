"""What is settled for a GPU, as far as a machine without one can tell."""

import os

import numpy as np
import pytest
import torch

from ddcore import devices
from ddcore.errors import BadInput, full_gpu
from ddcore.networks import compute
from ddcore.networks.compute import resolve_device

SAID = (
    "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 7.79 GiB of which 1 GiB is free. "
    "Including non-PyTorch memory, this process has 6.76 GiB memory in use."
)


@pytest.fixture
def two_gpus(monkeypatch):
    """A machine that says it has two; whatever is settled is undone."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    yield
    torch.use_deterministic_algorithms(before[0], warn_only=before[1])
    torch.backends.cudnn.allow_tf32 = True
    torch.utils.deterministic.fill_uninitialized_memory = True


@pytest.mark.parametrize("asked", ["auto", "cuda", "cuda:0", "cuda:1"])
def test_who_asks_for_a_gpu_gets_float32_and_one_order_of_sums(asked, two_gpus):
    assert resolve_device(asked) == ("cuda:1" if asked == "cuda:1" else "cuda:0")
    assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
    assert not torch.backends.cudnn.benchmark
    assert torch.are_deterministic_algorithms_enabled() and os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert not torch.cuda.is_initialized(), "who waits in line for a GPU takes none of its memory"


def test_for_a_cpu_nothing_is_changed(two_gpus):
    assert resolve_device("cpu") == "cpu"
    assert not torch.are_deterministic_algorithms_enabled() and torch.backends.cudnn.allow_tf32
    with pytest.raises(BadInput, match="'cuda:2' is not available"):
        resolve_device("cuda:2")


def test_what_somebody_chose_for_cublas_stays(two_gpus, monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    compute.settle("cuda:0")
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


def test_arrays_reach_a_device_as_they_are():
    array = np.arange(6.0)
    found = devices.on_device(array, "cpu")
    assert found.dtype == torch.float64 and found.data_ptr() == array.ctypes.data, "nothing is copied on a CPU"
    assert devices.on_device(array, "meta", torch.float32).dtype == torch.float32
    assert devices.on_device(array, torch.device("meta")).device.type == "meta"


def test_memory_of_a_process_grows_with_what_it_holds():
    devices.forget_peak("cpu")
    before = devices.peak_memory("cpu")
    held = np.ones(before // 8 + 2**24)  # beyond all that was held so far
    assert devices.peak_memory("cpu") >= max(before, held.nbytes)
    assert devices.gpu("cpu") == {}


def test_a_full_gpu_is_one_sentence():
    sentence = full_gpu(torch.OutOfMemoryError(SAID))
    assert sentence is not None and "7.79 GiB" in sentence and "20.00 GiB" in sentence
    assert sentence.count(".") == 4 and "\n" not in sentence and "CUDA" not in sentence
    assert "7" not in full_gpu(torch.OutOfMemoryError("CUDA error: out of memory"))
    assert full_gpu(RuntimeError(SAID)) is None and full_gpu(MemoryError()) is None
