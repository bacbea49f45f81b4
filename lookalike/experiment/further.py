"""What a readout tells beyond its metrics: where the split is off, days, segments, parts, scores."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.experiment.closer import located
from lookalike.experiment.closer.bands import by_band
from lookalike.experiment.closer.daily import cumulative
from lookalike.experiment.closer.decomposition import decompose
from lookalike.experiment.closer.depth import how_far
from lookalike.experiment.closer.novelty import novelty
from lookalike.experiment.closer.offline_online import offline_online
from lookalike.experiment.closer.segments import by_segment
from lookalike.experiment.closer.sensitivity import sensitivity
from lookalike.experiment.intake.opening import Intake
from lookalike.experiment.metrics import PRE, Metric
from lookalike.experiment.report import Readout
from lookalike.experiment.results import Comparison
from lookalike.experiment.verdict import deciding
from lookalike.progress import Progress


@dataclass(frozen=True, eq=False, slots=True)
class Audience:
    """The exported audience that a test was made with.

    Attributes:
        name: Its name.
        members: `user_id, score, holdout`, one row a user.
        curve: The recall curve of its run: `k` and `recall`, one number a tested size.
        size: Its share of the eligible users.
    """

    name: str
    members: pa.Table
    curve: Mapping[str, Sequence[float]]
    size: float

    @property
    def planned(self) -> dict[str, float] | None:
        """The share of its users that was held out, and the rest; None where that is nobody."""
        held = float(pc.mean(self.members["holdout"]).as_py() or 0.0)
        return {"audience": 1 - held, "holdout": held} if 0 < held < 1 else None


def looked_into(
    plain: Readout,
    intake: Intake,
    metrics: Sequence[Metric],
    audience: Audience | None,
    progress: Progress,
) -> Readout:
    """Return the readout with everything that the file allows.

    Args:
        plain: The readout as far as the metrics.
        intake: The open file.
        metrics: What was measured.
        audience: Where scores came from, if from elsewhere.
        progress: Told how far it is.
    """
    people, control, alpha = intake.people, plain.control, plain.alpha
    segments = intake.layout.segments
    planned = plain.srm.planned
    checks = list(plain.checks)
    progress.at(0.0, "Looking where the split is off")
    if len(planned) > 1:
        checks += located.split_by_segment(people, segments, planned)
        if before := next((role for role in intake.measured if role.startswith(PRE)), None):
            checks += located.split_by_before(people, before, planned)
    if plain.comparisons:
        checks += located.mix(people, segments, metrics, control)
    progress.at(0.2, "Setting extreme users aside")
    comparisons = tuple(
        _sensible(comparison, intake, metrics, alpha) for comparison in plain.comparisons
    )
    progress.at(0.4, "Going through the days")
    timed = metrics  # of the time before there are no days
    if intake.days is not None:
        timed = [metric for metric in metrics if set(metric.columns) <= set(intake.days.columns)]
    daily = cumulative(people, intake.days, timed, control, alpha)
    fading = novelty(intake.days, timed, control, alpha) if intake.days else ()
    progress.at(0.6, "Going through the segments")
    lifts, heterogeneity = by_segment(people, segments, metrics, control, alpha)
    progress.at(0.8, "Taking the revenue apart")
    parts = decompose(people, control, alpha)
    bands = by_band(people, metrics, control, alpha=alpha)
    primary = deciding(comparisons, plain.primary)
    headline = [band for band in bands if band.metric == primary]
    return dataclasses.replace(
        plain,
        checks=tuple(checks),
        comparisons=comparisons,
        daily=daily,
        novelty=fading,
        segments=lifts,
        heterogeneity=heterogeneity,
        decomposition={
            treatment: tuple(group)
            for treatment, group in itertools.groupby(parts, key=lambda part: part.treatment)
        },
        bands=bands,
        depth=how_far(bands, primary) if primary and bands else (),
        offline_online=offline_online(headline, audience.curve, audience.size) if audience else (),
    )


def _sensible(
    comparison: Comparison, intake: Intake, metrics: Sequence[Metric], alpha: float
) -> Comparison:
    found = sensitivity(intake.people, metrics, comparison.control, comparison.treatment, alpha)
    results = tuple(
        dataclasses.replace(result, winsorised=found[result.metric][0], trimmed=found[result.metric][1])
        if result.metric in found
        else result
        for result in comparison.metrics
    )
    return dataclasses.replace(comparison, metrics=results)
