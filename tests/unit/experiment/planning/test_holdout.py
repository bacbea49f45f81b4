import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.experiment.planning.baseline import share_baseline
from lookalike.experiment.planning.holdout import hold_out
from lookalike.experiment.planning.terms import Terms
from lookalike.experiment.power import power_of

SHARE = share_baseline(0.04)


@given(audience=st.integers(6, 3_000_000), treatments=st.integers(1, 2), lift=st.floats(0.02, 0.9))
def test_the_hold_out_reaches_the_power_and_one_user_less_does_not(
    audience: int, treatments: int, lift: float
) -> None:
    found = hold_out(SHARE, Terms(lift=lift, treatments=treatments), audience)

    def power(users: int) -> float:
        rest = (audience - users) / treatments
        return power_of(0.04, SHARE.sd, lift, users, rest, alpha=0.05 / treatments)

    if found.users is None:
        assert max(power(round(audience * found.best_share) + step) for step in (-1, 0, 1)) < 0.8001
        assert found.best_lift > lift * 0.99 or audience < 1_000
    else:
        assert power(found.users) >= 0.8 - 1e-9
        assert found.users == 2 or power(found.users - 1) < 0.8001
        assert found.share == found.users / audience


def test_half_an_audience_finds_the_smallest_lift() -> None:
    found = hold_out(SHARE, Terms(lift=0.05), 50_000)
    assert (found.users, found.share, found.best_share) == (None, None, 0.5)
    assert power_of(0.04, SHARE.sd, found.best_lift, 25_000, 25_000) == pytest.approx(0.8, abs=1e-5)


def test_the_adjustment_holds_fewer_out() -> None:
    adjusted = dataclasses.replace(SHARE, sd_adjusted=SHARE.sd / 2)
    found = hold_out(adjusted, Terms(lift=0.1), 200_000)
    assert found.users is not None
    assert found.users_adjusted is not None
    assert found.users_adjusted < found.users / 3
    assert found.best_lift_adjusted == pytest.approx(found.best_lift / 2)
    enough = hold_out(adjusted, Terms(lift=0.1), 50_000)
    assert enough.users is None
    assert enough.users_adjusted is not None


@pytest.mark.parametrize("audience", [-1, 0, 3, 10**13])
def test_an_audience_that_cannot_be_split_is_refused(audience: int) -> None:
    with pytest.raises(BadInput, match="cannot be split"):
        hold_out(SHARE, Terms(), audience)
