"""Representative matching: batches of the real images nearest to k-means centres of the current network's features.

Liu, Gu, Wang, Zhu, Jiang & You, "DREAM: Efficient Dataset Distillation by Representative Matching", ICCV 2023. Every R
steps, class by class: k-means in the current network's features of un-augmented real images, and the real image nearest
to each centre joins the batch.

Where this differs from DREAM: (1) it serves any distiller, not IDC alone, and looks through the view of that distiller
(by default a fresh random network) instead of a network in the middle of its training; (2) it looks at `candidates`
images of a class, drawn again each time, instead of all; (3) k-means takes one D^2-seeded start and `ITERATIONS` Lloyd
iterations; (4) the images are different ones even where two centres share their nearest; (5) there are as
many as DREAM has, the size of the distiller's batch, unless another number is asked for: a smaller batch is then a
uniform part of them, a larger one is all of them.
Letters: n candidates of one class, k representatives, F features.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from ddcore.coresets.clustering import d2_sampling, nearest_distinct
from ddcore.data.device_images import DeviceImages
from ddcore.parameters import parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.sampling.pools import ROWS, Follower, Pool, View

ITERATIONS = 10
PUBLISHED_BATCH = 128
"""Real images per class of a batch in DREAM; what 0 means where no batch is known."""


@dataclass(frozen=True)
class Representative(Follower):
    representatives: int = parameter(
        0,
        "Images per class to choose each time; they limit the size of a batch. 0: as many as a batch has.",
        0,
        65536,
        title="Representatives per class (0: a batch)",
    )

    def for_batches(self, batch_real: int) -> "Representative":
        return self if self.representatives else replace(self, representatives=batch_real)

    def choose(
        self, view: View, images: DeviceImages, labels: np.ndarray, rng: Randomness, progress: Progress = silent
    ) -> Pool:
        """As many different images of every class as asked for, or as there are candidates; no scores."""
        candidates, chosen = self.looked_at(labels, rng), []
        count = self.representatives or PUBLISHED_BATCH
        generator = rng.numpy("representatives")
        classes = np.unique(labels)
        for place, label in enumerate(classes):
            members = candidates[labels[candidates] == label]
            if count < len(members):
                rows = torch.as_tensor(members, device=images.device)
                points = torch.cat([view.features(images[part]) for part in rows.split(ROWS)]).float()
                members = members[representatives(points, count, generator)]
            chosen.append(members)
            progress(place + 1, len(classes), "choosing representative images")
        return Pool(np.concatenate(chosen))


def representatives(points: torch.Tensor, k: int, rng: np.random.Generator) -> np.ndarray:
    """(k,) different rows of `points` (n,F) float32, n >= k: those nearest to the centres of k-means on them."""
    on_cpu = points.cpu().numpy()
    with threadpool_limits(1, "blas"):  # a product a centre: too small for the threads of a busy machine
        (seeds,), _ = d2_sampling(on_cpu, k, rng)
    centers = lloyd(points, points[torch.as_tensor(seeds, device=points.device)])
    return nearest_distinct(on_cpu, centers.cpu().double().numpy(), k, rng)


def lloyd(points: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
    """`centers` (k,F) of `points` (n,F) after at most `ITERATIONS` Lloyd iterations, float32 on their device.

    A centre that lost all its points stays where it was. The sums are products: scattered ones do not repeat on GPUs.
    """
    nearest = None
    for _ in range(ITERATIONS):
        previous, nearest = nearest, (centers.square().sum(1) - 2 * points @ centers.T).argmin(1)
        if previous is not None and torch.equal(previous, nearest):
            break
        members = torch.nn.functional.one_hot(nearest, len(centers)).to(points.dtype)
        sizes = members.sum(0)[:, None]
        centers = torch.where(sizes > 0, members.T @ points / sizes.clamp(min=1), centers)
    return centers
