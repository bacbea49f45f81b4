"""Ridge regression that knows what the heads of past lists have in common: for lists of a few seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.head_prior import expected_mean, prior_of
from lookalike.methods.past_heads import Rows, rows_of
from lookalike.pool import Pool, Users
from lookalike.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class PriorHead:
    """A weight for each core column, and a division by the root of the user's length.

    Attributes:
        rows: How users become rows.
        weights: Of the core columns, float32, shape (d,).
        shift: What is added before the division.
        past_lists: How many past lists had a say; 0 where there were too few, and it is a ridge.
    """

    rows: Rows
    weights: NDArray[np.float32]
    shift: float
    past_lists: int

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return linear scores of the users' rows, up to a constant, shape (users,)."""
        scores: NDArray[np.float32] = users.core @ self.weights + np.float32(self.shift)
        return scores / users.each("roots", self.rows.roots)


def fit_ridge_prior(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,
) -> PriorHead:
    """Expect the mean row of the list's users from the seeds' and the prior, and regress on it."""
    prior, rows = prior_of(pool), rows_of(pool)
    if not prior.lists:
        progress.at(1.0, "Too few past lists to learn from: a plain ridge regression")
    row = np.average(rows.of(pool.at(positives)), axis=0, weights=weights).astype(np.float64)
    seeds = float(weights.sum() ** 2 / (weights**2).sum())
    head = (prior.ridge @ expected_mean(prior, row, seeds)).astype(np.float32)
    column: NDArray[np.float32] = rows.white @ head
    return PriorHead(rows, column, float(-rows.mean @ column), prior.lists)
