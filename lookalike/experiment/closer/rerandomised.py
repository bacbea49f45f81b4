"""A/A on one's own users: how often a test that has nothing to find finds something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from lookalike.experiment.closer.random_groups import MOST, Group, blocks, columns_of
from lookalike.experiment.metrics import Metric
from lookalike.experiment.results import Interval
from lookalike.experiment.rows import Rows
from lookalike.experiment.tables import NOTHING, bracketed, percent, titled
from lookalike.progress import SILENT, Progress

QUANTILES = 101

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """What one metric's tests said of groups that do not differ.

    Attributes:
        metric: Its name in reports.
        label: Its name for people.
        runs: Runs of which it could be computed.
        rate: The share of them with p < alpha, which should be alpha; None without any.
        rate_ci: Its exact interval, 95 %.
        naive_rate: The same of a test that takes events, not users, for independent; None
            where such a test would say nothing.
        naive_rate_ci: Its interval.
        p_values: Quantiles of the p-values, at (i + 1/2) / (how many there are), ascending.
        naive_p_values: Those of the naive test; empty where there is none.
    """

    metric: str
    label: str
    runs: int
    rate: float | None
    rate_ci: Interval | None
    naive_rate: float | None
    naive_rate_ci: Interval | None
    p_values: tuple[float, ...]
    naive_p_values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AA:
    """Users assigned afresh to two groups, again and again.

    Attributes:
        users: Users assigned in every run.
        sampled: Whether they are a sample, because there are more.
        runs: How often.
        alpha: The p-value below which a test raises an alarm.
        shares: The shares of the two groups; they sum to 1.
        metrics: One result a metric.
    """

    users: int
    sampled: bool
    runs: int
    alpha: float
    shares: tuple[float, float]
    metrics: tuple[FalseAlarms, ...]


def rerandomise(
    people: Rows,
    metrics: Sequence[Metric],
    shares: tuple[float, float],
    rng: np.random.Generator,
    runs: int = 500,
    progress: Progress = SILENT,
    alpha: float = 0.05,
) -> AA:
    """Assign the users to two groups at random, often, and test every metric each time.

    No two such groups differ but by chance, so that a sound test finds a difference at level
    alpha in a share alpha of the runs (Kohavi, Tang & Xu 2020, chapter 19). The numbers are
    summed by group in matrix products, block by block. Of more than 1,000,000 users so many
    are taken, by a hash of their ids.

    Args:
        people: One row a user: user_id and one column a number, whatever the variant.
        metrics: Metrics whose columns are there.
        shares: The sizes of the control and of the treatment, in any unit.
        rng: Assigns.
        runs: How often.
        progress: Told how far the users are.
        alpha: The level of the tests.

    Raises:
        Cancelled: The watcher asked the work to stop.
    """
    share = shares[1] / (shares[0] + shares[1])
    users, columns = columns_of(people, metrics)
    both, treated = np.zeros(columns.count), np.zeros((runs, columns.count))
    for numbers in blocks(people, columns.variables, users):
        known = columns.products(numbers)
        # 16 random bits an assignment: a share is met to within 1 in 65,536
        drawn = rng.integers(0, 65_536, (runs, len(known)), np.uint16) < round(share * 65_536)
        both += known.sum(axis=0)
        treated += drawn.astype(float) @ known
        progress.at(both[0] / min(users, MOST), "Assigning the users afresh")
    groups = (Group(columns, both - treated), Group(columns, treated))
    counted = int(both[0])
    return AA(
        counted,
        counted < users,
        runs,
        alpha,
        (1 - share, share),
        tuple(_told(metric, *_tested(metric, groups), alpha) for metric in metrics),
    )


def false_alarms(found: AA) -> pd.DataFrame:
    """Lay out the shares of false alarms for reading: one row a metric, all cells text."""
    return pd.DataFrame(
        [
            (titled(row.label), _share(row.rate, row.rate_ci), _share(row.naive_rate, row.naive_rate_ci))
            for row in found.metrics
        ],
        columns=["Metric", "False alarms here", "False alarms of a naive tool"],
    )


def in_words(found: AA) -> str:
    """Say in one sentence what the tests did where there was nothing to find."""
    rates = [row.rate for row in found.metrics if row.rate is not None]
    if not rates:
        return ""
    users = f"{found.users:,} {'sampled ' if found.sampled else ''}users"
    range_ = _range(rates)
    sentence = (
        f"In {found.runs:,} random splits of {users}, where there is nothing to find, "
        f"the tests here raised an alarm in {range_} of cases; {percent(found.alpha)} is right"
    )
    naive = [row.naive_rate for row in found.metrics if row.naive_rate is not None]
    return (
        f"{sentence}. A naive tool would have done so in {_range(naive)}." if naive else f"{sentence}."
    )


def _tested(metric: Metric, groups: Sequence[Group]) -> tuple[Floats, Floats]:
    """Return the p-values of every run, ours and a naive tool's; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        control, treatment = (group.estimated(metric) for group in groups)
        lift = np.abs(treatment.less - control.less)
        squared = control.error + treatment.error
        terms = (arm.error**2 / (arm.n - 1) for arm in (control, treatment))
        ours = 2 * special.stdtr(squared**2 / sum(terms), -lift / np.sqrt(squared))
        pooled = (control.events + treatment.events) / (control.trials + treatment.trials)
        believed = pooled * (1 - pooled) * (1 / control.trials + 1 / treatment.trials)
        naive = 2 * special.ndtr(-lift / np.sqrt(believed))
    ours = np.where(squared > 0, ours, np.nan)
    known = ~np.isnan(ours) & (believed > 0) & metric.is_rate
    return ours, np.where(known, naive, np.nan)


def _told(metric: Metric, ours: Floats, naive: Floats, alpha: float) -> FalseAlarms:
    ours, naive = (np.sort(p[~np.isnan(p)]) for p in (ours, naive))
    rate, rate_ci = _alarms(ours, alpha)
    naive_rate, naive_rate_ci = _alarms(naive, alpha)
    return FalseAlarms(
        metric.name,
        metric.label,
        len(ours),
        rate,
        rate_ci,
        naive_rate,
        naive_rate_ci,
        _thinned(ours),
        _thinned(naive),
    )


def _alarms(p_values: Floats, alpha: float) -> tuple[float | None, Interval | None]:
    """Return the share of p-values below alpha, and its 95 % interval (Clopper & Pearson 1934)."""
    runs = len(p_values)
    if not runs:
        return None, None
    alarms = int((p_values < alpha).sum())
    low = float(special.betaincinv(alarms, runs - alarms + 1, 0.025)) if alarms else 0.0
    high = float(special.betaincinv(alarms + 1, runs - alarms, 0.975)) if alarms < runs else 1.0
    return alarms / runs, (low, high)


def _thinned(p_values: Floats) -> tuple[float, ...]:
    count = min(QUANTILES, len(p_values))
    if not count:
        return ()
    # at the middle of each of `count` parts; of so many p-values or fewer these are themselves
    levels = (np.arange(count) + 0.5) / count
    return tuple(np.quantile(p_values, levels, method="hazen").tolist())


def _share(rate: float | None, bounds: Interval | None) -> str:
    if rate is None or bounds is None:
        return NOTHING
    return f"{percent(rate)} {bracketed(bounds)}"


def _range(rates: Sequence[float]) -> str:
    low, high = (percent(rate) for rate in (min(rates), max(rates)))
    return low if low == high else f"{low.removesuffix(' %')} to {high}"
