"""Gradient matching with differentiable Siamese augmentation (DSA).

Zhao & Bilen, "Dataset Condensation with Differentiable Siamese Augmentation", ICML 2021, arXiv:2102.08259.
DC (see `dc`), but for the augmentation: at every step each class draws one operation and its parameters, which its real
and its synthetic images share when their gradients are compared; where the network learns from the synthetic images,
a batch shares the operation and each image draws its own parameters.

Where this differs from the authors' code: as DC does, and the two factors of the operation `scale` are independent
(theirs come from consecutive seeds).
"""

from dataclasses import dataclass
from typing import ClassVar

from ddcore.distillers.gradient_matching import GradientMatching


@dataclass(frozen=True)
class SiameseAugmentation(GradientMatching):
    augmented: ClassVar[bool] = True
