"""A closer look at a readout, part by part: words, a chart, a table. Pages and files draw these."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd
import plotly.graph_objects as go

from lookalike.charts import band as band_charts
from lookalike.charts import daily as daily_charts
from lookalike.charts import segment as segment_charts
from lookalike.experiment import tables
from lookalike.experiment.closer import (
    daily,
    decomposition,
    depth,
    novelty,
    offline_online,
    rerandomised,
    segments,
)
from lookalike.experiment.report import Readout
from lookalike.experiment.verdict import deciding

ABOUT: Mapping[str, str] = {
    "Lift": "The relative difference from the control, with its interval in brackets.",
    "Lift, adjusted": "The same, after allowing for what these users did before the test (CUPED).",
    "p": "How often chance alone would show such a difference, or a larger one.",
    "p, adjusted": "The p of the adjusted lift.",
    "Guardrail": "Whether a change for the worse beyond its margin is ruled out.",
    "Holm p": "p, corrected for looking at several metrics at once (strict).",
    "BH p": "p, corrected so that few of the differences called real are not (mild).",
    "Valid at any time": "An interval of the lift that holds however often one looks at a running test.",
    "Lift found 4 times in 5": "The smallest lift that a test of this size finds with 80 % power.",
    "Variance removed": "By allowing for the time before.",
    "Worth more users": "How many more users the test would have needed without that.",
    "Extremes capped": "No user counts for more than all but 1 % of them do.",
    "Without the top 1 %": "Only for comparison: who is at the top may itself depend on the treatment.",
    "Variance it misses": "How many times larger the true variance is than such a tool believes.",
    "Shrunken lift": "The lift drawn towards that of all, the more the less is known of the segment.",
}
UNADJUSTED = "As seen, without the adjustment for the time before that the verdict has."
NAIVE = (
    "A tool that takes every impression for independent forgets that people differ: its p-values "
    "come out too small, and it finds differences that are not there."
)


@dataclass(frozen=True, eq=False, slots=True)
class Section:
    """A part of a readout.

    Attributes:
        key: Its name in keys of widgets and files.
        title: Its heading.
        words: What to know, a sentence each.
        figure: Its chart.
        alt: What the chart shows, in words.
        table: The same numbers.
        caution: How not to read it.
    """

    key: str
    title: str
    words: tuple[str, ...] = ()
    figure: go.Figure | None = None
    alt: str = ""
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    caution: str = ""


def headline(readout: Readout) -> str | None:
    """Return the name of the metric that decided."""
    return deciding(readout.comparisons, readout.primary)


def closer(readout: Readout, treatment: str, metric: str) -> Iterator[Section]:
    """Yield what there is to see of one metric of one treatment."""
    compared = next((one for one in readout.comparisons if one.treatment == treatment), None)
    adjusted = compared is not None and any(
        result.metric == metric and result.cuped is not None for result in compared.metrics
    )
    for section in (
        *_days(readout, treatment, metric),
        *_segments(readout, treatment, metric),
        *_scores(readout, treatment, metric),
    ):
        caution = f"{section.caution} {UNADJUSTED}".strip() if adjusted else section.caution
        yield dataclasses.replace(section, caution=caution)


def overall(readout: Readout) -> Iterator[Section]:
    """Yield what there is to see of all metrics together."""
    for treatment, parts in readout.decomposition.items():
        if all(part.log_lift is not None for part in parts):
            several = f" with {treatment}" if len(readout.decomposition) > 1 else ""
            yield Section(
                f"parts {treatment}",
                f"Where the change in revenue comes from{several}",
                (decomposition.sentence(parts),),
                segment_charts.waterfall([dataclasses.asdict(part) for part in parts]),
                decomposition.sentence(parts),
                decomposition.table(parts),
            )
    if readout.novelty:
        yield Section(
            "halves",
            "The first half of the days against the second",
            tuple(row.sentence for row in readout.novelty if row.sentence)
            or ("No effect is seen to fade or to grow.",),
            table=novelty.by_half(readout.novelty),
            caution="The same users in both halves, so that newcomers cannot look like a trend.",
        )
    frame = readout.to_frame()
    if len(table := tables.extremes(frame)):
        yield Section(
            "extremes",
            "Without extreme users",
            ("A lift that vanishes when the most active users weigh less rests on a few people.",),
            table=table,
        )
    if len(table := tables.naive(frame)):
        yield Section(
            "naive",
            "What a naive tool would say",
            (NAIVE,),
            table=table,
        )
    if readout.aa is not None:
        yield _random_splits(readout.aa)


def _days(readout: Readout, treatment: str, metric: str) -> Iterator[Section]:
    rows = [row for row in readout.daily if (row.treatment, row.metric) == (treatment, metric)]
    if len(rows) < 2:
        return
    caution = (
        "The band is for somebody who looks once; the dashed lines hold for somebody who looks "
        "every day."
    )
    if readout.by_day:
        caution += " They do so approximately, because users' totals grow over the days."
    last = rows[-1]
    said = (
        f"{tables.titled(last.label)} by {last.day}: {tables.relative(last.rel_lift, last.rel_ci)}"
        + (
            f", or {tables.bracketed(last.always_valid_rel_ci)} for somebody who looked every day."
            if last.always_valid_rel_ci
            else "."
        )
    )
    yield Section(
        "days",
        "Day by day",
        (said,),
        daily_charts.cumulative_lift([dataclasses.asdict(row) for row in rows]),
        said,
        daily.by_day(rows),
        caution,
    )


def _segments(readout: Readout, treatment: str, metric: str) -> Iterator[Section]:
    result = next(
        r
        for c in readout.comparisons
        if c.treatment == treatment
        for r in c.metrics
        if r.metric == metric
    )
    known = result.rel_lift is not None and result.rel_ci is not None
    whole = (result.rel_lift, *result.rel_ci) if known else None  # type: ignore[misc]
    for test in readout.heterogeneity:
        if (test.treatment, test.metric) != (treatment, metric):
            continue
        rows = [
            row
            for row in readout.segments
            if (row.segment, row.treatment, row.metric) == (test.segment, treatment, metric)
        ]
        yield Section(
            f"segment {test.segment}",
            f"By {test.segment} (exploratory)",
            (segments.sentence(test),),
            segment_charts.forest([dataclasses.asdict(row) for row in rows], readout.control, whole),
            f"Lift by {test.segment}. {segments.sentence(test)}",
            segments.table(rows),
            "Nobody planned to look here: take what stands out as an idea for the next test.",
        )


def _scores(readout: Readout, treatment: str, metric: str) -> Iterator[Section]:
    rows = [row for row in readout.bands if (row.treatment, row.metric) == (treatment, metric)]
    if not rows:
        return
    guards = {
        row.metric: row.label for row in readout.bands if row.margin is not None and row.metric != metric
    }
    panels = {tables.titled(rows[0].label): rows} | {
        tables.titled(label): [
            row for row in readout.bands if (row.treatment, row.metric) == (treatment, name)
        ]
        for name, label in guards.items()
    }
    words = tuple(
        row.sentence for row in readout.depth if (row.treatment, row.metric) == (treatment, metric)
    )
    yield Section(
        "scores",
        "How far can we expand?",
        words,
        band_charts.lift_by_band(
            {
                title: [
                    dataclasses.asdict(row) | {"name": depth.band_name(row.share, row.top_share)}
                    for row in panel
                ]
                for title, panel in panels.items()
            }
        ),
        " ".join(("Lift by the users' score.", *words)),
        depth.by_score(rows),
    )
    beside = [
        row for row in readout.offline_online if (row.treatment, row.metric) == (treatment, metric)
    ]
    if beside:
        sentence = offline_online.in_words(beside)
        yield Section(
            "offline",
            "Offline estimate beside the online result",
            (sentence,),
            band_charts.offline_beside_online(
                [
                    dataclasses.asdict(row) | {"name": depth.band_name(row.share, row.top_share)}
                    for row in beside
                ],
                beside[0].numerator.replace("_", " "),
            ),
            sentence,
            offline_online.by_score(beside),
        )


def _random_splits(found: rerandomised.AA) -> Section:
    known = [row for row in found.metrics if row.runs]
    naive = [row for row in known if row.naive_p_values]
    shown = (naive or known)[:1]
    figure = (
        daily_charts.p_value_quantiles(shown[0].p_values, shown[0].naive_p_values) if shown else None
    )
    what = f" The chart shows {shown[0].label}." if shown else ""
    return Section(
        "aa",
        "The tests, tested on this file (A/A)",
        (rerandomised.in_words(found) + what,),
        figure,
        rerandomised.in_words(found),
        rerandomised.false_alarms(found),
    )
