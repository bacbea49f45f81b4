"""Seed-size buckets: their edges, and averages over the lists in each with intervals."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.evaluation import KS, RESAMPLES, Ranks

BASELINE = "logistic"
BUCKETS = 5


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
    """Name the buckets: "20 to 49 seeds" and so on."""
    return [f"{low:,} to {high - 1:,} seeds" for low, high in itertools.pairwise(edges)]


def summarised(
    found: Mapping[str, Mapping[str, Ranks]],
    sizes: Mapping[str, int],
    edges: Sequence[int],
    methods: Sequence[str],
) -> list[dict[str, Any]]:
    """Average over the lists of each bucket, and over all; compare with the baseline list by list.

    The lift is the ratio of mean headline recalls over the same lists and folds; intervals are a
    bootstrap over lists, and None where a bucket has a single list.
    """
    groups: dict[str, list[str]] = {label: [] for label in bucket_labels(edges)} | {"all": list(found)}
    for name in found:
        groups[bucket_of(sizes[name], edges)].append(name)
    rows = []
    for bucket, names in groups.items():
        if not names:
            continue
        heads = {
            method: np.array([found[name][method].headline() for name in names]) for method in methods
        }
        base = heads.get(BASELINE)
        for method in methods:
            ranks = [found[name][method] for name in names]
            limits = over_lists(heads[method])
            lift, lift_low, lift_high = _ratio(heads[method], base)
            rows.append(
                {
                    "bucket": bucket,
                    "method": method,
                    "lists": len(names),
                    "recall": float(heads[method].mean()),
                    "low": float(limits[0]) if limits else None,
                    "high": float(limits[1]) if limits else None,
                    "precision": _mean([one.precision(k) for one in ranks for k in KS]),
                    "auc": _mean([one.auc() for one in ranks]),
                    "p_at_5": _mean([one.precision_in_top(0.05) for one in ranks]),
                    "r_at_5": _mean([one.recall(0.05) for one in ranks]),
                    "lift_vs_baseline": lift,
                    "lift_low": lift_low,
                    "lift_high": lift_high,
                    "seconds": sum(one.seconds for one in ranks),
                }
            )
    return rows


def bucket_of(size: int, edges: Sequence[int]) -> str:
    """Return the label of the bucket that a list of this size is in."""
    place = int(np.searchsorted(edges, size, side="right")) - 1
    return bucket_labels(edges)[place]


def _resamples(lists: int) -> NDArray[np.float64]:
    """How often each list is drawn in each resample, as a share, (resamples, lists)."""
    rng = np.random.default_rng(0)
    return rng.multinomial(lists, np.full(lists, 1 / lists), size=RESAMPLES) / lists


def over_lists(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return 95 % bootstrap limits of the mean over lists; None for a single list.

    Args:
        values: One line a list, (lists,) or (lists, columns).

    Returns:
        Low and high, scalars or (columns,).
    """
    if len(values) < 2:
        return None
    low, high = np.quantile(_resamples(len(values)) @ values, [0.025, 0.975], axis=0)
    return low, high


def _ratio(
    values: NDArray[np.float64], base: NDArray[np.float64] | None
) -> tuple[float | None, float | None, float | None]:
    if base is None or base.mean() == 0:
        return None, None, None
    ratio = float(values.mean() / base.mean())
    if len(values) < 2:
        return ratio, None, None
    drawn = _resamples(len(values))
    above, below = drawn @ values, drawn @ base
    low, high = np.quantile(above[below > 0] / below[below > 0], [0.025, 0.975])
    return ratio, float(low), float(high)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def points_of(
    found: Mapping[str, Mapping[str, Ranks]], sizes: Mapping[str, int], edges: Sequence[int]
) -> list[dict[str, Any]]:
    """Return one line a list, method, fold and headline k."""
    return [
        {
            "seed_list": name,
            "n_seeds": sizes[name],
            "bucket": bucket_of(sizes[name], edges),
            "method": method,
            "split": fold,
            "k": k,
            "recall": part.recall(k),
            "precision": part.precision(k),
        }
        for name, methods in found.items()
        for method, ranks in methods.items()
        for fold, part in enumerate(ranks.by_fold())
        for k in KS
    ]
