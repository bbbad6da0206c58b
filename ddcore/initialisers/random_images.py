"""Random real images: what every other choice is compared with."""

from dataclasses import dataclass

from ddcore.initialisers.base import SyntheticArrays, chosen_images
from ddcore.initialisers.report import random_places
from ddcore.progress import silent


@dataclass(frozen=True)
class RandomImages:
    """Real images of each class, drawn uniformly without replacement."""

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        def choose(label, members):
            return random_places(len(members), ipc, seed, label)

        return chosen_images(train, ipc, seed, progress, choose)
