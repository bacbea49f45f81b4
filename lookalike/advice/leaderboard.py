"""Which metric should seeds be weighted by? Every one of them against equal weights.

What counts is plain recall: the share of the held-out seeds that are found, each counting the
same. A metric that marks the seeds who truly are what the list is about makes training clearer, and
then more of the held-out ones are found; a metric that does not only makes the list effectively
shorter. It is the one yardstick that is the same for all metrics. The share of the held-out *value*
that is found is told beside it for amounts, as every metric is judged by itself there: it says
whether the best customers are found first, not which metric is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.advice.arms import Tried, differences, interval, verdict

POINTS = 100


@dataclass(frozen=True, eq=False, slots=True)
class Metric:
    """A metric that the list could be weighted by.

    Attributes:
        key: "file:<column>" or "metric:<name>".
        label: For people.
        coverage: The share of the seeds with a value.
        weights: The seeds' weights by it, mean 1, shape (P,).
        value: The amounts themselves, at least 0 and 0 where missing, shape (P,); None for a rate,
            of which there is no sum.
    """

    key: str
    label: str
    coverage: float
    weights: NDArray[np.float64]
    value: NDArray[np.float64] | None


def leaderboard(tried: Tried, equal: str, metrics: Sequence[Metric]) -> dict[str, Any]:
    """Rank metrics by the recall that weighting by them gives.

    Args:
        tried: What was found with equal weights and by each metric's key.
        equal: The name of equal weights there.
        metrics: The metrics.

    Returns:
        "equal": recall, low, high; "metrics", the best first: key, label, coverage, recall,
        difference, low, high, p, p_holm to equal weights, verdict, and for amounts "value":
        the share of the held-out value found, with equal weights, difference, low, high.
    """
    base = tried.found[equal]
    judged = differences([tried.found[metric.key] - base for metric in metrics])
    rows = [
        {
            "key": metric.key,
            "label": metric.label,
            "coverage": metric.coverage,
            "recall": float(tried.found[metric.key].mean()),
            **row,
            "verdict": verdict(row),
            "value": _value(tried.found[metric.key], base, tried.places, metric.value),
        }
        for metric, row in zip(metrics, judged, strict=True)
    ]
    recall, low, high = interval(base)
    return {
        "equal": {"recall": recall, "low": low, "high": high},
        "metrics": sorted(rows, key=lambda row: -row["recall"]),
    }


def leaderboard_sentence(board: Mapping[str, Any]) -> str:
    """Say what to weight by."""
    rows = board["metrics"]
    if not rows:
        return "There is no metric to weight by: neither the file nor the workspace has one."
    better = [row for row in rows if row["verdict"] == "better"]
    if better:
        best = better[0]
        return (
            f"Weight by {best['label']}: it finds {POINTS * best['difference']:.1f} points more of the "
            f"held-out seeds than equal weights ({POINTS * best['low']:.1f} to "
            f"{POINTS * best['high']:.1f})."
        )
    if all(row["verdict"] == "worse" for row in rows):
        return "Keep equal weights: every metric finds fewer of the held-out seeds."
    return (
        "Keep equal weights: no metric finds more of the held-out seeds by a difference that could "
        "be told from chance."
    )


def _value(
    found: NDArray[np.float64],
    base: NDArray[np.float64],
    places: NDArray[np.int64],
    value: NDArray[np.float64] | None,
) -> dict[str, float] | None:
    if value is None or not value[places].sum() > 0:
        return None
    held = value[places]
    difference, low, high = interval(found - base, held)
    return {
        "share": float(np.average(found, weights=held)),
        "equal": float(np.average(base, weights=held)),
        "difference": difference,
        "low": low,
        "high": high,
    }
