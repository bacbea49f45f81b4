"""Two lines that every method has to beat: chance, and simply being active."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.pool import Block, Pool
from lookalike.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class Given:
    """Hands out scores that were known before any fitting, shape (positions,)."""

    scores: NDArray[np.float32]

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return the scores of the block's positions."""
        return self.scores[block.positions]


def fit_random(
    pool: Pool,
    positives: NDArray[np.int64],  # noqa: ARG001 - the contract of every method
    weights: NDArray[np.float64],  # noqa: ARG001
    rng: np.random.Generator,
    progress: Progress,  # noqa: ARG001
) -> Given:
    """Rank by chance."""
    return Given(rng.random(len(pool), dtype=np.float32))


def fit_activity(
    pool: Pool,
    positives: NDArray[np.int64],  # noqa: ARG001 - the contract of every method
    weights: NDArray[np.float64],  # noqa: ARG001
    rng: np.random.Generator,  # noqa: ARG001
    progress: Progress,  # noqa: ARG001
) -> Given:
    """Rank by activity: the most active users first, whoever the seeds are."""
    return Given(pool.activity)
