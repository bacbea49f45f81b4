import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.experiment.planning.peeking import always_valid_effect, always_valid_users
from lookalike.experiment.power import effective_users, minimum_effect, share_sd
from lookalike.experiment.sequential import half_width


def test_the_interval_lies_above_zero_in_four_of_five_cases() -> None:
    error = 2.0 * math.sqrt(1 / 3_000 + 1 / 5_000)
    half = half_width(error**2, 8_000, 0.05)
    expected = (half + 0.8416212335729143 * error) / 1.5
    assert always_valid_effect(1.5, 2.0, 3_000, 5_000) == pytest.approx(expected, rel=1e-12)


@given(
    control=st.integers(50, 10**7),
    treatment=st.integers(50, 10**7),
    alpha=st.floats(0.001, 0.2),
    power=st.floats(0.5, 0.95),
)
def test_peeking_always_costs(control: int, treatment: int, alpha: float, power: float) -> None:
    fixed = minimum_effect(1.0, 1.0, control, treatment, alpha=alpha, power=power)
    assert always_valid_effect(1.0, 1.0, control, treatment, alpha=alpha, power=power) > fixed


@given(
    share=st.floats(0.02, 0.5),
    lift=st.floats(0.01, 0.5),
    shares=st.sampled_from([(0.5, 0.5), (0.2, 0.8), (0.5, 0.3, 0.2)]),
)
def test_users_are_the_inverse(share: float, lift: float, shares: tuple[float, ...]) -> None:
    users = always_valid_users(share, share_sd(share), lift, shares)
    assert len(users) == len(shares)
    pair = users[0], min(users[1:])
    assert always_valid_effect(share, share_sd(share), *pair) <= lift * (1 + 1e-6)
    fewer = [0.99 * number - 2 for number in pair]
    assert always_valid_effect(share, share_sd(share), *fewer) > lift
    assert 1 / (1 / pair[0] + 1 / pair[1]) > effective_users(share, share_sd(share), lift)
