import pytest

from lookalike.experiment.results import Comparison, MetricResult, SampleRatio
from lookalike.experiment.verdict import judge

EVEN = SampleRatio(0.5, 0.4, {"off": 500, "on": 510}, {"off": 0.5, "on": 0.5}, "passed")


def result(name: str, lift: float, spread: float) -> MetricResult:
    """A metric of value 1 whose interval is the lift plus or minus its spread."""
    return MetricResult(
        name, name, 1.0, 1.0 + lift, abs_lift=lift, rel_lift=lift,
        rel_ci=(lift - spread, lift + spread), p_value=0.001 if abs(lift) > spread else 0.4,
        mde80=1.4 * spread, computable=True,
    )  # fmt: skip


def against_off(*results: MetricResult, treatment: str = "on") -> Comparison:
    return Comparison("off", treatment, 500, 510, results)


@pytest.mark.parametrize(
    ("results", "decision"),
    [
        ([result("ctr", 0.04, 0.02)], "ship"),
        ([result("ctr", -0.04, 0.02)], "hold"),
        ([result("ctr", 0.01, 0.02)], "keep running"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.0, 0.04)], "ship"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.2, 0.1)], "hold"),
        ([result("ctr", 0.04, 0.02), result("hdr", 0.0, 0.1)], "keep running"),
        ([result("reach", -0.04, 0.02), result("ctr", 0.04, 0.02)], "ship"),
    ],
)
def test_it_follows_the_bounds_of_the_intervals(results: list[MetricResult], decision: str) -> None:
    verdict = judge([against_off(*results)], EVEN)
    assert verdict.decision == decision
    assert verdict.sentence.lower().startswith(decision)
    assert verdict.sentence.count(". ") == 0
    assert verdict.sentence.endswith(".")
    assert "prove" not in verdict.sentence


def test_the_primary_metric_decides_and_of_hides_less_is_better() -> None:
    comparison = against_off(result("ctr", 0.04, 0.02), result("hdr", -0.2, 0.1))
    assert judge([comparison], EVEN, primary="hdr").decision == "ship"
    worse = against_off(result("ctr", 0.04, 0.02), result("hdr", 0.2, 0.1))
    assert judge([worse], EVEN, primary="hdr").decision == "hold"


def test_a_broken_split_blocks_it() -> None:
    broken = SampleRatio(2e-5, 18.0, {"off": 3332, "on": 2996}, {"off": 0.5, "on": 0.5}, "blocked")
    verdict = judge([against_off(result("ctr", 0.04, 0.02))], broken)
    assert verdict.decision == "no verdict"
    assert "on 2,996 where 3,164 were planned" in verdict.sentence
    assert "4.0" not in verdict.sentence


def test_a_doubtful_split_is_said() -> None:
    doubtful = SampleRatio(0.005, 7.9, {"off": 3000, "on": 3300}, {"off": 0.5, "on": 0.5}, "warned")
    verdict = judge([against_off(result("ctr", 0.04, 0.02))], doubtful)
    assert verdict.decision == "ship"
    assert "with care" in verdict.sentence


def test_the_best_of_several_treatments_is_named_and_they_share_alpha() -> None:
    good, better = (
        against_off(result("ctr", lift, 0.02), treatment=f"by {lift}") for lift in (0.03, 0.06)
    )
    assert judge([good, better], EVEN).sentence.startswith("Ship by 0.06")
    assert judge([good, better], EVEN, alpha=0.0015).decision == "keep running"
    assert judge([good], EVEN, alpha=0.0015).decision == "ship"


def test_nothing_to_compare_is_no_verdict() -> None:
    assert judge([], EVEN).decision == "no verdict"
    assert judge([against_off(MetricResult("ctr", "ctr", None, None))], EVEN).decision == "no verdict"
