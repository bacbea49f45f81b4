"""L2 logistic regression on the raw sparse features: the regression-based baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.methods.newton import solve
from lookalike.methods.validation import folds_for, loss_of_ranks
from lookalike.pool import Pool, Users
from lookalike.progress import Progress

GRID = tuple(round(base * 10.0**power, 6) for power in range(-5, 3) for base in (1, 3))  # C
FIRST = (0.001, 0.003, 0.01)  # tried first; the search goes on while the best is at the edge
MOST_NEGATIVES = 50_000
INNER_NEGATIVES = (2_000, 10_000)  # at least and at most; twice the seeds in between
TOTAL_WEIGHT = 10_000.0  # of every sample, so that a C means the same whatever the sample's size
SEARCH_TOLERANCE, TOLERANCE = 3e-2, 1e-3  # tighter changes no ranking that was looked at

RowsOf = Callable[[NDArray[np.int64]], sp.csr_matrix]


@dataclass(frozen=True, eq=False, slots=True)
class Linear:
    """A weight for each raw feature, shape (features,); the intercept changes no ranking."""

    weights: NDArray[np.float32]
    strength: float

    def score(self, users: Users) -> NDArray[np.float32]:
        """Return the linear scores of users."""
        return np.asarray(users.sparse @ self.weights, np.float32)


def fit_logistic(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
) -> Linear:
    """Fit on all seeds against the other eligible users (50,000 of them at most).

    Raises:
        BadInput: The workspace has no raw features.
    """
    return Linear(*regression(pool, lambda users: pool.sparse[users], positives, weights, rng, progress))


def regression(
    pool: Pool,
    rows_of: RowsOf,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    grid: tuple[float, ...] = GRID,
    first: tuple[float, ...] = FIRST,
) -> tuple[NDArray[np.float32], float]:
    """Choose C by inner validation on the seeds and fit with it.

    The seeds of each inner fold in turn are held out, and the C that ranks them best is taken. The
    search begins with `first` and goes on, value by value, until both neighbours of the best are
    worse or the grid ends.

    Args:
        pool: Where negatives come from.
        rows_of: The features of some positions, CSR float32.
        positives: Positions of the seeds.
        weights: Theirs.
        rng: Chance.
        progress: Hears of every step of the search.
        grid: All values of C, ascending.
        first: Neighbours in the grid.

    Returns:
        A weight for each feature, and C.

    Raises:
        BadInput: The workspace has no raw features.
    """
    if pool.sparse.shape[1] == 0:
        raise BadInput(
            "There are no raw features for logistic regression.",
            "Import interactions, attributes or features.",
        )
    count = len(positives)
    negatives = pool.negatives(positives, MOST_NEGATIVES, rng)
    few = int(np.clip(2 * count, *INNER_NEGATIVES))
    inner = negatives if len(negatives) <= few else np.sort(rng.choice(negatives, few, replace=False))
    fold_of = folds_for(count, rng)
    sample = rows_of(np.concatenate([positives, inner]))
    solved: dict[int, NDArray[np.float32]] = {}

    def losses(wanted: list[int]) -> dict[int, float]:
        progress.at(0.9 * len(solved) / len(grid), "Choosing the regularisation")
        near = solved[min(solved, key=lambda place: abs(place - wanted[0]))] if solved else None
        found = _validated(sample, weights, fold_of, [grid[place] for place in wanted], near)
        solved.update(zip(wanted, found, strict=True))
        return {place: _loss(sample @ solved[place][:-1], fold_of) for place in wanted}

    best = search([grid.index(strength) for strength in first], len(grid), losses)
    progress.at(0.9, "Fitting on all seeds")
    labels, importance = problem(count, len(negatives), weights, np.zeros((count, 1), bool))
    everybody = rows_of(np.concatenate([positives, negatives]))
    start = solved[best].mean(axis=1, keepdims=True)
    fitted = solve(everybody, labels, np.float32(grid[best]) * importance, start, TOLERANCE)
    return fitted[:-1, 0], grid[best]


def search(first: list[int], count: int, losses: Callable[[list[int]], dict[int, float]]) -> int:
    """Walk along a grid from a few neighbours until both sides of the best are worse or end.

    Args:
        first: Places to begin with.
        count: Places of the grid.
        losses: Says the loss at some places.

    Returns:
        The best place.
    """
    lost: dict[int, float] = {}
    wanted = first
    while wanted:
        lost |= losses(wanted)
        best = min(lost, key=lambda place: lost[place])
        sides = (best - 1, best + 1)
        wanted = [place for place in sides if 0 <= place < count and place not in lost]
    return best


def problem(
    count: int, others: int, weights: NDArray[np.float64], held: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Return labels and weights of seeds and others, a column for each column of `held`.

    Held-out seeds are in the pool, so they are among the negatives here as in life. Both classes
    weigh the same.

    Args:
        count: Seeds, which stand first.
        others: Users after them.
        weights: Of the seeds, shape (count,).
        held: Which seeds a problem holds out, shape (count, problems).
    """
    labels = np.zeros((count + others, held.shape[1]), bool)
    labels[:count] = ~held
    importance = np.ones(labels.shape)
    importance[:count] = np.where(held, 1.0, weights[:, None])
    half = TOTAL_WEIGHT / 2
    inside = half * importance / np.sum(importance * labels, axis=0)
    outside = half * importance / np.sum(importance * ~labels, axis=0)
    return labels, np.where(labels, inside, outside).astype(np.float32)


def _validated(
    sample: sp.csr_matrix,
    weights: NDArray[np.float64],
    fold_of: NDArray[np.int64],
    strengths: list[float],
    near: NDArray[np.float32] | None,
) -> list[NDArray[np.float32]]:
    """Return, for each C, the solutions of all folds side by side."""
    held = fold_of[:, None] == np.arange(fold_of.max() + 1)
    labels, importance = problem(len(held), sample.shape[0] - len(held), weights, held)
    scaled = np.hstack([np.float32(strength) * importance for strength in strengths])
    start = None if near is None else np.tile(near, len(strengths))
    found = solve(sample, np.tile(labels, len(strengths)), scaled, start, SEARCH_TOLERANCE)
    return np.split(found, len(strengths), axis=1)


def _loss(margins: NDArray[np.float32], fold_of: NDArray[np.int64]) -> float:
    """Mean loss of the held-out seeds; margins of the seeds stand first, a column for each fold."""
    seeds, others = margins[: len(fold_of)], margins[len(fold_of) :]
    losses = [
        loss_of_ranks(others[:, fold], seeds[fold_of == fold, fold]) for fold in range(seeds.shape[1])
    ]
    return float(np.concatenate(losses).mean())
