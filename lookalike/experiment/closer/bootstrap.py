"""Intervals that assume no formula: relative lifts of resampled users."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lookalike.experiment.arms import among, text
from lookalike.experiment.metrics import Metric, Variable
from lookalike.experiment.results import Interval, finite_pair
from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

BUCKETS = 4_096
AT_ONCE = 100
LOST = 0.1  # the share of alpha that draws without a value may take before the bounds mean nothing

Floats = NDArray[np.float64]


def bootstrap(
    people: Rows,
    metrics: Sequence[Metric],
    control: str,
    treatment: str,
    rng: np.random.Generator,
    draws: int = 2_000,
    alpha: float = 0.05,
) -> dict[str, Interval | None]:
    """Return the percentile interval of the relative lift of every metric (Efron 1979).

    The users of a variant are dealt at random into at most 4,096 buckets, and buckets are drawn
    with all that is in them, as clusters are (Field & Welsh 2007). A sum over users is a sum over
    buckets; because the dealing is random, the variance between buckets' sums, their sizes
    included, is on average the variance that so many users have. So the cost of a draw does not
    grow with the users, and the price is an error of the interval's width of about one part in
    the root of twice the buckets: 1 %. Of fewer users each is a bucket of its own.

    Args:
        people: One row a user: user_id, variant and one column a number.
        metrics: Metrics whose columns are there.
        control: The control's name.
        treatment: The treatment's name.
        rng: Deals and draws.
        draws: How often to draw.
        alpha: One minus the coverage.

    Returns:
        By metric its interval; None with fewer than two users in a variant, where no draw differs,
        and where so many draws have nothing to divide by that the bounds would be theirs.
    """
    variables = list(dict.fromkeys(part for metric in metrics for part in _variables(metric)))
    sums = _buckets(people, variables, (control, treatment), int(rng.integers(2**31)))
    if any(arm[:, 0].sum() < 2 for arm in sums):
        return dict.fromkeys((metric.name for metric in metrics), None)
    drawn_control, drawn_treatment = (_drawn(arm, draws, rng) for arm in sums)
    total = sums[0].sum(axis=0)[None]
    return {
        metric.name: _interval(
            _values(drawn_control, metric, variables),
            _values(drawn_treatment, metric, variables),
            _values(total, metric, variables)[0],
            alpha,
        )
        for metric in metrics
    }


def _buckets(
    people: Rows, variables: Sequence[Variable], pair: tuple[str, str], seed: int
) -> list[Floats]:
    """Return for each variant its buckets: users and the sum of each variable, (buckets, 1 + sums)."""
    name = quoted(people.name)
    users = dict(
        people.rows(f"SELECT variant, count(*) FROM {name} WHERE {among(*pair)} GROUP BY variant")
    )
    sums = "".join(f", sum({variable.sql})" for variable in variables)
    found = []
    for variant in pair:
        few = users.get(variant, 0) <= BUCKETS
        # of few users the whole hash: no two of them share a bucket
        bucket = f"hash(user_id, {seed})" + ("" if few else f" % {BUCKETS}")
        rows = people.rows(
            f"SELECT count(*){sums} FROM {name} WHERE variant = {text(variant)} "
            f"GROUP BY {bucket} ORDER BY {bucket}"
        )
        found.append(np.array(rows, dtype=float).reshape(len(rows), 1 + len(variables)))
    return found


def _drawn(buckets: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return the sums over buckets drawn with replacement, shape (draws, columns)."""
    count = len(buckets)
    totals = np.empty((draws, buckets.shape[1]))
    for start in range(0, draws, AT_ONCE):
        lines = min(AT_ONCE, draws - start)
        chosen = rng.integers(count, size=(lines, count))
        chosen += count * np.arange(lines)[:, None]
        times = np.bincount(chosen.ravel(), minlength=lines * count).reshape(lines, count)
        totals[start : start + lines] = times.astype(float) @ buckets
    return totals


def _values(totals: Floats, metric: Metric, variables: Sequence[Variable]) -> Floats:
    """Return the metric of every line of sums; NaN where there is nothing to divide by."""
    above = totals[:, 1 + variables.index(metric.numerator)]
    below = totals[:, 1 + variables.index(metric.denominator) if metric.denominator else 0]
    return np.divide(above, below, out=np.full(len(totals), np.nan), where=below != 0)


def _interval(control: Floats, treatment: Floats, found: float, alpha: float) -> Interval | None:
    # a control that reaches 0, or changes its sign, leaves no ratio; NaN compares as false
    usable = (control * np.sign(found) > 0) & ~np.isnan(treatment)
    if (~usable).mean() > LOST * alpha or not usable.any():
        return None
    lifts = treatment[usable] / control[usable] - 1
    if np.ptp(lifts) <= 1e-12 * (1 + np.abs(lifts).max()):
        return None
    low, high = np.quantile(lifts, [alpha / 2, 1 - alpha / 2]).tolist()
    return finite_pair(low, high)


def _variables(metric: Metric) -> list[Variable]:
    return [part for part in (metric.numerator, metric.denominator) if part]
