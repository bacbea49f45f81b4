"""A plan for people: the answer in a sentence, what it rests on, and its numbers as tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pandas as pd

from lookalike.experiment.planning.baseline import Baseline
from lookalike.experiment.planning.holdout import Holdout
from lookalike.experiment.planning.plan import Plan
from lookalike.experiment.planning.power_curves import Point
from lookalike.experiment.planning.terms import Terms
from lookalike.experiment.tables import NOTHING, titled

LONG = 10 * 52  # weeks, beyond which nobody waits
EVERY = 6  # points of a curve from one row of its table to the next


def round_up(users: float) -> int:
    """Round a number of users up to three digits, so that it still suffices."""
    step = 10 ** max(0, math.floor(math.log10(users)) - 2) if users >= 1 else 1
    return math.ceil(users / step) * step


def rounded(users: float) -> str:
    """Write a number of users with three digits, rounded up."""
    return f"{round_up(users):,}"


def percent(share: float) -> str:
    """Write a share with one decimal, or two digits where that would hide it."""
    size = abs(100 * share)
    return f"{100 * share:.1f} %" if size >= 1 or size == 0 else f"{100 * share:.2g} %"


def answer(plan: Plan) -> str:
    """Say in one sentence how large the test must be and how long it takes."""
    control, *treatments = plan.variants
    if max(plan.variants) - min(plan.variants) <= 1:
        size = f"{rounded(control)} users a variant"
    elif len(treatments) == 1:
        size = f"{rounded(control)} users in the control and {rounded(treatments[0])} in the treatment"
    elif max(treatments) - min(treatments) <= 1:
        size = f"{rounded(control)} users in the control and {rounded(treatments[0])} in each treatment"
    else:
        size = f"{rounded(plan.total)} users in all"
    terms = plan.terms
    if plan.weeks is None or terms.weekly is None:
        return f"{size}."
    if terms.daily is not None and terms.weekly == 7 * terms.daily:
        pace = f"{terms.daily:,.0f} new users a day" if terms.daily >= 1 else "so few new users a day"
    else:
        pace = f"{terms.weekly:,.0f} new users a week"
    return f"{size}, {waiting(plan.weeks)} at {pace}."


def waiting(weeks: int) -> str:
    """Write how long a test runs."""
    if weeks > LONG:
        return "more than ten years"
    return "within 1 week" if weeks == 1 else f"about {weeks} weeks"


def change(lift: float) -> str:
    """Write the lift to find."""
    return f"a {'fall' if lift < 0 else 'lift'} of {percent(abs(lift))}"


def notes(plan: Plan) -> tuple[str, ...]:
    """Say what the answer rests on, and what would change it."""
    terms = plan.terms
    finds = f"It finds {change(terms.lift)} of {plan.baseline.label} in {percent(terms.power)} of cases"
    said = [f"{finds}, and raises a false alarm in {percent(terms.alpha)}."]
    if terms.treatments * terms.decisive > 1:
        said.append(
            f"{terms.treatments * terms.decisive} decisions share these false alarms "
            f"({_many(terms.treatments, 'treatment')} × {_many(terms.decisive, 'deciding metric')}): "
            f"each is tested at {100 * plan.alpha_each:.2f} % (Bonferroni, which is Holm's first step)."
        )
    if plan.guardrail is not None and plan.guardrail_total is not None and terms.margin is not None:
        more = plan.guardrail_total > plan.lift_total
        said.append(
            f"To see that {plan.guardrail} gets no more than {percent(terms.margin)} worse takes "
            f"{rounded(plan.guardrail_total)} users in all, "
            + ("more" if more else "no more")
            + f" than the lift ({rounded(plan.lift_total)})."
        )
    if plan.weeks is not None:
        said.append(
            "Each user counts once, on the day of entering. Whole weeks, because weekdays differ."
        )
    if plan.total_adjusted is not None:
        time = "" if plan.weeks_adjusted is None else f", {waiting(plan.weeks_adjusted)}"
        said.append(
            "Allowing for what users did in the time before (CUPED), "
            f"{rounded(plan.total_adjusted)} users in all would do{time}."
        )
    said.append(
        "Whoever wants to stop early for the lift, on always-valid intervals, needs up to "
        f"{rounded(plan.peeking_total)} users rather than {rounded(plan.lift_total)}."
    )
    if plan.best_total < 0.99 * plan.lift_total:
        said.append(
            f"With {percent(plan.best_share)} of the users in the control, "
            f"{rounded(plan.best_total)} users would find the lift rather than "
            f"{rounded(plan.lift_total)}."
        )
    return tuple(said)


def suffices(plan: Plan) -> str | None:
    """Say what the users that there are suffice for; None where nobody said how many."""
    if plan.terms.users is None and (plan.terms.weeks is None or plan.terms.weekly is None):
        return None
    least = math.copysign(plan.minimum[0].rel_lift, plan.terms.lift)
    finds = f"{plan.size:,} users find {change(plan.terms.lift)} in {percent(plan.size_power)} of cases"
    if plan.size >= plan.total:
        return f"{finds}: enough."
    return f"{finds}; in {percent(plan.terms.power)} of cases they find {change(least)}."


def held_out(found: Holdout) -> str:
    """Say how much of an audience to hold out."""
    among = "" if found.treatments == 1 else f", the rest split among {found.treatments} treatments"
    if found.users is not None and found.share is not None:
        adjusted = ""
        if found.users_adjusted is not None and found.users_adjusted < found.users:
            adjusted = (
                f" Allowing for the time before (CUPED), {rounded(found.users_adjusted)} would do."
            )
        return (
            f"Hold out {rounded(found.users)} of the {found.audience:,} users "
            f"({percent(found.share)}){among}, to find {change(found.lift)}.{adjusted}"
        )
    most = "one half" if found.treatments == 1 else f"the best hold-out ({percent(found.best_share)})"
    adjusted = ""
    if found.users_adjusted is not None:
        adjusted = (
            f" Allowing for the time before (CUPED), {rounded(found.users_adjusted)} held out would do."
        )
    return (
        f"Not even {most} of the {found.audience:,} users suffices to find {change(found.lift)}: "
        f"it finds {change(math.copysign(found.best_lift, found.lift))} at the least.{adjusted}"
    )


def minimum_table(plan: Plan) -> pd.DataFrame:
    """Lay out the smallest lift of each metric; all cells text."""
    rows = [
        {
            "Metric": titled(one.label),
            "Now": level(one.value, one.rate),
            "Smallest lift": percent(one.rel_lift),
            "In its own unit": _unit(one.abs_lift, one.rate),
            "With adjustment": _or_nothing(one.rel_lift_adjusted),
            "Variance removed": _or_nothing(one.variance_reduction),
        }
        for one in plan.minimum
    ]
    frame = pd.DataFrame(rows)
    if all(one.rel_lift_adjusted is None for one in plan.minimum):
        return frame.drop(columns=["With adjustment", "Variance removed"])
    return frame


def curve_table(points: Sequence[Point], across: str, terms: Terms) -> pd.DataFrame:
    """Lay out a power curve, a point in six; `across` is "lift" or "users"."""
    chosen = points[EVERY - 1 :: EVERY] if across == "users" else points[EVERY::EVERY]
    head = "Lift" if across == "lift" else "Users in all"
    frame = pd.DataFrame(
        {
            head: [percent(one.at) if across == "lift" else f"{one.at:,.0f}" for one in chosen],
            "Power": [_chance(one.power) for one in chosen],
            "With adjustment": [_or_nothing(one.power_adjusted, _chance) for one in chosen],
        }
    )
    if across == "users" and terms.weekly is not None:
        frame.insert(1, "Weeks", [_weeks(math.ceil(one.at / terms.weekly)) for one in chosen])
    if all(one.power_adjusted is None for one in chosen):
        return frame.drop(columns="With adjustment")
    return frame


def baseline_table(found: Sequence[Baseline]) -> pd.DataFrame:
    """Lay out what was measured on past data."""
    return pd.DataFrame(
        {
            "Metric": [titled(one.label) for one in found],
            "Value": [level(one.value, one.rate) for one in found],
            "Users": [NOTHING if one.users is None else f"{one.users:,}" for one in found],
            "Variance removed": [_or_nothing(one.variance_reduction) for one in found],
        }
    )


def level(value: float, rate: bool) -> str:
    """Write a metric's value."""
    if rate:
        return percent(value)
    return f"{value:,.0f}" if 999.5 <= abs(value) < 1e15 else f"{value:.3g}"


def _unit(number: float, rate: bool) -> str:
    return f"{100 * number:.2g} pts" if rate else level(number, rate=False)


def _chance(share: float) -> str:
    return "> 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"


def _or_nothing(share: float | None, write: Callable[[float], str] = percent) -> str:
    return NOTHING if share is None else write(share)


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _weeks(weeks: int) -> str:
    return f"{weeks:,}" if weeks <= LONG else f"> {LONG}"
