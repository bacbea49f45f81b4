"""Past campaigns: saved lists, and items, each of which is a list of its users for free."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike import leaks, seeds
from lookalike.errors import NotFound, did_you_mean
from lookalike.features import Features
from lookalike.pool import Pool
from lookalike.workspace import Workspace

SMALLEST = 12  # users of a campaign: three seeds and something to be found
LARGEST = 20_000  # more would only take time and memory
MOST_SHARE = 0.5  # of the users; what nearly everybody does tells nobody apart
BUCKETS = 5
PER_BUCKET = 80  # items of a size
MOST_SAVED = 200  # saved lists, the newest


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """A past campaign.

    Attributes:
        name: "item:<item_id>" or "list:<name>".
        users: Positions of its users, ascending, int64.
        item: Its column among the interactions; -1 for a list.
    """

    name: str
    users: NDArray[np.int64]
    item: int


def find(
    workspace: Workspace, pool: Pool, items: Features, leave_out: Collection[str], seed: int
) -> list[Task]:
    """Find the campaigns to learn from; what is named in `leave_out` is none.

    Args:
        workspace: Where the lists are.
        pool: The users.
        items: Who did what, a line for each of `pool.vectors.rows`.
        leave_out: Items ("item:<item_id>") and lists ("list:<name>").
        seed: Of which items are taken where there are more.

    Raises:
        NotFound: There is no list or item of a name in `leave_out`.
    """
    saved = [one.name for one in seeds.saved(workspace)]
    known = {*items.names, *pool.left_out, *(f"list:{name}" for name in saved)}
    for name in leave_out:
        if name not in known:
            raise NotFound(f"There is no past campaign {name!r}.", did_you_mean(name, known))
    found = _items(pool, items, frozenset(leave_out), np.random.default_rng(seed))
    wanted = [name for name in saved if f"list:{name}" not in leave_out]
    return found + _saved(workspace, pool, wanted)


def _items(
    pool: Pool, items: Features, leave_out: frozenset[str], rng: np.random.Generator
) -> list[Task]:
    """Choose items, as even in the logarithm of their size as there are."""
    by_item = items.matrix.tocsc()
    sizes = np.diff(by_item.indptr)
    largest = min(LARGEST, int(MOST_SHARE * len(pool)))
    may = np.array([name not in leave_out for name in items.names], bool)
    may &= (sizes >= SMALLEST) & (sizes <= largest)
    if not may.any():
        return []
    edges = np.geomspace(SMALLEST, sizes[may].max() + 1, BUCKETS + 1)
    chosen: list[int] = []
    for low, high in itertools.pairwise(edges.tolist()):
        inside = np.flatnonzero(may & (sizes >= low) & (sizes < high))
        chosen += rng.permutation(inside)[:PER_BUCKET].tolist()
    return [
        Task(
            items.names[item],
            np.sort(by_item.indices[by_item.indptr[item] : by_item.indptr[item + 1]]).astype(np.int64),
            item,
        )
        for item in sorted(chosen)
    ]


def _saved(workspace: Workspace, pool: Pool, names: list[str]) -> list[Task]:
    """Take saved lists in; one that an item gives away is that item, which is there already."""
    found: list[Task] = []
    for name in names:
        if len(found) == MOST_SAVED:
            break
        rows = seeds.load(workspace, name).rows
        users = pool.vectors.positions(rows)
        if not SMALLEST <= len(users) <= min(LARGEST, MOST_SHARE * len(pool)):
            continue
        if not any(leak.serious for leak in leaks.find(workspace, rows)):
            found.append(Task(f"list:{name}", users, -1))
    return found
