"""Trajectory matching by autograd through the whole unroll, straight from the equations of `ddcore.distillers.mtt`.

theta_{i+1} = theta_i - a grad mean_j sum_k -y_jk log softmax f(theta_i, x_j)_k,        j in batch i
L = |theta_N - target|^2 / |theta_0 - target|^2
"""

import torch


def naive_loss(logits_of, images, targets, step_size, batches, views, start, target) -> torch.Tensor:
    """L with its whole graph. `logits_of(theta, images)`; `views[i](images)` is the augmentation of step i."""
    theta = start.clone().requires_grad_(True)
    for rows, view in zip(batches, views, strict=True):
        total = torch.zeros((), dtype=theta.dtype)
        logits = logits_of(theta, view(torch.stack([images[j] for j in rows.tolist()])))
        for place, j in enumerate(rows.tolist()):
            log_shares = logits[place] - torch.logsumexp(logits[place], 0)
            total = total - (targets[j] * log_shares).sum() / len(rows)
        (gradient,) = torch.autograd.grad(total, theta, create_graph=True)
        theta = theta - step_size * gradient
    return ((theta - target) ** 2).sum() / ((start - target) ** 2).sum()
