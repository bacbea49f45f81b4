import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower

from lookalike.errors import BadInput
from lookalike.experiment.power import minimum_effect, power_of, sample_size, share_sd


def test_minimum_effect_equals_statsmodels() -> None:
    effect = NormalIndPower().solve_power(nobs1=4_000, alpha=0.05, power=0.8, ratio=1.5)
    ours = minimum_effect(0.2, 0.4, 4_000, 6_000)
    assert ours == pytest.approx(effect * 0.4 / 0.2, rel=1e-4)


def test_power_equals_statsmodels() -> None:
    theirs = NormalIndPower().power(0.05 * 0.2 / 0.4, 4_000, 0.05, ratio=1.5)
    assert power_of(0.2, 0.4, 0.05, 4_000, 6_000) == pytest.approx(theirs, rel=1e-9)


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
    ],
)
def test_numbers_out_of_range_are_refused(call: object) -> None:
    with pytest.raises(BadInput, match=r"must|needs"):
        call()
