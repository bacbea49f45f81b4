"""Who reaches the floors among the scores of many lists: few of them do, and most time went here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

RUN = 64  # users that are compared with the floors at once


def over(scores: NDArray[np.float32], floors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return scores >= floors[:, None].

    Args:
        scores: Shape (lists, users), in any order in memory.
        floors: Shape (lists,).
    """
    users = scores.T
    if len(floors) == 1 or not users.flags.c_contiguous or len(users) % RUN:
        return scores >= floors[:, None]
    # a loop over the lists of one user is short, and costs twice as much
    repeated = np.tile(floors, RUN)
    return (users.reshape(-1, len(repeated)) >= repeated).reshape(users.shape).T


def _marked(
    scores: NDArray[np.float32], marks: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return line, column and score of the marked ones, line by line.

    Args:
        scores: Shape (lists, users), in any order in memory.
        marks: The same, in the same order.
    """
    if marks.flags.c_contiguous:
        flat = _true(marks.reshape(-1))
        lines, columns = np.divmod(flat, marks.shape[1])
        return lines, columns, scores.reshape(-1)[flat]
    flat = _true(marks.T.reshape(-1))
    columns, lines = np.divmod(flat, len(marks))
    order = np.argsort(lines.astype(np.int16), kind="stable")
    return lines[order], columns[order], scores.T.reshape(-1)[flat[order]]


def by_line(
    scores: NDArray[np.float32], marks: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32]]]:
    """Go over the lines with marks: which it is, the columns of its marked ones, and their scores."""
    lines, columns, found = _marked(scores, marks)
    cuts = np.searchsorted(lines, np.arange(len(marks) + 1)).tolist()
    for line, (low, high) in enumerate(pairwise(cuts)):
        if high > low:
            yield line, columns[low:high], found[low:high]


def _true(marks: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return where a flag is set, ascending; where few are, eight at a time are passed over."""
    eights = np.packbits(marks)
    some = np.flatnonzero(eights != 0)
    within = np.flatnonzero(np.unpackbits(eights[some]).view(np.bool_))
    return some[within >> 3] * 8 + (within & 7)
