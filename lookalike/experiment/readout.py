"""The use case: results in, a readout out that can be trusted, kept and shown again."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from lookalike import charts
from lookalike.errors import BadInput, did_you_mean
from lookalike.experiment.checks import data_checks, sample_ratio
from lookalike.experiment.inference import compare, corrected
from lookalike.experiment.intake import opened
from lookalike.experiment.metrics import Metric, choose_preset, with_own
from lookalike.experiment.moments import Moments, aggregate
from lookalike.experiment.results import Check, Comparison, SampleRatio, comparison_from
from lookalike.experiment.sources import Source
from lookalike.experiment.tables import titled
from lookalike.experiment.variants import choose_control
from lookalike.experiment.verdict import judge


@dataclass(frozen=True, eq=False, slots=True)
class Readout:
    """The readout of an experiment; plain data, rebuilt by `Readout.from_report`.

    Attributes:
        checks: What was asked of the data.
        srm: The test of the split.
        comparisons: One a treatment, in alphabetical order.
        verdict: One sentence.
        decision: "ship", "hold", "keep running" or "no verdict".
        control: The control's name.
        primary: The metric that decides; None where the usual order chose it.
        alpha: One minus the coverage of every interval.
        users: Users compared.
        rows: Rows read.
        by_day: Whether rows were days and summed to users first.
        columns: The source's column for each role.
        planned: The planned shares as they were given; None for an equal split.
        fingerprint: Of the users' numbers, whatever their order.
        daily: Numbers by day; empty without dates.
        segments: Numbers by segment; empty without segments.
        decomposition: The parts of revenue per user; empty without revenue.
    """

    checks: tuple[Check, ...]
    srm: SampleRatio
    comparisons: tuple[Comparison, ...]
    verdict: str
    decision: str
    control: str
    primary: str | None
    alpha: float
    users: int
    rows: int
    by_day: bool
    columns: dict[str, str]
    planned: dict[str, float] | None
    fingerprint: str
    daily: tuple[dict[str, Any], ...] = ()
    segments: tuple[dict[str, Any], ...] = ()
    decomposition: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __repr__(self) -> str:
        lines = [f"Readout of {self.users:,} users, control {self.control!r}", self.verdict]
        lines += [f"- {check.message}" for check in self.checks if not check.passed]
        for comparison in self.comparisons:
            lines.append(f"{comparison.treatment} against {comparison.control}:")
            for result in comparison.metrics:
                ci = result.rel_ci
                lift = "not computable" if result.rel_lift is None else f"{result.rel_lift:+.1%}"
                bounds = f" [{ci[0]:+.1%}, {ci[1]:+.1%}]" if ci else ""
                p_value = f"  p = {result.p_value:.2g}" if result.p_value is not None else ""
                lines.append(f"  {result.metric:<21}{lift}{bounds}{p_value}")
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a comparison and metric; intervals as two columns, low and high."""
        rows = []
        for comparison in self.comparisons:
            for result in comparison.metrics:
                row: dict[str, Any] = {
                    "control_variant": comparison.control,
                    "treatment_variant": comparison.treatment,
                    "n_control": comparison.n_control,
                    "n_treatment": comparison.n_treatment,
                }
                fields = dataclasses.asdict(result)
                adjusted = fields.pop("cuped") or {}
                fields |= {f"cuped_{key}": item for key, item in adjusted.items()}
                for key, item in fields.items():
                    if key.endswith("_ci"):
                        row[f"{key}_low"], row[f"{key}_high"] = item or (None, None)
                    else:
                        row[key] = item
                rows.append(row)
        return pd.DataFrame(rows)

    def report(self) -> dict[str, Any]:
        """Return the readout as a dict of plain JSON values, without NaN."""
        return {key: _plain(item) for key, item in dataclasses.asdict(self).items()}

    @classmethod
    def from_report(cls, report: Mapping[str, Any]) -> Readout:
        """Rebuild a readout from its `report`."""
        return cls(
            **{
                **report,
                "checks": tuple(Check(**check) for check in report["checks"]),
                "srm": SampleRatio(**report["srm"]),
                "comparisons": tuple(comparison_from(item) for item in report["comparisons"]),
                "daily": tuple(report["daily"]),
                "segments": tuple(report["segments"]),
            }
        )

    def figure(self) -> go.Figure:
        """Draw the relative lift of every metric with its interval, one trace a treatment."""
        return charts.relative_lifts(
            {
                comparison.treatment: [
                    (titled(result.label), result.rel_lift, *result.rel_ci)
                    for result in comparison.metrics
                    if result.rel_lift is not None and result.rel_ci is not None
                ]
                for comparison in self.comparisons
            },
            self.control,
        )


def readout(
    source: Source,
    *,
    control: str | None = None,
    planned: Mapping[str, float] | None = None,
    columns: Mapping[str, str] | None = None,
    alpha: float = 0.05,
    metrics: Sequence[Metric] = (),
    primary: str | None = None,
) -> Readout:
    """Read out an experiment.

    Args:
        source: One row a user, or one a user and day: a DataFrame, an Arrow table, a DuckDB
            relation, or the path of a CSV or Parquet file.
        control: The control variant; by default the one called control, baseline, a or off.
        planned: The planned share of each variant; equal by default.
        columns: The source's column for each role, where its names do not say it, such as
            `{"user_id": "member"}`.
        alpha: One minus the coverage of every interval.
        metrics: Metrics of your own beside the standard ones.
        primary: The metric that decides the verdict.

    Raises:
        BadInput: The results cannot be read, the control or the primary metric is not in
            them, or the plan does not fit.
    """
    if not 0 < alpha < 1:
        raise BadInput(f"alpha is {alpha:g}; it must lie between 0 and 1.", "Usual is 0.05.")
    catalogue = with_own(choose_preset((), None), metrics)
    with opened(source, catalogue, columns) as intake:
        present = [m for m in catalogue if set(m.columns) <= set(intake.measured)]
        if primary is not None and primary not in {metric.name for metric in present}:
            raise BadInput(
                f"The primary metric {primary!r} is not in the results.",
                did_you_mean(primary, (metric.name for metric in present)),
            )
        before = {m.name for m in present if set(m.before.columns) <= set(intake.measured)}
        moments = aggregate(intake.people, present, before)
        base = choose_control(moments, control)
        srm = sample_ratio({variant: moment.n for variant, moment in moments.items()}, planned)
        comparisons = _comparisons(present, before, moments, base, alpha)
        verdict = judge(comparisons, srm, primary, alpha)
        return Readout(
            checks=data_checks(intake, present, [m for m in catalogue if m not in present], moments),
            srm=srm,
            comparisons=comparisons,
            verdict=verdict.sentence,
            decision=verdict.decision,
            control=base,
            primary=primary,
            alpha=alpha,
            users=sum(moment.n for moment in moments.values()),
            rows=intake.faults.rows,
            by_day=intake.by_day,
            columns=intake.layout.found,
            planned=dict(planned) if planned else None,
            fingerprint=_fingerprint(intake.who, moments),
        )


def _comparisons(
    metrics: Sequence[Metric],
    before: set[str],
    moments: Mapping[str, Moments],
    control: str,
    alpha: float,
) -> tuple[Comparison, ...]:
    return tuple(
        Comparison(
            control,
            variant,
            moments[control].n,
            moment.n,
            corrected(
                [
                    compare(metric, moments[control], moment, cuped=metric.name in before, alpha=alpha)
                    for metric in metrics
                ]
            ),
        )
        for variant, moment in moments.items()
        if variant != control
    )


def _fingerprint(who: int, moments: Mapping[str, Moments]) -> str:
    """Sum up who was in the test and what was measured; nine digits forgive the order of adding."""
    parts = [f"{who}"]
    for variant, moment in moments.items():
        numbers = [*moment.mean.values(), *moment.cov.values()]
        parts.append(f"{variant} {moment.n} " + " ".join(f"{number:.9g}" for number in numbers))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _plain(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _plain(inner) for key, inner in item.items()}
    if isinstance(item, tuple | list):
        return [_plain(inner) for inner in item]
    return item
