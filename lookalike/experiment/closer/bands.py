"""Lift by score: where in a ranked audience a treatment works."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from lookalike.errors import BadInput
from lookalike.experiment.guardrails import guarded
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric
from lookalike.experiment.moments import Moments, aggregate_by
from lookalike.experiment.results import Interval, MetricResult
from lookalike.experiment.rows import Rows
from lookalike.significance import benjamini_hochberg
from lookalike.workspace import quoted

MOST_BANDS = 20
SCORED = "isfinite(score)"


@dataclass(frozen=True, slots=True)
class Band:
    """One metric of one treatment among users of like score. Unknown is None, never NaN.

    Attributes:
        treatment: The treatment's name.
        control: The control's name.
        metric: The metric's name in reports.
        label: Its name for people.
        numerator: The column that it sums.
        rate: Whether its values are shown as percentages.
        good: The direction that is wished for, "up" or "down".
        margin: Of a guardrail: the largest relative change for the worse that is accepted.
        band: 1 for the users of the highest scores.
        share: The share of all users with a score that are in the band.
        top_share: The share that are in it or in a better one.
        score_from: The lowest score in the band.
        score_to: The highest.
        n_control: Users of the control in it.
        n_treatment: Users of the treatment in it.
        control_value: The metric in the control.
        treatment_value: The metric in the treatment.
        rel_lift: treatment / control - 1.
        rel_ci: Its interval.
        p_value: Welch's, of the absolute difference.
        p_bh: Adjusted by Benjamini and Hochberg over the bands of this treatment and metric.
        top_rel_lift: The lift from the best band down to the end of this one.
        top_rel_ci: Its interval.
        top_guardrail: Of a guardrail: "kept", "open" or "broken" from the best band down to here.
        numerator_share: The share of the numerator of all treated users that falls into the band.
        numerator_ci: Its interval.
    """

    treatment: str
    control: str
    metric: str
    label: str
    numerator: str
    rate: bool
    good: str
    margin: float | None
    band: int
    share: float
    top_share: float
    score_from: float
    score_to: float
    n_control: int
    n_treatment: int
    control_value: float | None = None
    treatment_value: float | None = None
    rel_lift: float | None = None
    rel_ci: Interval | None = None
    p_value: float | None = None
    p_bh: float | None = None
    top_rel_lift: float | None = None
    top_rel_ci: Interval | None = None
    top_guardrail: str | None = None
    numerator_share: float | None = None
    numerator_ci: Interval | None = None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A band: its place, its scores and its users, and those down to its end."""

    band: int
    users: int
    so_far: int
    score_from: float
    score_to: float


def by_band(
    people: Rows, metrics: Sequence[Metric], control: str, bands: int = 5, alpha: float = 0.05
) -> tuple[Band, ...]:
    """Compare the variants among users of like score.

    Users with a score are cut into bands of equal size over all variants together, so that a
    band holds the same scores in each. Equal scores stay together, in the worse of the two bands
    that a cut would part them into; where so many are equal that a band would be empty, there are
    fewer bands. Users without a score are in none.

    Args:
        people: One row a user: variant, score, one column a number.
        metrics: Metrics whose columns are in it.
        control: The control's name.
        bands: How many.
        alpha: One minus the coverage of every interval.

    Returns:
        One row a treatment, metric and band, in this order, the best band first; none where
        nobody has a score.

    Raises:
        BadInput: The number of bands does not lie between 2 and 20.
    """
    if not 2 <= bands <= MOST_BANDS:
        raise BadInput(
            f"{bands} bands were asked for; it must be between 2 and {MOST_BANDS}.", "Usual are 5 or 10."
        )
    cuts, place = _cuts(people, bands) if "score" in people.columns else ((), "")
    if not cuts or not metrics:
        return ()
    found = aggregate_by(people, metrics, place)
    own = [found.get(cut.band, {}) for cut in cuts]
    variants = sorted({variant for moments in own for variant in moments} - {control})
    return tuple(
        row
        for treatment in variants
        for metric in metrics
        for row in _rows(cuts, own, metric, control, treatment, alpha)
    )


def _cuts(people: Rows, bands: int) -> tuple[tuple[_Cut, ...], str]:
    """Return the bands, and the expression that tells a user's; NULL without a score."""
    name = quoted(people.name)
    users, highest = people.row(f"SELECT count(*), max(score) FROM {name} WHERE {SCORED}")
    if not users:
        return (), ""
    # half a user before the last one below a cut: no rounding of the share reaches a neighbour
    below = [users - band * users // bands for band in range(1, bands)]
    shares = ", ".join(repr((count - 0.5) / users) for count in below)
    (at,) = people.row(f"SELECT quantile_disc(score, [{shares}]) FROM {name} WHERE {SCORED}")
    above = [cut for cut in dict.fromkeys(at) if cut < highest]
    cases = " ".join(f"WHEN score > {_literal(cut)} THEN {n}" for n, cut in enumerate(above, start=1))
    place = f"CASE WHEN NOT coalesce({SCORED}, FALSE) THEN NULL {cases} ELSE {len(above) + 1} END"
    rows = people.rows(
        f'SELECT {place} AS "score band", count(*), min(score), max(score) FROM {name} '
        f'WHERE {SCORED} GROUP BY "score band" ORDER BY "score band"'
    )
    so_far = 0
    cuts = []
    for band, inside, low, high in rows:
        so_far += inside
        cuts.append(_Cut(band, inside, so_far, low, high))
    return tuple(cuts), place


def _literal(score: float) -> str:
    # as text: a plain 0.1 would be a DECIMAL, and no longer the score it was
    return f"CAST('{score!r}' AS DOUBLE)"


def _rows(
    cuts: Sequence[_Cut],
    own: Sequence[Mapping[str, Moments]],
    metric: Metric,
    control: str,
    treatment: str,
    alpha: float,
) -> list[Band]:
    alone = [_compared(metric, moments, control, treatment, alpha) for moments in own]
    adjusted = benjamini_hochberg([result.p_value for result in alone])
    so_far = [
        _compared(metric, _added(own[: depth + 1]), control, treatment, alpha)
        for depth in range(len(own))
    ]
    parts = _shares([moments.get(treatment) for moments in own], metric, alpha)
    scored = cuts[-1].so_far
    return [
        Band(
            treatment=treatment,
            control=control,
            metric=metric.name,
            label=metric.label,
            numerator=metric.numerator.column,
            rate=metric.is_rate,
            good=metric.good,
            margin=metric.margin,
            band=cut.band,
            share=cut.users / scored,
            top_share=cut.so_far / scored,
            score_from=cut.score_from,
            score_to=cut.score_to,
            n_control=moments[control].n if control in moments else 0,
            n_treatment=moments[treatment].n if treatment in moments else 0,
            control_value=here.control,
            treatment_value=here.treatment,
            rel_lift=here.rel_lift,
            rel_ci=here.rel_ci,
            p_value=here.p_value,
            p_bh=p_bh,
            top_rel_lift=down.rel_lift,
            top_rel_ci=down.rel_ci,
            top_guardrail=down.guardrail,
            numerator_share=part[0] if part else None,
            numerator_ci=part[1] if part else None,
        )
        for cut, moments, here, p_bh, down, part in zip(
            cuts, own, alone, adjusted, so_far, parts, strict=True
        )
    ]


def _compared(
    metric: Metric, moments: Mapping[str, Moments], control: str, treatment: str, alpha: float
) -> MetricResult:
    if control not in moments or treatment not in moments:
        return MetricResult(metric.name, metric.label, None, None)
    return guarded(compare(metric, moments[control], moments[treatment], alpha=alpha), metric, alpha)


def _added(own: Sequence[Mapping[str, Moments]]) -> dict[str, Moments]:
    variants = {variant for moments in own for variant in moments}
    return {
        variant: functools.reduce(operator.add, (m[variant] for m in own if variant in m))
        for variant in variants
    }


def _shares(
    arm: Sequence[Moments | None], metric: Metric, alpha: float
) -> list[tuple[float, Interval] | None]:
    """Return the share of the numerator's sum that falls into each band, with its interval.

    A share is a ratio of means over users, of the numerator where the user is in the band and of
    the numerator; its variance is the delta method's.
    """
    y = metric.numerator
    sums = [m.n * m.mean[y] if m else 0.0 for m in arm]
    squares = [(m.n - 1) * m.cov[y, y] + m.n * m.mean[y] ** 2 if m else 0.0 for m in arm]
    total, n = sum(sums), sum(m.n for m in arm if m)
    if total <= 0 or min(sums) < 0 or n < 2:
        return [None] * len(arm)
    z = NormalDist().inv_cdf(1 - alpha / 2)
    found: list[tuple[float, Interval] | None] = []
    for part, square in zip(sums, squares, strict=True):
        share = part / total
        residual = (1 - share) ** 2 * square + share**2 * (sum(squares) - square)
        half = z * math.sqrt(residual * n / (n - 1)) / total
        found.append((share, (max(share - half, 0.0), min(share + half, 1.0))))
    return found
