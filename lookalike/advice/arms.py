"""Trying a list in several ways on the same held-out seeds, so that the ways can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.evaluation import KS, RESAMPLES, rank_of
from lookalike.methods import Method, score_all
from lookalike.pool import Pool
from lookalike.progress import SILENT, Progress
from lookalike.significance import holm

FLIPS = 4_999
SURE = 0.05  # a Holm-adjusted p-value below this is told as a difference


@dataclass(frozen=True, eq=False, slots=True)
class Arm:
    """One way to train.

    Attributes:
        trains: Which seeds may train in each fold, bool, shape (folds, P).
        weights: Of all seeds, shape (P,).
    """

    trains: NDArray[np.bool_]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class Tried:
    """How much of the held-out seeds each way has found.

    Attributes:
        places: The held-out seeds, as places in the list, shape (held,).
        found: For each way, in how many of the tops of 1, 2, 5 and 10 % of the eligible users a
            held-out seed is, as a share; shape (held,).
    """

    places: NDArray[np.int64]
    found: dict[str, NDArray[np.float64]]


def try_out(
    pool: Pool,
    positives: NDArray[np.int64],
    fold_of: NDArray[np.int64],
    arms: Mapping[str, Arm],
    method: Method,
    *,
    random_state: int = 0,
    progress: Progress = SILENT,
) -> Tried:
    """Hold the folds out in turn, train in every way on the rest, and rank the same users.

    Every way ranks the eligible users that are not among the seeds of the other folds, whether it
    trains on all of these or not: so the ranks can be compared seed by seed. Fits get the same
    chance in every way.

    Args:
        pool: The users.
        positives: Positions of the seeds, ascending int64, shape (P,).
        fold_of: The fold that each seed is held out in, -1 for never, shape (P,).
        arms: The ways.
        method: What trains.
        random_state: Fixes the fits.
        progress: Hears of every fit.
    """
    folds = int(fold_of.max()) + 1
    held_in: list[NDArray[np.int64]] = []
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in arms}
    # as `Ranks.top`: the same users are in the top here and in the evidence of an expansion
    tops = np.maximum(1, np.floor(np.array(KS) * len(pool.eligible) + 1e-9))
    quiet = Progress()
    for fold in range(folds):
        held = np.flatnonzero(fold_of == fold)
        candidates = np.setdiff1d(pool.eligible, positives[fold_of != fold], assume_unique=True)
        held_in.append(held)
        for place, (name, arm) in enumerate(arms.items()):
            done = (fold + place / len(arms)) / folds
            progress.at(done, f"Trying the list out, round {fold + 1} of {folds}")
            trains = arm.trains[fold]
            weights = arm.weights[trains]
            chance = np.random.default_rng([random_state, fold])
            scorer = method.fit(pool, positives[trains], weights / weights.mean(), chance, quiet)
            scores = score_all(pool, [scorer])[:, 0]
            rank = rank_of(scores, pool.tie_order, candidates, positives[held])
            found[name].append(np.mean(rank[:, None] <= tops, axis=1))
    return Tried(np.concatenate(held_in), {name: np.concatenate(parts) for name, parts in found.items()})


def all_but_held(fold_of: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which seeds train in each fold when all do that are not held out, (folds, P)."""
    return fold_of != np.arange(int(fold_of.max()) + 1)[:, None]


def interval(
    values: NDArray[np.float64],
    importance: NDArray[np.float64] | None = None,
    random_state: int = 0,
) -> tuple[float, float, float]:
    """Return the mean over held-out seeds and its 95 % bootstrap interval.

    Args:
        values: One number a held-out seed, shape (held,).
        importance: Weights of the mean, shape (held,); None for equal ones.
        random_state: Fixes the resampling.
    """
    importance = np.ones(len(values)) if importance is None else importance
    rng = np.random.default_rng(random_state)
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=RESAMPLES)
    drawn = counts @ importance
    # a draw without any importance says nothing
    means = (counts @ (values * importance))[drawn > 0] / drawn[drawn > 0]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(np.average(values, weights=importance)), float(low), float(high)


def differences(gaps: Sequence[NDArray[np.float64]], random_state: int = 0) -> list[dict[str, Any]]:
    """Judge several ways against one: paired differences with intervals and p-values.

    The p-value comes from flipping signs of the gaps at random (Fisher's randomisation test for
    pairs); over all ways it is adjusted by Holm's procedure.

    Args:
        gaps: For each way, what it found more of every held-out seed, shape (held,).
        random_state: Fixes intervals and flips.

    Returns:
        For each way: difference, low, high, p, p_holm.
    """
    if not gaps:
        return []
    rng = np.random.default_rng(random_state)
    p_values = [_flipped(values[values != 0], rng) for values in gaps]
    adjusted = holm(p_values)
    return [
        {
            **dict(
                zip(("difference", "low", "high"), interval(values, None, random_state), strict=True)
            ),
            "p": p,
            "p_holm": p_holm,
        }
        for values, p, p_holm in zip(gaps, p_values, adjusted, strict=True)
    ]


def verdict(row: Mapping[str, Any]) -> str:
    """Return "better", "worse" or "same" (not told apart from chance)."""
    if row["p_holm"] >= SURE:
        return "same"
    return "better" if row["difference"] > 0 else "worse"


def _flipped(gaps: NDArray[np.float64], rng: np.random.Generator) -> float:
    if not len(gaps):
        return 1.0
    own = abs(gaps.sum())
    signs = rng.integers(0, 2, (FLIPS, len(gaps)), dtype=np.int8) * 2 - 1
    beyond = np.abs(signs.astype(np.float32) @ gaps.astype(np.float32)) >= own * (1 - 1e-5)
    return float((beyond.sum() + 1) / (FLIPS + 1))
