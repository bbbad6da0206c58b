"""Distribution matching, one class after another, straight from the equation (see `ddcore/distillers/dm.py`)."""

import torch


def naive_loss(network, parameters, batch, images, classes, see) -> torch.Tensor:
    """sum_c || mean_i w_i psi(x_i) - mean_j psi(s_j) ||^2 with `see(images, label)` the class's augmentation."""
    total = torch.zeros(())
    for label in sorted(set(classes.tolist())):
        real = network.features(parameters, see(batch.images[batch.labels == label], label)).detach()
        weights = batch.weights[batch.labels == label]
        mine = network.features(parameters, see(images[classes == label], label))
        difference = sum(w * f for w, f in zip(weights, real, strict=True)) / len(real) - mine.mean(0)
        total = total + (difference**2).sum()
    return total
