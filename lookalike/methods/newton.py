"""Many weighted logistic regressions on the same sparse rows, solved side by side."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch.nn import functional

STEPS = 30  # of Newton; a handful is usual
INNER_STEPS = 60  # of conjugate gradients in each
LOOSE = 0.25  # a step need not be exact while the gradient is large
HALVINGS = 20
DAMPING = 0.0025  # of the intercept, beside a total weight: a hundredth of its largest curvature
ENOUGH = 1e-4  # of the decrease that the slope promises (Armijo)


@torch.inference_mode()
def solve(
    rows: sp.csr_matrix,
    labels: NDArray[np.bool_],
    weights: NDArray[np.float32],
    start: NDArray[np.float32] | None = None,
    tolerance: float = 1e-2,
) -> NDArray[np.float32]:
    """Minimise |w|^2 / 2 + sum_i a_i log(1 + exp(-s_i (x_i w + b))) for each column.

    Newton's method whose steps are found by conjugate gradients with a diagonal preconditioner
    (Lin, Weng & Keerthi 2008); a column leaves when it is done. The columns share every product
    with the matrix, which is where the time goes.

    Args:
        rows: The sample, float32, shape (n, features).
        labels: Which rows are positive in each problem, shape (n, problems).
        weights: The a_i, float32, shape (n, problems). The larger they are, the weaker is the
            regularisation.
        start: Where to begin, as returned; zeros by default.
        tolerance: A column is done when its gradient is this small beside the gradient at zero.

    Returns:
        The weights and, in the last line, the intercepts, shape (features + 1, problems).
    """
    # an intercept is the weight of a feature that is 1 for everybody
    joined = sp.hstack([rows, np.ones((rows.shape[0], 1), np.float32)], format="csr")
    turned = joined.T.tocsr()
    ahead, back, squares = _tensor(joined), _tensor(turned), _tensor(turned.power(2))
    shrunk = torch.ones(joined.shape[1], 1)
    shrunk[-1] = 0
    sides = torch.from_numpy(np.where(labels, np.float32(1), np.float32(-1)))
    importance = torch.from_numpy(weights)
    ridge = torch.ones(joined.shape[1], labels.shape[1])
    ridge[-1] = DAMPING * importance.sum(dim=0)
    solved = torch.zeros(joined.shape[1], labels.shape[1])
    if start is not None:
        solved += torch.from_numpy(start)
    at_zero = (back @ (sides * importance / 2)).norm(dim=0)
    margins = ahead @ solved
    left = torch.arange(labels.shape[1])
    for _ in range(STEPS):
        wrong = torch.sigmoid(-sides[:, left] * margins[:, left])
        part = importance[:, left]
        gradient = shrunk * solved[:, left] - back @ (sides[:, left] * part * wrong)
        length = gradient.norm(dim=0)
        going = length > tolerance * at_zero[left]
        if not going.any():
            break
        left, gradient, length = left[going], gradient[:, going], length[going]
        curvature = (part * wrong * (1 - wrong))[:, going]
        aim = length * (length / at_zero[left]).sqrt().clamp(max=LOOSE)
        step = _step(ahead, back, squares, curvature, ridge[:, left], gradient, aim)
        moved = ahead @ step
        share = _share(
            sides[:, left] * margins[:, left],
            sides[:, left] * moved,
            importance[:, left],
            shrunk * solved[:, left],
            shrunk * step,
            (gradient * step).sum(dim=0),
        )
        solved[:, left] += share * step
        margins[:, left] += share * moved
        left = left[share > 0]
    return solved.numpy()


def _tensor(held: sp.csr_matrix) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(held.indptr),
            torch.from_numpy(held.indices),
            torch.from_numpy(held.data),
            held.shape,
            check_invariants=False,
        )


def _step(
    ahead: torch.Tensor,
    back: torch.Tensor,
    squares: torch.Tensor,
    curvature: torch.Tensor,
    ridge: torch.Tensor,
    gradient: torch.Tensor,
    aim: torch.Tensor,
) -> torch.Tensor:
    """Solve Hessian x step = -gradient, each column until its residual is as short as its aim."""
    step = torch.zeros_like(gradient)
    diagonal = squares @ curvature + ridge
    residual = -gradient
    direction = residual / diagonal
    product = (residual * direction).sum(dim=0)
    for _ in range(INNER_STEPS):
        going = residual.norm(dim=0) > aim
        if not going.any():
            break
        bent = back @ (curvature * (ahead @ direction)) + ridge * direction
        length = torch.where(going, product / (direction * bent).sum(dim=0), 0.0)
        step.addcmul_(direction, length)
        residual.addcmul_(bent, length, value=-1)
        eased = residual / diagonal
        before, product = product, (residual * eased).sum(dim=0)
        direction = torch.where(going, eased + product / before * direction, direction)
    return step


def _share(
    margins: torch.Tensor,
    moved: torch.Tensor,
    importance: torch.Tensor,
    solved: torch.Tensor,
    step: torch.Tensor,
    slope: torch.Tensor,
) -> torch.Tensor:
    """Halve each column's step until its loss falls enough; 0 where it never does."""

    def loss(share: torch.Tensor | float) -> torch.Tensor:
        each = functional.softplus(-margins - share * moved)
        penalty = (solved + share * step).square().sum(dim=0, dtype=torch.float64) / 2
        return penalty + (importance * each).sum(dim=0, dtype=torch.float64)

    before, share = loss(0.0), torch.ones_like(slope)
    for _ in range(HALVINGS):
        failing = loss(share) > before + ENOUGH * share * slope
        if not failing.any():
            return share
        share = torch.where(failing, share / 2, share)
    return torch.where(failing, 0.0, share)
