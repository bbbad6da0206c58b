"""Random Fourier features that can be inverted: from features to an image that has them.

phi(x) = sqrt(2/D) cos(A x + b), as many features as an image has numbers, b ~ U[0, 2 pi]. The frequencies are
orthogonal (Yu et al., "Orthogonal random features", NIPS 2016): A = S Q / width with Q uniform among orthogonal
matrices and S diagonal of chi-distributed lengths, so that every row is N(0, I/width^2) and inner products are those of
the RBF kernel in expectation. Any f with sqrt(D/2) |f_j| <= 1 has the pre-images x with
A x + b = +- arccos(sqrt(D/2) f) + 2 pi k, whatever sign and k each number has.

Features with a pre-image are due to Chen, Huang & Weng 2024, who draw all of A independently and take arccos itself.
Ours: orthogonal rows, which amplify no error (the square matrix of independent numbers has a condition number of some
D), and the sign and k nearest to the phases of a given image, which keep the result near it.
Letters: B images of D numbers.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from ddcore.randomness import Randomness


@dataclass(frozen=True, eq=False)
class InvertibleFourier:
    """The map of one draw."""

    directions: torch.Tensor  # Q (D, D) float64, orthonormal rows
    lengths: torch.Tensor  # S / width (D,)
    phases: torch.Tensor  # b (D,)

    @classmethod
    def draw(cls, size: int, width: float, rng: Randomness, device: str) -> "InvertibleFourier":
        """For images of `size` numbers: the RBF kernel of `width`, drawn on the CPU."""
        generator = rng.numpy("invertible-features")
        directions, triangle = np.linalg.qr(generator.standard_normal((size, size)))
        directions *= np.where(np.diag(triangle) < 0, -1, 1)  # else it is not uniform (Mezzadri 2007)
        lengths, phases = np.sqrt(generator.chisquare(size, size)) / width, generator.uniform(0, 2 * math.pi, size)
        return cls(*(torch.as_tensor(array, device=device) for array in (directions, lengths, phases)))

    def of(self, images: torch.Tensor) -> torch.Tensor:
        """(B, D) float64 of `images` (B, ...)."""
        return self._scale * torch.cos(self._angles(images))

    def images_with(self, features: torch.Tensor, near: torch.Tensor) -> tuple[torch.Tensor, float]:
        """(images (B, D) float64, c >= 1): their features are `features` (B, D) / c, c = 1 if all are within bounds.

        `near` (B, ...) are the images whose phases decide which of the pre-images it is.
        """
        relative = features / self._scale
        shrunk = max(1.0, relative.abs().max().item())
        angle, start = torch.arccos((relative / shrunk).clamp(-1, 1)), self._angles(near)
        plus, minus = (at + 2 * math.pi * ((start - at) / (2 * math.pi)).round() for at in (angle, -angle))
        nearest = torch.where((plus - start).abs() <= (minus - start).abs(), plus, minus)
        return ((nearest - self.phases) / self.lengths) @ self.directions, shrunk

    @property
    def _scale(self) -> float:
        return math.sqrt(2 / len(self.phases))

    def _angles(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1).double() @ self.directions.T * self.lengths + self.phases
