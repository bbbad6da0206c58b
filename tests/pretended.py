"""A GPU that is none: tensors compute on the CPU, but say where they would be, and refuse what a GPU would refuse.

So a machine without one finds tensors on two devices in one operation, arrays taken from a GPU's memory, and operations
that wait for a GPU to finish or that add in no fixed order there. It knows nothing of a GPU's numbers or speed.
A tensor that comes out of C++ unseen (of `vmap`, of a backward pass) is taken to be where it is used.
"""

from collections import Counter
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

GPU = torch.device("cuda:0")
MEMORY = 123 * 2**20
UNORDERED = {
    "grid_sampler_2d_backward", "upsample_bilinear2d_backward", "_upsample_bilinear2d_aa_backward",
    "upsample_linear1d_backward", "_adaptive_avg_pool2d_backward", "adaptive_max_pool2d_backward",
    "fractional_max_pool2d_backward", "max_unpool2d", "reflection_pad1d_backward", "reflection_pad2d_backward",
    "nll_loss2d_forward", "nll_loss2d_backward", "_ctc_loss_backward", "put_", "histc", "median", "kthvalue",
    "avg_pool3d_backward", "max_pool3d_with_indices_backward", "_embedding_bag_backward",
}  # fmt: skip
"""Operations without a deterministic form on CUDA, by `torch.use_deterministic_algorithms` of PyTorch 2.14; and
`bincount` with weights. Others have one, which is used then."""
_WAITING = {"item", "tolist", "__bool__", "__int__", "__float__", "__index__", "nonzero", "unique", "cpu"}
_real_generator = torch.Generator


class OnBoth(RuntimeError):
    """Tensors of two devices in one operation."""


class _OnGPU(_real_generator):
    device = GPU


class _Generator(_real_generator):
    """What `torch.Generator(device)` makes meanwhile."""

    def __new__(cls, device="cpu"):
        return _real_generator.__new__(_OnGPU if _is_gpu(device) else _real_generator)


def _is_gpu(device) -> bool:
    return str(device).startswith("cuda")


def place(tensor: torch.Tensor) -> str | None:
    return tensor.__dict__.get("place")


class Places(TorchFunctionMode):
    """Follows where tensors would be. `waits`: operations by which the program waits for the GPU, and how often."""

    def __init__(self):
        super().__init__()
        self.waits: Counter[str] = Counter()

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs, name = dict(kwargs or {}), func.__name__
        if func == torch.Tensor.device.__get__:
            return func(*args) if place(args[0]) == "cpu" else GPU
        if func == torch.Tensor.is_cpu.__get__:
            return place(args[0]) == "cpu"
        if name == "pin_memory":
            args[0].pinned = True
            return args[0]
        inputs = args[:1] if name == "__deepcopy__" else (args, kwargs)
        tensors = [leaf for leaf in tree_leaves(inputs) if isinstance(leaf, torch.Tensor)]
        where = {place(tensor) for tensor in tensors if tensor.dim() or place(tensor) == "gpu"}
        target, args, kwargs = self._target(name, args, kwargs, tensors, where)
        if target is None and {"gpu", "cpu"} <= where:
            if name != "copy_":
                raise OnBoth(f"{name} of {[(place(tensor), tuple(tensor.shape)) for tensor in tensors]}")
            target = place(args[0])
        if "gpu" in where:
            if name in ("numpy", "__array__"):
                raise TypeError(f"{name} of a tensor in the GPU's memory")
            self.waits.update([name] if name in _WAITING else [])
        found = func(*args, **kwargs)
        if target is None:
            target = "gpu" if "gpu" in where else "cpu" if where <= {"cpu"} else None
        for leaf in tree_leaves(found):
            if isinstance(leaf, torch.Tensor) and target is not None:
                leaf.place = target
        return found

    def _target(self, name, args, kwargs, tensors, where):
        """Where the result is if it was asked to be somewhere, and the arguments without that."""
        device = kwargs.get("device")
        if name == "to" and device is None:
            device = next((arg for arg in args[1:] if isinstance(arg, str | torch.device)), None)
            args = (args[0], *("cpu" if arg is device else arg for arg in args[1:])) if device is not None else args
            if device is None and len(args) > 1 and isinstance(args[1], torch.Tensor):
                device = GPU if place(args[1]) == "gpu" else "cpu"
        if name == "cpu":
            device = "cpu"
        if device is None:
            return None, args, kwargs
        if "device" in kwargs:
            kwargs["device"] = "cpu"
        target = "gpu" if _is_gpu(device) else str(device)
        pinned = tensors and tensors[0].__dict__.get("pinned") and kwargs.get("non_blocking")
        copied = name in ("to", "as_tensor", "tensor") and where <= {"cpu"}
        if target == "gpu" and copied and not pinned:
            self.waits["a copy to the GPU"] += 1
        if name in ("to", "cpu") and place(args[0]) != target:  # else it is the very tensor, which stays where it is
            return target, (args[0].clone(), *args[1:]), kwargs
        return target, args, kwargs


class Operations(TorchDispatchMode):
    """Remembers the names of all operations, those of backward passes too; `unordered` are those that add in no fixed
    order on a GPU."""

    def __init__(self):
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        weighted = name == "bincount" and (len(args) > 1 and args[1] is not None or (kwargs or {}).get("weights"))
        self.seen.add("bincount with weights" if weighted else name)
        return func(*args, **(kwargs or {}))

    @property
    def unordered(self) -> set[str]:
        return self.seen & (UNORDERED | {"bincount with weights"})


@contextmanager
def a_gpu():
    """A machine with one pretended GPU, "cuda:0"; gives (Places, Operations)."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    allowed, filled = torch.backends.cudnn.allow_tf32, torch.utils.deterministic.fill_uninitialized_memory
    about = SimpleNamespace(name="pretended", total_memory=2**33)
    changed = {
        "device_count": lambda: 1, "synchronize": lambda device=None: None, "init": lambda: None,
        "empty_cache": lambda: None, "reset_peak_memory_stats": lambda device: None,
        "max_memory_reserved": lambda device: MEMORY, "get_device_properties": lambda device: about,
        "get_device_name": lambda device: about.name,
    }  # fmt: skip
    try:
        with (
            patch.multiple(torch.cuda, **changed), patch.object(torch, "Generator", _Generator),
            Places() as places, Operations() as operations,
        ):  # fmt: skip
            yield places, operations
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        torch.backends.cudnn.allow_tf32, torch.utils.deterministic.fill_uninitialized_memory = allowed, filled
