import dataclasses

import pytest

from lookalike.errors import BadInput
from lookalike.experiment.planning.baseline import Baseline, mean_baseline, share_baseline
from lookalike.experiment.planning.plan import plan
from lookalike.experiment.planning.terms import Terms
from lookalike.experiment.power import best_control_share, power_of, sample_size, share_sd

SHARE = share_baseline(0.04)
ADJUSTED = Baseline("ctr", "click rate", 0.04, 0.1, 9_000, sd_adjusted=0.08, rate=True)


def test_two_variants_need_what_the_formula_says() -> None:
    made = plan(SHARE, Terms(daily=10_000))
    assert made.variants == sample_size(0.04, share_sd(0.04), 0.05)
    assert made.total == made.lift_total == made.size == sum(made.variants)
    assert made.size_power == pytest.approx(0.8, abs=1e-5)
    assert (made.days, made.weeks) == (31, 5)
    assert made.minimum[0].rel_lift == pytest.approx(0.05, rel=1e-5)
    assert made.minimum[0].abs_lift == pytest.approx(0.002, rel=1e-5)
    nothing = (made.total_adjusted, made.weeks_adjusted, made.size_power_adjusted, made.guardrail)
    assert nothing == (None, None, None, None)


def test_many_decisions_are_each_tested_more_strictly() -> None:
    terms = Terms(treatments=2, decisive=3)
    made = plan(SHARE, terms)
    assert made.alpha_each == pytest.approx(0.05 / 6)
    control, *treatments = made.variants
    for treatment in treatments:
        found = power_of(0.04, SHARE.sd, 0.05, control, treatment, alpha=0.05 / 6)
        assert found == pytest.approx(0.8, abs=1e-4)
    assert made.best_share == best_control_share(2)
    assert made.best_total < made.lift_total


def test_the_smallest_treatment_decides() -> None:
    made = plan(SHARE, Terms(treatments=2, shares=(50, 40, 10)))
    control, larger, smaller = made.variants
    assert control > larger > smaller
    assert power_of(0.04, SHARE.sd, 0.05, control, smaller, alpha=0.025) == pytest.approx(0.8, abs=1e-4)


def test_the_adjustment_saves_the_variance_that_it_removes() -> None:
    made = plan(ADJUSTED, Terms(daily=1_000))
    assert made.total_adjusted == pytest.approx(made.total * 0.64, abs=2)
    assert made.weeks_adjusted is not None
    assert made.weeks is not None
    assert made.weeks_adjusted < made.weeks
    assert made.minimum[0].variance_reduction == pytest.approx(0.36)
    assert made.minimum[0].rel_lift_adjusted == pytest.approx(0.8 * made.minimum[0].rel_lift)
    assert made.size_power_adjusted is not None
    assert made.size_power_adjusted > made.size_power


def test_a_guardrail_may_ask_for_more() -> None:
    hides = share_baseline(0.01)
    hides = dataclasses.replace(hides, metric="hdr", label="hide rate")
    made = plan(SHARE, Terms(margin=0.05), guardrail=hides)
    assert made.variants == sample_size(0.01, share_sd(0.01), 0.05)
    assert (made.total, made.guardrail) == (made.guardrail_total, "hide rate")
    assert made.lift_total < made.total
    assert [one.metric for one in made.minimum] == ["share", "hdr"]
    loose = plan(SHARE, Terms(margin=0.5), guardrail=hides)
    assert loose.total == loose.lift_total > (loose.guardrail_total or 0)
    # it shares no alpha with the decisions
    two = plan(SHARE, Terms(margin=0.05, decisive=2), guardrail=hides)
    assert two.guardrail_total == made.guardrail_total
    with pytest.raises(BadInput, match="no margin"):
        plan(SHARE, Terms(), guardrail=hides)


def test_an_adjusted_guardrail_needs_fewer_too() -> None:
    guarded = dataclasses.replace(ADJUSTED, metric="hdr")
    made = plan(SHARE, Terms(margin=0.01), guardrail=guarded)
    assert made.total_adjusted is None  # nothing is known of the metric that decides
    both = plan(ADJUSTED, Terms(margin=0.01), guardrail=guarded)
    assert both.total_adjusted == pytest.approx(both.total * 0.64, abs=2)


@pytest.mark.parametrize(
    ("terms", "size"),
    [
        (Terms(users=8_000, daily=10.0, weeks=3), 8_000),
        (Terms(daily=1_000, weeks=3), 21_000),
        (Terms(daily=1_000, weekly_cap=2_000, weeks=3), 6_000),
    ],
)
def test_the_users_there_are_decide_what_is_found(terms: Terms, size: int) -> None:
    made = plan(SHARE, terms, others=[SHARE, mean_baseline(3.0, 4.0)])
    assert made.size == size
    assert [one.metric for one in made.minimum] == ["share", "mean"]
    for one in made.minimum:
        sd = SHARE.sd if one.metric == "share" else 4.0
        assert power_of(one.value, sd, one.rel_lift, size / 2, size / 2) == pytest.approx(0.8, abs=1e-4)
    assert made.size_power == pytest.approx(power_of(0.04, SHARE.sd, 0.05, size / 2, size / 2))


def test_weeks_alone_say_nothing() -> None:
    made = plan(SHARE, Terms(weeks=3))
    assert made.size == made.total


def test_peeking_costs() -> None:
    made = plan(SHARE, Terms())
    assert made.peeking_total > 1.5 * made.total
    assert made.peeking_lift > 0.05


def test_a_share_cannot_pass_one() -> None:
    with pytest.raises(BadInput, match=r"The share of users is 60.0 %: a rise by 80.0 %"):
        plan(share_baseline(0.6), Terms(lift=0.8))
    assert plan(share_baseline(0.6), Terms(lift=-0.8)).total > 0


def test_too_few_users_to_split_are_refused() -> None:
    with pytest.raises(BadInput, match="too few"):
        plan(SHARE, Terms(users=3))
