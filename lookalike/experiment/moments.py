"""Counts, means, variances and covariances of every variant, from one DuckDB aggregation."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.experiment.metrics import Metric, Variable
from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

Form = Mapping[Variable, float]
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class Moments:
    """The first two moments of users' numbers in one variant (ddof 1).

    Attributes:
        n: Users.
        mean: The mean of each variable.
        cov: Sample covariance of pairs of variables, both orders and the variances included.
    """

    n: int
    mean: Mapping[Variable, float]
    cov: Mapping[tuple[Variable, Variable], float]

    def bilinear(self, left: Form, right: Form) -> float:
        """Return the covariance of two linear combinations of the variables."""
        return sum(a * b * self.cov[x, y] for x, a in left.items() for y, b in right.items() if a and b)

    def variance(self, form: Form) -> float:
        """Return the variance between users of a linear combination of the variables."""
        variance = self.bilinear(form, form)
        parts = sum(weight * weight * self.cov[x, x] for x, weight in form.items())
        # what is the same for every user leaves the rounding of its parts behind
        return variance if variance > ROUNDING * parts else 0.0

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of both samples taken as one, the difference between them included."""
        n = self.n + other.n
        mean = {x: (self.n * self.mean[x] + other.n * other.mean[x]) / n for x in self.mean}
        gap = {x: self.mean[x] - other.mean[x] for x in self.mean}
        cov = {
            (x, y): (
                (self.n - 1) * self.cov[x, y]
                + (other.n - 1) * other.cov[x, y]
                + gap[x] * gap[y] * self.n * other.n / n
            )
            / (n - 1)
            for x, y in self.cov
        }
        return Moments(n, mean, cov)


def value(moments: Moments, metric: Metric) -> float | None:
    """Return the metric's value in a variant; None where its denominator is 0, or next to it."""
    base = moments.mean[metric.denominator] if metric.denominator else 1.0
    found = metric.scale * moments.mean[metric.numerator] / base if base else math.inf
    return found if math.isfinite(found) else None


def linearised(moments: Moments, metric: Metric) -> dict[Variable, float]:
    """Return a user's share in the metric as a linear form, at this sample's own value.

    The sample variance of the form, divided by n, is the delta-method variance of the metric
    (Deng, Knoblich & Lu 2018, section 3). The denominator must not be 0.
    """
    if metric.denominator is None:
        return {metric.numerator: metric.scale}
    base = moments.mean[metric.denominator]
    ratio = moments.mean[metric.numerator] / base
    form = {metric.numerator: metric.scale / base}
    form[metric.denominator] = form.get(metric.denominator, 0.0) - metric.scale * ratio / base
    return form


def aggregate(
    people: Rows, metrics: Collection[Metric], before: Collection[str] = ()
) -> dict[str, Moments]:
    """Compute the moments that the metrics need, by variant in alphabetical order.

    Args:
        people: One row a user: variant, and one column a number.
        metrics: Metrics whose columns are in the table.
        before: The names of those whose `before` has its columns there too.

    Returns:
        Moments by variant. Of a single user covariances are 0.
    """
    return aggregate_by(people, metrics, "1", before).get(1, {})


def aggregate_by(
    people: Rows, metrics: Collection[Metric], group: str, before: Collection[str] = ()
) -> dict[Any, dict[str, Moments]]:
    """Compute the same by group and variant, in one aggregation.

    Args:
        people: As for `aggregate`.
        metrics: As for `aggregate`.
        group: An SQL expression over a row, such as a quoted column.
        before: As for `aggregate`.

    Returns:
        Moments by group and variant, both in order.
    """
    variables = list(dict.fromkeys(v for m in metrics for v in _variables(m, m.name in before)))
    name = {variable: f"v{number}" for number, variable in enumerate(variables)}
    pairs = list(
        dict.fromkeys(
            (x, y)
            for metric in metrics
            for group_of in [_variables(metric, metric.name in before)]
            for x in group_of
            for y in group_of
            if name[x] <= name[y]
        )
    )
    inner = ", ".join(f"{variable.sql} AS {name[variable]}" for variable in variables)
    means = ", ".join(f"avg({name[variable]})" for variable in variables)
    covariances = ", ".join(
        # what is 0 or 1 has its variance in its mean
        f"coalesce(avg({name[x]}) * (1 - avg({name[x]})) * (count(*) / nullif(count(*) - 1, 0)), 0.0)"
        if x == y and x.positive
        else f"coalesce(var_samp({name[x]}), 0.0)"
        if x == y
        else f"coalesce(covar_samp({name[x]}, {name[y]}), 0.0)"
        for x, y in pairs
    )
    rows = people.rows(
        f'SELECT "group", variant, count(*), {means}, {covariances} '
        f'FROM (SELECT {group} AS "group", variant, {inner} FROM {quoted(people.name)}) '
        'GROUP BY "group", variant ORDER BY "group", variant'
    )
    found: dict[Any, dict[str, Moments]] = {}
    for key, variant, n, *numbers in rows:
        cov = dict(zip(pairs, numbers[len(variables) :], strict=True))
        cov |= {(y, x): number for (x, y), number in cov.items()}
        moments = Moments(n, dict(zip(variables, numbers, strict=False)), cov)
        found.setdefault(key, {})[variant] = moments
    return found


def _variables(metric: Metric, with_before: bool) -> tuple[Variable, ...]:
    own = (metric.numerator, metric.denominator) if metric.denominator else (metric.numerator,)
    return (*own, *_variables(metric.before, with_before=False)) if with_before else own
