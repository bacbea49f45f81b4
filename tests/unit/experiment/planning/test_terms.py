import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.experiment.planning.terms import Terms, duration, paired


def test_false_alarms_are_shared_by_all_decisions() -> None:
    assert Terms(alpha=0.06, treatments=2, decisive=3).alpha_each == pytest.approx(0.01)


def test_shares_are_equal_unless_given() -> None:
    assert Terms(treatments=3).split == (0.25,) * 4
    assert Terms(treatments=2, shares=(50, 30, 20)).split == pytest.approx((0.5, 0.3, 0.2))
    assert paired((0.5, 0.3, 0.2), 1000) == pytest.approx((500, 200))


@pytest.mark.parametrize(
    ("daily", "cap", "users", "expected"),
    [
        (100, None, 700, (7, 1)),
        (100, None, 701, (8, 2)),
        (100, None, 50, (1, 1)),
        # 200 in the first two days of each week, then none
        (100, 200, 500, (15, 3)),
        (100, 5_000, 701, (8, 2)),
        (None, 70, 75, (8, 2)),
        (None, None, 75, (None, None)),
        (0.5, None, 1, (2, 1)),
    ],
)
def test_a_test_lasts_until_enough_have_entered(daily, cap, users, expected) -> None:
    assert duration(users, Terms(daily=daily, weekly_cap=cap)) == expected


@given(
    daily=st.floats(0.01, 1e6),
    cap=st.none() | st.floats(0.01, 1e6),
    users=st.integers(1, 10**9),
)
def test_whole_weeks_hold_the_days(daily: float, cap: float | None, users: int) -> None:
    days, weeks = duration(users, Terms(daily=daily, weekly_cap=cap))
    assert days is not None
    assert weeks is not None
    assert 7 * (weeks - 1) < days <= 7 * weeks


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"lift": 0.0}, "not be 0"),
        ({"lift": -1.0}, "-100 %"),
        ({"lift": float("nan")}, "lift"),
        ({"lift": 11.0}, "1,000 %"),
        ({"power": 1.0}, "power is 1"),
        ({"alpha": 0.0}, "alpha is 0"),
        ({"power": 0.04}, "above alpha"),
        ({"treatments": 0}, "0 treatments"),
        ({"treatments": 21}, "21 treatments"),
        ({"decisive": 0}, "0 metrics"),
        ({"shares": (1.0,)}, "1 shares for 2 variants"),
        ({"shares": (1.0, 0.0)}, "above 0"),
        ({"shares": (1.0, float("inf"))}, "above 0"),
        ({"shares": (1.0, 1e-9)}, "above 0"),
        ({"daily": 0.0}, "new users a day is 0"),
        ({"weekly_cap": -1.0}, "cap on users"),
        ({"users": 0}, "number of users"),
        ({"weeks": float("nan")}, "weeks"),
        ({"margin": 1.0}, "margin"),
    ],
)
def test_impossible_terms_are_refused(wrong, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        Terms(**wrong).checked()


def test_possible_terms_pass() -> None:
    terms = Terms(lift=-0.99, treatments=20, daily=0.01, weeks=0.5, margin=0.5)
    assert terms.checked() is terms
