import pandas as pd
import pytest
from scipy import stats

from lookalike.errors import BadInput
from lookalike.experiment import readout
from lookalike.experiment.checks import sample_ratio
from lookalike.experiment.results import Check


def checks(**columns: list) -> dict[str, Check]:
    """The checks but the one of few users, which these handfuls never pass."""
    found = readout(pd.DataFrame(columns)).checks
    return {check.name: check for check in found if check.name != "few_users"}


CLEAN = {
    "user_id": ["1", "2", "3", "4"],
    "variant": ["a", "a", "b", "b"],
    "impressions": [9, 8, 7, 6],
    "clicks": [1, 2, 3, 0],
}


def test_clean_data_pass_every_check() -> None:
    assert all(check.passed for check in checks(**CLEAN).values())


@pytest.mark.parametrize(
    ("name", "change", "count", "says"),
    [
        ("users_in_two_variants", {"user_id": ["1", "2", "1", "4"]}, 1, "left out: 1."),
        ("missing_values", {"clicks": [None, 2, None, 0]}, 2, "clicks 2"),
        ("negative_values", {"clicks": [-1, 2, 3, 0]}, 1, "clicks 1"),
        ("clicks_over_impressions", {"clicks": [10, 2, 8, 0]}, 2, "more clicks than impressions"),
        ("missing_keys", {"variant": ["a", None, "b", "b"]}, 1, "left out: 1."),
        ("missing_keys", {"user_id": ["1", "  ", "3", "4"]}, 1, "left out: 1."),
        ("one_variant_only", {"variant": ["a"] * 4}, 1, "Every user is in the variant 'a'"),
        ("zero_denominators", {"impressions": [0, 0, 7, 6], "clicks": [0, 0, 1, 2]}, 1, "ctr in a"),
    ],
)
def test_each_fault_is_counted_and_named(name: str, change: dict, count: int, says: str) -> None:
    found = checks(**{**CLEAN, **change})
    assert [check.name for check in found.values() if not check.passed] == [name]
    check = found[name]
    assert check.count == count
    assert says in check.message


def test_copies_and_further_rows_are_told_apart() -> None:
    frame = pd.DataFrame(
        {
            "user_id": ["1", "1", "2", "2", "3", "4"],
            "variant": list("aabbab"),
            "impressions": [1, 1, 2, 5, 1, 1],
        }
    )
    found = {check.name: check.count for check in readout(frame).checks}
    assert found["duplicate_rows"] == 1
    assert found["several_rows_a_user"] == 1


def test_values_of_the_time_before_that_differ_are_named() -> None:
    found = checks(
        user_id=["1", "1", "2", "2"],
        variant=list("aabb"),
        date=["d1", "d2", "d1", "d2"],
        impressions=[1, 2, 1, 3],
        pre_impressions=[1, 2, 5, 5],
    )
    assert found["pre_period_values"].count == 1


def test_metrics_without_their_columns_are_left_out_and_named() -> None:
    message = checks(**CLEAN)["metrics_left_out"].message
    assert "revenue, hides, good_clicks: revenue_users, revenue_per_user, ecpm, hdr, gcr" in message


def test_a_column_name_with_braces_is_only_a_name() -> None:
    frame = pd.DataFrame({**CLEAN, "{0}": [1, -1, 2, 3]}).drop(columns="clicks")
    found = readout(frame, columns={"clicks": "{0}"}).checks
    assert any("{0} 1" in check.message for check in found)


def test_the_split_is_pearsons_chi_square() -> None:
    found = sample_ratio({"a": 4_900, "b": 5_150, "c": 9_950}, {"a": 1, "b": 1, "c": 2})
    expected = stats.chisquare([4_900, 5_150, 9_950], [5_000, 5_000, 10_000])
    assert found.chi2 == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.planned == {"a": 0.25, "b": 0.25, "c": 0.5}


@pytest.mark.parametrize(
    ("observed", "status"),
    [((5_000, 5_000), "passed"), ((5_000, 5_270), "warned"), ((5_000, 5_400), "blocked")],
)
def test_the_split_warns_and_blocks(observed: tuple[int, int], status: str) -> None:
    assert sample_ratio(dict(zip("ab", observed, strict=True))).status == status


def test_a_planned_variant_without_users_blocks() -> None:
    found = sample_ratio({"a": 500}, {"a": 0.5, "b": 0.5})
    assert (found.status, found.observed) == ("blocked", {"a": 500, "b": 0})


def test_a_plan_that_does_not_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="no share for the variant 'b'"):
        sample_ratio({"a": 5, "b": 5}, {"a": 1})
    with pytest.raises(BadInput, match="planned share of 'b' is 0"):
        sample_ratio({"a": 5, "b": 5}, {"a": 1, "b": 0})


def test_few_users_are_named() -> None:
    frame = pd.DataFrame(
        {"user_id": range(212), "variant": ["a"] * 200 + ["b"] * 12, "revenue": [0, 1] * 106}
    )
    check = {check.name: check for check in readout(frame).checks}["few_users"]
    assert (check.passed, check.count) == (False, 1)
    assert "(b 12)" in check.message


def test_dates_that_cannot_be_read_are_counted() -> None:
    found = checks(**CLEAN, date=["2026-01-01", "2026-01-02", "soon", None])
    assert found["dates"].count == 2


def test_a_doubtful_order_of_day_and_month_is_said() -> None:
    assert "month/day/year" in checks(**CLEAN, date=["3/4/2026"] * 4)["dates_doubtful"].message
    assert "dates_doubtful" not in checks(**CLEAN, date=["3/24/2026"] * 4)
