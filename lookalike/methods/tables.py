"""Hash tables of all users, shared by every list: who falls into a region with whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.pool import Pool

CELLS = 32_000_000  # of users x tables, which bounds memory and the time to hash
TABLES = (32, 256)  # at least and at most; more of them find more, up to here
MOST_HASHES = 128  # tables of MinHash, whose users have more features than columns
MOST_PLANES = 16
ROOMY = 8  # users in a region of random planes at its deepest, on average
RANDOM_STATE = 2019


@dataclass(frozen=True, eq=False, slots=True)
class Depth:
    """The regions of one depth in each table; deeper ones lie within them.

    Attributes:
        name: What people call it, such as "6 planes".
        codes: Unsigned or int32, shape (tables, positions).
        shift: A region is its code without so many of the last bits.
        sizes: Eligible users in each region, float32, shape (tables, regions).
    """

    name: str
    codes: NDArray[np.integer]
    shift: int
    sizes: NDArray[np.float32]

    def regions(self, positions: NDArray[np.int64] | slice) -> NDArray[np.integer]:
        """Return the region of each position in each table, shape (tables, positions)."""
        return self.codes[:, positions] >> self.shift

    def counts(
        self, positions: NDArray[np.int64], weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float32]:
        """Add up positions (or their weights) by region, shape (tables, regions)."""
        return _counted(self.regions(positions), self.sizes.shape[1], weights)


def hyperplane_tables(pool: Pool) -> list[Depth]:
    """Return the tables of random planes, made once for a pool; a region is a cone of 2, 4, … planes."""
    if "hyperplanes" not in pool.shared:
        pool.shared["hyperplanes"] = _hyperplane_tables(pool)
    return pool.shared["hyperplanes"]


def hyperplane_codes(
    pool: Pool, tables: int, planes: int, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Say on which side of random planes through the centre each whitened vector lies.

    Two users at an angle theta are on the same side of a plane with probability 1 - theta / pi
    (Charikar 2002).

    Returns:
        Numbers whose bits are the sides, the first plane's the highest, shape (tables, positions).
    """
    mean, whitening = (part.astype(np.float32) for part in pool.vectors.core_whitening)
    normals = rng.standard_normal((planes, len(mean), tables), np.float32)
    codes = np.zeros((tables, len(pool)), np.uint16)
    for block in pool.blocks():
        users = (block.core - mean) @ whitening
        for normal in normals:
            codes[:, block.positions] <<= 1
            codes[:, block.positions] |= (users @ normal >= 0).T
    return codes


def minhash_tables(pool: Pool) -> list[Depth]:
    """Return the tables of MinHash, made once for a pool: one shared value a region, or two."""
    if "minhashes" not in pool.shared:
        pool.shared["minhashes"] = _minhash_tables(pool)
    return pool.shared["minhashes"]


def minhashes(pool: Pool, hashes: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return the place, in each of some random orders of the features, of each user's first one.

    Two users share it with a probability that is the Jaccard similarity of their sets of features
    (Broder 1997). Values do not count, only whether they are 0; whoever has none comes last.

    Returns:
        Places from 0, shape (hashes, positions).
    """
    features = pool.sparse.shape[1]
    orders = np.stack([rng.permutation(features).astype(np.int32) for _ in range(hashes)])
    found = np.full((hashes, len(pool)), features, np.int32)
    for block in pool.blocks():
        sets = block.sparse
        some = np.flatnonzero(np.diff(sets.indptr))
        if len(some):
            own = np.arange(len(pool))[block.positions][some]
            starts = sets.indptr[:-1][some]
            for each, order in enumerate(orders):
                found[each, own] = np.minimum.reduceat(order[sets.indices], starts)
    return found


def _hyperplane_tables(pool: Pool) -> list[Depth]:
    tables = int(np.clip(CELLS // len(pool), *TABLES))
    planes = int(np.clip(np.log2(len(pool.eligible) / ROOMY), 2, MOST_PLANES))
    codes = hyperplane_codes(pool, tables, planes, np.random.default_rng(RANDOM_STATE))
    return [
        Depth(
            f"{kept} planes",
            codes,
            planes - kept,
            _counted(codes[:, pool.eligible] >> (planes - kept), 2**kept),
        )
        for kept in range(2, planes + 1, 2)
    ]


def _minhash_tables(pool: Pool) -> list[Depth]:
    if pool.sparse.shape[1] == 0:
        return []
    hashes = int(min(np.clip(CELLS // len(pool), *TABLES), MOST_HASHES))
    first = minhashes(pool, hashes, np.random.default_rng(RANDOM_STATE))
    both = np.empty_like(first)
    for each in range(hashes):
        # the second value of a table is the first of the next one, which saves half of the hashing
        pair = first[each].astype(np.int64) * (pool.sparse.shape[1] + 1) + first[(each + 1) % hashes]
        both[each] = np.unique(pair, return_inverse=True)[1]
    return [
        Depth(name, codes, 0, _counted(codes[:, pool.eligible], int(codes.max()) + 1))
        for name, codes in (("1 shared feature", first), ("2 shared features", both))
    ]


def _counted(
    regions: NDArray[np.integer], count: int, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float32]:
    return np.stack([
        np.bincount(own, weights, minlength=count).astype(np.float32) for own in regions
    ])  # fmt: skip
