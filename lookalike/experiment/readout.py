"""The use case: results in, a readout out that can be trusted."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lookalike.errors import BadInput, did_you_mean
from lookalike.experiment import further
from lookalike.experiment.checks import data_checks, sample_ratio
from lookalike.experiment.closer.bootstrap import bootstrap
from lookalike.experiment.closer.rerandomised import rerandomise
from lookalike.experiment.guardrails import guarded
from lookalike.experiment.inference import compare, corrected
from lookalike.experiment.intake.opening import Intake, opened
from lookalike.experiment.intake.sources import Source
from lookalike.experiment.metrics import EVERY, Metric, canonical, catalogue, choose_preset, with_own
from lookalike.experiment.moments import Moments, aggregate
from lookalike.experiment.report import Readout
from lookalike.experiment.results import Comparison
from lookalike.experiment.spec import Spec
from lookalike.experiment.variants import choose_control
from lookalike.experiment.verdict import judge
from lookalike.progress import SILENT, Progress

DRAW = 20_260_101  # seeds what is drawn, so that the same file gives the same readout


def readout(
    source: Source,
    *,
    control: str | None = None,
    planned: Mapping[str, float] | None = None,
    columns: Mapping[str, str] | None = None,
    alpha: float = 0.05,
    preset: str | None = None,
    metrics: Sequence[Metric] = (),
    primary: str | None = None,
    **further_options: Any,
) -> Readout:
    """Read out an experiment.

    Args:
        source: One row a user, or one a user and day: a DataFrame, an Arrow table, a DuckDB
            relation, or the path of a CSV, Parquet or Excel file.
        control: The control variant; by default the one called control, baseline, holdout, a or off.
        planned: The planned share of each variant; equal by default.
        columns: The source's column for each role, where its names do not say it, such as
            `{"user_id": "member"}`.
        alpha: One minus the coverage of every interval.
        preset: "act-alike", "content" or "marketplace"; by default the one that fits best.
        metrics: Metrics of your own beside the preset's.
        primary: The metric that decides the verdict.
        **further_options: Any other field of `Spec`: segments, all_together, full, bootstrap,
            rerandomise.

    Raises:
        BadInput: The results cannot be read, the control or the primary metric is not in
            them, or the plan does not fit.
        TypeError: There is no such option.
    """
    spec = Spec(
        control=control,
        planned=dict(planned) if planned else None,
        columns=dict(columns or {}),
        alpha=alpha,
        preset=preset,
        metrics=tuple(metrics),
        primary=primary,
        **further_options,
    )
    return read_out(source, spec)


def read_out(
    source: Source, spec: Spec, audience: further.Audience | None = None, progress: Progress = SILENT
) -> Readout:
    """Read out an experiment as `spec` asks for it.

    Args:
        source: As for `readout`.
        spec: What is asked.
        audience: The exported audience that the test was made with, for its scores.
        progress: Told how far it is.

    Raises:
        BadInput: As for `readout`.
        NotFound: There is no such preset.
        Cancelled: The watcher asked the work to stop.
    """
    progress.at(0.0, "Reading the rows")
    spec = dataclasses.replace(
        spec,
        metrics=canonical(spec.metrics, spec.columns),
        audience=audience.name if audience else None,
    )
    candidates = with_own(choose_preset((), spec.preset) if spec.preset else EVERY, spec.metrics)
    members = audience.members if audience else None
    with opened(source, candidates, spec.columns, segments=spec.segments, audience=members) as intake:
        asked = catalogue(intake.measured, spec.preset, spec.metrics)
        present = [metric for metric in asked if set(metric.columns) <= set(intake.measured)]
        _refuse_unknown(spec.primary, present)
        progress.at(0.4, "Comparing the variants")
        before = {m.name for m in present if set(m.before.columns) <= set(intake.measured)}
        moments = aggregate(intake.people, present, before)
        base = choose_control(moments, spec.control if moments else None)
        held_out = audience.planned if audience and "variant" not in intake.layout.found else None
        planned = spec.planned or held_out
        srm = sample_ratio({variant: moment.n for variant, moment in moments.items()}, planned)
        comparisons = _comparisons(present, before, moments, base, spec)
        left_out = [metric for metric in asked if metric not in present]
        plain = Readout(
            checks=data_checks(intake, present, left_out, moments),
            srm=srm,
            comparisons=comparisons,
            verdict="",
            decision="no verdict",
            control=base,
            primary=spec.primary,
            alpha=spec.alpha,
            users=sum(moment.n for moment in moments.values()),
            rows=intake.faults.rows,
            by_day=intake.by_day,
            columns=intake.layout.found,
            source_columns=intake.layout.names,
            planned=planned,
            fingerprint=f"{intake.who:x}",
            spec=spec,
        )
        if spec.full:
            plain = further.looked_into(plain, intake, present, audience, progress.span(0.4, 0.8))
        plain = _resampled(plain, intake, present, progress.span(0.8, 1.0))
    verdict = judge(plain.comparisons, srm, spec.primary, spec.alpha)
    judged = dataclasses.replace(
        plain, verdict=verdict.sentence, decision=verdict.decision, verdicts=verdict.verdicts
    )
    return dataclasses.replace(judged, fingerprint=_fingerprint(judged))


def _refuse_unknown(primary: str | None, present: Sequence[Metric]) -> None:
    names = [metric.name for metric in present]
    if primary is not None and primary not in names:
        raise BadInput(
            f"The primary metric {primary!r} is not in the results.", did_you_mean(primary, names)
        )


def _comparisons(
    metrics: Sequence[Metric],
    before: set[str],
    moments: Mapping[str, Moments],
    control: str,
    spec: Spec,
) -> tuple[Comparison, ...]:
    found = [
        Comparison(
            control,
            variant,
            moments[control].n,
            moment.n,
            tuple(
                guarded(
                    compare(
                        metric, moments[control], moment, cuped=metric.name in before, alpha=spec.alpha
                    ),
                    metric,
                    spec.alpha,
                )
                for metric in metrics
            ),
        )
        for variant, moment in moments.items()
        if variant != control
    ]
    if spec.all_together:
        results = iter(corrected([result for comparison in found for result in comparison.metrics]))
        families = [[next(results) for _ in comparison.metrics] for comparison in found]
    else:
        families = [list(corrected(comparison.metrics)) for comparison in found]
    return tuple(
        dataclasses.replace(comparison, metrics=tuple(family))
        for comparison, family in zip(found, families, strict=True)
    )


def _resampled(plain: Readout, intake: Intake, metrics: Sequence[Metric], progress: Progress) -> Readout:
    """Add what is drawn at random, where it was asked for."""
    spec = plain.spec
    if spec.bootstrap:
        progress.at(0.0, "Resampling the users")
        comparisons = []
        for comparison in plain.comparisons:
            rng = np.random.default_rng(DRAW)
            pair = (comparison.control, comparison.treatment)
            found = bootstrap(intake.people, metrics, *pair, rng, spec.bootstrap, spec.alpha)
            results = tuple(
                dataclasses.replace(result, bootstrap_rel_ci=found.get(result.metric))
                for result in comparison.metrics
            )
            comparisons.append(dataclasses.replace(comparison, metrics=results))
        plain = dataclasses.replace(plain, comparisons=tuple(comparisons))
    if spec.rerandomise and plain.comparisons:
        first = plain.comparisons[0]
        found_aa = rerandomise(
            intake.people,
            metrics,
            (first.n_control, first.n_treatment),
            np.random.default_rng(DRAW),
            spec.rerandomise,
            progress.span(0.3, 1.0),
            spec.alpha,
        )
        plain = dataclasses.replace(plain, aa=found_aa)
    return plain


def _fingerprint(found: Readout) -> str:
    """Sum up the users and all that was found of them; nine digits forgive the order of adding."""

    def forgiving(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: forgiving(inner) for key, inner in item.items()}
        if isinstance(item, list):
            return [forgiving(inner) for inner in item]
        return f"{item:.9g}" if isinstance(item, float) else item

    text = json.dumps(forgiving(found.report()), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
