"""Ridge regression quantities as their equations read: n x n kernels, dense inverses, one point at a time."""

import numpy as np
import scipy.linalg


def augmented(features, targets, ridge, weights=None):
    """w_i z_i^T (Z^T W Z + Lambda)^+ z_i, one point after another."""
    weights = np.ones(len(features)) if weights is None else weights
    Z = [np.concatenate([phi, y]) for phi, y in zip(features, targets, strict=True)]
    A = np.diag([ridge] * len(features[0]) + [0.0] * len(targets[0]))
    for w, z in zip(weights, Z, strict=True):
        A = A + w * np.outer(z, z)
    inverse = np.linalg.pinv(A, rcond=1e-11, hermitian=True)
    return np.array([w * z @ inverse @ z for w, z in zip(weights, Z, strict=True)])


def split(features, targets, ridge, weights=None):
    """(leverage, residual) by the n x n kernel: tau = [K (K + lambda)^-1]_ii, r = lambda (K + lambda)^-1 y and
    OPT = y^T r; ridge > 0."""
    root = np.sqrt(np.ones(len(features)) if weights is None else weights)
    K = np.array([[root[i] * root[j] * (a @ b) for j, b in enumerate(features)] for i, a in enumerate(features)])
    Y = root[:, None] * targets
    inverse = np.linalg.inv(K + ridge * np.eye(len(K)))
    R = ridge * inverse @ Y
    optimum = np.linalg.pinv(Y.T @ R, rcond=1e-11, hermitian=True)
    leverage = np.array([K[i] @ inverse[:, i] for i in range(len(K))])
    return leverage, np.array([r @ optimum @ r for r in R])


def shares(features, y, ridge, w):
    """f_i(w) / sum_j f_j(w) with f_i = (<w, phi_i> - y_i)^2 + ridge |w|^2 / n: regularised, one output."""
    costs = np.array([(w @ phi - t) ** 2 + ridge * (w @ w) / len(y) for phi, t in zip(features, y, strict=True)])
    return costs / costs.sum()


def best_fit_for(place, features, y, ridge):
    """The w that gives point `place` the largest share of the squared part (one output, ridge > 0).

    With A = Phi^T Phi + ridge I and w = w* - t A^-1 phi_i the share is (r_i + t tau)^2 / (OPT + t^2 tau), which is
    largest at t = OPT / r_i.
    """
    A = features.T @ features + ridge * np.eye(features.shape[1])
    best = np.linalg.solve(A, features.T @ y)
    residual = y - features @ best
    optimum = residual @ residual + ridge * best @ best
    direction = np.linalg.solve(A, features[place])
    return best - optimum / residual[place] * direction


def certificate(features, targets, ridge, indices, subset_weights, weights=None):
    """sup over all v in R^(D+K) of |cost_C(v) / cost(v) - 1|, by a generalised eigenproblem on the cost's range."""
    weights = np.ones(len(features)) if weights is None else weights
    full, part = quadratic_forms(features, targets, ridge, indices, subset_weights, weights)
    size = np.sqrt(np.diag(full))
    size[size == 0] = 1
    full, part = full / np.outer(size, size), part / np.outer(size, size)
    values, vectors = np.linalg.eigh(full)
    basis = vectors[:, values > 1e-11 * values[-1]]
    if basis.shape[1] == 0:
        return 0.0
    found = scipy.linalg.eigh(basis.T @ (part - full) @ basis, basis.T @ full @ basis, eigvals_only=True)
    return np.abs(found).max()


def quadratic_forms(features, targets, ridge, indices, subset_weights, weights):
    """The matrices (D+K, D+K) of the full cost and of the subset's, regulariser included."""
    Z = np.hstack([features, targets])
    penalty = np.diag([ridge] * features.shape[1] + [0.0] * targets.shape[1])
    full = penalty + sum(w * np.outer(z, z) for w, z in zip(weights, Z, strict=True))
    part = penalty + sum(
        (c * weights[i] * np.outer(Z[i], Z[i]) for i, c in zip(indices, subset_weights, strict=True)),
        np.zeros_like(penalty),
    )
    return full, part
