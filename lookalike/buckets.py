"""Seed-size buckets: their edges, and what they are called."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np

from lookalike.errors import BadInput

BUCKETS = 5
SPANNING = "lists"
# Pinterest Engineering 2021 judges five sizes, from several thousands to tens of millions of seeds
PUBLISHED = "published"
PRESETS = {
    SPANNING: "Round numbers that span the lists",
    PUBLISHED: "As published: thousands to tens of millions",
}
PUBLISHED_EDGES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)

Buckets = str | tuple[int, ...]  # the name of a preset, or edges


def parse_buckets(text: str) -> Buckets:
    """Read the name of a preset, or edges between commas, semicolons or spaces.

    Raises:
        BadInput: It is neither.
    """
    named = text.strip().lower()
    if named in PRESETS:
        return named
    parts = [part for part in re.split(r"[,;\s]+", named) if part]
    if not parts or not all(part.isdigit() for part in parts):
        raise BadInput(
            f"{text!r} is neither a choice of buckets nor a list of edges.",
            f"Write {', '.join(map(repr, PRESETS))}, or seed counts like 20,100,500.",
        )
    return checked(tuple(int(part) for part in parts))


def checked(buckets: Buckets) -> Buckets:
    """Return the buckets if they can be used.

    Raises:
        BadInput: No such preset, or edges that do not ascend from 1.
    """
    if isinstance(buckets, str):
        if buckets not in PRESETS:
            raise BadInput(
                f"There are no buckets called {buckets!r}.", f"There are: {', '.join(PRESETS)}."
            )
        return buckets
    ascending = all(low < high for low, high in itertools.pairwise(buckets))
    if not buckets or buckets[0] < 1 or not ascending:
        raise BadInput(
            f"The edges {', '.join(map(str, buckets))} do not ascend from 1.",
            "Write each seed count once, the smallest first, without separators for thousands.",
        )
    return buckets


def edges_of(buckets: Buckets, sizes: Sequence[int]) -> list[int]:
    """Return the edges of a choice of buckets for lists of these sizes."""
    if buckets == SPANNING:
        return bucket_edges(sizes)
    return list(PUBLISHED_EDGES if isinstance(buckets, str) else buckets)


def bucket_edges(sizes: Sequence[int]) -> list[int]:
    """Return at most six edges on round numbers (1-2-5) that span the lists, evenly in logarithm.

    A list of n seeds is in the bucket with edges[i] <= n < edges[i + 1].
    """
    rounds = [step * 10**power for power in range(9) for step in (1, 2, 5)]
    low = max(edge for edge in rounds if edge <= max(1, min(sizes)))
    high = min(edge for edge in rounds if edge > max(sizes))
    span = rounds[rounds.index(low) : rounds.index(high) + 1]
    if len(span) <= BUCKETS + 1:
        return span
    places = np.linspace(0, len(span) - 1, BUCKETS + 1).round().astype(int)
    return [span[place] for place in places]


def bucket_labels(edges: Sequence[int]) -> list[str]:
    """Name the buckets, "20 to 49 seeds" and so on, with what lies below and above the edges."""
    between = [f"{low:,} to {high - 1:,} seeds" for low, high in itertools.pairwise(edges)]
    return [f"Under {edges[0]:,} seeds", *between, f"{edges[-1]:,} seeds or more"]


def bucket_of(size: int, edges: Sequence[int]) -> str:
    """Return the label of the bucket that a list of this size is in."""
    return bucket_labels(edges)[int(np.searchsorted(edges, size, side="right"))]
