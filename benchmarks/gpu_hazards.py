"""How CUDA differs from a CPU, and what this code does about it: the review made without a GPU, printed with
what `benchmarks.gpu_check` finds."""

HAZARDS: tuple[tuple[str, str], ...] = (
    (
        "Convolutions in TF32, on by default",
        "off, as it is for products: float32 everywhere, as on a CPU. `ddcore.devices.settle`, when a device is chosen",
    ),
    (
        "Sums in the order in which threads arrive",
        "PyTorch's deterministic algorithms are on; what has none warns. Rotated and scaled images have a gradient of "
        "our own (`ddcore.training.bilinear`); class sums, tiles and k-means are products. A test looks at every "
        "operation of every method (tests/test_repeating.py)",
    ),
    ("cuBLAS in several streams", "CUBLAS_WORKSPACE_CONFIG is set before cuBLAS starts, unless the user has set it"),
    ("cuDNN choosing algorithms by timing them", "off; its deterministic ones are used"),
    (
        "Random numbers",
        "generators are made for one use from seed, stream and step, on the device: a checkpoint holds none. A GPU's "
        "numbers differ from a CPU's; real batches, augmentations and k-means seeds are NumPy's and do not",
    ),
    (
        "Tensors of two devices in one operation",
        "none: every method, rule, predictor, student, network score, estimate and whole run is tried on a pretended "
        "GPU (tests/pretended.py) that refuses them",
    ),
    (
        "Checkpoints",
        "tensors go back to where they were: images to the run's device, counts to the CPU, where a step reads them "
        "without waiting",
    ),
    (
        "Waiting for the device",
        "a step waits for its loss, training on real images once an epoch, students only for what their augmentation "
        "copies. Small arrays go through pinned memory. Clocks of estimates wait for the device",
    ),
    ("Streams", "all work is in the default stream; the heartbeat's thread computes nothing"),
    (
        "A full GPU",
        "one sentence and exit status 2, in the run, the command and the page; a checkpoint that does not fit is not "
        "called damaged",
    ),
    (
        "Memory estimate",
        "the most that PyTorch reserved while the run's own steps and students were timed, as many students at once as "
        "the run trains; a run records its own peak. The driver's context is not counted",
    ),
    (
        "Several students by vmap",
        "as many at once as have their batches in one chunk of images, not all: twenty of width 128 would not fit "
        "every GPU. Whether it is faster is among the checks",
    ),
    (
        "Several GPUs",
        "a run stays on the one that its config names, and waits in that one's line; no call uses the current device",
    ),
    ("Two runs on one GPU", "the second waits in line; estimates, scores, maps and evaluations do, too"),
    ("Forking after CUDA has begun", "none: workers are processes of their own, started anew"),
    ("A GPU whose memory is taken while a job waits", "settings take no memory; CUDA starts with the first tensor"),
    ("Chunks of images", "half a gigabyte in the widest activation, whatever the GPU: not measured yet"),
    ("CUDA graphs", "not built: shapes change with augmentation and classes, and nothing here could try them"),
)
