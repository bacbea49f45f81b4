"""Ridge regression that knows what the heads of past lists have in common: for lists of a few seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.head_prior import expected_mean, prior_of
from lookalike.methods.past_heads import Rows, rows_of
from lookalike.pool import Pool, Users
from lookalike.priors import HeadPrior
from lookalike.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class PriorHead:
    """A weight for each core column, and a division by the root of the user's length.

    Attributes:
        rows: How users become rows.
        weights: Of the core columns, float32, shape (d,).
        shift: What is added before the division.
        past_lists: How many past lists had a say; 0 where there were too few, and it is a ridge.
        attentive: Whether the seeds counted by what was learned from past lists, rather than alike.
    """

    rows: Rows
    weights: NDArray[np.float32]
    shift: float
    past_lists: int
    attentive: bool = False

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return linear scores of the users' rows, up to a constant, shape (users,)."""
        scores: NDArray[np.float32] = users.core @ self.weights + np.float32(self.shift)
        return scores / users.each("roots", self.rows.roots)

    @property
    def told(self) -> dict[str, Any]:
        """What is kept with a run, as JSON can hold it."""
        return {"past_lists": self.past_lists, "attentive": self.attentive}


def fit_ridge_prior(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,
) -> PriorHead:
    """Expect the mean row of the list's users from the seeds' and the prior, and regress on it."""
    prior = prior_of(pool)
    if not prior.lists:
        progress.at(1.0, "Too few past lists to learn from: a plain ridge regression")
    return head_of(pool, positives, weights)


def head_of(pool: Pool, positives: NDArray[np.int64], weights: NDArray[np.float64]) -> PriorHead:
    """Return the head that the prior and the seeds make together."""
    prior, rows = prior_of(pool), rows_of(pool)
    row = np.average(rows.of(pool.at(positives)), axis=0, weights=weights).astype(np.float64)
    return head_at(pool, expected_mean(prior, row, effective(weights)))


def head_at(pool: Pool, mean: NDArray[np.float64], *, attentive: bool = False) -> PriorHead:
    """Return the head for users whose mean row, less the centre, is this, shape (d,)."""
    prior, rows = prior_of(pool), rows_of(pool)
    column: NDArray[np.float32] = rows.white @ (prior.ridge @ mean).astype(np.float32)
    return PriorHead(rows, column, float(-rows.mean @ column), prior.lists, attentive)


def without_own(
    pool: Pool, positives: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each seed's score by the head that the other seeds and the prior make, shape (P,).

    On the scale of `head_of` of all seeds: a constant that all users share is that head's.
    """
    prior, rows = prior_of(pool), rows_of(pool)
    own = rows.of(pool.at(positives)).astype(np.float64)
    total, squares = weights.sum(), (weights**2).sum()
    mean = weights @ own / total
    left = np.maximum(total - weights, 1e-12 * total)[:, None]
    others = (total * mean - weights[:, None] * own) / left
    seeds = left**2 / np.maximum(squares - weights**2, 1e-12 * squares)[:, None]
    whole = expected_mean(prior, mean, effective(weights))
    return own_scores(prior, own, expected_mean(prior, others, seeds), whole)


def own_scores(
    prior: HeadPrior,
    own: NDArray[np.float64],
    means: NDArray[np.float64],
    whole: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return each seed's score by a head of its own, on the scale of the head of all seeds, shape (P,).

    Args:
        prior: What past lists have in common.
        own: The seeds' rows, shape (P, d).
        means: The mean row expected without each seed, less the centre, shape (P, d).
        whole: The one expected with all seeds, shape (d,).
    """
    scores: NDArray[np.float64] = ((own - prior.centre) * (means @ prior.ridge.T)).sum(axis=1)
    return scores + prior.centre @ prior.ridge @ whole


def effective(weights: NDArray[np.float64]) -> float:
    """Return how many equal seeds weigh as much (Kish 1965)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
