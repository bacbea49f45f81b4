import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import NormalIndPower, TTestIndPower, zt_ind_solve_power

from lookalike.errors import BadInput
from lookalike.experiment.power import (
    allocated,
    best_control_share,
    effective_users,
    holdout_share,
    minimum_effect,
    power_of,
    rate_sd,
    sample_size,
    share_sd,
)


@pytest.mark.parametrize(("ratio", "alpha", "power"), [(1.5, 0.05, 0.8), (1.0, 0.01, 0.95)])
def test_minimum_effect_equals_statsmodels(ratio: float, alpha: float, power: float) -> None:
    ours = minimum_effect(0.2, 0.4, 4_000, 4_000 * ratio, alpha=alpha, power=power)
    # the chance to alarm on the wrong side is left out, as by a one-sided test at half of alpha
    reached = NormalIndPower().power(
        ours * 0.2 / 0.4, 4_000, alpha / 2, ratio=ratio, alternative="larger"
    )
    assert reached == pytest.approx(power, abs=1e-8)
    two_sided = NormalIndPower().solve_power(nobs1=4_000, alpha=alpha, power=power, ratio=ratio)
    assert ours == pytest.approx(two_sided * 0.4 / 0.2, rel=1e-4)


@given(lift=st.floats(0.001, 0.2), ratio=st.floats(0.2, 5), alpha=st.floats(0.001, 0.2))
def test_power_equals_statsmodels(lift: float, ratio: float, alpha: float) -> None:
    theirs = NormalIndPower().power(lift * 0.2 / 0.4, 4_000, alpha, ratio=ratio)
    ours = power_of(0.2, 0.4, lift, 4_000, 4_000 * ratio, alpha=alpha)
    assert ours == pytest.approx(theirs, abs=1e-8)


@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_effective_users_equal_statsmodels(ratio: float) -> None:
    n1 = zt_ind_solve_power(0.05 * 0.2 / 0.4, alpha=0.025, power=0.8, ratio=ratio, alternative="larger")
    assert effective_users(0.2, 0.4, 0.05) == pytest.approx(1 / (1 / n1 + 1 / (n1 * ratio)), rel=1e-8)


def test_a_t_test_needs_hardly_more() -> None:
    theirs = TTestIndPower().solve_power(0.25, alpha=0.05, power=0.8)
    assert 0 <= theirs - sample_size(1.0, 1.0, 0.25)[0] <= 2


def test_a_margin_is_seen_as_often_as_a_lift_of_its_size_is_found() -> None:
    users = effective_users(0.2, 0.4, 0.05)
    # one-sided at alpha / 2, the truth being no change, the bound at the margin
    seen = NormalIndPower().power(0.05 * 0.2 / 0.4, 2 * users, 0.025, alternative="larger")
    assert seen == pytest.approx(0.8, abs=1e-8)


def test_welch_finds_the_lift_as_often_as_planned() -> None:
    rng = np.random.default_rng(3)
    control, treatment = sample_size(0.3, share_sd(0.3), 0.15, treatment_share=0.4)
    draws = 2_000
    values, variances = [], []
    for rate, users in ((0.3, control), (0.3 * 1.15, treatment)):
        share = rng.binomial(users, rate, draws) / users
        values.append(share)
        variances.append(share * (1 - share) / (users - 1))
    a, b = variances
    df = (a + b) ** 2 / (a**2 / (control - 1) + b**2 / (treatment - 1))
    p_values = 2 * stats.t.sf(abs(values[1] - values[0]) / np.sqrt(a + b), df)
    # 0.8 within four standard errors of the simulation; the treatment varies a little more
    assert np.mean(p_values < 0.05) == pytest.approx(0.79, abs=0.036)


@given(
    lift=st.floats(0.01, 0.5),
    share=st.floats(0.05, 0.95),
    power=st.floats(0.5, 0.95),
    baseline=st.floats(0.02, 0.6),
)
def test_sample_size_is_the_inverse(lift: float, share: float, power: float, baseline: float) -> None:
    sd = share_sd(baseline)
    n_control, n_treatment = sample_size(baseline, sd, lift, treatment_share=share, power=power)
    assert minimum_effect(baseline, sd, n_control, n_treatment, power=power) <= lift * (1 + 1e-9)
    # and no user too many: one less on each side falls short
    if min(n_control, n_treatment) > 1:
        assert minimum_effect(baseline, sd, n_control - 1, n_treatment - 1, power=power) > lift


def test_a_rise_and_a_fall_need_as_many_users() -> None:
    assert sample_size(0.1, 0.3, 0.05) == sample_size(0.1, 0.3, -0.05)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sample_size(0.0, 1.0, 0.1),
        lambda: sample_size(1.0, 0.0, 0.1),
        lambda: sample_size(1.0, 1.0, 0.0),
        lambda: sample_size(1.0, 1.0, 0.1, treatment_share=1.0),
        lambda: sample_size(1.0, 1.0, 0.1, power=1.0),
        lambda: minimum_effect(1.0, 1.0, 0, 10),
        lambda: power_of(1.0, 1.0, 0.1, 10, 0),
        lambda: share_sd(1.2),
        lambda: rate_sd(0.1, 0.0),
        lambda: rate_sd(0.1, 3.0, -1.0),
        lambda: minimum_effect(1.0, 1.0, 10, 10, power=0.02),
    ],
)
def test_numbers_out_of_range_are_refused(call: object) -> None:
    with pytest.raises(BadInput, match=r"must|needs"):
        call()


@pytest.mark.parametrize("lift", [1e-9, 1e-320])
def test_a_lift_that_nobody_can_find_is_refused(lift: float) -> None:
    with pytest.raises(BadInput, match="No test can find"):
        effective_users(0.01, 0.1, lift)


@given(
    shares=st.lists(st.floats(0.05, 1), min_size=2, max_size=5),
    effective=st.floats(1, 1e6),
)
def test_every_treatment_gets_enough(shares: list[float], effective: float) -> None:
    control, *treatments = allocated(effective, [share / sum(shares) for share in shares])
    reached = [1 / (1 / control + 1 / treatment) for treatment in treatments]
    assert min(reached) >= effective * (1 - 1e-9)
    assert min(reached) <= effective + 2


@pytest.mark.parametrize("treatments", [1, 2, 5])
def test_no_other_share_of_the_control_needs_fewer(treatments: int) -> None:
    def total(control: float) -> float:
        return 1 / control + treatments / (1 - control)

    best = best_control_share(treatments)
    assert all(total(best) <= total(best + step) for step in (-0.01, 0.01))
    assert best_control_share(4) == pytest.approx(1 / 3)


@given(effective=st.floats(1, 1e7), room=st.floats(1, 1e6), treatments=st.integers(1, 9))
def test_the_hold_out_is_the_smallest_that_suffices(
    effective: float, room: float, treatments: int
) -> None:
    audience = round(effective * room)
    share = holdout_share(effective, audience, treatments)
    best = best_control_share(treatments)

    def reached(held: float) -> float:
        return audience / (1 / held + treatments / (1 - held))

    if share is None:
        assert reached(best) <= effective * (1 + 1e-6)
    else:
        assert 0 < share <= best + 1e-6
        assert reached(share) == pytest.approx(effective, rel=1e-6)
        assert reached(0.999 * share) < effective


def test_events_that_cluster_need_more_users() -> None:
    assert rate_sd(0.1, 1.0) == pytest.approx(share_sd(0.1))
    assert rate_sd(0.1, 8.0, 2.0) == pytest.approx(share_sd(0.1) / 2)
