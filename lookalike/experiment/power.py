"""How small an effect a test can find, how many users it needs, and its power in between."""

from __future__ import annotations

import math
from statistics import NormalDist

from lookalike.errors import BadInput


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
    if min(n_control, n_treatment) <= 0:
        raise BadInput("A test needs users in both variants.", "Give numbers above 0.")
    return _quantiles(alpha, power) * sd * math.sqrt(1 / n_control + 1 / n_treatment) / abs(baseline)


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
    _require(baseline, sd, alpha, power)
    if lift == 0 or not math.isfinite(lift):
        raise BadInput("The lift to find must not be 0.", "Give the smallest lift worth acting on.")
    if not 0 < treatment_share < 1:
        raise BadInput(
            f"The treatment's share is {treatment_share:g}; it must lie between 0 and 1.",
            "Give 0.5 for a test split in half.",
        )
    # the inverse of minimum_effect, with 1/n_control + 1/n_treatment = 1 / (total s (1 - s))
    per_user = (_quantiles(alpha, power) * sd / (lift * baseline)) ** 2
    total = per_user / (treatment_share * (1 - treatment_share))
    return math.ceil(total * (1 - treatment_share)), math.ceil(total * treatment_share)


def power_of(
    baseline: float, sd: float, lift: float, n_control: float, n_treatment: float, *, alpha: float = 0.05
) -> float:
    """Return the chance that a two-sided test finds a relative lift; arguments as above.

    Raises:
        BadInput: A number is out of its range.
    """
    _require(baseline, sd, alpha, 0.5)
    if min(n_control, n_treatment) <= 0:
        raise BadInput("A test needs users in both variants.", "Give numbers above 0.")
    normal = NormalDist()
    shift = abs(lift * baseline) / (sd * math.sqrt(1 / n_control + 1 / n_treatment))
    critical = normal.inv_cdf(1 - alpha / 2)
    return normal.cdf(shift - critical) + normal.cdf(-shift - critical)


def share_sd(share: float) -> float:
    """Return the standard deviation between users of a yes-or-no metric.

    Raises:
        BadInput: The share does not lie between 0 and 1.
    """
    if not 0 < share < 1:
        raise BadInput(f"The share is {share:g}; it must lie between 0 and 1.", "Write 5 % as 0.05.")
    return math.sqrt(share * (1 - share))


def _quantiles(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)


def _require(baseline: float, sd: float, alpha: float, power: float) -> None:
    if baseline == 0 or not math.isfinite(baseline):
        raise BadInput("The baseline must not be 0.", "A relative lift needs a value to relate to.")
    if not (sd > 0 and math.isfinite(sd)):
        raise BadInput(
            f"The standard deviation is {sd:g}; it must be above 0.", "Take it from past data."
        )
    for name, number in (("alpha", alpha), ("power", power)):
        if not 0 < number < 1:
            raise BadInput(
                f"{name} is {number:g}; it must lie between 0 and 1.", "Usual are 0.05 and 0.8."
            )
