"""What a plan starts from: a metric's value without treatment, and how much users differ in it."""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lookalike.errors import BadInput, did_you_mean
from lookalike.experiment.intake.opening import opened
from lookalike.experiment.intake.sources import Source
from lookalike.experiment.metrics import EVERY, Metric, catalogue, with_own
from lookalike.experiment.moments import ROUNDING, Moments, aggregate, linearised, value
from lookalike.experiment.power import rate_sd, share_sd
from lookalike.experiment.rows import Rows


@dataclass(frozen=True, slots=True)
class Baseline:
    """A metric before anybody is treated.

    Attributes:
        metric: Its name in reports.
        label: Its name for people, in the middle of a sentence.
        value: The metric; not 0.
        sd: Its standard deviation between users (of a ratio: of its linearised share); above 0.
        users: How many users it was measured on; None where it was typed in.
        sd_adjusted: What is left of `sd` after adjusting for the time before (CUPED); None where
            nothing is known of it.
        rate: Whether the value is a share or a rate, shown as a percentage.
        good: The direction that is wished for, "up" or "down".
        margin: Of a usual guardrail: the relative change for the worse that is accepted.
    """

    metric: str
    label: str
    value: float
    sd: float
    users: int | None = None
    sd_adjusted: float | None = None
    rate: bool = False
    good: str = "up"
    margin: float | None = None

    @property
    def variance_reduction(self) -> float | None:
        """The share of the variance that the time before explains."""
        return None if self.sd_adjusted is None else 1 - (self.sd_adjusted / self.sd) ** 2


def share_baseline(share: float, label: str = "the share of users") -> Baseline:
    """Return the baseline of a yes-or-no metric, such as conversion.

    Raises:
        BadInput: The share does not lie between 0 and 1.
    """
    return Baseline("share", label, share, share_sd(share), rate=True)


def rate_baseline(
    rate: float, events_per_user: float, design_effect: float = 1.0, label: str = "the rate"
) -> Baseline:
    """Return the baseline of a rate per event, such as clicks per impression.

    Raises:
        BadInput: A number is out of its range.
    """
    return Baseline("rate", label, rate, rate_sd(rate, events_per_user, design_effect), rate=True)


def mean_baseline(mean: float, sd: float, label: str = "the mean") -> Baseline:
    """Return the baseline of a mean over users, such as revenue per user.

    Raises:
        BadInput: The mean is 0, or the standard deviation is not above 0.
    """
    if not math.isfinite(mean) or mean == 0:
        raise BadInput("The mean must not be 0.", "A relative lift needs a value to relate to.")
    if not (math.isfinite(sd) and sd > ROUNDING * abs(mean)):
        raise BadInput(
            f"A standard deviation of {sd:g} cannot be beside a mean of {mean:g}: users must differ.",
            "Take it from past data: how far users are from the mean, typically.",
        )
    return Baseline("mean", label, mean, sd)


def baselines(
    people: Rows, metrics: Collection[Metric], before: Collection[str] = ()
) -> tuple[Baseline, ...]:
    """Measure what a plan can start from, on all users as one sample.

    Args:
        people: One row a user: variant, and one column a number.
        metrics: Metrics whose columns are there.
        before: The names of those whose `before` has its columns there too.

    Returns:
        One a metric, in their order; those without a value, with the value 0 or without any
        difference between users are left out.
    """
    by_variant = aggregate(people, metrics, before)
    if not by_variant:
        return ()
    everybody = functools.reduce(operator.add, by_variant.values())
    found = [_baseline(everybody, metric, metric.name in before) for metric in metrics]
    return tuple(one for one in found if one is not None)


def from_file(
    source: Source,
    metrics: Sequence[Metric] = (),
    columns: Mapping[str, str] | None = None,
    preset: str | None = None,
) -> tuple[Baseline, ...]:
    """Measure them on past data: an experiment's file, or one row a user without variants.

    Args:
        source: As for `readout`; the variant may be missing.
        metrics: Metrics of your own beside the standard ones.
        columns: The source's column for each role, where its names do not say it.
        preset: The name of a set of standard metrics; None takes the one that fits best.

    Raises:
        BadInput: It cannot be read, or holds no metric that a plan can start from.
        NotFound: There is no such preset.
    """
    candidates = with_own(EVERY, metrics)
    with opened(source, candidates, columns, without=("variant",)) as intake:
        there = set(intake.measured)
        chosen = catalogue(there, preset, metrics)
        present = [metric for metric in chosen if set(metric.columns) <= there]
        before = {metric.name for metric in present if set(metric.before.columns) <= there}
        found = baselines(intake.people, present, before)
    if not found:
        raise BadInput(
            "The past data hold no metric to plan on: every one is 0, or the same for all users.",
            "Expected: at least two users who differ in what they did.",
        )
    return found


def named(found: Sequence[Baseline], metric: str | None) -> Baseline:
    """Return the baseline of a metric by its name; None takes the only one.

    Raises:
        BadInput: It is not there, or there are several to choose from.
    """
    names = [one.metric for one in found]
    if metric is None and len(found) > 1:
        raise BadInput(
            f"The past data hold several metrics: {', '.join(names)}.", "Say which one shall decide."
        )
    for one in found:
        if metric in {None, one.metric}:
            return one
    raise BadInput(
        f"The past data hold no metric {metric!r}; there are {', '.join(names)}.",
        did_you_mean(str(metric), names),
    )


def _baseline(everybody: Moments, metric: Metric, with_before: bool) -> Baseline | None:
    level = value(everybody, metric)
    if everybody.n < 2 or not level or not math.isfinite(level):
        return None
    form = linearised(everybody, metric)
    variance = everybody.variance(form)
    if not (variance > 0 and math.isfinite(variance)):
        return None
    plain = Baseline(
        metric.name,
        metric.label,
        level,
        math.sqrt(variance),
        everybody.n,
        rate=metric.is_rate,
        good=metric.good,
        margin=metric.margin,
    )
    if not with_before or value(everybody, metric.before) is None:
        return plain
    earlier = linearised(everybody, metric.before)
    spread = everybody.bilinear(earlier, earlier)
    if not spread > 0:
        return plain
    # what the best multiple of the covariate leaves over (Deng, Xu, Kohavi & Walker 2013)
    theta = everybody.bilinear(form, earlier) / spread
    left = everybody.variance({**form, **{x: -theta * weight for x, weight in earlier.items()}})
    if not left > 0:
        return plain
    return dataclasses.replace(plain, sd_adjusted=math.sqrt(left))
