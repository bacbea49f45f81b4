"""Which seeds are held out in which round: by chance, or the latest ones where seeds have a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import BadInput

FOLDS = 10
LARGE = 2_000  # from here on three of the ten folds are enough
LEAST = 3  # seeds without which nothing can be held out
LEAST_TRAIN = 2  # of fewer, none can be held out to choose a method's own settings by
LATEST = 0.2  # the share of the seeds that a split by time holds out
TRAINS = -1  # in every round
UNSEEN = -2  # neither trains nor is held out
WAYS = ("random", "time")


def folds_of(seeds: int, splits: int | None = None, random_state: int = 0) -> NDArray[np.int64]:
    """Assign seeds to disjoint folds: 0..splits-1 are held out in turn, -1 never.

    Ten disjoint tenths for lists under 2,000 seeds, three of these tenths for larger ones; lists
    under ten seeds are held out one at a time.

    Args:
        seeds: How many can be held out.
        splits: Use only so many of the folds, for a quicker and rougher look.
        random_state: Fixes the assignment.

    Raises:
        BadInput: Under three seeds.
    """
    if seeds < LEAST:
        raise BadInput(
            f"Only {seeds} of the seeds can be held out; at least {LEAST} are needed to judge a list.",
            "Add seeds that are in the workspace and were active recently.",
        )
    folds = min(FOLDS, seeds)
    fold_of = np.random.default_rng(random_state).permutation(seeds) % folds
    used = min(folds, 3 if seeds >= LARGE else FOLDS)
    if splits is not None:
        used = min(used, max(1, splits))
    return np.where(fold_of < used, fold_of, TRAINS)


def latest_held_out(times: NDArray[np.datetime64], eligible: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Hold out the latest fifth of the seeds, in one round; only earlier seeds train.

    The cut falls between two different times, as near to a fifth of the eligible seeds as that
    allows, so that every seed that trains came before every one that is held out. Seeds after the
    cut that cannot be held out do not train either, and neither do those of unknown time.

    Args:
        times: When each seed became one, NaT where that is not known, shape (P,).
        eligible: Which seeds an audience may hold, shape (P,).

    Returns:
        0 held out, -1 trains, -2 neither, shape (P,).

    Raises:
        BadInput: Under three eligible seeds have a time, all have the same, or one seed alone came
            before the latest.
    """
    known = ~np.isnat(times)
    there = known & eligible
    if there.sum() < LEAST:
        raise BadInput(
            f"Only {int(there.sum())} of the seeds that can be held out have a time; "
            f"at least {LEAST} are needed for a split by time.",
            "Split at random instead.",
        )
    moments, counts = np.unique(times[there], return_counts=True)
    if len(moments) < 2:
        raise BadInput(
            "All seeds have the same time: none came before the others.", "Split at random instead."
        )
    later = counts[::-1].cumsum()[::-1][1:]  # eligible seeds from the second moment on, the third, …
    cut = moments[1:][int(np.abs(later - LATEST * there.sum()).argmin())]
    fold_of = np.full(len(times), UNSEEN)
    fold_of[known & (times < cut)] = TRAINS
    fold_of[there & (times >= cut)] = 0
    if (fold_of == TRAINS).sum() < LEAST_TRAIN:
        raise BadInput(
            "Only one seed came before the latest ones: there is nothing to learn from.",
            "Split at random instead.",
        )
    return fold_of
