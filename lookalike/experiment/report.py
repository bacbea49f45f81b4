"""A readout as data: what it holds, how it is shown in a notebook, its JSON and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import plotly.graph_objects as go

from lookalike import charts
from lookalike.experiment.closer.bands import Band
from lookalike.experiment.closer.daily import DailyLift
from lookalike.experiment.closer.decomposition import Part
from lookalike.experiment.closer.depth import Reach
from lookalike.experiment.closer.novelty import Novelty
from lookalike.experiment.closer.offline_online import OfflineOnline
from lookalike.experiment.closer.rerandomised import AA, FalseAlarms
from lookalike.experiment.closer.segments import Heterogeneity, SegmentLift
from lookalike.experiment.results import (
    Check,
    Comparison,
    MetricResult,
    SampleRatio,
    comparison_from,
)
from lookalike.experiment.spec import Spec
from lookalike.experiment.tables import titled
from lookalike.experiment.verdict import TreatmentVerdict

Row = TypeVar("Row")


@dataclass(frozen=True, eq=False, slots=True)
class Readout:
    """The readout of an experiment; plain data, rebuilt by `Readout.from_report`.

    Attributes:
        checks: What was asked of the data.
        srm: The test of the split.
        comparisons: One a treatment, in alphabetical order.
        verdict: One sentence.
        decision: "ship", "hold", "keep running" or "no verdict".
        verdicts: One a treatment; none where the split is broken.
        control: The control's name.
        primary: The metric that decides; None where the usual order chose it.
        alpha: One minus the coverage of every interval.
        users: Users compared.
        rows: Rows read.
        by_day: Whether rows were days and summed to users first.
        columns: The source's column for each role.
        source_columns: All columns of the source.
        planned: The planned shares as they were given; None for an equal split.
        fingerprint: Of the users and their numbers, whatever their order.
        spec: What was asked.
        daily: The lift by day, as it added up; empty without dates.
        novelty: Whether effects fade or grow; empty without days.
        segments: Lifts by segment; empty without segments.
        heterogeneity: Whether they differ.
        decomposition: The parts of revenue per user, by treatment; empty without revenue.
        bands: Lifts by score; empty without scores.
        depth: How far one can expand, by treatment; empty without scores.
        offline_online: Held-out seeds offline beside the numerator online, by score.
        aa: What the tests did on random splits, where it was asked for.
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
    verdicts: tuple[TreatmentVerdict, ...] = ()
    source_columns: tuple[str, ...] = ()
    spec: Spec = dataclasses.field(default_factory=Spec)
    daily: tuple[DailyLift, ...] = ()
    novelty: tuple[Novelty, ...] = ()
    segments: tuple[SegmentLift, ...] = ()
    heterogeneity: tuple[Heterogeneity, ...] = ()
    decomposition: dict[str, tuple[Part, ...]] = dataclasses.field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    depth: tuple[Reach, ...] = ()
    offline_online: tuple[OfflineOnline, ...] = ()
    aa: AA | None = None

    def __repr__(self) -> str:
        lines = [f"Readout of {self.users:,} users, control {self.control!r}", self.verdict]
        lines += [f"- {verdict.sentence}" for verdict in self.verdicts if len(self.verdicts) > 1]
        lines += [f"- {check.message}" for check in self.checks if not check.passed]
        if self.srm.status == "blocked" and self.comparisons:
            lines.append("The numbers all the same, not to be acted on:")
        width = max((len(r.metric) for c in self.comparisons for r in c.metrics), default=0) + 1
        for comparison in self.comparisons:
            lines.append(f"{comparison.treatment} against {comparison.control}:")
            for result in comparison.metrics:
                ci = result.rel_ci
                lift = "not computable" if result.rel_lift is None else f"{result.rel_lift:+.1%}"
                bounds = f" [{ci[0]:+.1%}, {ci[1]:+.1%}]" if ci else ""
                p_value = f"  p = {result.p_value:.2g}" if result.p_value is not None else ""
                lines.append(f"  {result.metric:<{width}}{lift}{bounds}{p_value}")
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
                for part in ("cuped", "winsorised", "trimmed"):
                    found = fields.pop(part) or {}
                    fields |= {f"{part}_{key}": item for key, item in found.items()}
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
        """Rebuild a readout from its `report`, or from one of an older version."""
        built: dict[str, Any] = {
            "srm": SampleRatio(**report["srm"]),
            "comparisons": tuple(comparison_from(item) for item in report["comparisons"]),
            "spec": Spec.from_json(report.get("spec") or {}),
            "source_columns": tuple(report.get("source_columns") or ()),
            "decomposition": {
                treatment: _rows(Part, parts)
                for treatment, parts in (report.get("decomposition") or {}).items()
            },
            "aa": _aa(report["aa"]) if report.get("aa") else None,
        }
        for name, kind in ROWS.items():
            built[name] = _rows(kind, report.get(name) or ())
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{key: item for key, item in report.items() if key in known} | built)

    def figure(self) -> go.Figure:
        """Draw the relative lift of every metric with its interval.

        One trace a treatment; of a single treatment two where the time before is known, the lifts
        as they were seen and the adjusted ones.
        """
        drawn = {one.treatment: _lifts(one.metrics) for one in self.comparisons}
        if len(self.comparisons) == 1:
            (one,) = self.comparisons
            adjusted = [
                dataclasses.replace(result, rel_lift=result.cuped.rel_lift, rel_ci=result.cuped.rel_ci)
                for result in one.metrics
                if result.cuped is not None
            ]
            if adjusted:
                drawn = {
                    f"{one.treatment}, adjusted for the time before": _lifts(adjusted),
                    f"{one.treatment}, as seen": drawn[one.treatment],
                }
        return charts.relative_lifts(drawn, self.control)


def _lifts(results: Iterable[MetricResult]) -> list[tuple[str, float, float, float]]:
    return [
        (titled(result.label), result.rel_lift, *result.rel_ci)
        for result in results
        if result.rel_lift is not None and result.rel_ci is not None
    ]


ROWS: Mapping[str, type[Any]] = {
    "checks": Check,
    "verdicts": TreatmentVerdict,
    "daily": DailyLift,
    "novelty": Novelty,
    "segments": SegmentLift,
    "heterogeneity": Heterogeneity,
    "bands": Band,
    "depth": Reach,
    "offline_online": OfflineOnline,
}


def _rows(kind: type[Row], items: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    return tuple(kind(**_paired(item)) for item in items)


def _aa(data: Mapping[str, Any]) -> AA:
    return AA(**{**_paired(data), "metrics": _rows(FalseAlarms, data["metrics"])})


def _paired(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(item) if isinstance(item, list) else item for key, item in data.items()}


def _plain(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _plain(inner) for key, inner in item.items()}
    if isinstance(item, tuple | list):
        return [_plain(inner) for inner in item]
    return item
