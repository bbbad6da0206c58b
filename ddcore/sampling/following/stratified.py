"""Stratified batches of similar images: chosen once, with all images of every class.

Ours; the theorem and the way images are ordered are in `ddcore.sampling.strata`. Similar is what is similar to the
network, or to whatever the distiller looks through, before step 1. One order lasts: the network of step 1 is as random
as any other, and the variance that strata take away in one is taken away in the others (`benchmarks.strata`).
Letters: n images of a class, N training images, F features.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ddcore.data.device_images import DeviceImages
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.sampling.pools import ROWS, Pool, Rule, View
from ddcore.sampling.strata import halved


@dataclass(frozen=True)
class Stratified(Rule):
    def choose(
        self, view: View, images: DeviceImages, labels: np.ndarray, rng: Randomness, progress: Progress = silent
    ) -> Pool:
        """All images, in an order in which similar ones of a class stand together."""
        classes, ordered = np.unique(labels), []
        for place, label in enumerate(classes):
            members = np.flatnonzero(labels == label)
            rows = torch.as_tensor(members, device=images.device)
            points = torch.cat([view.features(images[part]).float().cpu() for part in rows.split(ROWS)]).numpy()
            ordered.append(members[halved(points)])
            progress(place + 1, len(classes), "ordering images by similarity")
        return Pool(np.concatenate(ordered), order=np.arange(len(labels)))
