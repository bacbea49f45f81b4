"""Seeds that stand alone, and seeds that are one and the same: by their nearest fellows."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

NEAREST = 5  # fellows that a seed is held against
ANCHORS = 5_000  # seeds of a longer list that stand for all of it
BLOCK = 2_048
ALIKE = 0.9  # Jaccard index of the interactions of near-duplicates
LEAST_ITEMS = 5  # two users who did less do the same by chance


def nearest(
    rows: NDArray[np.float32], anchors: NDArray[np.int64], lines: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Find the nearest fellows of users among the anchors.

    Args:
        rows: Vectors of length 1, shape (users, d).
        anchors: Lines of `rows` that stand for the list, shape (A,), A at least 2.
        lines: Lines to look at; a line is never its own fellow.

    Returns:
        The mean cosine to the nearest five (or as many as there are), shape (lines,), and which
        lines these are, shape (lines, nearest).
    """
    count = min(NEAREST, len(anchors) - 1)
    closeness, fellows = np.empty(len(lines)), np.empty((len(lines), count), np.int64)
    for start in range(0, len(lines), BLOCK):
        block = lines[start : start + BLOCK]
        cosines = rows[block] @ rows[anchors].T
        cosines[block[:, None] == anchors] = -np.inf
        places = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        closeness[start : start + BLOCK] = np.take_along_axis(cosines, places, axis=1).mean(axis=1)
        fellows[start : start + BLOCK] = anchors[places]
    return closeness, fellows


def outliers(
    seeds: NDArray[np.float32], users: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Find the seeds that are less like their nearest fellows than the usual user is.

    The bound is the median closeness of random users to the list: of a list that is a random draw
    itself, half stand alone.

    Args:
        seeds: Whitened vectors of length 1, shape (P, d), P at least 3.
        users: The same of random eligible users outside the list, shape (U, d).
        rng: Draws the anchors of a long list.

    Returns:
        Who stands alone, shape (P,), and the nearest fellows of each seed, shape (P, nearest).
    """
    anchors = np.arange(len(seeds))
    if len(seeds) > ANCHORS:
        anchors = np.sort(rng.choice(anchors, ANCHORS, replace=False))
    closeness, fellows = nearest(seeds, anchors, np.arange(len(seeds)))
    everybody = np.concatenate([seeds, users])
    strangers, _ = nearest(everybody, anchors, np.arange(len(seeds), len(everybody)))
    alone = closeness < np.median(strangers) if len(users) else np.zeros(len(seeds), bool)
    return alone, fellows


def copies(items: sp.csr_matrix, fellows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the seeds whose interactions are those of another seed, but for one of each such set.

    Two seeds are the same when both have at least five items and these are exactly the same, or
    nearly (Jaccard index 0.9) and they are near fellows.

    Args:
        items: Who has which item, 0/1, CSR, shape (P, items).
        fellows: Near fellows of each seed, shape (P, nearest).
    """
    count = items.shape[0]
    sizes = np.diff(items.indptr)
    first: dict[bytes, int] = {}
    pairs = []
    for seed in np.flatnonzero(sizes >= LEAST_ITEMS).tolist():
        held = np.sort(items.indices[items.indptr[seed] : items.indptr[seed + 1]]).tobytes()
        pairs.append((first.setdefault(held, seed), seed))
    ones, others = np.repeat(np.arange(count), fellows.shape[1]), fellows.ravel()
    both = np.empty(len(ones))
    for start in range(0, len(ones), BLOCK):
        part = slice(start, start + BLOCK)
        both[part] = np.asarray(items[ones[part]].multiply(items[others[part]]).sum(axis=1)).ravel()
    union = sizes[ones] + sizes[others] - both
    near = (both >= ALIKE * union) & (np.minimum(sizes[ones], sizes[others]) >= LEAST_ITEMS)
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    starts = np.concatenate([ends[:, 0], ones[near]])
    stops = np.concatenate([ends[:, 1], others[near]])
    graph = sp.csr_matrix((np.ones(len(starts)), (starts, stops)), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    kept = np.unique(label, return_index=True)[1]
    return ~np.isin(np.arange(count), kept)
