"""Ridge regression: Gram matrices, leverage scores, kernels, and kernel ridge regression on a small support."""
