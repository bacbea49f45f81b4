"""Past lists cut into episodes: some users are the seeds, others of the same list are to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.past_heads import LARGEST_SHARE, SMALLEST
from lookalike.pool import Pool

FEWEST_SEEDS, MOST_SEEDS = 3, 60
QUERIES = 20  # users of a list that are to be found
MOST_USERS = 50_000  # that episodes are drawn from


@dataclass(frozen=True, eq=False, slots=True)
class Lists:
    """Past lists among some users of a pool.

    Attributes:
        users: Their positions in the pool, ascending, shape (n,).
        members: Places in `users` of each list's users, one list after the other.
        starts: Where each list begins in `members` and the last one ends, shape (J + 1,).
        chance: How likely each list is drawn, shape (J,).
    """

    users: NDArray[np.int64]
    members: NDArray[np.int32]
    starts: NDArray[np.int64]
    chance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.chance)

    def of(self, place: int) -> NDArray[np.int32]:
        """Return the places of a list's users."""
        return self.members[self.starts[place] : self.starts[place + 1]]


@dataclass(frozen=True, eq=False, slots=True)
class Episodes:
    """Some lists, each with seeds and with others to be found; 0 stands where there are no more.

    Attributes:
        seeds: Places of users, shape (B, P).
        weights: 1 for a seed, 0 where there is none, float32, shape (B, P).
        queries: Places of users of the same list, none of them a seed, shape (B, Q).
        asked: 1 for a query, 0 where there is none, float32, shape (B, Q).
    """

    seeds: NDArray[np.int64]
    weights: NDArray[np.float32]
    queries: NDArray[np.int64]
    asked: NDArray[np.float32]


def past_lists(pool: Pool, rng: np.random.Generator) -> Lists:
    """Return the items of a pool as lists, each size on the scale of its logarithm as likely."""
    users = np.arange(len(pool))
    if len(users) > MOST_USERS:
        users = np.sort(rng.choice(users, MOST_USERS, replace=False))
    held = pool.sparse[users][:, : pool.features.items].tocsc()
    sizes = np.diff(held.indptr)
    kept = np.flatnonzero((sizes >= SMALLEST) & (sizes <= LARGEST_SHARE * len(users)))
    held = held[:, kept]
    bins = np.floor(np.log(np.maximum(sizes[kept], 1)) * 2).astype(np.int64)
    chance = 1.0 / np.bincount(bins)[bins] if len(bins) else np.zeros(0)
    return Lists(
        users, held.indices.astype(np.int32), held.indptr.astype(np.int64), chance / max(chance.sum(), 1)
    )


def drawn(lists: Lists, count: int, rng: np.random.Generator) -> Episodes:
    """Draw episodes: from 3 to 60 seeds, even in the logarithm, and up to 20 others of the list."""
    seeds = np.zeros((count, MOST_SEEDS), np.int64)
    queries = np.zeros((count, QUERIES), np.int64)
    weights, asked = (np.zeros(one.shape, np.float32) for one in (seeds, queries))
    for line, place in enumerate(rng.choice(len(lists), count, p=lists.chance).tolist()):
        mixed = rng.permutation(lists.of(place))
        most = min(MOST_SEEDS, len(mixed) - FEWEST_SEEDS)
        size = int(np.exp(rng.uniform(np.log(FEWEST_SEEDS), np.log(most + 1))))
        rest = mixed[size : size + QUERIES]
        seeds[line, :size], weights[line, :size] = mixed[:size], 1
        queries[line, : len(rest)], asked[line, : len(rest)] = rest, 1
    widest = int(weights.sum(axis=1).max())
    return Episodes(seeds[:, :widest], weights[:, :widest], queries, asked)
