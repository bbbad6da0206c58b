"""Gradient matching (DC, DSA), one class, layer and row after another, straight from the equations and loops of the
papers, with PyTorch's own layers and optimisers (see `ddcore/distillers/gradient_matching.py`)."""

import torch
import torch.nn.functional as F
from reference import networks as torchs

from ddcore.randomness import Randomness


def naive_distance(kind, real, mine):
    """Layer -> distance of two dicts of gradients, by name; "cos" has one layer."""
    if kind == "cos":
        one, other = (torch.cat([gradient.reshape(-1) for gradient in side.values()]) for side in (real, mine))
        return {"all layers": 1 - one @ other / (one.norm() * other.norm() + 1e-6)}
    found = {}
    for name in real:
        layer = name.split(".")[0]
        if kind == "mse":
            found[layer] = found.get(layer, 0) + ((real[name] - mine[name]) ** 2).sum()
        elif real[name].dim() >= 2:
            for one, other in zip(real[name], mine[name], strict=True):
                one, other = one.reshape(-1), other.reshape(-1)
                angle = 1 - (one * other).sum() / (one.norm() * other.norm() + 1e-6)
                found[layer] = found.get(layer, 0) + angle
    return found


def class_gradient(chain, images, label, weights, graph=False):
    losses = F.cross_entropy(chain(images), torch.full((len(images),), label), reduction="none")
    loss = sum(w * one for w, one in zip(weights, losses, strict=True)) / sum(weights)
    names = torchs.named(chain)
    return dict(zip(names, torch.autograd.grad(loss, list(names.values()), create_graph=graph), strict=True))


def naive_losses(chain, kind, batch, images, classes, weights, see):
    """Layer -> its part in the loss of synthetic `images`, with `see(images, label)` the class's augmentation."""
    total = {}
    for label in sorted(set(classes.tolist())):
        members = batch.labels == label
        real = class_gradient(chain, see(batch.images[members], label), label, batch.weights[members])
        own = classes == label
        mine = class_gradient(chain, see(images[own], label), label, weights[own], graph=True)
        for layer, value in naive_distance(kind, {n: g.detach() for n, g in real.items()}, mine).items():
            total[layer] = total.get(layer, 0) + value
    return total


def naive_run(problem, method, synthetic, steps):
    """Yield ({layer: distance}, images) of each step, from the random streams of the method."""
    stored = synthetic.images.clone().requires_grad_(True)
    optimiser = torch.optim.SGD([stored], lr=method.lr_images, momentum=method.momentum)
    classes, targets = problem.tiled(synthetic.classes), problem.tiled(synthetic.targets)
    augmentation, served = problem.augmentation, 0
    for step in range(1, steps + 1):
        rng = Randomness(0).at(step)
        if served == 0:
            chain = torchs.module(problem.network, problem.network.init(rng.torch("network")))
            learner = torch.optim.SGD(chain.parameters(), lr=method.lr_network)
        freeze(chain, problem.sampler.draw(rng, 16).images)
        draw = augmentation.draw(rng.numpy("augmentation"), problem.num_classes)

        def see(images, label, draw=draw):
            rows = torch.full((len(images),), label)
            return augmentation.apply(images, draw, rows) if method.augmented else images

        batch = problem.sampler.draw(rng, method.batch_real)
        decoded = problem.decode(stored)
        losses = naive_losses(chain, method.distance, batch, decoded, classes, targets.sum(1), see)
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
        yield {layer: value.item() for layer, value in losses.items()}, stored.detach().clone()
        served = (served + 1) % method.outer
        for _ in learn(chain, learner, problem, method, stored.detach(), targets, rng) if served else ():
            pass


def freeze(chain, images):
    """Batch norm with the statistics of `images` from here on."""
    for layer in chain:
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
            with torch.no_grad():
                chain.train()(images)
    chain.eval()


def learn(chain, learner, problem, method, stored, targets, rng):
    """Yield after each step of a network that learns from the images."""
    generator, images = rng.numpy("network-images"), problem.decode(stored)
    chain.train()
    for _ in range(method.inner):
        for chosen in torch.as_tensor(generator.permutation(len(images))).split(256):
            seen = images[chosen]
            if method.augmented:
                seen = problem.augmentation.apply(seen, problem.augmentation.draw_batch(generator, len(seen)))
            losses = -(targets[chosen] * F.log_softmax(chain(seen), 1)).sum(1)
            learner.zero_grad()
            losses.mean().backward()
            learner.step()
            yield
