"""What is asked of a test: the lift, the risks, the variants, and how many users there are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.errors import BadInput
from lookalike.experiment.power import MOST

MOST_TREATMENTS = 20
LARGEST_LIFT = 10.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of a test.

    Attributes:
        lift: The relative lift to find, such as 0.05; a fall is below 0.
        power: The chance to find it.
        alpha: The rate of false alarms over all decisions of the test.
        treatments: How many variants are compared with the control.
        decisive: How many metrics may each decide the test.
        shares: The share of the control and of each treatment, in any unit; None is equal.
        daily: New users who can enter the test on a day.
        weekly_cap: At most so many of them in a week.
        users: Users there are, all variants together; asks what they suffice for.
        weeks: How long the test may last; asks the same of who enters by then.
        margin: The largest relative change for the worse that a guardrail accepts.
    """

    lift: float = 0.05
    power: float = 0.8
    alpha: float = 0.05
    treatments: int = 1
    decisive: int = 1
    shares: tuple[float, ...] | None = None
    daily: float | None = None
    weekly_cap: float | None = None
    users: int | None = None
    weeks: float | None = None
    margin: float | None = None

    @property
    def alpha_each(self) -> float:
        """What is left of alpha for each decision: Bonferroni, as Holm's first step demands."""
        return self.alpha / (self.treatments * self.decisive)

    @property
    def split(self) -> tuple[float, ...]:
        """The share of the control and of each treatment; they sum to 1."""
        given = self.shares or (1.0,) * (self.treatments + 1)
        return tuple(share / sum(given) for share in given)

    @property
    def weekly(self) -> float | None:
        """Users who enter in a week, each counted once; None where that is not known."""
        steady = None if self.daily is None else 7 * self.daily
        known = [number for number in (steady, self.weekly_cap) if number is not None]
        return min(known) if known else None

    def checked(self) -> Terms:
        """Return the terms themselves.

        Raises:
            BadInput: A number is out of its range.
        """
        _between("power", self.power, 0.0, 1.0, "Usual is 0.8.")
        _between("alpha", self.alpha, 0.0, 1.0, "Usual is 0.05.")
        if self.power <= self.alpha:
            raise BadInput(
                f"The power, {self.power:g}, must be above alpha, {self.alpha:g}.",
                "Usual are 0.8 and 0.05.",
            )
        if not 0 < abs(self.lift) <= LARGEST_LIFT or self.lift <= -1:
            raise BadInput(
                f"The lift to find is {100 * self.lift:g} %; it must lie between -100 and 1,000 %, "
                "and not be 0.",
                "Give the smallest lift worth acting on, such as 5 % (0.05 as a share).",
            )
        if not 1 <= self.treatments <= MOST_TREATMENTS:
            raise BadInput(
                f"A test of {self.treatments} treatments cannot be planned.",
                f"Give a number from 1 to {MOST_TREATMENTS}.",
            )
        if not 1 <= self.decisive <= 100:
            raise BadInput(
                f"{self.decisive} metrics cannot decide a test.", "Give a number from 1 to 100."
            )
        if self.shares is not None:
            self._check_shares(self.shares)
        for what, number in (
            ("number of new users a day", self.daily),
            ("cap on users a week", self.weekly_cap),
            ("number of users", self.users),
            ("number of weeks", self.weeks),
        ):
            if number is not None and not 0.01 <= number <= MOST:
                raise BadInput(
                    f"The {what} is {number:g}; it must lie between 0.01 and {MOST:,}.",
                    "Leave it out where it is not known.",
                )
        if self.margin is not None:
            _between("guardrail's margin", self.margin, 0.0, 1.0, "Write 5 % as 0.05.")
        return self

    def _check_shares(self, shares: Sequence[float]) -> None:
        if len(shares) != self.treatments + 1:
            raise BadInput(
                f"There are {len(shares)} shares for {self.treatments + 1} variants.",
                "Give the control's first, then one for each treatment.",
            )
        if not all(math.isfinite(share) and share > 0 for share in shares) or (
            min(shares) < 1e-6 * sum(shares)
        ):
            raise BadInput("Every variant needs a share above 0.", "Write them like 50,25,25.")


def duration(total: int, terms: Terms) -> tuple[int | None, int | None]:
    """Return the days, and the whole weeks, until so many new users have entered.

    Users are counted once, on the day on which they enter. Where a cap holds, a week's users
    enter in its first days, at the daily rate where it is known.
    """
    weekly = terms.weekly
    if weekly is None:
        return None, None
    full = math.ceil(total / weekly) - 1
    rest = total - full * weekly
    days = 7 * full + min(7, math.ceil(rest / (terms.daily or weekly / 7)))
    return days, full + 1


def paired(split: Sequence[float], total: int) -> tuple[float, float]:
    """Return the users of the control and of the smallest treatment, of so many in all."""
    return total * split[0], total * min(split[1:])


def _between(what: str, number: float, low: float, high: float, hint: str) -> None:
    if not low < number < high:
        raise BadInput(f"The {what} is {number:g}; it must lie between {low:g} and {high:g}.", hint)
