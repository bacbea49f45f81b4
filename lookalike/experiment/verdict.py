"""The readout in one plain sentence, from interval bounds; it decides, and never claims certainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from lookalike.experiment.effects import Effect, effect
from lookalike.experiment.guardrails import state
from lookalike.experiment.results import Comparison, MetricResult, SampleRatio
from lookalike.written import true_minus

MOST_NAMED = 3
HEADLINES = ("revenue_per_user", "conversion", "ctr", "reach")
ORDER = ("ship", "keep running", "hold", "no verdict")
FEW_USERS = 100  # in a variant; below it the normal approximation is shaky
POWER = 0.8


@dataclass(frozen=True, slots=True)
class TreatmentVerdict:
    """What to do with one treatment, and why.

    Attributes:
        decision: "ship", "hold", "keep running" or "no verdict".
        treatment: Its name.
        sentence: One sentence.
    """

    decision: str
    treatment: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, and the sentence that says why.

    Attributes:
        decision: "ship", "hold", "keep running" or "no verdict".
        sentence: One sentence.
        verdicts: One a treatment, in the order of the comparisons; none where the split is broken.
    """

    decision: str
    sentence: str
    verdicts: tuple[TreatmentVerdict, ...] = ()


def judge(
    comparisons: Sequence[Comparison], srm: SampleRatio, primary: str | None = None, alpha: float = 0.05
) -> Verdict:
    """Judge an experiment by its primary metric and its guardrails.

    Every decision rests on the bounds of the interval in its sentence, of the estimate that
    allows for the time before where there is one. Several treatments share alpha (Bonferroni):
    their intervals, those of the guardrails included, are of the level 1 - alpha / treatments.
    The best treatment that may ship is named; when none may, the one that came closest.

    Args:
        comparisons: One a treatment, with intervals of coverage 1 - alpha.
        srm: The test of the split; a broken one blocks the verdict.
        primary: The metric that decides; by default the first of the usual ones that can be
            computed, else the first that is no guardrail.
        alpha: The rate of false alarms over all treatments.
    """
    if srm.status == "blocked":
        return Verdict("no verdict", _blocked(srm))
    chosen = deciding(comparisons, primary)
    if chosen is None:
        return Verdict("no verdict", "No verdict: there is nothing that can be compared.")
    judged = [_one(comparison, chosen, srm, alpha, len(comparisons)) for comparison in comparisons]
    best, _ = min(judged, key=lambda item: (ORDER.index(item[0].decision), -item[1]))
    return Verdict(best.decision, best.sentence, tuple(verdict for verdict, _ in judged))


def _blocked(srm: SampleRatio) -> str:
    users = sum(srm.observed.values())
    parts = [
        f"{variant} {count:,} where {srm.planned[variant] * users:,.0f} were planned"
        for variant, count in srm.observed.items()
    ]
    return (
        f"No verdict: the users are not split as planned ({'; '.join(parts)}; p < 0.001), "
        "so something chose who is counted, and its cause must be found first."
    )


def deciding(comparisons: Sequence[Comparison], primary: str | None) -> str | None:
    """Return the metric that decides, the same for all treatments."""
    results = [result for comparison in comparisons for result in comparison.metrics]
    if primary is not None:
        return primary if results else None
    guards = {result.metric: result.margin is not None for result in results}
    computable = {result.metric for result in results if result.computable}
    return usual_metric({name: guards[name] for name in guards if name in computable}) or usual_metric(
        guards
    )


def usual_metric(guards: Mapping[str, bool]) -> str | None:
    """Return the metric that decides where nobody chose one.

    Args:
        guards: The metrics in order, and whether each is a guardrail.
    """
    free = [name for name, guard in guards.items() if not guard]
    return next((name for name in (*HEADLINES, *free) if name in free), None)


def _one(
    comparison: Comparison, deciding: str, srm: SampleRatio, alpha: float, treatments: int
) -> tuple[TreatmentVerdict, float]:
    """Return the verdict on a treatment, and its change for the better to rank it by."""
    who, level = comparison.treatment, alpha / treatments
    result = next((r for r in comparison.metrics if r.metric == deciding), None)
    found = effect(result, alpha, level) if result is not None and result.computable else None
    if result is None or found is None:
        what, reason = (result.label, result.reason) if result else (deciding, "it was not measured")
        why = f", because {reason}" if reason else ""
        said = f"No verdict on {who}: {what} cannot be compared{why}."
        return TreatmentVerdict("no verdict", who, said), 0.0
    lift = f"{result.label} {_moved(result, found)} than in {comparison.control}"
    lift += " (allowing for the time before)" if found.adjusted else ""
    low, high = found.ci
    broken = _broken(comparison, deciding, alpha)
    if not low <= 0 <= high and (low > 0) != (result.good == "up"):
        decision, said = "hold", f"Do not ship {who}: {lift}, more than chance explains"
    elif broken:
        decision, said = "hold", f"Do not ship {who}: {lift}, but {broken}"
    elif low <= 0 <= high:
        shown = _shows(result, found, alpha, level)
        decision, said = "keep running", f"Keep running: with {who}, {lift}, which may be chance{shown}"
    else:
        decision, said = _guarded(comparison, deciding, lift, alpha, level)
    notes = _notes(comparison, srm, level, treatments)
    sentence = f"{said} ({'; '.join(notes)})." if notes else f"{said}."
    return TreatmentVerdict(decision, who, sentence), found.lift if result.good == "up" else -found.lift


def _guarded(
    comparison: Comparison, deciding: str, lift: str, alpha: float, level: float
) -> tuple[str, str]:
    """Return the decision on a treatment that is better and breaks no guardrail."""
    who = comparison.treatment
    doubts, unseen = [], []
    for guard in comparison.metrics:
        if guard.margin is None or guard.metric == deciding:
            continue
        found = effect(guard, alpha)
        if found is None:
            # what nobody does in either variant has not got worse
            unseen += [guard.label] if guard.abs_lift != 0 else []
            continue
        stands = state(found, guard.good, guard.margin)
        moved = f"{guard.label} {_moved(guard, found)}"
        way, margin = _change(guard)
        if stands == "open":
            doubts.append(f"{moved}, and a {way} of more than {margin} cannot be ruled out")
    if doubts:
        return "keep running", f"Keep running: with {who}, {lift}, but {'; '.join(doubts)}"
    unchecked = f", though {' and '.join(unseen)} could not be checked" if unseen else ""
    worse = _worse(comparison, deciding, alpha, level)
    weighed = f"; weigh against it that {' and '.join(worse)}" if worse else ""
    return "ship", f"Ship {who}: {lift}, more than chance explains{unchecked}{weighed}"


def _worse(comparison: Comparison, deciding: str, alpha: float, level: float) -> list[str]:
    """Say which of the metrics that neither decide nor guard got worse, corrected for their number."""
    said = []
    for result in comparison.metrics:
        if result.metric == deciding or result.margin is not None or result.p_holm is None:
            continue
        found = effect(result, alpha, level) if result.p_holm < level else None
        if found is not None and (found.ci[1] < 0 if result.good == "up" else found.ci[0] > 0):
            said.append(f"{result.label} {_moved(result, found)}")
    return said[:MOST_NAMED]


def _broken(comparison: Comparison, deciding: str, alpha: float) -> str:
    """Say which guardrails are broken, if any; no treatment is taken that breaks one.

    Guardrails share alpha neither with each other nor over treatments, for each must hold.
    """
    said = []
    for guard in comparison.metrics:
        found = effect(guard, alpha) if guard.margin is not None and guard.metric != deciding else None
        if found is not None and state(found, guard.good, guard.margin or 0.0) == "broken":
            way, margin = _change(guard)
            said.append(f"{guard.label} {_moved(guard, found)}, where a {way} of {margin} is accepted")
    return " and ".join(said)


def _change(guard: MetricResult) -> tuple[str, str]:
    """Return the way for the worse in one word, and the margin as a percentage."""
    return "rise" if guard.good == "down" else "fall", f"{100 * (guard.margin or 0.0):.1f} %"


def _notes(comparison: Comparison, srm: SampleRatio, level: float, treatments: int) -> list[str]:
    notes = []
    if treatments > 1:
        notes.append(
            f"a {100 * (1 - level):.1f} % interval decides, as {treatments} treatments share the risk "
            "of a false alarm"
        )
    if min(comparison.n_control, comparison.n_treatment) < FEW_USERS:
        notes.append(
            f"with care: below {FEW_USERS} users in a variant, intervals and p-values are only rough"
        )
    if srm.status == "warned":
        notes.append(
            f"with care: the split is further from the plan than chance allows, p = {srm.p_value:.2g}"
        )
    return notes


def _shows(result: MetricResult, found: Effect, alpha: float, level: float) -> str:
    """Return what a test of this size finds, at the level and with the adjustment of the decision."""
    if result.mde80 is None or not found.relative:
        return ""
    power = NormalDist().inv_cdf(POWER)
    at_level, at_alpha = (NormalDist().inv_cdf(1 - each / 2) + power for each in (level, alpha))
    removed = (result.cuped.variance_reduction or 0.0) if found.adjusted and result.cuped else 0.0
    size = result.mde80 * at_level / at_alpha * max(1 - removed, 0.0) ** 0.5
    return f"; a test of this size finds a difference of {100 * size:.1f} % four times in five"


def _moved(result: MetricResult, found: Effect) -> str:
    way = "lower" if found.lift < 0 else "higher"
    numbers = (abs(found.lift), *found.ci)
    if found.relative or result.rate:
        unit = "%" if found.relative else "pts"
        size, low, high = (round(100 * number, 1) + 0.0 for number in numbers)
        return f"is {size:.1f} {unit} {way} " + true_minus(f"[{low:.1f}, {high:.1f}]")
    size, low, high = numbers
    return f"is {size:.3g} {way} " + true_minus(f"[{low:.3g}, {high:.3g}]")
