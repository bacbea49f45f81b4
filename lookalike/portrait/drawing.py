"""What sets an audience apart: the things that more, or fewer, of its users have than of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lookalike.expanded import Expansion
from lookalike.holdings import Holdings, Place, counted
from lookalike.portrait import contrast
from lookalike.portrait.drawn import SMALLEST, Mean, Portrait, Trait, first_of_each
from lookalike.significance import SURE, benjamini_hochberg
from lookalike.workspace import Workspace

LEAST = 2 * SMALLEST  # users who have a thing, and who lack it, for it to be tested
KEPT = 50  # of a kind, more or less common; items are many, and would crowd out the rest


def portrait(
    workspace: Workspace,
    members: NDArray[np.int32],
    everybody: NDArray[np.int32],
    listed: NDArray[np.int32],
) -> Portrait:
    """Hold an audience against the other eligible users, seeds aside.

    Everything that at least 20 of them have and 20 lack is tested: how common it is overall does
    not depend on who is in the audience, so choosing by it spoils no test (Bourgon, Gentleman &
    Huber 2010). What differs is told where the p-values, adjusted for all tests (Benjamini &
    Hochberg 1995), are at most 5 %, and where each number told stands for nobody or for ten people
    at least. The question that a p-value answers is whether a random draw of as many users would
    differ as much: not whether it is the cause of anything.

    Args:
        workspace: Where they are.
        members: `users.row` of the audience.
        everybody: `users.row` of the eligible users; members and seeds may be among them.
        listed: `users.row` of the seed list.
    """
    members, listed = np.unique(members), np.unique(listed)
    # marks by row: sets of millions take NumPy a hundred times as long
    marked = np.zeros(
        max((int(rows.max()) + 1 for rows in (members, everybody, listed) if len(rows)), default=0), bool
    )
    marked[everybody] = True
    marked[members] = marked[listed] = False
    others = np.flatnonzero(marked).astype(np.int32)
    sizes = (len(members), len(others), len(listed))
    if min(sizes[:2]) < SMALLEST:
        return Portrait(*sizes, tested=0, hidden=0, over=(), under=(), means=())
    return drawn(counted(workspace, [members, others, listed], LEAST), sizes)


def of_run(expansion: Expansion, members: NDArray[np.int32]) -> Portrait:
    """Return the portrait of an audience of a run, against the others that it ranked."""
    ranked = np.asarray(expansion.ranking.candidates["row"])
    return portrait(expansion.workspace, members, ranked, seed_rows(expansion))


def seed_rows(expansion: Expansion) -> NDArray[np.int32]:
    """Return `users.row` of the run's seeds; none where the list was removed or replaced since."""
    listed = expansion.seed_list()
    return np.empty(0, np.int32) if listed is None else listed.rows


def drawn(held: Holdings, sizes: tuple[int, int, int]) -> Portrait:
    """Make the portrait of what was counted.

    Args:
        held: Counts and means of the audience, the others and the seeds, in this order.
        sizes: Users of each.
    """
    both = held.counts[:, 0] + held.counts[:, 1]
    places = np.flatnonzero((both >= LEAST) & (both <= sizes[0] + sizes[1] - LEAST))
    counts = held.counts[places]
    numbers = {
        label: groups
        for label, groups in held.means.items()
        if min(groups[0][0], groups[1][0]) >= SMALLEST
    }
    apart = {label: contrast.mean_difference(*groups[:2]) for label, groups in numbers.items()}
    tests = contrast.p_values(counts[:, 0], sizes[0], counts[:, 1], sizes[1])
    adjusted = np.array(
        benjamini_hochberg([*tests.tolist(), *(found[3] for found in apart.values())]), np.float64
    )
    sure = np.flatnonzero(adjusted[: len(places)] <= SURE)
    visible = (counts[sure, :2] == 0) | (counts[sure, :2] >= SMALLEST)
    shown = sure[visible.all(axis=1)]
    over, under = _traits(held, places[shown], sizes, adjusted[shown])
    return Portrait(
        *sizes,
        tested=len(adjusted),
        hidden=len(sure) - len(shown),
        over=over,
        under=under,
        means=_means(numbers, apart, adjusted[len(places) :]),
    )


def _traits(
    held: Holdings, places: NDArray[np.int64], sizes: Sequence[int], adjusted: NDArray[np.float64]
) -> tuple[tuple[Trait, ...], tuple[Trait, ...]]:
    """Return what is over- and what is under-represented, ordered by the bound that is nearer to 1."""
    inside, outside, listed = held.counts[places].T
    ratio, low, high = contrast.ratios(inside, sizes[0], outside, sizes[1])
    traits = [
        Trait(
            kind=held.kinds[place],
            name=held.names[place],
            label=held.labels[place],
            share=float(inside[line] / sizes[0]),
            elsewhere=float(outside[line] / sizes[1]),
            listed=_told(int(listed[line]), sizes[2]),
            ratio=float(ratio[line]),
            low=float(low[line]),
            high=float(high[line]),
            p=float(adjusted[line]),
        )
        for line, place in enumerate(places.tolist())
    ]
    over = sorted((one for one in traits if one.ratio > 1), key=lambda one: (-one.low, one.name))
    under = sorted((one for one in traits if one.ratio <= 1), key=lambda one: (one.high, one.name))
    return tuple(first_of_each(over, KEPT)), tuple(first_of_each(under, KEPT))


def _told(count: int, of: int) -> float | None:
    """Return a share of the seeds, unless that would tell of one to nine people."""
    return None if not of or 0 < count < SMALLEST else count / of


def _means(
    numbers: dict[str, list[Place]],
    apart: dict[str, tuple[float, float, float, float]],
    adjusted: NDArray[np.float64],
) -> tuple[Mean, ...]:
    found = []
    for (label, groups), p in zip(numbers.items(), adjusted.tolist(), strict=True):
        if p <= SURE:
            (_, mean, _), (_, elsewhere, _), (known, of_seeds, _) = groups
            difference, low, high, _ = apart[label]
            listed = of_seeds if known >= SMALLEST else None
            found.append(Mean(label, mean, elsewhere, listed, difference, low, high, p))
    return tuple(sorted(found, key=lambda one: one.p))
