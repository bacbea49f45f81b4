"""The use case: plan a test. How many users, for how long, and what it can find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.errors import BadInput
from lookalike.experiment.planning.baseline import Baseline
from lookalike.experiment.planning.peeking import always_valid_effect, always_valid_users
from lookalike.experiment.planning.power_curves import power_at
from lookalike.experiment.planning.terms import Terms, duration, paired
from lookalike.experiment.power import (
    allocated,
    best_control_share,
    effective_users,
    minimum_effect,
)


@dataclass(frozen=True, slots=True)
class Minimum:
    """The smallest lift of a metric that the test finds.

    Attributes:
        metric: Its name in reports.
        label: Its name for people.
        value: Its baseline.
        rate: Whether that is a share or a rate.
        rel_lift: Relative to the baseline.
        abs_lift: In the metric's own unit.
        rel_lift_adjusted: With the adjustment for the time before; None where nothing is known.
        variance_reduction: What that adjustment removes.
    """

    metric: str
    label: str
    value: float
    rate: bool
    rel_lift: float
    abs_lift: float
    rel_lift_adjusted: float | None
    variance_reduction: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a test must be, and what it finds at a size.

    Attributes:
        baseline: The metric that decides.
        terms: What was asked.
        alpha_each: The alpha of each single decision.
        split: The share of the control and of each treatment.
        variants: The users that each of them needs, the control first.
        total: Their sum.
        total_adjusted: The same with the adjustment for the time before; None without it.
        lift_total: What finding the lift takes.
        guardrail: The guardrail's name for people; None without one.
        guardrail_total: What seeing the guardrail kept takes; `total` is the larger one.
        days: Until so many users have entered; None where nobody said how many do.
        weeks: The same in whole weeks, since weekdays differ.
        weeks_adjusted: The same with the adjustment.
        size: The users that the next numbers are about: those there are, or else `total`.
        size_power: The chance to find the lift with them.
        size_power_adjusted: The same with the adjustment.
        minimum: For each metric the smallest lift that they find.
        peeking_lift: What they find where one looks at always-valid intervals all the time.
        peeking_total: How many users that needs for the lift asked for.
        best_share: The control's share that needs the fewest users.
        best_total: How many those are, for the lift.
    """

    baseline: Baseline
    terms: Terms
    alpha_each: float
    split: tuple[float, ...]
    variants: tuple[int, ...]
    total: int
    total_adjusted: int | None
    lift_total: int
    guardrail: str | None
    guardrail_total: int | None
    days: int | None
    weeks: int | None
    weeks_adjusted: int | None
    size: int
    size_power: float
    size_power_adjusted: float | None
    minimum: tuple[Minimum, ...]
    peeking_lift: float
    peeking_total: int
    best_share: float
    best_total: int


def plan(
    baseline: Baseline,
    terms: Terms,
    *,
    others: Sequence[Baseline] = (),
    guardrail: Baseline | None = None,
) -> Plan:
    """Plan a test.

    Every treatment is compared with the control; the smallest one decides how many users are
    needed. The guardrail shares no alpha: a treatment is taken only if the guardrail is kept too,
    so that it adds no false alarms.

    Args:
        baseline: The metric that decides.
        terms: What is asked.
        others: Further metrics to say the smallest lift of.
        guardrail: A metric that must not get worse by more than the terms' margin.

    Raises:
        BadInput: A number is out of its range, or the lift takes more users than anybody has.
    """
    terms.checked()
    _refuse_beyond_one(baseline, terms.lift)
    each, split = terms.alpha_each, terms.split

    def needed(of: Baseline, sd: float, change: float, alpha: float) -> tuple[int, ...]:
        effective = effective_users(of.value, sd, change, alpha=alpha, power=terms.power)
        # of a single user nobody can say how much users differ
        return tuple(max(2, users) for users in allocated(effective, split))

    variants = needed(baseline, baseline.sd, terms.lift, each)
    least = needed(baseline, baseline.sd_adjusted or baseline.sd, terms.lift, each)
    lift_total, guardrail_total = sum(variants), None
    if guardrail is not None:
        if terms.margin is None:
            raise BadInput("The guardrail has no margin.", "Say what fall is still accepted: 0.05.")
        guarded = needed(guardrail, guardrail.sd, terms.margin, terms.alpha)
        guardrail_total = sum(guarded)
        variants = max(variants, guarded, key=sum)
        sd = guardrail.sd_adjusted or guardrail.sd
        least = max(least, needed(guardrail, sd, terms.margin, terms.alpha), key=sum)
    total = sum(variants)
    total_adjusted = None if baseline.sd_adjusted is None else sum(least)
    measured = {baseline.metric: baseline}
    for other in (*others, *([guardrail] if guardrail else [])):
        measured.setdefault(other.metric, other)
    size = _size(terms, total)
    pair = paired(split, size)
    days, weeks = duration(total, terms)
    best = best_control_share(terms.treatments)
    best_split = (best, *[(1 - best) / terms.treatments] * terms.treatments)
    effective = effective_users(baseline.value, baseline.sd, terms.lift, alpha=each, power=terms.power)
    peeking = always_valid_users(
        baseline.value, baseline.sd, terms.lift, split, alpha=each, power=terms.power
    )
    by_size = [power_at(baseline, sd, terms, size) for sd in (baseline.sd, baseline.sd_adjusted)]
    return Plan(
        baseline=baseline,
        terms=terms,
        alpha_each=each,
        split=split,
        variants=variants,
        total=total,
        total_adjusted=total_adjusted,
        lift_total=lift_total,
        guardrail=None if guardrail is None else guardrail.label,
        guardrail_total=guardrail_total,
        days=days,
        weeks=weeks,
        weeks_adjusted=None if total_adjusted is None else duration(total_adjusted, terms)[1],
        size=size,
        size_power=by_size[0] or 0.0,
        size_power_adjusted=by_size[1],
        minimum=tuple(_minimum(one, terms, pair) for one in measured.values()),
        peeking_lift=always_valid_effect(
            baseline.value, baseline.sd, *pair, alpha=each, power=terms.power
        ),
        peeking_total=sum(peeking),
        best_share=best,
        best_total=sum(allocated(effective, best_split)),
    )


def _minimum(baseline: Baseline, terms: Terms, pair: tuple[float, float]) -> Minimum:
    def found(sd: float) -> float:
        return minimum_effect(baseline.value, sd, *pair, alpha=terms.alpha_each, power=terms.power)

    rel_lift = found(baseline.sd)
    return Minimum(
        baseline.metric,
        baseline.label,
        baseline.value,
        baseline.rate,
        rel_lift,
        rel_lift * abs(baseline.value),
        None if baseline.sd_adjusted is None else found(baseline.sd_adjusted),
        baseline.variance_reduction,
    )


def _size(terms: Terms, total: int) -> int:
    if terms.users is not None:
        size = float(terms.users)
    elif terms.weeks is not None and terms.weekly is not None:
        size = terms.weekly * terms.weeks
    else:
        return total
    if size * min(terms.split) < 2:
        raise BadInput(
            f"{size:,.0f} users are too few to split among {len(terms.split)} variants.",
            "Each variant needs at least two.",
        )
    return int(size)


def _refuse_beyond_one(baseline: Baseline, lift: float) -> None:
    if baseline.rate and baseline.value * (1 + lift) >= 1:
        raise BadInput(
            f"{baseline.label[:1].upper()}{baseline.label[1:]} is {100 * baseline.value:.1f} %: a rise "
            f"by {100 * lift:.1f} % of that would pass 100 %.",
            "The lift is relative: a lift of 5 % turns 10.0 % into 10.5 %.",
        )
