"""Relative loss: how much of the total cross-entropy a point is responsible for.

Tukan, Maalouf & Osadchy 2023 (arXiv:2307.08086) draw training batches by the relative loss of the points. Which network
measures it is our choice: a proxy, trained for a few hundred stated steps on the real data, its losses taken several
times while it trains and averaged (a network at the end of its training has memorised its data and scores everything
near zero).
"""

from dataclasses import dataclass

import numpy as np

from ddcore.compute import Compute, DeviceImages
from ddcore.depths import default_depth
from ddcore.experts import ExpertSchedule, per_sample_loss, train_expert
from ddcore.importance.base import Importance, TrainSet
from ddcore.models import ConvNet
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness


@dataclass(frozen=True)
class RelativeLoss:
    proxy_steps: int = parameter(400, "Training steps of the proxy network (batches of 128 real images).", 1, 1_000_000)
    passes: int = parameter(4, "How often during training the losses are taken; the score is their mean.", 1, 100)
    proxy_width: int = parameter(32, "Width of the proxy network.", 1, 4096)
    proxy_depth: int = parameter(0, "Depth of the proxy network; 0 chooses by image size.", 0, 8)
    device: str = parameter("cpu", "Where the proxy is trained.")

    def __post_init__(self):
        check(self)

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        """Mean cross-entropy of every image over the passes; larger = harder for the proxy."""
        depth = self.proxy_depth or default_depth(*train.shape[1:])
        network = ConvNet(train.shape, train.num_classes, self.proxy_width, depth)
        images = DeviceImages(train.images, train.mean, train.std, self.device)
        compute, count = Compute(self.device), len(train.labels)
        passes = min(self.passes, self.proxy_steps)
        taken_at = {round((i + 1) * self.proxy_steps / passes) for i in range(passes)}
        losses = np.zeros(count)
        schedule = ExpertSchedule(self.proxy_steps)
        total = self.proxy_steps * schedule.batch + len(taken_at) * count / 3  # a forward costs a third of a step
        done = 0.0
        for step, parameters in train_expert(network, images, train.labels, schedule, None, Randomness(seed), "expert"):
            done += schedule.batch
            progress(done, total, "training the proxy network")
            if step in taken_at:
                seen = 0
                for upto, chunk in per_sample_loss(network, parameters, images, train.labels, compute):
                    losses[seen:upto] += chunk / len(taken_at)
                    progress(done + upto / 3, total, "taking the losses")
                    seen = upto
                done += count / 3
        return Importance(scores=losses)
