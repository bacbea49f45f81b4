"""What is measured: shares, means and ratios over users, each made of one or two columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lookalike.errors import BadInput
from lookalike.workspace import quoted

PRE = "pre_"
Direction: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A number that every user has: a column, or whether that column is above zero.

    Attributes:
        column: A column of the table of users.
        positive: True for the indicator `column > 0`.
    """

    column: str
    positive: bool = False

    @property
    def sql(self) -> str:
        """The expression that computes it from a row of the table of users."""
        name = quoted(self.column)
        return f"CAST({name} > 0 AS DOUBLE)" if self.positive else name

    @property
    def before(self) -> Variable:
        """The same number in the time before the experiment."""
        return Variable(PRE + self.column, self.positive)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric over users: a share, a mean, or a ratio of two sums.

    Attributes:
        name: The name that reports use.
        label: The name that people read, in the middle of a sentence.
        numerator: What is summed.
        denominator: What the sum is divided by; None divides by the number of users.
        scale: A factor on the value, such as 1000 for "per thousand".
        counts: True where numerator and denominator count events, so that a tool that takes
            events for independent would run a test of two proportions.
        good: The direction that is wished for, "up" or "down".
        margin: Makes it a guardrail: the largest relative change against that direction which
            is still accepted, such as 0.05; None is no guardrail.
    """

    name: str
    label: str
    numerator: Variable
    denominator: Variable | None = None
    scale: float = 1.0
    counts: bool = False
    good: Direction = "up"
    margin: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it needs, numerator first."""
        parts = [self.numerator, *([self.denominator] if self.denominator else [])]
        return tuple(dict.fromkeys(part.column for part in parts))

    @property
    def is_rate(self) -> bool:
        """Whether its value is a share or a rate of events, shown as a percentage."""
        return self.counts or (self.denominator is None and self.numerator.positive)

    @property
    def before(self) -> Metric:
        """The same metric in the time before the experiment, CUPED's covariate."""
        return Metric(
            PRE + self.name,
            f"{self.label} before the experiment",
            self.numerator.before,
            self.denominator.before if self.denominator else None,
            self.scale,
        )


def mean_metric(name: str, column: str, label: str | None = None) -> Metric:
    """Return the mean of a column over all assigned users."""
    return Metric(name, label or name, Variable(column))


def share_metric(name: str, column: str, label: str | None = None) -> Metric:
    """Return the share of assigned users whose column is above zero."""
    return Metric(name, label or name, Variable(column, positive=True))


def ratio_metric(
    name: str, numerator: str, denominator: str, label: str | None = None, *, scale: float = 1.0
) -> Metric:
    """Return the ratio of the sums of two columns over users, times `scale`."""
    return Metric(name, label or name, Variable(numerator), Variable(denominator), scale)


def _rate(name: str, label: str, numerator: str, denominator: str) -> Metric:
    return Metric(name, label, Variable(numerator), Variable(denominator), counts=True)


STANDARD = (
    share_metric("reach", "impressions", "reach"),
    share_metric("revenue_users", "revenue", "share of users with revenue"),
    mean_metric("impressions_per_user", "impressions", "impressions per user"),
    mean_metric("revenue_per_user", "revenue", "revenue per user"),
    ratio_metric("ecpm", "revenue", "impressions", "eCPM", scale=1000.0),
    _rate("ctr", "click rate", "clicks", "impressions"),
    _rate("hdr", "hide rate", "hides", "impressions"),
    _rate("gcr", "good-click rate", "good_clicks", "clicks"),
)


def all_metrics(custom: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the standard metrics followed by one's own.

    Raises:
        BadInput: Two metrics share a name.
    """
    metrics = (*STANDARD, *custom)
    names = [metric.name for metric in metrics]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(
            f"There are two metrics called {twice[0]!r}; each needs a name of its own.",
            "Rename your metric: the standard names are taken.",
        )
    return metrics
