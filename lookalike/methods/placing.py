"""Scores into logits of ranks: where a score stands among the reference users, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.blending import logits

OCTAVES = 12  # the finest cells are the range / 2^12 wide, those at its upper end half of it / CELLS
CELLS = 256  # an octave
KEPT = 23 - int(np.log2(CELLS))  # bits of a float32 below those that number its cell
CELL = np.dtype([("below", np.float32), ("rise", np.float32)])  # together: one look-up finds both
TOTAL = OCTAVES * CELLS + 1  # one cell more, since the range starts where the first octave does


@dataclass(frozen=True, eq=False, slots=True)
class Placing:
    """For some scorers at once: the logit of the rank that a score has among reference users.

    The logits stand in a table by score, in cells that are finest near the lowest score, where most
    users are; within a cell they are interpolated. The number of a cell is read off the bits of a
    floating-point number, which makes a look-up as cheap as a few additions.

    Attributes:
        low: What is taken from a score, so that the lowest is `start`, float32, shape (V, 1).
        start: The range / 2^12, float32, shape (V, 1).
        end: Where the range ends, float32, shape (V, 1).
        first: The number of each one's first cell, int32, shape (V, 1).
        table: The logit at each cell's lower edge and its rise to the upper one, `CELL`, shape
            (V, cells).
    """

    low: NDArray[np.float32]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    first: NDArray[np.int32]
    table: NDArray[np.void]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def most(self) -> NDArray[np.float32]:
        """The highest logit that each can give, shape (V,)."""
        return self.table[:, -1]["below"]

    def logits(
        self, scores: NDArray[np.float32], places: slice | NDArray[np.intp] = slice(None)
    ) -> NDArray[np.float32]:
        """Return logits of ranks for scores, both of shape (scorers, users).

        Args:
            scores: A line for each scorer.
            places: Which scorers they are of.
        """
        start = self.start[places]
        above = np.clip(scores - self.low[places], start, self.end[places])
        bits = above.view(np.int32)
        cells = (bits >> KEPT) - self.first[places]
        bits &= (1 << KEPT) - 1
        within = bits.astype(np.float32)
        within *= np.float32(2.0**-KEPT)
        for line, (table, cell) in enumerate(zip(self.table[places], cells, strict=True)):
            found = table[cell]
            np.multiply(within[line], found["rise"], out=within[line])
            within[line] += found["below"]
        return within


def placing(references: Sequence[NDArray[np.float32]]) -> Placing:
    """Make the table from the reference users' scores, ascending, an array for each scorer.

    Equal scores share the middle of their ranks; between two references the logit is interpolated.
    """
    made = [_table(ordered) for ordered in references]
    low, start, end, first, table = (list(part) for part in zip(*made, strict=True))
    return Placing(
        np.array(low, np.float32)[:, None],
        np.array(start, np.float32)[:, None],
        np.array(end, np.float32)[:, None],
        np.array(first, np.int32)[:, None],
        np.stack(table),
    )


def _table(
    ordered: NDArray[np.float32],
) -> tuple[np.float32, np.float32, np.float32, int, NDArray[np.void]]:
    values, counts = np.unique(ordered, return_counts=True)
    middle = np.cumsum(counts) - counts / 2
    at = logits(middle, len(ordered))
    lowest, highest = np.float64(values[0]), np.float64(values[-1])
    spread = max(highest - lowest, abs(lowest) * 1e-6, 1e-30)
    start = np.float32(spread / 2.0**OCTAVES)
    low = np.float32(lowest - np.float64(start))
    end = np.float32(np.float64(start) + spread)
    first = int(start.view(np.int32)) >> KEPT
    edges = ((first + np.arange(TOTAL + CELLS + 1)) << KEPT).astype(np.int32).view(np.float32)
    scores = edges.astype(np.float64) + np.float64(low)
    logit = np.interp(scores, values, at).astype(np.float32)
    table = np.empty(len(logit) - 1, CELL)
    table["below"], table["rise"] = logit[:-1], np.diff(logit)
    return low, start, end, first, table


def stacked(parts: Sequence[Placing]) -> Placing:
    """Return the tables of several, one after the other."""
    return Placing(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("low", "start", "end", "first", "table")
        )
    )
