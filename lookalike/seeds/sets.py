"""Saved lists as sets: united, subtracted, intersected into a new list, and how far they overlap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lookalike import seeds
from lookalike.errors import BadInput
from lookalike.overlap import Overlap
from lookalike.seeds import MatchReport, SeedList
from lookalike.workspace import Workspace


def unite(workspace: Workspace, names: Sequence[str], new: str) -> SeedList:
    """Save the users of any of these lists as a new list.

    Numbers of one name are one column: of a user on several lists the number of the list named
    first counts that has one. Of several dates the earliest counts.

    Raises:
        NotFound: There is no list of a name.
        BadInput: Fewer than two lists, or the new name is empty or taken.
    """
    return _made(workspace, names, new, lambda sets: np.unique(np.concatenate(sets)))


def intersect(workspace: Workspace, names: Sequence[str], new: str) -> SeedList:
    """Save the users of all of these lists as a new list; numbers and dates as when united.

    Raises:
        NotFound: There is no list of a name.
        BadInput: Fewer than two lists, nobody is on all, or the new name is empty or taken.
    """

    def common(sets: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
        rows = sets[0]
        for other in sets[1:]:
            rows = np.intersect1d(rows, other, assume_unique=True)
        return rows

    return _made(workspace, names, new, common)


def subtract(workspace: Workspace, name: str, less: Sequence[str], new: str) -> SeedList:
    """Save the users of a list that are on none of the others; its own numbers and dates stay.

    Raises:
        NotFound: There is no list of a name.
        BadInput: No other list, nobody remains, or the new name is empty or taken.
    """

    def rest(sets: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
        return np.setdiff1d(sets[0], np.concatenate(sets[1:]))

    return _made(workspace, [name, *less], new, rest, merged=False)


def overlap(workspace: Workspace, names: Sequence[str]) -> list[Overlap[str]]:
    """Compare every two of these lists, in the order in which they are named.

    Raises:
        NotFound: There is no list of a name.
        BadInput: Fewer than two lists.
    """
    rows = {one.name: one.rows for one in _loaded(workspace, names)}
    return [
        Overlap(
            one,
            other,
            len(rows[one]),
            len(rows[other]),
            len(np.intersect1d(rows[one], rows[other], assume_unique=True)),
        )
        for one, other in combinations(rows, 2)
    ]


def to_frame(found: Sequence[Overlap[str]]) -> pd.DataFrame:
    """Lay overlaps out as a table, shares as fractions."""
    return pd.DataFrame(
        [
            {
                "one": two.one,
                "other": two.other,
                "size": two.size,
                "other_size": two.other_size,
                "common": two.common,
                "share": two.share,
                "other_share": two.other_share,
                "jaccard": two.jaccard,
            }
            for two in found
        ]
    )


def _loaded(workspace: Workspace, names: Sequence[str]) -> list[SeedList]:
    if len(set(names)) < 2:
        raise BadInput(f"{len(set(names))} list was given; two or more are needed.", "Name another one.")
    return [seeds.load(workspace, name) for name in dict.fromkeys(names)]


def _made(
    workspace: Workspace,
    names: Sequence[str],
    new: str,
    combined: Callable[[Sequence[NDArray[np.int32]]], NDArray[np.int32]],
    *,
    merged: bool = True,
) -> SeedList:
    lists = _loaded(workspace, names)
    rows = combined([one.rows for one in lists]).astype(np.int32)
    if not len(rows):
        raise BadInput("Nobody would be on the new list, so it was not made.", _why_empty(merged))
    sources = lists if merged else lists[:1]
    report = MatchReport(len(rows), len(rows), 0, 0, 0, 0)
    made = SeedList(new.strip(), rows, _values(sources, rows), report, _times(sources, rows))
    seeds.save(workspace, made)
    return made


def _why_empty(merged: bool) -> str:
    return "The lists have no users in common." if merged else "All of its users are on the others."


def _values(lists: Sequence[SeedList], rows: NDArray[np.int32]) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    for seed_list in lists:
        inside, at = _places(seed_list.rows, rows)
        for name, column in seed_list.values.items():  # noqa: PD011 - not a frame
            merged = found.setdefault(name, np.full(len(rows), np.nan))
            free = inside & np.isnan(merged)
            merged[free] = column[at[free]]
    return found


def _times(lists: Sequence[SeedList], rows: NDArray[np.int32]) -> NDArray[np.datetime64] | None:
    """Return the earliest known date of each user; None where no list has any."""
    if all(one.times is None for one in lists):
        return None
    never = np.datetime64("NaT", "s")
    found = np.full(len(rows), never)
    for one in lists:
        if one.times is not None:
            inside, at = _places(one.rows, rows)
            found = np.fmin(found, np.where(inside, one.times[at], never))
    return found


def _places(
    theirs: NDArray[np.int32], rows: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Say which rows are on a list, and where on it (anywhere for those that are not)."""
    at = np.minimum(np.searchsorted(theirs, rows), len(theirs) - 1)
    return theirs[at] == rows, at
