"""Lists as sets: right answers known by construction, and the laws of sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike import seeds
from lookalike.errors import BadInput, NotFound
from lookalike.seeds import MatchReport, SeedList
from lookalike.seeds.sets import intersect, overlap, subtract, to_frame, unite
from tests.unit.worlds import add_users, save_list

NAN = np.nan
DAYS = np.array(["2026-01-01", "2026-01-05", "NaT"], "datetime64[s]")


@pytest.fixture(autouse=True)
def users(workspace):
    """Users of rows 0 to 49."""
    add_users(workspace, [f"u{row}" for row in range(50)])


@pytest.fixture
def three(workspace):
    """may: 1 2 3 with spend; june: 2 3 4 with spend and clicks; july: 9."""
    save_list(workspace, "may", np.array([1, 2, 3]), {"spend": np.array([10, NAN, 30])})
    june = {"spend": np.array([7.0, 8, 9]), "clicks": np.array([1.0, NAN, 3])}
    save_list(workspace, "june", np.array([2, 3, 4]), june)
    save_list(workspace, "july", np.array([9]))
    return workspace


def test_united_users_take_the_number_of_the_list_named_first(three):
    made = unite(three, ["may", "june"], " both ")
    assert made.rows.tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(made.values["spend"], [10, 7, 30, 9])
    np.testing.assert_array_equal(made.values["clicks"], [NAN, 1, NAN, 3])
    np.testing.assert_array_equal(unite(three, ["june", "may"], "x").values["spend"], [10, 7, 8, 9])
    kept = seeds.load(three, "both")
    assert kept.rows.tolist() == [1, 2, 3, 4]
    assert kept.rows.dtype == np.int32
    assert kept.report.counts()["matched"] == kept.report.counts()["rows"] == 4


def test_common_users_keep_the_numbers_of_all_lists(three):
    made = intersect(three, ["may", "june"], "common")
    assert made.rows.tolist() == [2, 3]
    np.testing.assert_array_equal(made.values["spend"], [7, 30])
    np.testing.assert_array_equal(made.values["clicks"], [1, NAN])


def test_a_list_less_another_keeps_its_own_numbers_alone(three):
    made = subtract(three, "june", ["may", "july"], "late")
    assert made.rows.tolist() == [4]
    assert {name: column.tolist() for name, column in made.values.items()} == {
        "spend": [9],
        "clicks": [3],
    }


def test_of_several_dates_the_earliest_counts(workspace):
    for name, times in (("one", DAYS), ("two", DAYS[::-1]), ("three", None)):
        rows = np.array([0, 1, 2], np.int32)
        seeds.save(workspace, SeedList(name, rows, {}, MatchReport(3, 3, 0, 0, 0, 0), times))
    made = unite(workspace, ["one", "two", "three"], "dated")
    np.testing.assert_array_equal(made.times, DAYS[[0, 1, 0]])
    assert unite(workspace, ["three", "one"], "again").times is not None
    np.testing.assert_array_equal(subtract_none(workspace).times, DAYS[:2])


def subtract_none(workspace):
    save_list(workspace, "last", np.array([2]))
    return subtract(workspace, "one", ["last"], "less")


def test_overlap_counts_every_pair_once(three):
    first, second, third = overlap(three, ["may", "june", "july", "may"])
    assert (first.one, first.other, first.size, first.other_size, first.common) == (
        "may", "june", 3, 3, 2,
    )  # fmt: skip
    assert (first.share, first.other_share, first.jaccard) == (2 / 3, 2 / 3, 0.5)
    assert (second.other, second.common, second.jaccard) == ("july", 0, 0)
    assert (third.one, third.other) == ("june", "july")
    frame = to_frame([first, second])
    assert frame["common"].tolist() == [2, 0]
    assert frame["jaccard"].tolist() == [0.5, 0]


def test_what_cannot_be_made_is_refused_and_nothing_is_saved(three):
    before = len(seeds.saved(three))
    with pytest.raises(BadInput, match="two or more are needed"):
        unite(three, ["may", "may"], "x")
    with pytest.raises(BadInput, match="Nobody would be on the new list") as caught:
        intersect(three, ["may", "july"], "x")
    assert "in common" in caught.value.hint
    save_list(three, "all", np.arange(5))
    with pytest.raises(BadInput, match="Nobody would be") as caught:
        subtract(three, "may", ["all"], "x")
    assert "on the others" in caught.value.hint
    with pytest.raises(BadInput, match="'may' already"):
        unite(three, ["may", "june"], "may")
    with pytest.raises(BadInput, match="no name"):
        unite(three, ["may", "june"], " ")
    with pytest.raises(NotFound, match="Did you mean 'june'"):
        overlap(three, ["may", "jun"])
    assert len(seeds.saved(three)) == before + 1


MEMBERS = st.sets(st.integers(0, 12), min_size=1)


@given(one=MEMBERS, two=MEMBERS, three=MEMBERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
def test_the_laws_of_sets(workspace, one, two, three):
    with workspace.write() as cursor:
        cursor.execute("DELETE FROM seed_members")
        cursor.execute("DELETE FROM seed_lists")
    lists = {"a": one, "b": two, "c": three}
    for name, members in lists.items():
        save_list(workspace, name, np.array(sorted(members)))
    assert set(unite(workspace, ["a", "b", "c"], "u").rows) == one | two | three
    for wanted, make in (
        (one & two & three, lambda: intersect(workspace, ["a", "b", "c"], "i")),
        (one - two - three, lambda: subtract(workspace, "a", ["b", "c"], "s")),
    ):
        if wanted:
            assert make().rows.tolist() == sorted(wanted)
        else:
            with pytest.raises(BadInput):
                make()
    pair = overlap(workspace, ["a", "b"])[0]
    assert (pair.common, pair.size, pair.other_size) == (len(one & two), len(one), len(two))
    assert pair.jaccard == len(one & two) / len(one | two)
