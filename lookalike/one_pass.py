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
from lookalike.ranking import RANKED, Ties, descending
from lookalike.reaching import by_line, over

ROOM = 1.5  # of what is wanted; a fuller buffer is cut to the best
SPARE = 32_768  # candidates more than that
NUMBERS = 1_000_000  # scores, and what they are made of, that a block may have
USERS = (1_024, 32_768)  # of a block, at least and at most
HELD = np.dtype([("position", np.int32), ("score", np.float32)])
SAMPLED = 32_768  # users whose scores say about where an audience will end
PIECES = 16  # places in the matrix that they come from
CAREFUL = 1.15  # so many times the wanted users are let in


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
    """The best users so far of one list.

    Args:
        count: How many.
        held: Where an earlier one stopped, as its `held` gave it.
        floor: Nobody below it needs to be taken in.
    """

    def __init__(self, count: int, held: NDArray[np.void] | None = None, floor: float = -np.inf) -> None:
        self.count = count
        self.floor = np.float32(floor)
        self._positions = np.empty(int(count * ROOM) + SPARE, np.int32)
        self._scores = np.empty(len(self._positions), np.float32)
        self._filled = 0
        if held is not None:
            self._filled = len(held)
            self._positions[: len(held)] = held["position"]
            self._scores[: len(held)] = held["score"]
            if len(held) >= count:
                self.floor = max(self.floor, held["score"].min())

    @property
    def size(self) -> int:
        """How many are held, the wanted number at most."""
        return min(self._filled, self.count)

    def add(self, positions: NDArray[np.integer], scores: NDArray[np.float32], ties: Ties) -> None:
        """Take in some users, `SPARE` of them at most; those below the floor are no use."""
        if self._filled + len(positions) > len(self._positions):
            self._cut(ties)
        end = self._filled + len(positions)
        self._positions[self._filled : end] = positions
        self._scores[self._filled : end] = scores
        self._filled = end

    def held(self, ties: Ties) -> NDArray[np.void]:
        """Return the best so far, in no order, `HELD`, shape (at most count,)."""
        self._cut(ties)
        found = np.empty(self._filled, HELD)
        found["position"] = self._positions[: self._filled]
        found["score"] = self._scores[: self._filled]
        return found

    def ranked(self, ties: Ties) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return positions and scores of the best, best first; equal scores by the order of ties."""
        self._cut(ties)
        positions, scores = self._positions[: self._filled], self._scores[: self._filled]
        order = descending(scores, lambda some: ties(positions[some]))
        return positions[order], scores[order]

    def _cut(self, ties: Ties) -> None:
        if self._filled <= self.count:
            return
        scores = self._scores[: self._filled]
        last = self._filled - self.count
        floor = np.partition(scores, last)[last]
        above, equal = np.flatnonzero(scores > floor), np.flatnonzero(scores == floor)
        if len(above) + len(equal) > self.count:
            order = np.argsort(ties(self._positions[equal]), kind="stable")
            equal = equal[order[: self.count - len(above)]]
        kept = np.concatenate([above, equal])
        self._positions[: self.count] = self._positions[kept]
        self._scores[: self.count] = self._scores[kept]
        self._filled = self.count
        self.floor = np.float32(floor)


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

    Where an audience will end is guessed from a sample, so that few users have to be looked at
    twice; a list whose guess was too high has a second pass. The result does not depend on it.

    Memory: 8 bytes for each wanted user and half as many again, and the scores of a block.

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
    inside = np.full(len(pool), len(pool.eligible) == len(pool))
    if not inside.any():
        inside[pool.eligible] = True
    left = [len(pool.eligible) - int(np.count_nonzero(inside[one.without])) for one in lists]
    # guessed again where a pass goes on: of those who were passed over nothing is kept
    guessed = _guessed(pool, stack, lists, inside, left)
    earlier = [None] * len(lists) if reached is None else reached.held
    found = [
        Best(one.count, held, floor) for one, held, floor in zip(lists, earlier, guessed, strict=True)
    ]
    start = 0 if reached is None else reached.users
    _pass(pool, stack, lists, found, inside, progress, start, keep, parts)
    short = [place for place, one in enumerate(lists) if found[place].size < min(one.count, left[place])]
    if short:
        again = [lists[place] for place in short]
        fresh = [Best(one.count) for one in again]
        _pass(pool, Stack([one.scorer for one in again]), again, fresh, inside, progress, careful=True)
        for place, one in zip(short, fresh, strict=True):
            found[place] = one
    return [_as_rows(pool, *one.ranked(_ties(pool))) for one in found]


def _ties(pool: Pool) -> Ties:
    return lambda positions: pool.tie_order[positions]


def let_in_of(expected: float) -> int:
    """Return how many of a sample to let in where so many of the wanted users are expected in it.

    Six standard errors and somewhat more: the pieces of the sample are not all that random.
    """
    return int(np.ceil(CAREFUL * expected + 6 * np.sqrt(expected) + 6))


def _guessed(
    pool: Pool,
    stack: Stack,
    lists: Sequence[Wanted],
    inside: NDArray[np.bool_],
    left: Sequence[int],
) -> list[float]:
    """Guess, from a sample, scores that somewhat more users reach than are wanted of those left."""
    if len(pool) < 4 * SAMPLED:
        return [-np.inf] * len(lists)
    piece = SAMPLED // PIECES
    starts = np.linspace(0, len(pool) - piece, PIECES).astype(np.int64)
    scores = np.hstack(
        [stack.score(Block(pool, slice(start, start + piece))) for start in starts.tolist()]
    )
    positions = (starts[:, None] + np.arange(piece)).ravel()
    could = inside[positions]
    everybody = bool(could.all())
    floors = []
    for one, own, most in zip(lists, scores, left, strict=True):
        if len(one.without):
            known = own[could & ~np.isin(positions, one.without)]
        else:
            known = own if everybody else own[could]
        share = min(one.count / max(most, 1), 1.0)
        let_in = let_in_of(share * len(known))
        if let_in >= len(known):
            floors.append(-np.inf)
        else:
            floors.append(float(np.partition(known, len(known) - let_in)[len(known) - let_in]))
    return floors


def _pass(
    pool: Pool,
    stack: Stack,
    lists: Sequence[Wanted],
    found: Sequence[Best],
    inside: NDArray[np.bool_],
    progress: Progress,
    start: int = 0,
    keep: Callable[[Reached], None] | None = None,
    parts: int = 10,
    *,
    careful: bool = False,
) -> None:
    """Take in everybody from a position on; `careful` counts what is no number as the lowest."""
    ties = _ties(pool)
    everybody = bool(inside.all())
    size = int(np.clip(NUMBERS // stack.columns, *USERS))
    starts = np.arange(start, len(pool) + size, size)
    gone = np.stack([np.searchsorted(one.without, starts) for one in lists])
    last_kept = start
    said = f"Scoring every user for {len(lists):,} list{'s' if len(lists) > 1 else ''}"
    for nth, block in enumerate(pool.blocks(start, size)):
        first, end = int(starts[nth]), min(int(starts[nth + 1]), len(pool))
        floors = np.array([one.floor for one in found], np.float32)
        scores = stack.score(block, floors)
        if careful:
            np.nan_to_num(scores, copy=False, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        reaching = over(scores, floors)
        if not everybody:
            reaching &= inside[first:end]
        for place in np.flatnonzero(gone[:, nth + 1] > gone[:, nth]).tolist():
            taken = lists[place].without[gone[place, nth] : gone[place, nth + 1]]
            reaching[place, taken - first] = False
        for place, users, reached in by_line(scores, reaching):
            found[place].add(users + first, reached, ties)
        progress.at(end / len(pool), said)
        if keep is not None and end - last_kept >= len(pool) // parts and end < len(pool):
            keep(Reached(end, [one.held(ties) for one in found]))
            last_kept = end


def _as_rows(pool: Pool, positions: NDArray[np.int32], scores: NDArray[np.float32]) -> NDArray[np.void]:
    ranked = np.empty(len(positions), RANKED)
    ranked["row"] = pool.vectors.rows[positions]
    ranked["score"] = scores
    return ranked
