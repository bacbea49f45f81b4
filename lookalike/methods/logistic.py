"""L2 logistic regression on the raw sparse features: the regression-based baseline."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.pool import Block, Pool
from lookalike.progress import Progress

GRID = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # inverse regularisation strengths, C
PAST_BEST = 2  # this many worse values in a row end the search: the loss has one minimum
INNER_FOLDS = 3
MOST_NEGATIVES = 50_000
INNER_NEGATIVES = 10_000  # enough to choose C
TOTAL_WEIGHT = 10_000.0  # of every sample, so that a C means the same whatever the sample's size
TOLERANCE = 1e-3  # of the optimiser; tighter changes no ranking that was looked at


@dataclass(frozen=True, eq=False, slots=True)
class Linear:
    """A weight for each raw feature, shape (features,); the intercept changes no ranking."""

    weights: NDArray[np.float64]
    strength: float

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return the linear scores of the block's users."""
        return np.asarray(block.sparse @ self.weights, np.float32)


def fit_logistic(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> Linear:
    """Fit on all seeds against the other eligible users (50,000 of them at most).

    C comes from a grid, by inner validation on the seeds: those of three folds in turn are held
    out, and the C with the best mean of their log-ranks is taken.

    Raises:
        BadInput: The workspace has no raw features.
    """
    if pool.sparse.shape[1] == 0:
        raise BadInput(
            "There are no raw features for logistic regression.",
            "Import interactions, attributes or features.",
        )
    negatives = pool.negatives(positives, MOST_NEGATIVES, rng)
    inner = negatives
    if len(negatives) > INNER_NEGATIVES:
        inner = np.sort(rng.choice(negatives, INNER_NEGATIVES, replace=False))
    folds = min(INNER_FOLDS, len(positives))
    fold_of = rng.permutation(len(positives)) % folds
    starts: list[NDArray[np.float64] | None] = [None] * folds
    lost: list[float] = []
    for place, strength in enumerate(GRID):
        progress.at(place / (len(GRID) + 1), "Choosing the regularisation")
        total = 0.0
        for fold in range(folds):
            held = fold_of == fold
            # the held-out seeds are in the pool, so they are among the negatives here as in life
            others = np.concatenate([inner, positives[held]])
            solved = _solve(pool, positives[~held], weights[~held], others, strength, starts[fold])
            starts[fold] = solved
            scores = pool.sparse[others] @ solved[:-1]
            total += _mean_log_rank(scores, len(inner)) * held.sum()
        lost.append(total)
        if place - int(np.argmin(lost)) >= PAST_BEST:
            break
    best = GRID[int(np.argmin(lost))]
    return Linear(_solve(pool, positives, weights, negatives, best, None)[:-1], best)


def _mean_log_rank(scores: NDArray[np.float64], negatives: int) -> float:
    """Mean ln(1 + rank) of the held-out seeds, which stand behind the negatives."""
    ordered = np.sort(scores[:negatives])
    ranks = negatives - np.searchsorted(ordered, scores[negatives:], side="right")
    return float(np.log1p(ranks).mean())


def _solve(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    negatives: NDArray[np.int64],
    strength: float,
    start: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Return the weights and, last, the intercept; classes are balanced."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    rows = np.concatenate([positives, negatives])
    sample = sp.csr_matrix(pool.sparse[rows], dtype=np.float64)
    labels = np.zeros(len(rows))
    labels[: len(positives)] = 1
    balance = np.ones(len(rows))
    balance[: len(positives)] = weights / weights.sum() * len(negatives)
    balance *= TOTAL_WEIGHT / balance.sum()
    model = LogisticRegression(C=strength, tol=TOLERANCE, max_iter=300, warm_start=start is not None)
    if start is not None:
        model.coef_, model.intercept_, model.classes_ = (
            start[None, :-1],
            start[-1:],
            np.array([0.0, 1.0]),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(sample, labels, sample_weight=balance)
    return np.concatenate([model.coef_[0], model.intercept_])
