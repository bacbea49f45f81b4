"""How much of an audience to hold out, so that the campaign's effect can be read from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lookalike.errors import BadInput
from lookalike.experiment.planning.baseline import Baseline
from lookalike.experiment.planning.terms import Terms
from lookalike.experiment.power import (
    MOST,
    best_control_share,
    effective_users,
    holdout_share,
    minimum_effect,
)


@dataclass(frozen=True, slots=True)
class Holdout:
    """The hold-out of an audience; what is held out is the control.

    Attributes:
        audience: Its users.
        treatments: The variants that share what is not held out.
        lift: The relative lift to find.
        users: The fewest users to hold out to find it; None where no hold-out suffices.
        share: The share of the audience that they are.
        users_adjusted: The fewest with the adjustment for the time before; None where nothing is
            known of it, or it does not suffice either.
        share_adjusted: The share that they are.
        best_share: The hold-out that finds the smallest lift.
        best_lift: That lift.
        best_lift_adjusted: The same with the adjustment; None where nothing is known of it.
    """

    audience: int
    treatments: int
    lift: float
    users: int | None
    share: float | None
    users_adjusted: int | None
    share_adjusted: float | None
    best_share: float
    best_lift: float
    best_lift_adjusted: float | None


def hold_out(baseline: Baseline, terms: Terms, audience: int) -> Holdout:
    """Find the smallest hold-out of an audience from which a lift can be read.

    Args:
        baseline: The metric, as it is without the campaign.
        terms: The lift, the risks and the number of treatments; the treatments share equally
            what is not held out, whatever shares the terms name.
        audience: Its users.

    Raises:
        BadInput: A number is out of its range.
    """
    terms.checked()
    treatments = terms.treatments
    if not 2 * (treatments + 1) <= audience <= MOST:
        raise BadInput(
            f"An audience of {audience:,} users cannot be split among {treatments + 1} variants.",
            "Each variant needs at least two.",
        )
    best = best_control_share(treatments)
    held = audience * best
    pair = (held, (audience - held) / treatments)

    def lift(sd: float) -> float:
        return minimum_effect(baseline.value, sd, *pair, alpha=terms.alpha_each, power=terms.power)

    users = _fewest(baseline, baseline.sd, terms, audience)
    adjusted = baseline.sd_adjusted
    fewer = None if adjusted is None else _fewest(baseline, adjusted, terms, audience)
    return Holdout(
        audience=audience,
        treatments=treatments,
        lift=terms.lift,
        users=users,
        share=None if users is None else users / audience,
        users_adjusted=fewer,
        share_adjusted=None if fewer is None else fewer / audience,
        best_share=best,
        best_lift=lift(baseline.sd),
        best_lift_adjusted=None if adjusted is None else lift(adjusted),
    )


def _fewest(baseline: Baseline, sd: float, terms: Terms, audience: int) -> int | None:
    effective = effective_users(
        baseline.value, sd, terms.lift, alpha=terms.alpha_each, power=terms.power
    )
    share = holdout_share(effective, audience, terms.treatments)
    if share is None:
        return None
    users = max(2, math.ceil(share * audience))
    # in a small audience the next whole number can lie beyond the best share
    enough = 1 / users + terms.treatments / (audience - users) <= (1 + 1e-12) / effective
    return users if enough else None
