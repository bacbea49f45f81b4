"""The hybrid that the network replaced: regression and similarity, their ranks averaged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.base import Scorer
from lookalike.methods.logistic import fit_logistic
from lookalike.methods.lsh import fit_lsh
from lookalike.pool import Block, Pool
from lookalike.progress import Progress

MOST_RANKED = 100_000  # users whose scores stand for everybody's
SHARES = (0.5, 0.5)  # of regression and of similarity


@dataclass(frozen=True, eq=False, slots=True)
class Blend:
    """Mean of the places that a user takes among a sample of the pool.

    Attributes:
        parents: The scorers.
        ordered: For each parent, the sample's scores, ascending.
        shares: What each parent counts.
    """

    parents: tuple[Scorer, ...]
    ordered: tuple[NDArray[np.float32], ...]
    shares: tuple[float, ...]

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return mean places, 0 at the bottom and 1 at the top, shape (users,)."""
        found = [
            share * places(ordered, parent.score(block))
            for parent, ordered, share in zip(self.parents, self.ordered, self.shares, strict=True)
        ]
        return np.sum(found, axis=0).astype(np.float32)


def places(ordered: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the share of the sample below each score, ties half, shape (users,)."""
    below = np.searchsorted(ordered, scores, side="left")
    up_to = np.searchsorted(ordered, scores, side="right")
    return (below + up_to) / (2 * len(ordered))


def fit_blend(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    shares: tuple[float, float] = SHARES,
) -> Blend:
    """Fit `logistic` and `lsh` and average their ranks within the pool.

    Raises:
        BadInput: The workspace has no raw features.
    """
    parents = (
        fit_logistic(pool, positives, weights, rng, progress.span(0.0, 0.5)),
        fit_lsh(pool, positives, weights, rng, progress.span(0.5, 1.0)),
    )
    sample = pool.eligible
    if len(sample) > MOST_RANKED:
        sample = np.sort(rng.choice(sample, MOST_RANKED, replace=False))
    block = pool.at(sample)
    return Blend(parents, tuple(np.sort(parent.score(block)) for parent in parents), shares)
