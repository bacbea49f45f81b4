"""The ranking of a run: every candidate, best first, kept beside the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike import arrays
from lookalike.errors import BadInput
from lookalike.pool import Pool
from lookalike.workspace import Workspace

RANKED = np.dtype([("row", np.int32), ("score", np.float32)])
Ties = Callable[[NDArray[Any]], NDArray[np.uint64]]  # of some places, in their order


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """All candidates of a run, best first; an audience is the first so many of them.

    Attributes:
        candidates: `users.row` and score in rank order, shape (candidates,).
        eligible: Eligible users, what a percentage is taken of (the seeds are among them).
    """

    candidates: NDArray[np.void]
    eligible: int

    def __len__(self) -> int:
        return len(self.candidates)

    def count(self, size: float) -> int:
        """Return how many users a size means, before exclusions; see `counted`."""
        return counted(size, self.eligible, len(self))


def rank(pool: Pool, scores: NDArray[np.float32], seeds: NDArray[np.int64]) -> Ranking:
    """Rank every eligible user but the seeds, best first; equal scores go by a hash of the row.

    Args:
        pool: The users.
        scores: One a position, shape (positions,).
        seeds: Positions of the seeds.
    """
    candidates = np.setdiff1d(pool.eligible, seeds, assume_unique=True)
    values = scores[candidates]
    order = descending(values, lambda some: pool.tie_order[candidates[some]])
    ranked = np.empty(len(candidates), RANKED)
    ranked["row"] = pool.vectors.rows[candidates[order]]
    ranked["score"] = values[order]
    return Ranking(ranked, len(pool.eligible))


def descending(scores: NDArray[np.float32], ties: Ties) -> NDArray[np.intp]:
    """Return the order from the highest score to the lowest, equal scores by ascending ties.

    Scores alone are sorted several times faster than by two keys; most are without an equal, so
    that `ties` is asked for few places: those that it is given, in its order.

    Args:
        scores: Float32, all of them numbers or infinite, shape (users,).
        ties: Says what decides between users of the same score.
    """
    order = _by_score(scores)
    ordered = scores[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(same):
        among = np.zeros(len(order), bool)
        among[same] = among[same + 1] = True
        tied = np.flatnonzero(among)
        users = order[tied]
        order[tied] = users[np.lexsort((ties(users), -scores[users]))]
    return order


def _by_score(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return an order from the highest to the lowest; whole numbers are sorted twice as fast.

    The bits of floats that are not negative ascend as the floats do, those of the others descend.
    """
    bits = np.subtract(np.float32(0), scores).view(np.int32)  # 0 - 0 has no sign, -0 would
    ascending = bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))
    keys = ascending.astype(np.int64) << 32 | np.arange(len(scores))
    keys.sort()
    return keys & 0xFFFFFFFF


def counted(size: float, eligible: int, available: int, excluded: int = 0) -> int:
    """Return how many users a size means: a float up to 1 is a share of the eligible, else a count.

    Raises:
        BadInput: The size is not positive, or asks for more users than are available.
    """
    if not size > 0:
        raise BadInput(
            f"An audience of {size:g} is no audience.", "Give a share such as 0.05, or a count."
        )
    if isinstance(size, float) and size <= 1:
        return min(max(1, int(np.floor(size * eligible + 1e-9))), available)
    if size > available:
        less = "the seeds and the excluded" if excluded else "the seeds"
        raise BadInput(
            f"You asked for {size:,.0f} users; {available:,} are available: the eligible ones "
            f"less {less}.",
            "Ask for fewer, or give a share such as 0.05.",
        )
    return int(size)


def save_ranking(workspace: Workspace, run: str, ranking: Ranking) -> None:
    """Keep a run's ranking beside the database."""
    with workspace.writing_file(_file(workspace, run)) as partial, partial.open("wb") as handle:
        np.save(handle, ranking.candidates)


def load_ranking(workspace: Workspace, run: str, eligible: int) -> Ranking:
    """Map a run's ranking.

    Raises:
        BadInput: It is gone from the folder.
    """
    try:
        return Ranking(arrays.mapped(_file(workspace, run)), eligible)
    except (OSError, EOFError, ValueError) as error:
        raise BadInput(
            "The scores of this run are no longer in the workspace folder.",
            "Train again on the same list: the same settings give the same audience.",
        ) from error


def _file(workspace: Workspace, run: str) -> Path:
    return workspace.file_in("scores", f"{run}.npy")
