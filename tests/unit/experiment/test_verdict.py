"""The verdict follows the intervals that it shows, and says what it rests on."""

import dataclasses
import math
import re

import numpy as np
import pytest

from lookalike.experiment.guardrails import guarded
from lookalike.experiment.inference import compare
from lookalike.experiment.metrics import Metric, Variable, mean_metric
from lookalike.experiment.results import Comparison, Cuped, MetricResult, SampleRatio
from lookalike.experiment.verdict import judge
from lookalike.written import MINUS
from tests.unit.experiment.data import moments_of

EVEN = SampleRatio(0.5, 0.4, {"off": 500, "on": 510}, {"off": 0.5, "on": 0.5}, "passed")
DIRECTIONS = {"hdr": ("down", 0.05), "gcr": ("up", 0.05)}
LABELS = {"ctr": "click rate", "hdr": "hide rate", "gcr": "good-click rate"}


def result(name: str, lift: float, spread: float) -> MetricResult:
    """A metric of value 1 whose interval is a factor around the lift; hdr and gcr are guardrails."""
    good, margin = DIRECTIONS.get(name, ("up", None))
    low, high = ((1 + lift) * factor - 1 for factor in (1 / (1 + spread), 1 + spread))
    return MetricResult(
        name, LABELS.get(name, name), 1.0, 1.0 + lift, abs_lift=lift,
        abs_ci=(lift - spread, lift + spread), rel_lift=lift, rel_ci=(low, high),
        p_value=0.001 if low > 0 or high < 0 else 0.4,
        mde80=1.4 * spread, computable=True, good=good, margin=margin,
    )  # fmt: skip


def gone(name: str, reason: str) -> MetricResult:
    good, margin = DIRECTIONS.get(name, ("up", None))
    return MetricResult(name, LABELS.get(name, name), None, 0.1, reason=reason, good=good, margin=margin)


def against_off(*results: MetricResult, treatment: str = "on", users: int = 500) -> Comparison:
    return Comparison("off", treatment, users, users + 10, results)


OPENINGS = {
    "ship": "Ship on: ",
    "hold": "Do not ship on: ",
    "keep running": "Keep running: with on, ",
    "no verdict": "No verdict on on: ",
}


@pytest.mark.parametrize(
    ("results", "decision"),
    [
        ([result("ctr", 0.04, 0.02)], "ship"),
        ([result("ctr", -0.04, 0.02)], "hold"),
        ([result("ctr", 0.01, 0.02)], "keep running"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.0, 0.04)], "ship"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.2, 0.1)], "hold"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.0, 0.1)], "keep running"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.0, 0.1), result("gcr", -0.2, 0.1)], "hold"),
        ([result("ctr", 0.04, 0.02), result("gcr", -0.03, 0.01)], "ship"),
        ([result("ctr", 0.01, 0.02), result("hdr", 0.2, 0.1)], "hold"),
        ([result("reach", -0.04, 0.02), result("ctr", 0.04, 0.02)], "ship"),
        ([gone("ctr", "there is none")], "no verdict"),
    ],
)
def test_it_follows_the_bounds_of_the_intervals(results: list[MetricResult], decision: str) -> None:
    verdict = judge([against_off(*results)], EVEN)
    assert verdict.decision == decision
    assert verdict.sentence.startswith(OPENINGS[decision])
    assert verdict.sentence.count(". ") == 0
    assert verdict.sentence.endswith(".")
    assert "prove" not in verdict.sentence


def test_the_sentences_read_like_this() -> None:
    good, hides = result("ctr", 0.04, 0.02), result("hdr", 0.2, 0.1)

    def said(*results: MetricResult) -> str:
        return judge([against_off(*results)], EVEN).sentence

    lift = "click rate is 4.0 % higher [2.0, 6.1] than in off"
    assert said(good) == f"Ship on: {lift}, more than chance explains."
    assert said(good, hides) == (
        f"Do not ship on: {lift}, but hide rate is 20.0 % higher [9.1, 32.0], where a rise of 5.0 % is "
        "accepted."
    )
    assert said(good, result("gcr", 0.0, 0.1)) == (
        f"Keep running: with on, {lift}, but good-click rate is 0.0 % higher [−9.1, 10.0], and a fall "
        "of more than 5.0 % cannot be ruled out."
    )
    assert said(result("ctr", 0.01, 0.02)) == (
        "Keep running: with on, click rate is 1.0 % higher [−1.0, 3.0] than in off, which may be "
        "chance; a test of this size finds a difference of 2.8 % four times in five."
    )


def test_the_primary_metric_decides_and_of_hides_less_is_better() -> None:
    comparison = against_off(result("ctr", 0.04, 0.02), result("hdr", -0.2, 0.1))
    assert judge([comparison], EVEN, primary="hdr").decision == "ship"
    worse = against_off(result("ctr", 0.04, 0.02), result("hdr", 0.2, 0.1))
    assert judge([worse], EVEN, primary="hdr").decision == "hold"


def test_without_a_primary_metric_no_guardrail_decides() -> None:
    own = result("bookings", 0.04, 0.02)
    assert judge([against_off(result("hdr", -0.2, 0.1), own)], EVEN).sentence.startswith(
        "Ship on: bookings"
    )
    alone = judge([against_off(result("hdr", -0.2, 0.1))], EVEN)
    assert alone.sentence == "No verdict: there is nothing that can be compared."
    lost = against_off(gone("ctr", "nobody clicks"), result("reach", 0.04, 0.02), own)
    assert judge([lost], EVEN).sentence.startswith("Ship on: reach")


def test_a_primary_metric_that_cannot_be_computed_is_said_with_its_reason() -> None:
    comparison = against_off(
        gone("ctr", "the control has no impressions to divide by"), result("reach", 0.04, 0.02)
    )
    verdict = judge([comparison], EVEN, primary="ctr")
    assert verdict.decision == "no verdict"
    assert verdict.sentence == (
        "No verdict on on: click rate cannot be compared, because the control has no impressions to "
        "divide by."
    )
    assert "it was not measured" in judge([comparison], EVEN, primary="gcr").sentence


def adjusted(raw: MetricResult, lift: float, spread: float, removed: float = 0.5) -> MetricResult:
    other = result(raw.metric, lift, spread)
    cuped = Cuped(
        1.0, 1 + lift, lift, other.abs_ci, lift, other.rel_ci, other.p_value, removed, 500, 900.0
    )
    return dataclasses.replace(raw, cuped=cuped)


def test_the_estimate_that_allows_for_the_time_before_decides_and_is_named() -> None:
    raw = result("ctr", 0.03, 0.04)
    assert judge([against_off(raw)], EVEN).decision == "keep running"
    verdict = judge([against_off(adjusted(raw, 0.04, 0.02))], EVEN)
    assert verdict.sentence == (
        "Ship on: click rate is 4.0 % higher [2.0, 6.1] than in off (allowing for the time before), "
        "more than chance explains."
    )
    # three quarters of the variance gone: half the difference that can be found
    quiet = adjusted(raw, 0.01, 0.02, removed=0.75)
    assert "a difference of 2.8 % four" in judge([against_off(quiet)], EVEN).sentence


def test_a_guardrail_is_judged_by_its_adjusted_estimate_too() -> None:
    good, hides = result("ctr", 0.04, 0.02), result("hdr", 0.0, 0.1)
    assert judge([against_off(good, hides)], EVEN).decision == "keep running"
    assert judge([against_off(good, adjusted(hides, 0.0, 0.03))], EVEN).decision == "ship"


def test_a_guardrail_that_cannot_be_checked_is_said() -> None:
    good = result("ctr", 0.04, 0.02)
    said = judge([against_off(good, gone("hdr", "none"))], EVEN).sentence
    assert said.endswith("more than chance explains, though hide rate could not be checked.")
    nobody = dataclasses.replace(gone("hdr", "it does not vary"), control=0.0, abs_lift=0.0)
    assert "checked" not in judge([against_off(good, nobody)], EVEN).sentence


def test_a_broken_split_blocks_it() -> None:
    broken = SampleRatio(2e-5, 18.0, {"off": 3332, "on": 2996}, {"off": 0.5, "on": 0.5}, "blocked")
    verdict = judge([against_off(result("ctr", 0.04, 0.02))], broken)
    assert verdict.decision == "no verdict"
    assert "on 2,996 where 3,164 were planned" in verdict.sentence
    assert "4.0" not in verdict.sentence
    assert verdict.verdicts == ()


def test_a_doubtful_split_is_said() -> None:
    doubtful = SampleRatio(0.005, 7.9, {"off": 3000, "on": 3300}, {"off": 0.5, "on": 0.5}, "warned")
    verdict = judge([against_off(result("ctr", 0.04, 0.02))], doubtful)
    assert verdict.decision == "ship"
    assert "with care: the split" in verdict.sentence


@pytest.mark.parametrize(("users", "warned"), [(6, True), (99, True), (100, False)])
def test_few_users_are_said(users: int, warned: bool) -> None:
    verdict = judge([against_off(result("ctr", 0.4, 0.2), users=users)], EVEN)
    assert verdict.sentence.endswith("only rough).") == warned


def test_every_treatment_has_its_sentence_and_the_best_one_is_named() -> None:
    lifts = {"a": 0.03, "b": 0.08, "c": -0.06, "d": 0.0}
    comparisons = [
        against_off(result("ctr", lift, 0.02), treatment=name) for name, lift in lifts.items()
    ]
    verdict = judge(comparisons, EVEN)
    assert [(each.treatment, each.decision) for each in verdict.verdicts] == [
        ("a", "ship"), ("b", "ship"), ("c", "hold"), ("d", "keep running"),
    ]  # fmt: skip
    assert verdict.sentence == verdict.verdicts[1].sentence
    assert verdict.sentence.startswith("Ship b: ")
    lost = judge([*comparisons, against_off(gone("ctr", "nobody"), treatment="e")], EVEN)
    assert (lost.decision, lost.verdicts[-1].decision) == ("ship", "no verdict")


def test_of_hides_the_lowest_is_the_best() -> None:
    good, better = (
        against_off(result("hdr", lift, 0.02), treatment=f"by {lift}") for lift in (-0.1, -0.3)
    )
    assert judge([good, better], EVEN, primary="hdr").sentence.startswith("Ship by -0.3")


def test_treatments_share_alpha_and_the_sentence_shows_the_interval_that_decides() -> None:
    """A lift that is sure by itself but not as one of four, from made-up users."""
    rng, metric = np.random.default_rng(8), mean_metric("ctr", "ctr", "click rate")
    control, treatment = rng.normal(10, 2, 800), rng.normal(10, 2, 800)
    treatment += 10.24 - treatment.mean() - (10 - control.mean())

    def comparison(name: str, alpha: float) -> Comparison:
        arms = (moments_of(metric, {"ctr": x}) for x in (control, treatment))
        return Comparison("off", name, 800, 800, (compare(metric, *arms, alpha=alpha),))

    one = comparison("on", 0.05)
    assert judge([one], EVEN).decision == "ship"
    verdict = judge([dataclasses.replace(one, treatment=name) for name in "abcd"], EVEN)
    assert verdict.decision == "keep running"
    assert "a 98.8 % interval decides, as 4 treatments share" in verdict.sentence
    said = verdict.sentence.replace(MINUS, "-")
    low, high = (float(x) for x in re.findall(r"\[(-?[\d.]+), ([\d.]+)\]", said)[0])
    wanted = comparison("on", 0.05 / 4)["ctr"].rel_ci
    assert (low, high) == pytest.approx([100 * x for x in wanted], abs=0.051)
    assert low <= 0


def test_every_treatment_keeps_its_own_guardrails() -> None:
    """They share no alpha: each of them must hold anyway, as a plan counts on it."""
    good = result("ctr", 0.2, 0.02)
    hides = result("hdr", 0.0, 0.045)
    two = [against_off(good, hides, treatment=name) for name in "ab"]
    assert judge(two, EVEN).decision == "ship"


def test_a_broken_guardrail_is_named_whatever_the_deciding_metric_says() -> None:
    doubled = result("hdr", 1.0, 0.1)
    for lift in (0.04, 0.01):
        found = judge([against_off(result("ctr", lift, 0.02), doubled)], EVEN)
        assert found.decision == "hold"
        assert "hide rate is 100.0 % higher" in found.sentence


def test_values_without_a_ratio_are_compared_in_their_own_unit() -> None:
    """The control earns nothing, or loses money: no percentages of that."""
    bare = MetricResult(
        "revenue_per_user", "revenue per user", 0.0, 2.5, abs_lift=2.5, abs_ci=(1.5, 3.5), p_value=1e-6,
        computable=True,
    )  # fmt: skip
    said = judge([against_off(bare)], EVEN).sentence
    assert said.startswith("Ship on: revenue per user is 2.5 higher [1.5, 3.5] than in off")
    share = dataclasses.replace(bare, treatment=0.025, abs_lift=0.025, abs_ci=(0.015, 0.035), rate=True)
    assert "is 2.5 pts higher [1.5, 3.5]" in judge([against_off(share)], EVEN).sentence
    losing = dataclasses.replace(bare, control=-5.0, treatment=-2.5, rel_lift=-0.5, rel_ci=(-0.6, -0.4))
    assert judge([against_off(losing)], EVEN).decision == "ship"


def test_nothing_to_compare_is_no_verdict() -> None:
    assert judge([], EVEN).decision == "no verdict"
    assert judge([against_off(MetricResult("ctr", "ctr", None, None))], EVEN).decision == "no verdict"


def test_of_three_that_change_nothing_one_is_shipped_in_one_of_forty_tests() -> None:
    """Half of the false alarms, which alpha is over both directions, are for the better."""
    rng, runs, shipped = np.random.default_rng(11), 400, 0
    metric = Metric("ctr", "click rate", Variable("ctr"))
    for _ in range(runs):
        control, *others = (moments_of(metric, {"ctr": x}) for x in rng.gamma(3, 2, (4, 150)))
        comparisons = [
            Comparison("off", str(k), 150, 150, (guarded(compare(metric, control, other), metric),))
            for k, other in enumerate(others)
        ]
        shipped += judge(comparisons, EVEN).decision == "ship"
    assert shipped / runs < 0.025 + 3 * math.sqrt(0.025 * 0.975 / runs)
    assert shipped


def test_what_got_worse_is_weighed_where_it_survives_the_correction():
    worse = dataclasses.replace(result("reach", -0.1, 0.02), label="reach", p_holm=0.001)
    doubtful = dataclasses.replace(result("depth", -0.1, 0.02), label="depth", p_holm=0.2)
    better = dataclasses.replace(result("width", 0.1, 0.02), label="width", p_holm=0.001)
    found = judge([against_off(result("ctr", 0.04, 0.02), worse, doubtful, better)], EVEN, "ctr")
    assert found.decision == "ship"
    assert "weigh against it that reach is 10.0 % lower" in found.sentence
    assert "depth" not in found.sentence
    assert "width" not in found.sentence
