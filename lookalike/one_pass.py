"""Many lists against every user in one pass: the best so many of each, and nothing kept of the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.base import Scorer
from lookalike.methods.stack import Stack
from lookalike.pool import Block, Pool
from lookalike.progress import SILENT, Progress
from lookalike.ranking import RANKED

ROOM = 1.5  # of what is wanted; a fuller buffer is cut to the best
SPARE = 16_384  # candidates at least, between two cuts
HELD = np.dtype([("position", np.int32), ("score", np.float32)])


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """What is wanted of a list.

    Attributes:
        scorer: Its model.
        count: How many of the best users, at least 1.
        without: Ascending positions of users that must not be among them, int64.
    """

    scorer: Scorer
    count: int
    without: NDArray[np.int64]


class Best:
    """The best users so far of one list."""

    def __init__(self, count: int, held: NDArray[np.void] | None = None) -> None:
        self.count = count
        self.floor = np.float32(-np.inf)
        self._room = np.empty(int(count * ROOM) + SPARE, HELD)
        self._filled = 0
        if held is not None:
            self._room[: len(held)] = held
            self._filled = len(held)
            if len(held) >= count:
                self.floor = held["score"].min()

    def add(self, positions: NDArray[np.int64], scores: NDArray[np.float32], ties: Ties) -> None:
        """Take in users who are not below the floor, at most `SPARE` at once."""
        end = self._filled + len(positions)
        if end > len(self._room):
            self._cut(ties)
            kept = scores >= self.floor
            positions, scores = positions[kept], scores[kept]
            end = self._filled + len(positions)
        self._room["position"][self._filled : end] = positions
        self._room["score"][self._filled : end] = scores
        self._filled = end

    def held(self, ties: Ties) -> NDArray[np.void]:
        """Return the best so far, in no order, `HELD`, shape (at most count,)."""
        self._cut(ties)
        return self._room[: self._filled].copy()

    def ranked(self, ties: Ties) -> NDArray[np.void]:
        """Return the best, best first; equal scores by the order of ties."""
        held = self.held(ties)
        return held[np.lexsort((ties(held["position"]), -held["score"]))]

    def _cut(self, ties: Ties) -> None:
        if self._filled < self.count:
            return
        held = self._room[: self._filled]
        scores = held["score"]
        floor = np.partition(scores, len(scores) - self.count)[len(scores) - self.count]
        above, equal = held[scores > floor], held[scores == floor]
        first = np.argsort(ties(equal["position"]), kind="stable")[: self.count - len(above)]
        self._filled = self.count
        kept = np.concatenate([above, equal[first]])
        self._room[: self.count] = kept
        self.floor = np.float32(floor)


Ties = Callable[[NDArray[np.int32]], NDArray[np.uint64]]


@dataclass(frozen=True, eq=False, slots=True)
class Reached:
    """How far a pass has come: enough to go on with it later.

    Attributes:
        users: Positions that were scored already.
        held: The best so far of each list, `HELD`.
    """

    users: int
    held: Sequence[NDArray[np.void]]


def best(
    pool: Pool,
    lists: Sequence[Wanted],
    progress: Progress = SILENT,
    *,
    reached: Reached | None = None,
    keep: Callable[[Reached], None] | None = None,
    parts: int = 10,
) -> list[NDArray[np.void]]:
    """Score every eligible user for all lists in one pass and return the best of each.

    Memory: 8 bytes for each wanted user and half as many again, and a block of users.

    Args:
        pool: The users.
        lists: What is wanted.
        progress: Hears of every block.
        reached: Where an earlier pass with the same lists stopped.
        keep: Called now and then with how far it has come, that it can go on from there.
        parts: How often `keep` is called, about.

    Returns:
        For each list `users.row` and score, best first, `RANKED`; equal scores go by a hash of the
        row. Fewer than wanted where there are not so many.
    """
    stack = Stack([one.scorer for one in lists])
    start = reached.users if reached is not None else 0
    found = [
        Best(one.count, None if reached is None else reached.held[place])
        for place, one in enumerate(lists)
    ]

    def ties(positions: NDArray[np.int32]) -> NDArray[np.uint64]:
        return pool.tie_order[positions]

    inside = np.zeros(len(pool), bool)
    inside[pool.eligible] = True
    pending = max(len(pool) // parts, 1)
    last_kept = start
    for block in pool.blocks(start):
        first, end = block.positions.start, block.positions.stop  # type: ignore[union-attr]
        _score(stack, block, inside[first:end], lists, found, ties)
        progress.at(end / len(pool), f"Scoring every user for {len(lists):,} lists")
        if keep is not None and end - last_kept >= pending and end < len(pool):
            keep(Reached(end, [one.held(ties) for one in found]))
            last_kept = end
    return [_as_rows(pool, one.ranked(ties)) for one in found]


def _score(
    stack: Stack,
    block: Block,
    inside: NDArray[np.bool_],
    lists: Sequence[Wanted],
    found: Sequence[Best],
    ties: Ties,
) -> None:
    if not inside.any():
        return
    start: int = block.positions.start  # type: ignore[union-attr]
    floors = np.array([one.floor for one in found], np.float32)
    scores = stack.score(block, floors)
    scores[:, ~inside] = -np.inf
    reaching = scores >= floors[:, None]
    for one, wanted, own, reaches in zip(found, lists, scores, reaching, strict=True):
        ends = np.searchsorted(wanted.without, (start, start + len(inside)))
        reaches[wanted.without[ends[0] : ends[1]] - start] = False
        places = np.flatnonzero(reaches & inside)
        if len(places):
            one.add(places + start, own[places], ties)


def _as_rows(pool: Pool, held: NDArray[np.void]) -> NDArray[np.void]:
    ranked = np.empty(len(held), RANKED)
    ranked["row"] = pool.vectors.rows[held["position"]]
    ranked["score"] = held["score"]
    return ranked
