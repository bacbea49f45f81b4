"""What it costs to look at a running test: wider intervals, and so larger lifts or more users."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from lookalike.experiment.power import allocated, effective_users, minimum_effect
from lookalike.experiment.sequential import half_width


def always_valid_effect(
    baseline: float,
    sd: float,
    n_control: float,
    n_treatment: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float:
    """Return the relative lift that the always-valid interval finds at that size.

    It counts the look at the end alone: whoever looks before finds it a little more often.

    Args:
        baseline: The metric's value without treatment; not 0.
        sd: Its standard deviation between users.
        n_control: Users in the control.
        n_treatment: Users in the treatment.
        alpha: The rate of false alarms over all looks.
        power: The chance to find it.

    Raises:
        BadInput: A number is out of its range.
    """
    fixed = minimum_effect(baseline, sd, n_control, n_treatment, alpha=alpha, power=power)
    normal = NormalDist()
    # in standard errors: how far the effect must lie from 0 for each kind of interval
    beyond = normal.inv_cdf(power)
    always = half_width(
        1 / n_control + 1 / n_treatment, round(n_control + n_treatment), alpha
    ) / math.sqrt(1 / n_control + 1 / n_treatment)
    return fixed * (always + beyond) / (normal.inv_cdf(1 - alpha / 2) + beyond)


def always_valid_users(
    baseline: float,
    sd: float,
    lift: float,
    shares: Sequence[float],
    *,
    alpha: float = 0.05,
    power: float = 0.8,
) -> tuple[int, ...]:
    """Return the users of each variant for the always-valid interval to find a relative lift.

    Args:
        baseline: The metric's value without treatment; not 0.
        sd: Its standard deviation between users.
        lift: The relative lift to find.
        shares: Of the control and of each treatment, summing to 1.
        alpha: The rate of false alarms over all looks.
        power: The chance to find it.

    Raises:
        BadInput: A number is out of its range.
    """
    fixed = effective_users(baseline, sd, lift, alpha=alpha, power=power)
    control, treatment = shares[0], min(shares[1:])

    def reached(effective: float) -> bool:
        total = effective * (1 / control + 1 / treatment)
        pair = math.ceil(total * control), math.ceil(total * treatment)
        return always_valid_effect(baseline, sd, *pair, alpha=alpha, power=power) <= abs(lift)

    few, many = fixed, 2 * fixed  # the interval is wider than a fixed one at any size
    while not reached(many):
        few, many = many, 2 * many
    while many - few > 1e-9 * many:
        middle = (few + many) / 2
        few, many = (few, middle) if reached(middle) else (middle, many)
    return allocated(many, shares)
