"""What is measured: shares, means and ratios over users, each made of one or two columns."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from lookalike.errors import BadInput, NotFound, did_you_mean
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


def _rate(name: str, label: str, numerator: str, denominator: str, good: Direction = "up") -> Metric:
    margin = 0.05 if good == "down" else None
    return Metric(name, label, Variable(numerator), Variable(denominator), 1.0, True, good, margin)


STANDARD = (
    share_metric("reach", "impressions", "reach"),
    share_metric("revenue_users", "revenue", "share of users with revenue"),
    mean_metric("impressions_per_user", "impressions", "impressions per user"),
    mean_metric("revenue_per_user", "revenue", "revenue per user"),
    ratio_metric("ecpm", "revenue", "impressions", "eCPM", scale=1000.0),
    _rate("ctr", "click rate", "clicks", "impressions"),
    _rate("hdr", "hide rate", "hides", "impressions", "down"),
    _rate("gcr", "good-click rate", "good_clicks", "clicks"),
)
PRESETS: Mapping[str, tuple[Metric, ...]] = {
    "act-alike": STANDARD,
    "content": (
        mean_metric("exposure", "impressions", "exposures per user"),
        mean_metric("conversion", "conversions", "conversions per user"),
        _rate("cvr", "conversion rate per exposure", "conversions", "impressions"),
    ),
    "marketplace": (
        _rate("ctr", "click rate", "clicks", "impressions"),
        _rate("bounce_rate", "bounce rate", "bounces", "sessions", "down"),
        mean_metric("revenue_per_user", "revenue", "revenue per user"),
    ),
}
EVERY = tuple(dict.fromkeys(metric for preset in PRESETS.values() for metric in preset))


def choose_preset(names: Collection[str], wanted: str | None = None) -> tuple[Metric, ...]:
    """Return the metrics of a preset: the one wanted, else the one of which the most can be measured.

    Args:
        names: The columns there are, by our names.
        wanted: The name of a preset.

    Raises:
        NotFound: There is no such preset.
    """
    if wanted is not None:
        if wanted not in PRESETS:
            raise NotFound(f"There is no preset {wanted!r}.", did_you_mean(wanted, PRESETS))
        return PRESETS[wanted]
    return max(
        PRESETS.values(), key=lambda preset: sum(set(metric.columns) <= set(names) for metric in preset)
    )


def with_own(preset: Iterable[Metric], own: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the metrics of a preset followed by one's own.

    Raises:
        BadInput: Two metrics share a name, or a margin is not above 0.
    """
    metrics = (*preset, *own)
    names = [metric.name for metric in metrics]
    plain = [name.casefold() for name in names]  # columns are made of them, and know no capitals
    twice = sorted({name for name in names if plain.count(name.casefold()) > 1})
    if twice:
        raise BadInput(
            f"There are two metrics called {twice[0]!r}; each needs a name of its own.",
            "Rename your metric: the preset's names are taken.",
        )
    for metric in metrics:
        if metric.margin is not None and not 0 < metric.margin < 1:
            raise BadInput(
                f"The margin of {metric.name!r} is {metric.margin:g}; it must lie between 0 and 1.",
                "Write 2 % as 0.02.",
            )
    return metrics


def catalogue(names: Collection[str], preset: str | None, own: Collection[Metric]) -> tuple[Metric, ...]:
    """Return the metrics that are asked for, whether or not they can be measured.

    Args:
        names: The columns there are, by our names.
        preset: The name of a preset; None takes the one that fits best, if one fits at all.
        own: Metrics of one's own.

    Raises:
        NotFound: There is no such preset.
        BadInput: Two metrics share a name.
    """
    chosen = choose_preset(names, preset)
    fits = any(set(metric.columns) <= set(names) for metric in chosen)
    # somebody with metrics of their own alone has not left out a preset
    return with_own(chosen if fits or preset else (), own)


def measurable(
    names: Collection[str], preset: str | None, own: Collection[Metric]
) -> tuple[Metric, ...]:
    """Return those of them that the columns are there for; columns of one's own are taken to be."""
    asked = catalogue(names, preset, own)
    return tuple(m for m in asked if m in own or set(m.columns) <= set(names))


def canonical(own: Collection[Metric], mapped: Collection[str]) -> tuple[Metric, ...]:
    """Return one's own metrics over our columns where the file's differ in capital letters alone.

    Args:
        own: Metrics over columns of the file.
        mapped: Our columns that somebody said are others of the file.
    """
    ours = {column for metric in EVERY for column in metric.columns} - set(mapped)

    def known(variable: Variable | None) -> Variable | None:
        plain = variable.column.casefold() if variable else ""
        return dataclasses.replace(variable, column=plain) if variable and plain in ours else variable

    return tuple(
        dataclasses.replace(
            metric,
            numerator=known(metric.numerator) or metric.numerator,
            denominator=known(metric.denominator),
        )
        for metric in own
    )


def parse_metric(text: str) -> Metric:
    """Read a metric from one line, such as `bounce=ratio:bounces/visits,good=down,margin=0.02`.

    The kind is `mean`, `share` (of users with more than 0) or `ratio`.

    Raises:
        BadInput: It is none of these.
    """
    definition, *options = text.split(",")
    name, equals, rest = definition.partition("=")
    kind, colon, columns = (part.strip() for part in rest.partition(":"))
    numerator, slash, denominator = (part.strip() for part in columns.partition("/"))
    known = dict(part.strip().partition("=")[::2] for part in options)
    complete = bool(equals and colon and name.strip() and numerator)
    fits = bool(slash and denominator) == (kind == "ratio") and kind in {"mean", "share", "ratio"}
    good = known.pop("good", "up").strip()
    try:
        margin = float(known.pop("margin")) if "margin" in known else None
    except ValueError:
        margin = math.nan
    if not (complete and fits) or known or good not in {"up", "down"} or (margin and math.isnan(margin)):
        raise BadInput(
            f"{text!r} does not define a metric.",
            "Write name=mean:column, name=share:column or name=ratio:column/column, and after a "
            "comma good=down or margin=0.02.",
        )
    return own_metric(name.strip(), kind, numerator, denominator or None, good, margin)


def own_metric(
    name: str,
    kind: str,
    column: str,
    divided_by: str | None = None,
    good: str = "up",
    margin: float | None = None,
) -> Metric:
    """Return a metric of one's own.

    Args:
        name: What reports and people call it.
        kind: "mean", "share" or "ratio".
        column: What is averaged, above zero, or summed.
        divided_by: A ratio's denominator.
        good: "up" or "down".
        margin: Makes it a guardrail.
    """
    made = {
        "mean": lambda: mean_metric(name, column),
        "share": lambda: share_metric(name, column),
        "ratio": lambda: ratio_metric(name, column, divided_by or column),
    }[kind]()
    return dataclasses.replace(made, good="down" if good == "down" else "up", margin=margin)


def metric_from(data: Mapping[str, Any]) -> Metric:
    """Rebuild a metric from the JSON of its fields."""
    parts = {key: Variable(**data[key]) if data[key] else None for key in ("numerator", "denominator")}
    return Metric(**{**data, **parts})
