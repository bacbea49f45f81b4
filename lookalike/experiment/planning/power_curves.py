"""The power of a planned test at other lifts and other sizes than the one asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lookalike.experiment.planning.baseline import Baseline
from lookalike.experiment.planning.terms import Terms, paired
from lookalike.experiment.power import power_of

STEPS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a power curve.

    Attributes:
        at: The relative lift, or the users in all variants together.
        power: The chance to find the lift.
        power_adjusted: The same with the adjustment for the time before; None without it.
    """

    at: float
    power: float
    power_adjusted: float | None


def by_lift(baseline: Baseline, terms: Terms, size: int, most: float) -> tuple[Point, ...]:
    """Return the power of so many users by the size of the lift, from 0 to a little above `most`."""
    end = rounded_up(most)
    lifts = [end * step / STEPS for step in range(STEPS + 1)]
    return tuple(_point(baseline, terms, size, lift, lift) for lift in lifts)


def by_size(baseline: Baseline, terms: Terms, most: int) -> tuple[Point, ...]:
    """Return the power to find the lift asked for by users, up to a little above `most`."""
    end = rounded_up(max(most, STEPS))
    sizes = [round(end * step / STEPS) for step in range(1, STEPS + 1)]
    return tuple(_point(baseline, terms, size, terms.lift, size) for size in sizes)


def rounded_up(number: float) -> float:
    """Return the next number above that divides into ten round steps, such as 3 or 150."""
    unit = 10.0 ** math.floor(math.log10(number))
    return next(step * unit for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15) if step * unit >= number)


def _point(baseline: Baseline, terms: Terms, size: int, lift: float, at: float) -> Point:
    adjusted = power_at(baseline, baseline.sd_adjusted, terms, size, lift)
    return Point(at, power_at(baseline, baseline.sd, terms, size, lift) or 0.0, adjusted)


def power_at(
    baseline: Baseline, sd: float | None, terms: Terms, total: int, lift: float | None = None
) -> float | None:
    """Return the chance to find a lift, by default the one asked for, with so many users in all."""
    if sd is None:
        return None
    pair = paired(terms.split, total)
    wanted = terms.lift if lift is None else lift
    return power_of(baseline.value, sd, wanted, *pair, alpha=terms.alpha_each)
