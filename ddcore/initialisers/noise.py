"""Noise: independent normal pixels."""

import time
from dataclasses import dataclass

import numpy as np

from ddcore.initialisers.base import SyntheticArrays, class_members
from ddcore.initialisers.report import achieved
from ddcore.progress import silent
from ddcore.randomness import numpy_generator


@dataclass(frozen=True)
class Noise:
    """Pixels drawn from N(0, 1) in training space."""

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        began = time.perf_counter()
        rows = []
        for label in range(len(class_members(train, ipc))):
            progress(label, train.num_classes, "drawing noise")
            rows.append(numpy_generator(seed, "init", label).standard_normal((ipc, *train.shape), np.float32))
        images, classes = np.concatenate(rows), np.repeat(np.arange(train.num_classes), ipc)
        report = achieved(train, images, classes, seed, time.perf_counter() - began)
        return SyntheticArrays(images, classes, report=report)
