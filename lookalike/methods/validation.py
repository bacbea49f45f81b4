"""Inner validation: what a method's own settings are chosen by, on the list itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
OFFSET = 0.02  # within the first few percent of users an audience does not care who comes first


def folds_for(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Assign seeds to five folds at random (fewer where there are fewer seeds)."""
    return rng.permutation(count) % min(FOLDS, count)


def loss_of_ranks(negatives: NDArray[np.floating], held: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ln(.02 + share of negatives that score no lower), for each held-out seed.

    Less noisy than recall on few seeds, and more about the top than AUC.

    Args:
        negatives: Their scores, shape (n,).
        held: Scores of the held-out seeds, shape (h,).
    """
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, held, side="left")
    return np.log(OFFSET + 1.0 - below / len(ordered))
