"""What runs on the executors: the best of a part of the users, and the best of all parts."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.hashing import mixed
from lookalike.methods.stack import Stack
from lookalike.one_pass import Best
from lookalike.pool import BLOCK, Loose
from lookalike.ranking import descending
from lookalike.reaching import by_line, over
from lookalike.spark.files import About
from lookalike.spark.parquet import Group, users_of
from lookalike.spark.reading import Part, part_of

PIECE = 131_072  # users of a partial result that travel together
PACKED = "list int, users int, held binary"
RANKED = "list string, user_id string, score float, rank int"
HELD = pa.schema([("row", pa.int32()), ("score", pa.float32()), ("user_id", pa.string())])


@dataclass(frozen=True, eq=False)
class Plan:
    """What every task needs: it is sent to an executor once, not with each task.

    Attributes:
        stack: The models.
        about: The users.
        numbers: Of the lists, as the results name them.
        counts: How many of the best users are wanted of each.
        floors: For each, a score below which nobody is wanted, float32, shape (lists,).
        without: For each, ascending rows of users that must not be in it, int32.
        parts: The groups of the users' files, by task.
        columns: Of the files, to be read.
    """

    stack: Stack
    about: About
    numbers: Sequence[int]
    counts: Sequence[int]
    floors: NDArray[np.float32]
    without: Sequence[NDArray[np.int32]]
    parts: Sequence[Sequence[Group]]
    columns: Sequence[str]

    @cached_property
    def outside(self) -> tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.intp]]:
        """All rows of `without`, ascending and once each; where the lists of each begin; the lists."""
        rows = np.concatenate([*self.without, np.empty(0, np.int32)])
        lists = np.repeat(np.arange(len(self.without)), [len(one) for one in self.without])
        order = np.argsort(rows, kind="stable")
        ascending, starts = np.unique(rows[order], return_index=True)
        return ascending, np.append(starts, len(rows)), lists[order]


class _Seen:
    """The users that a task has seen: their rows by position, and their ids."""

    def __init__(self) -> None:
        self.ids: list[pa.Array] = []
        self._rows = np.empty(BLOCK, np.int32)
        self._count = 0

    def add(self, part: Part) -> int:
        """Take users in and return the position of the first."""
        first, end = self._count, self._count + len(part.rows)
        if end > len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty(end, np.int32)])
        self._rows[first:end] = part.rows
        self._count = end
        if part.ids is not None:
            self.ids.append(part.ids)
        return first

    def rows(self, positions: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the rows at some positions."""
        return self._rows[positions]

    def ties(self, positions: NDArray[np.int32]) -> NDArray[np.uint64]:
        """Return what the users at some positions are ordered by where scores are equal."""
        return mixed(self.rows(positions))


def best_of_part(plan: Plan, number: int) -> Iterator[pa.RecordBatch]:
    """Score a part of the users for all lists; give the best of each, packed, `PACKED`.

    Raises:
        BadInput: The users cannot be used.
    """
    alone()
    seen = _Seen()
    best = [Best(count) for count in plan.counts]
    for batch in users_of(plan.parts[number], plan.columns):
        part = part_of(batch, plan.about)
        first = seen.add(part)
        for start in range(0, len(part.rows), BLOCK):
            _add(plan, part, start, first, best, seen)
    for place, one in zip(plan.numbers, best, strict=True):
        yield from _packed(place, one.held(seen.ties), seen)


def _add(plan: Plan, part: Part, start: int, first: int, best: Sequence[Best], seen: _Seen) -> None:
    block = slice(start, min(start + BLOCK, len(part.rows)))
    floors = np.maximum([one.floor for one in best], plan.floors)
    scores = plan.stack.score(_slice(part.users, block), floors)
    reaching = over(scores, floors)
    _leave_out(plan, part.rows[block], reaching)
    for place, users, reached in by_line(scores, reaching):
        best[place].add(users + (first + start), reached, seen.ties)


def _leave_out(plan: Plan, rows: NDArray[np.int32], reaching: NDArray[np.bool_]) -> None:
    outside, starts, lists = plan.outside
    if not len(outside):
        return
    at = np.searchsorted(outside, rows)
    at[at == len(outside)] = 0
    for user in np.flatnonzero(outside[at] == rows):
        reaching[lists[starts[at[user]] : starts[at[user] + 1]], user] = False


def _slice(users: Loose, block: slice) -> Loose:
    return Loose(users.dense[block], users.width, users.sparse[block], users.activity[block])


def _packed(number: int, found: NDArray[np.void], seen: _Seen) -> Iterator[pa.RecordBatch]:
    ids = pa.chunked_array(seen.ids, pa.string())
    for start in range(0, len(found), PIECE):
        piece = found[start : start + PIECE]
        table = pa.table(
            [
                seen.rows(piece["position"]),
                np.ascontiguousarray(piece["score"]),
                ids.take(pa.array(piece["position"])),
            ],
            schema=HELD,
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, HELD) as stream:
            stream.write_table(table)
        yield pa.record_batch(
            {
                "list": pa.array([number], pa.int32()),
                "users": pa.array([len(piece)], pa.int32()),
                "held": pa.array([sink.getvalue().to_pybytes()], pa.binary()),
            }
        )


def best_of_all(names: Sequence[str], counts: Sequence[int], packed: pa.Table) -> pa.Table:
    """Return the audience of one list from the best of all parts, best first, `RANKED`.

    Args:
        names: Of the lists, by number.
        counts: How many users are wanted of each.
        packed: `PACKED`, of this list.

    Raises:
        BadInput: A row stands for two users.
    """
    number = packed["list"][0].as_py()
    held = pa.concat_tables(pa.ipc.open_stream(one.as_buffer()).read_all() for one in packed["held"])
    rows, scores = held["row"].to_numpy(), held["score"].to_numpy()
    order = descending(scores, lambda some: mixed(rows[some]))[: counts[number]]
    chosen = np.sort(rows[order])
    if (chosen[1:] == chosen[:-1]).any():
        twice = chosen[1:][chosen[1:] == chosen[:-1]][0]
        raise BadInput(
            f"The row {twice} stands for two users in the users' files.",
            "Give every user a row of their own, and write each once.",
        )
    return pa.table(
        {
            "list": pa.array([names[number]] * len(order), pa.string()),
            "user_id": held["user_id"].combine_chunks().take(pa.array(order)),
            "score": scores[order],
            "rank": np.arange(1, len(order) + 1, dtype=np.int32),
        }
    )


def scores_of_part(plan: Plan, number: int) -> Iterator[pa.RecordBatch]:
    """Score a part of a sample for all lists; give the best scores of each, packed as `PACKED`.

    There `users` is how many could be in the list's audience.
    """
    alone()
    best: list[list[NDArray[np.float32]]] = [[] for _ in plan.numbers]
    for batch in users_of(plan.parts[number], [one for one in plan.columns if one != "user_id"]):
        part = part_of(batch, plan.about)
        for start in range(0, len(part.rows), BLOCK):
            block = slice(start, start + BLOCK)
            scores = plan.stack.score(_slice(part.users, block))
            kept = np.ones(scores.shape, bool)
            _leave_out(plan, part.rows[block], kept)
            for held, own, keep in zip(best, scores, kept, strict=True):
                held.append(own[keep])
    for place, held, count in zip(plan.numbers, best, plan.counts, strict=True):
        known = np.concatenate([*held, np.empty(0, np.float32)])
        scores = np.sort(known)[::-1][:count]
        yield pa.record_batch(
            {
                "list": pa.array([place], pa.int32()),
                "users": pa.array([len(known)], pa.int32()),
                "held": pa.array([scores.tobytes()], pa.binary()),
            }
        )


def alone() -> None:
    """Let this task use one thread: Spark runs as many tasks as there are cores."""
    import torch
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    torch.set_num_threads(1)
    _settle()


@cache
def _settle() -> None:
    """Put what this process has imported out of the garbage collector's sight.

    Spark has a worker collect after every task, and to go through PyTorch takes as long as many a task.
    """
    gc.collect()
    gc.freeze()
