"""Experiments with a known make-up: users whose click rates differ, so that clicks cluster."""

import numpy as np
import pandas as pd

from lookalike.experiment.metrics import Metric
from lookalike.experiment.moments import Moments


def generated(
    users: int, shares: dict[str, float], lifts: dict[str, float] | None = None, seed: int = 7
) -> pd.DataFrame:
    """One row a user; `lifts` raise the click rate of a variant."""
    rng = np.random.default_rng(seed)
    variant = rng.choice(list(shares), users, p=list(shares.values()))
    taste = rng.beta(0.6, 6, users)
    activity = rng.gamma(1.2, 8, users)
    lift = 1 + np.array([(lifts or {}).get(name, 0.0) for name in variant])
    frame = pd.DataFrame({"user_id": np.arange(users).astype(str), "variant": variant})
    for prefix, effect in (("", lift), ("pre_", np.ones(users))):
        impressions = rng.poisson(activity)
        clicks = rng.binomial(impressions, np.clip(taste * effect, 0, 1))
        frame[prefix + "impressions"] = impressions
        frame[prefix + "clicks"] = clicks
        frame[prefix + "hides"] = rng.binomial(impressions, 0.02)
        frame[prefix + "good_clicks"] = rng.binomial(clicks, 0.4 + taste / 2)
        frame[prefix + "revenue"] = rng.gamma(0.5, 3, users) * (rng.random(users) < 0.05 + taste / 4)
    return frame


def moments_of(metric: Metric, columns: dict[str, np.ndarray]) -> Moments:
    """The moments of a metric, and of its time before where given, straight from arrays."""
    variables = [
        metric.numerator,
        metric.denominator,
        metric.before.numerator,
        metric.before.denominator,
    ]
    known = [v for v in dict.fromkeys(variables) if v is not None and v.column in columns]
    table = np.array([columns[v.column] > 0 if v.positive else columns[v.column] for v in known], float)
    cov = np.atleast_2d(np.cov(table))
    return Moments(
        table.shape[1],
        dict(zip(known, table.mean(axis=1).tolist(), strict=True)),
        {(x, y): float(cov[i, j]) for i, x in enumerate(known) for j, y in enumerate(known)},
    )
