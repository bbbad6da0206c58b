"""Dataset condensation by gradient matching (DC).

Zhao, Mopuri & Bilen, "Dataset Condensation with Gradient Matching", ICLR 2021, arXiv:2006.05929.
The synthetic images of a class follow the distance between the gradients that they and a real batch of the class give
the parameters of a network, layer by layer (equations and distances in `class_gradients`). The network is drawn at
random, and learns from the synthetic images between the steps it serves (the loops are in `gradient_matching`).

Where this differs from the authors' code: real batches may be importance-sampled, with weights in the mean loss of a
class (1 when uniform); a weighted start keeps its weights there, too; the statistics of batch norm are taken whole
(see `calibrated`); between the published numbers of images per class the loops are those of the next more.
"""

from dataclasses import dataclass

from ddcore.distillers.gradient_matching import GradientMatching


@dataclass(frozen=True)
class DatasetCondensation(GradientMatching):
    pass
