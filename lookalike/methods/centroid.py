"""Similarity to the middle of the list, in whitened embedding space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.pool import Pool, Users
from lookalike.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class Centroid:
    """Cosine of a user's whitened vector to the weighted mean of the seeds' unit vectors."""

    mean: NDArray[np.float32]
    whitening: NDArray[np.float32]
    centre: NDArray[np.float32]

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return cosines (up to the centroid's length), shape (users,)."""
        scores = unit_rows((users.core - self.mean) @ self.whitening) @ self.centre
        return scores.astype(np.float32)


def unit_rows(matrix: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scale each row to length 1; rows of zeros stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix / np.maximum(lengths, np.finfo(np.float32).tiny)


def fit_centroid(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,  # noqa: ARG001
) -> Centroid:
    """Average the seeds' whitened unit vectors."""
    mean, whitening = (part.astype(np.float32) for part in pool.vectors.core_whitening)
    seeds = unit_rows((pool.at(positives).core - mean) @ whitening)
    centre = np.average(seeds, axis=0, weights=weights).astype(np.float32)
    return Centroid(mean, whitening, centre)
