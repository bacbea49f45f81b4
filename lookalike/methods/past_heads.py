"""Every item with its users as a past list: the mean rows of all of them, in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.pool import Pool, Users

SMALLEST = 12  # users of an item whose mean row says something
LARGEST_SHARE = 0.5  # of all users; an item of most of them is no list
TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Whitened core columns, each row divided by the root of its length.

    Between the rows as they are, where a few very active users outweigh all others, and rows of
    length 1, where a user of two items says as much as one of two hundred.

    Attributes:
        mean: Of the core columns, float32, shape (d,).
        white: Their whitening, float32, shape (d, d).
    """

    mean: NDArray[np.float32]
    white: NDArray[np.float32]

    def of(self, users: Users) -> NDArray[np.float32]:
        """Return the users' rows, shape (users, d)."""
        rows = self._white(users)
        rows /= _roots(rows)[:, None]
        return rows

    def roots(self, users: Users) -> NDArray[np.float32]:
        """Return the root of the length of each user's whitened row, shape (users,)."""
        return _roots(self._white(users))

    def _white(self, users: Users) -> NDArray[np.float32]:
        return np.asarray((users.core - self.mean) @ self.white, np.float32)


def _roots(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.sqrt(np.maximum(np.linalg.norm(rows, axis=1), TINY)).astype(np.float32)


def rows_of(pool: Pool) -> Rows:
    """Return how a pool's users become rows; made once."""
    if "rows" not in pool.shared:
        mean, white = (part.astype(np.float32) for part in pool.vectors.core_whitening)
        pool.shared["rows"] = Rows(mean, white)
    found: Rows = pool.shared["rows"]
    return found


@dataclass(frozen=True, eq=False, slots=True)
class PastHeads:
    """What J past lists and all users have for rows.

    Attributes:
        means: Mean row of each list's users, shape (J, d).
        sizes: Users of each list, shape (J,).
        within: Covariance of users around their list's mean, pooled over the lists, shape (d, d).
        centre: Mean row of all users, shape (d,).
        total: Covariance of all users' rows, shape (d, d).
        users: How many users there are.
    """

    means: NDArray[np.float64]
    sizes: NDArray[np.float64]
    within: NDArray[np.float64]
    centre: NDArray[np.float64]
    total: NDArray[np.float64]
    users: int


def past_heads(pool: Pool) -> PastHeads:
    """Gather the mean rows of all items that no method is kept from, in one pass over the users."""
    rows, items = rows_of(pool), pool.features.items
    dim, count = pool.vectors.core, len(pool)
    sizes, sums = np.zeros(items), np.zeros((items, dim))
    total, centre, squares = np.zeros((dim, dim)), np.zeros(dim), np.zeros((dim, dim))
    users = np.bincount(pool.sparse.indices, minlength=pool.sparse.shape[1])[:items]
    counts = (users >= SMALLEST) & (users <= LARGEST_SHARE * count)
    for block in pool.blocks():
        own = rows.of(block)
        taken = block.sparse[:, :items][:, counts]
        sums[counts] += taken.T @ own
        sizes[counts] += np.diff(taken.tocsc().indptr)
        busy = np.diff(taken.indptr).astype(np.float32)
        squares += (own * busy[:, None]).T @ own
        total += own.T @ own
        centre += own.sum(axis=0, dtype=np.float64)
    kept_sizes, means = sizes[counts], sums[counts] / sizes[counts, None]
    centre /= count
    # around each list's own mean: the sum of squares less what the means make of it
    spread = squares - (means * kept_sizes[:, None]).T @ means
    within = spread / max(float((kept_sizes - 1).sum()), 1.0)
    return PastHeads(means, kept_sizes, within, centre, total / count - np.outer(centre, centre), count)
