"""Where a method wins: how often it was best on the lists that it was tried on, and on which sizes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lookalike.buckets import bucket_labels, bucket_of
from lookalike.summaries import BASELINE, FEW_LISTS

MOST = 2 / 3  # of the wins: so many in a part of the sizes are "mostly"
TWICE = 2  # and so many times the rate elsewhere, lest it only say where most lists are
FEW_WINS = 3  # fewer are no pattern
FEW_ELSEWHERE = 5  # nor is it one that so few lists elsewhere were not won


@dataclass(frozen=True, slots=True)
class Tried:
    """A list on which several methods, or several views, were tried side by side.

    Attributes:
        name: What the list is called; a list that was tried again has the same name.
        seeds: How many it has.
        recall: Headline recall of each that was tried, by name.
    """

    name: str
    seeds: int
    recall: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """A size of lists.

    Attributes:
        bucket: What the size is called.
        lists: How many were tried.
        best: On how many of them none of the others found more.
        recall: Mean headline recall.
        rival: Mean headline recall of the best of the others, list by list.
        base: Mean headline recall of the baseline, None where it was not tried on all of them.
    """

    bucket: str
    lists: int
    best: int
    recall: float
    rival: float
    base: float | None


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one method.

    Attributes:
        rows: By size, the smallest first; sizes without a list are left out.
        mostly: Where it wins, in words, "under 100 seeds"; empty where there is no such place, or
            too few lists to tell.
    """

    rows: tuple[Row, ...]
    mostly: str = ""

    @property
    def lists(self) -> int:
        """On how many lists it was tried."""
        return sum(row.lists for row in self.rows)

    @property
    def best(self) -> int:
        """On how many of them none of the others found more."""
        return sum(row.best for row in self.rows)

    @property
    def firm(self) -> bool:
        """Whether there are enough lists to judge by."""
        return self.lists >= FEW_LISTS

    def sentence(self, one: str = "list", many: str = "lists") -> str:
        """Say where it wins; `one` and `many` are what the lists are called."""
        if not self.lists:
            return f"Not tried on any {one} yet."
        lists = f"{self.lists:,} {one if self.lists == 1 else many}"
        often = f"{self.best:,} of {lists}" if self.best else f"none of {lists}"
        where = f", mostly {self.mostly}" if self.mostly else ""
        few = "" if self.firm else ": too few to judge"
        return f"Best on {often}{where}{few}."


def record(name: str, tried: Sequence[Tried], rivals: Collection[str], edges: Sequence[int]) -> Record:
    """Judge one method by the lists on which it was tried together with others.

    A list counts once: by the trial of most rivals, and the earliest in `tried` among such. The
    method is best where it found somebody and no rival found more; several may be best alike.

    Args:
        name: Whom to judge.
        tried: The trials, the newest first.
        rivals: Those that can be better; others, such as lines to beat, are no competition.
        edges: Of the buckets of sizes.
    """
    chosen: dict[str, tuple[int, Tried]] = {}
    for one in tried:
        against = len((one.recall.keys() & set(rivals)) - {name})
        if name in one.recall and against > chosen.get(one.name, (0, one))[0]:
            chosen[one.name] = against, one
    by_bucket: dict[str, list[Tried]] = {label: [] for label in bucket_labels(edges)}
    for _, one in chosen.values():
        by_bucket[bucket_of(one.seeds, edges)].append(one)
    rows = [_row(name, rivals, bucket, lists) for bucket, lists in by_bucket.items() if lists]
    return Record(tuple(rows), _mostly(rows, edges))


def _row(name: str, rivals: Collection[str], bucket: str, lists: Sequence[Tried]) -> Row:
    own = np.array([one.recall[name] for one in lists])
    others = set(rivals) - {name}
    best = np.array([max(one.recall[other] for other in one.recall.keys() & others) for one in lists])
    base = [one.recall.get(BASELINE) for one in lists]
    known = [value for value in base if value is not None]
    return Row(
        bucket,
        len(lists),
        int(np.sum((own >= best) & (own > 0))),
        float(own.mean()),
        float(best.mean()),
        float(np.mean(known)) if len(known) == len(lists) else None,
    )


def _mostly(rows: Sequence[Row], edges: Sequence[int]) -> str:
    """Name the run of sizes that holds most of the wins and is won far more often than the others.

    Of several such the one whose rate differs most, and of these the narrowest.
    """
    wins, lists = sum(row.best for row in rows), sum(row.lists for row in rows)
    if wins < FEW_WINS or lists < FEW_LISTS:
        return ""
    found: list[tuple[float, int, str]] = []
    for first in range(len(rows)):
        for last in range(first, len(rows)):
            inside = rows[first : last + 1]
            won, there = sum(row.best for row in inside), sum(row.lists for row in inside)
            if lists - there < FEW_ELSEWHERE or won < MOST * wins:
                continue
            rate, elsewhere = won / there, (wins - won) / (lists - there)
            if rate >= TWICE * elsewhere:
                found.append((rate - elsewhere, first - last, _between(rows, first, last, edges)))
    return max(found)[2] if found else ""


def _between(rows: Sequence[Row], first: int, last: int, edges: Sequence[int]) -> str:
    """Name the sizes from one row to another, open where no list is smaller or larger."""
    labels = bucket_labels(edges)
    low, high = labels.index(rows[first].bucket), labels.index(rows[last].bucket)
    if first == 0:
        return f"under {edges[high]:,} seeds"
    if last == len(rows) - 1:
        return f"from {edges[low - 1]:,} seeds on"
    return f"{edges[low - 1]:,} to {edges[high] - 1:,} seeds"
