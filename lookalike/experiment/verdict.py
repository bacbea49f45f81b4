"""The readout in one plain sentence, from interval bounds; it decides, and never claims proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lookalike.experiment.results import Comparison, Interval, MetricResult, SampleRatio

HEADLINES = ("ctr", "revenue_per_user", "reach")
GUARDRAILS: Mapping[str, float] = {"hdr": 0.05}
"""Metrics of which less is better, with the largest relative rise that is still accepted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and the sentence that says why.

    Attributes:
        decision: "ship", "hold", "keep running" or "no verdict".
        sentence: One sentence.
    """

    decision: str
    sentence: str


def judge(
    comparisons: Sequence[Comparison], srm: SampleRatio, primary: str | None = None, alpha: float = 0.05
) -> Verdict:
    """Judge an experiment by its primary metric and its guardrails.

    Several treatments share alpha (Bonferroni). The best one that may ship is named; when none
    may, the one that came closest.

    Args:
        comparisons: One a treatment.
        srm: The test of the split; a broken one blocks the verdict.
        primary: The metric that decides; by default the first of the usual ones there is.
        alpha: The rate of false alarms over all treatments.
    """
    if srm.status == "blocked":
        return Verdict("no verdict", _blocked(srm))
    judged = [
        verdict
        for comparison in comparisons
        if (result := _headline(comparison, primary)) is not None
        for verdict in [(_one(comparison, result, alpha / len(comparisons)), result.rel_lift or 0.0)]
    ]
    if not judged:
        return Verdict("no verdict", "No verdict: there is nothing that can be compared.")
    order = ("ship", "keep running", "hold")
    best, _ = min(judged, key=lambda item: (order.index(item[0].decision), -item[1]))
    if srm.status == "warned":
        warning = (
            f" (with care: the split is further from the plan than chance allows, p = {srm.p_value:.2g})"
        )
        return Verdict(best.decision, best.sentence.removesuffix(".") + warning + ".")
    return best


def _blocked(srm: SampleRatio) -> str:
    users = sum(srm.observed.values())
    parts = [
        f"{variant} {count:,} where {srm.planned[variant] * users:,.0f} were planned"
        for variant, count in srm.observed.items()
    ]
    return (
        f"No verdict: the users are not split as planned ({'; '.join(parts)}; p = {srm.p_value:.2g}), "
        "so something chose who is counted, and its cause must be found first."
    )


def _headline(comparison: Comparison, primary: str | None) -> MetricResult | None:
    results = {result.metric: result for result in comparison.metrics if result.computable}
    if primary is not None:
        return results.get(primary)
    usual = [results[name] for name in HEADLINES if name in results]
    return next(iter(usual or results.values()), None)


def _one(comparison: Comparison, result: MetricResult, alpha: float) -> Verdict:
    who, against = comparison.treatment, comparison.control
    lift = f"{result.label} {_moved(result)} against {against}"
    if result.p_value is None or result.p_value >= alpha:
        found = (
            f"; so many users show a difference of {_share(result.mde80)} four times in five"
            if result.mde80
            else ""
        )
        return Verdict("keep running", f"Keep running: with {who}, {lift}, which may be chance{found}.")
    if ((result.abs_lift or 0.0) < 0) != (result.metric in GUARDRAILS):
        return Verdict("hold", f"Hold {who}: {lift}, more than chance explains.")
    for name, margin in GUARDRAILS.items():
        guard = next((r for r in comparison.metrics if r.metric == name and r.rel_ci), None)
        if guard is None or guard is result or guard.rel_ci is None or guard.rel_ci[1] <= margin:
            continue
        if guard.rel_ci[0] > 0:
            return Verdict("hold", f"Hold {who}: {lift}, but {guard.label} {_moved(guard)} as well.")
        return Verdict(
            "keep running",
            f"Keep running: with {who}, {lift}, but {guard.label} {_moved(guard)}, "
            f"and a rise above {_share(margin)} cannot be ruled out.",
        )
    return Verdict("ship", f"Ship {who}: {lift}, more than chance explains.")


def _moved(result: MetricResult) -> str:
    if result.rel_lift is None or result.rel_ci is None:
        size, change = result.abs_lift or 0.0, f"{abs(result.abs_lift or 0.0):.3g}"
        interval = _interval(result.abs_ci, 1.0)
    else:
        size, change = result.rel_lift, f"{abs(100 * result.rel_lift):.1f} %"
        interval = _interval(result.rel_ci, 100.0)
    return f"is {change} {'higher' if size > 0 else 'lower'}{interval}"


def _interval(bounds: Interval | None, scale: float) -> str:
    if bounds is None:
        return ""
    digits = ".1f" if scale == 100.0 else ".3g"
    return f" [{format(bounds[0] * scale, digits)}, {format(bounds[1] * scale, digits)}]"


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"
