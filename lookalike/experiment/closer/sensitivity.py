"""Whether a few extreme users carry a lift: the same lift with them capped, and without them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from lookalike.experiment.arms import among
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric, Variable, mean_metric
from lookalike.experiment.moments import Moments, aggregate
from lookalike.experiment.results import Lift
from lookalike.experiment.rows import Rows
from lookalike.workspace import quoted

EXTREME = 0.99
KINDS = ("winsorised", "trimmed")


def sensitivity(
    people: Rows, metrics: Sequence[Metric], control: str, treatment: str, alpha: float = 0.05
) -> dict[str, tuple[Lift, Lift]]:
    """Compare two variants once with extreme values capped, and once without their users.

    A column's limit is its 99 % quantile over the users of both variants: one limit for both,
    for limits of their own would hide a difference. Where that quantile is 0, as with revenue
    that few users bring, it is the quantile of the values above 0.

    Args:
        people: One row a user: variant and one column a number.
        metrics: Metrics whose columns are there; shares of users have no extremes and are left out.
        control: The control's name.
        treatment: The treatment's name.
        alpha: One minus the coverage of the intervals.

    Returns:
        By metric the lift with the columns capped at their limits (winsorised), and the lift
        without the users above a limit in the numerator or the denominator (trimmed).
    """
    asked = [metric for metric in metrics if metric.denominator or not metric.numerator.positive]
    if not asked:
        return {}
    limits = _limits(people, asked, among(control, treatment))
    found = aggregate(
        _limited(people, asked, limits, among(control, treatment)),
        [variant for metric in asked for kind in KINDS for variant in _measured(metric, kind)],
    )
    return {
        metric.name: (
            _lift(metric, "winsorised", found, control, treatment, alpha),
            _lift(metric, "trimmed", found, control, treatment, alpha),
        )
        for metric in asked
    }


def _limits(people: Rows, metrics: Sequence[Metric], pair: str) -> dict[str, float]:
    """Return the largest ordinary value of every column that has one."""
    columns = list(dict.fromkeys(part.column for metric in metrics for part in _parts(metric)))
    if not columns:
        return {}
    quantiles = ", ".join(
        f"CASE WHEN {whole} > 0 THEN {whole} ELSE {whole} FILTER (WHERE {quoted(column)} > 0) END"
        for column in columns
        for whole in [f"quantile_disc({quoted(column)}, {EXTREME})"]
    )
    row = people.row(f"SELECT {quantiles} FROM {quoted(people.name)} WHERE {pair}")
    return {column: limit for column, limit in zip(columns, row, strict=True) if limit is not None}


def _limited(people: Rows, metrics: Sequence[Metric], limits: Mapping[str, float], pair: str) -> Rows:
    """Return the users of the pair with the columns that `_measured` names."""
    columns = {}
    for metric in metrics:
        above = [
            f"{quoted(part.column)} > {limits[part.column]!r}"
            for part in _parts(metric)
            if part.column in limits
        ]
        kept = f"NOT ({' OR '.join(above) or 'FALSE'})"
        columns[_column("kept", metric)] = f"CAST({kept} AS DOUBLE)"
        for part in _variables(metric):
            capped = part.sql
            if not part.positive and part.column in limits:
                capped = f"least({part.sql}, {limits[part.column]!r})"
            columns[_column("winsorised", metric, part)] = capped
            # what is NULL is in no mean and in no covariance
            columns[_column("trimmed", metric, part)] = f"CASE WHEN {kept} THEN {part.sql} END"
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    view = f"WITH limited AS (SELECT variant, {listed} FROM {quoted(people.name)} WHERE {pair})"
    return Rows("limited", ("variant", *columns), lambda sql: people.ask(f"{view} {sql}"))


def _measured(metric: Metric, kind: str) -> list[Metric]:
    """Return the metric over the columns of a kind, and whom of the users it keeps."""
    first, *rest = (Variable(_column(kind, metric, part)) for part in _variables(metric))
    changed = dataclasses.replace(
        metric, name=f"{kind} {metric.name}", numerator=first, denominator=rest[0] if rest else None
    )
    return [changed, mean_metric(f"kept {metric.name}", _column("kept", metric))]


def _lift(
    metric: Metric,
    kind: str,
    found: Mapping[str, Moments],
    control: str,
    treatment: str,
    alpha: float,
) -> Lift:
    changed, kept = _measured(metric, kind)
    arms = []
    for variant in (control, treatment):
        moments = found.get(variant)
        if moments is None:
            return Lift(None, None)
        users = round(moments.n * moments.mean[kept.numerator]) if kind == "trimmed" else moments.n
        if users < 2:
            return Lift(None, None)
        arms.append(dataclasses.replace(moments, n=users))
    result = compare(changed, *arms, alpha=alpha)
    return Lift(result.rel_lift, result.rel_ci)


def _variables(metric: Metric) -> list[Variable]:
    return [part for part in (metric.numerator, metric.denominator) if part]


def _parts(metric: Metric) -> list[Variable]:
    return [part for part in _variables(metric) if not part.positive]


def _column(kind: str, metric: Metric, part: Variable | None = None) -> str:
    place = "" if part is None else f" {_variables(metric).index(part)}"
    return f"{kind} {metric.name}{place}"
