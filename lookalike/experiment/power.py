"""How small an effect a test can find, how many users it needs, and its power in between.

Everything rests on the normal approximation, with the control's standard deviation in both
variants: the number that matters is `effective_users`, 1 / (1/n_control + 1/n_treatment).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from lookalike.errors import BadInput

MOST = 10**12  # users; whoever needs more will not test

NOTHING = 1e-100


def minimum_effect(
    baseline: float,
    sd: float,
    n_control: float,
    n_treatment: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float:
    """Return the relative lift that a two-sided test finds with the given power.

    Args:
        baseline: The metric's value without treatment; not 0.
        sd: Its standard deviation between users (of a ratio: of its linearised share).
        n_control: Users in the control.
        n_treatment: Users in the treatment.
        alpha: The rate of false alarms.
        power: The chance to find it.

    Raises:
        BadInput: A number is out of its range.
    """
    _require(baseline, sd, alpha, power)
    return _quantiles(alpha, power) * _error(sd, n_control, n_treatment) / abs(baseline)


def effective_users(
    baseline: float, sd: float, lift: float, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Return what 1 / (1/n_control + 1/n_treatment) must reach to find a relative lift.

    The same number rules a guardrail: that a metric is not worse by more than a margin is seen
    from a bound of the two-sided interval (a one-sided test at alpha / 2), and so, where the
    metric does not change, takes as many users as finding a lift as large as the margin.

    Args:
        baseline: The metric's value without treatment; not 0.
        sd: Its standard deviation between users.
        lift: The relative lift to find, such as 0.05; a fall needs as many users.
        alpha: The rate of false alarms.
        power: The chance to find it.

    Raises:
        BadInput: A number is out of its range, or more users would be needed than anybody has.
    """
    _require(baseline, sd, alpha, power)
    if lift == 0 or not math.isfinite(lift):
        raise BadInput("The lift to find must not be 0.", "Give the smallest lift worth acting on.")
    # by division in steps, since a product of tiny numbers would be 0
    reach = _quantiles(alpha, power) * sd / abs(baseline) / abs(lift)
    if not reach < math.sqrt(MOST):
        raise BadInput(
            f"No test can find a lift of {100 * lift:.2g} %: it would take more than {MOST:,} users.",
            "Give the smallest lift worth acting on, such as 0.05 for 5 %.",
        )
    return max(1.0, reach**2)  # two users a variant, of whom one can say how they differ


def sample_size(
    baseline: float,
    sd: float,
    lift: float,
    *,
    treatment_share: float = 0.5,
    alpha: float = 0.05,
    power: float = 0.8,
) -> tuple[int, int]:
    """Return the users that control and treatment need to find a relative lift.

    Args:
        baseline: The metric's value without treatment; not 0.
        sd: Its standard deviation between users.
        lift: The relative lift to find, such as 0.05; a fall needs as many users.
        treatment_share: The share of users who get the treatment.
        alpha: The rate of false alarms.
        power: The chance to find it.

    Raises:
        BadInput: A number is out of its range.
    """
    if not 0 < treatment_share < 1:
        raise BadInput(
            f"The treatment's share is {treatment_share:g}; it must lie between 0 and 1.",
            "Give 0.5 for a test split in half.",
        )
    users = effective_users(baseline, sd, lift, alpha=alpha, power=power)
    control, treatment = allocated(users, (1 - treatment_share, treatment_share))
    return control, treatment


def power_of(
    baseline: float, sd: float, lift: float, n_control: float, n_treatment: float, *, alpha: float = 0.05
) -> float:
    """Return the chance that a two-sided test finds a relative lift; arguments as above.

    Raises:
        BadInput: A number is out of its range.
    """
    _require(baseline, sd, alpha, 1 - alpha / 2)
    normal = NormalDist()
    shift = abs(lift * baseline) / _error(sd, n_control, n_treatment)
    critical = normal.inv_cdf(1 - alpha / 2)
    return normal.cdf(shift - critical) + normal.cdf(-shift - critical)


def allocated(effective: float, shares: Sequence[float]) -> tuple[int, ...]:
    """Return the users of each variant so that every treatment reaches `effective` users.

    Args:
        effective: As of `effective_users`.
        shares: Of the control and of each treatment; each above 0, summing to 1.
    """
    control, *treatments = shares
    # 1/n_control + 1/n_treatment = (1/control + 1/treatment) / total
    total = effective * (1 / control + 1 / min(treatments))
    return tuple(math.ceil(total * share) for share in shares)


def best_control_share(treatments: int) -> float:
    """Return the control's share that needs the fewest users, the treatments sharing the rest.

    Each of m treatments gets 1 for every sqrt(m) of the control (Dunnett 1955).
    """
    return 1 / (1 + math.sqrt(treatments))


def holdout_share(effective: float, audience: int, treatments: int = 1) -> float | None:
    """Return the smallest control's share of an audience that reaches `effective` users.

    With m treatments sharing the rest, that is the smaller root of 1/h + m/(1-h) = audience /
    effective; None where even the best share does not reach it.
    """
    room = audience / effective
    middle = room - treatments + 1
    inside = middle**2 - 4 * room
    if middle <= 0 or inside < 0:
        return None
    # the smaller root as 2c / (b + sqrt(b² - 4ac)): the difference of two near numbers is lost
    return 2 / (middle + math.sqrt(inside))


def share_sd(share: float) -> float:
    """Return the standard deviation between users of a yes-or-no metric.

    Raises:
        BadInput: The share does not lie between 0 and 1.
    """
    if not 0 < share < 1:
        raise BadInput(f"The share is {share:g}; it must lie between 0 and 1.", "Write 5 % as 0.05.")
    return math.sqrt(share * (1 - share))


def rate_sd(rate: float, events_per_user: float, design_effect: float = 1.0) -> float:
    """Return the linearised standard deviation between users of a rate per event, such as CTR.

    A rate over n users has the variance design_effect · rate (1 - rate) / (n · events_per_user).

    Args:
        rate: Such as clicks per impression.
        events_per_user: Such as impressions per user.
        design_effect: How many times larger the variance is than if events were independent.

    Raises:
        BadInput: A number is out of its range.
    """
    sd = share_sd(rate)
    for name, number in (("events per user", events_per_user), ("design effect", design_effect)):
        if not (number > 0 and math.isfinite(number)):
            raise BadInput(f"The {name} is {number:g}; it must be above 0.", "Take it from past data.")
    return sd * math.sqrt(design_effect / events_per_user)


def _quantiles(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)


def _error(sd: float, n_control: float, n_treatment: float) -> float:
    if not min(n_control, n_treatment) > 0:
        raise BadInput("A test needs users in both variants.", "Give numbers above 0.")
    return sd * math.sqrt(1 / n_control + 1 / n_treatment)


def _require(baseline: float, sd: float, alpha: float, power: float) -> None:
    # what is next to nothing is 0: its squares and ratios are
    if abs(baseline) < NOTHING or not math.isfinite(baseline):
        raise BadInput("The baseline must not be 0.", "A relative lift needs a value to relate to.")
    if not (sd >= NOTHING and math.isfinite(sd)):
        raise BadInput(
            f"The standard deviation is {sd:g}; it must be above 0.", "Take it from past data."
        )
    for name, number in (("alpha", alpha), ("power", power)):
        if not 0 < number < 1:
            raise BadInput(
                f"{name} is {number:g}; it must lie between 0 and 1.", "Usual are 0.05 and 0.8."
            )
    if power <= alpha / 2:
        raise BadInput(
            f"The power, {power:g}, must be above half of alpha, {alpha / 2:g}.",
            "Usual are 0.8 and 0.05.",
        )
