"""L2 logistic regression on tf-idf rows: rare features count more, busy users no more than others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.methods.heads import unusual
from lookalike.methods.logistic import regression
from lookalike.pool import Pool, Users
from lookalike.progress import Progress

FIRST = (0.1, 0.3, 1.0)  # C on rows of length 1, which are shorter than the raw ones


@dataclass(frozen=True, eq=False, slots=True)
class TfIdf:
    """A weight for each feature of rows that are scaled by rarity and then to length 1.

    Attributes:
        rarity: ln(N / n) of each feature, n of N users having it, shape (features,).
        weights: Shape (features,).
        strength: C.
    """

    rarity: NDArray[np.float32]
    weights: NDArray[np.float32]
    strength: float

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the linear scores of users."""
        return np.asarray(scaled(users.sparse, self.rarity) @ self.weights, np.float32)


def rarity(pool: Pool) -> NDArray[np.float32]:
    """Return ln(N / n) for each raw feature, float32, shape (features,); the same for all lists."""
    if "rarity" not in pool.shared:
        having = np.bincount(pool.sparse.indices, minlength=pool.sparse.shape[1])
        pool.shared["rarity"] = np.log(len(pool) / np.maximum(having, 1)).astype(np.float32)
    return pool.shared["rarity"]


def scaled(rows: sp.csr_matrix, rare: NDArray[np.float32]) -> sp.csr_matrix:
    """Multiply the features by their rarity and scale each row to length 1; empty rows stay."""
    cells = rows.data * rare[rows.indices]
    cells *= np.repeat(unusual(rows, rare), np.diff(rows.indptr))
    return sp.csr_matrix((cells, rows.indices, rows.indptr), shape=rows.shape)


def fit_logistic_tfidf(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> TfIdf:
    """Fit as `logistic` does, C chosen likewise, on tf-idf rows.

    Raises:
        BadInput: The workspace has no raw features.
    """
    rare = rarity(pool)
    found, strength = regression(
        pool,
        lambda users: scaled(pool.sparse[users], rare),
        positives,
        weights,
        rng,
        progress,
        first=FIRST,
    )
    return TfIdf(rare, found, strength)
