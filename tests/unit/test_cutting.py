"""Where an audience ends: sizes, scores, exclusions, tiers, hold-out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from lookalike.cutting import Cut, first_of, held_out, parse_size, parse_tiers, select
from lookalike.errors import BadInput
from lookalike.ranking import RANKED, Ranking

NOBODY = np.empty(0, np.int32)


def ranking_of(count, eligible=None):
    """`count` users, rows descending from `count` - 1, scores from `count` down to 1."""
    ranked = np.empty(count, RANKED)
    ranked["row"] = np.arange(count)[::-1]
    ranked["score"] = np.arange(count, 0, -1)
    return Ranking(ranked, eligible or count)


def test_the_best_are_chosen_and_ranked_among_the_available():
    table = select(ranking_of(10, eligible=20), Cut(size=0.2), NOBODY).table()
    assert table.to_pydict() == {
        "row": [9, 8, 7, 6],
        "score": [10, 9, 8, 7],
        "rank": [1, 2, 3, 4],
        "percentile": [100, 90, 80, 70],
    }


def test_the_excluded_make_room_for_the_next():
    chosen = select(ranking_of(10), Cut(size=3), np.array([8, 9, 0, 77], np.int32))
    assert chosen.rows.tolist() == [7, 6, 5]
    assert (chosen.available, chosen.excluded) == (7, 3)
    assert chosen.table()["percentile"].to_pylist() == [100, 85.7143, 71.4286]


def test_a_share_stays_one_of_the_eligible_when_users_are_excluded():
    ranking = ranking_of(100, eligible=110)
    assert len(select(ranking, Cut(size=0.1), np.arange(50, dtype=np.int32))) == 11
    assert len(select(ranking, Cut(size=0.9), np.arange(50, dtype=np.int32))) == 50


def test_a_score_takes_everybody_who_reaches_it():
    assert len(select(ranking_of(10), Cut(least_score=7), NOBODY)) == 4
    assert len(select(ranking_of(10), Cut(least_score=7.5), NOBODY)) == 3
    assert len(select(ranking_of(10), Cut(least_score=-1), NOBODY)) == 10


@pytest.mark.parametrize(
    ("cut", "excluded", "says"),
    [
        (Cut(least_score=11), NOBODY, "Nobody scores 11 or more; the highest score is 10"),
        (Cut(size=8), np.arange(3), "8 users; 7 are available: .* less the seeds and the excluded"),
        (Cut(size=11), NOBODY, "11 users; 10 are available: the eligible ones less the seeds"),
        (Cut(), np.arange(10), "Nobody is left: all 10 users"),
    ],
)
def test_what_cannot_be_cut_is_said(cut, excluded, says):
    with pytest.raises(BadInput, match=says) as raised:
        select(ranking_of(10), cut, excluded.astype(np.int32))
    assert raised.value.hint


@pytest.mark.parametrize("share", [-0.1, 0.6, float("nan")])
def test_an_impossible_hold_out_is_refused(share):
    with pytest.raises(BadInput, match=r"hold-out of .* % is not possible"):
        Cut(holdout=share)


def test_each_user_is_given_the_smallest_tier():
    chosen = select(ranking_of(100), Cut(size=0.1, tiers=(0.05, 0.02, 0.5)), NOBODY)
    assert chosen.ends == ((0.02, 2), (0.05, 5), (0.1, 10))
    assert chosen.table()["tier"].to_pylist() == ["2 %"] * 2 + ["5 %"] * 3 + ["10 %"] * 5


def test_the_last_tier_is_the_audience_itself():
    assert select(ranking_of(50), Cut(size=0.1, tiers=(0.1,)), NOBODY).ends == ((0.1, 5),)
    assert select(ranking_of(50), Cut(size=5, tiers=(0.02,)), NOBODY).ends == ((0.02, 1), (0.1, 5))


def test_the_held_out_are_not_exported_and_keep_their_rank():
    chosen = select(ranking_of(1000), Cut(size=500, holdout=0.2, salt="a"), NOBODY)
    out, held = chosen.table(), chosen.table(held_out=True)
    assert len(out) + len(held) == 500
    assert chosen.held_out == len(held)
    assert sorted(out["rank"].to_pylist() + held["rank"].to_pylist()) == list(range(1, 501))
    assert set(out["row"].to_pylist()).isdisjoint(held["row"].to_pylist())


def test_the_hold_out_is_as_large_as_coin_tosses_make_it_and_blind_to_the_score():
    rows = np.arange(20_000, dtype=np.int32)
    for salt in ("one", "two", "three"):
        held = held_out(rows, 0.1, salt)
        low, high = binom.interval(1 - 1e-6, len(rows), 0.1)
        assert low <= held.sum() <= high
        assert abs(np.corrcoef(held, rows)[0, 1]) < 5 / np.sqrt(len(rows))
    both = held_out(rows, 0.1, "one") & held_out(rows, 0.1, "two")
    low, high = binom.interval(1 - 1e-6, len(rows), 0.01)
    assert low <= both.sum() <= high


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0, 0.5), st.text(max_size=5))
def test_a_larger_audience_holds_a_smaller_one_and_its_hold_out(one, other, share, salt):
    small, large = (
        select(ranking_of(60), Cut(size=size, holdout=share, salt=salt), NOBODY)
        for size in sorted((one, other))
    )
    assert small.rows.tolist() == large.rows[: len(small)].tolist()
    assert small.holdout.tolist() == large.holdout[: len(small)].tolist()


@given(
    st.one_of(st.integers(1, 10**6), st.floats(0.001, 1.0)),
    st.lists(st.text(max_size=4), max_size=3),
    st.floats(0, 0.5),
    st.lists(st.floats(0.001, 1.0), max_size=3),
)
def test_a_cut_comes_back_from_json(size, exclude, share, tiers):
    cut = Cut(size=size, exclude=tuple(exclude), holdout=share, tiers=tuple(tiers))
    assert Cut.from_json(cut.to_json()) == cut


def test_tiers_are_read():
    assert parse_tiers("5%, 1%,0.02") == (0.01, 0.02, 0.05)
    assert parse_tiers("") == ()
    with pytest.raises(BadInput, match="'ten' is not a tier"):
        parse_tiers("1%,ten")


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.05", 0.05), ("5%", 0.05), (" 5 % ", 0.05), ("100%", 1.0), ("1.0", 1.0), (".5", 0.5),
        ("0.1%", 0.001), ("1", 1), ("50000", 50_000), ("50,000", 50_000), ("1,234,567", 1_234_567),
        ("50_000", 50_000), ("50 000", 50_000), ("1e-2", 0.01),
    ],
)  # fmt: skip
def test_sizes_are_read(text, size):
    assert parse_size(text) == size
    assert type(parse_size(text)) is type(size)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0%",
        "-5",
        "-5%",
        "101%",
        "1.5",
        "five",
        "nan",
        "inf",
        "5%%",
        "%",
        "²",
        "0,05",
        "2,5%",
        "5,00",
    ],
)
def test_other_sizes_are_refused_in_a_sentence(text):
    with pytest.raises(BadInput, match="is not an audience size") as raised:
        parse_size(text)
    assert "0.05 or 5%" in raised.value.hint


@given(st.integers(1, 10**9))
def test_counts_come_back(count):
    assert parse_size(str(count)) == parse_size(f"{count:,}") == count


@given(st.floats(1e-6, 1.0))
def test_shares_come_back(share):
    assert parse_size(repr(share)) == share
    assert parse_size(f"{100 * share!r}%") == pytest.approx(share)


@given(st.text("0123456789.,%_ -+eE²infa\n", max_size=8))
def test_any_text_is_a_size_or_refused(text):
    try:
        size = parse_size(text)
    except BadInput:
        return
    assert (isinstance(size, int) and size >= 1) or 0 < size <= 1


def test_a_size_that_is_nearly_a_tier_has_a_name_of_its_own():
    chosen = select(ranking_of(100_000), Cut(size=5_001, tiers=(0.05,)), NOBODY)
    assert sorted(set(chosen.table()["tier"].to_pylist())) == ["5 %", "5.001 %"]


@given(st.integers(1, 60), st.integers(0, 20), st.integers(1, 60), st.floats(0, 0.5))
def test_the_first_of_a_ranking_are_those_of_the_whole_of_it(count, out, size, holdout):
    whole = ranking_of(count + out)
    excluded = whole.candidates["row"][np.arange(out) * 2 % (count + out)]
    excluded = np.unique(excluded)
    left = whole.candidates[~np.isin(whole.candidates["row"], excluded)]
    cut = Cut(size=min(size, len(left)), holdout=holdout, salt="x", tiers=(0.1,))
    whole_way = select(whole, cut, excluded)
    short_way = first_of(left[: cut.size], cut, len(whole), len(left), len(excluded))
    assert short_way.whole().equals(whole_way.whole())
    assert (short_way.available, short_way.excluded) == (whole_way.available, whole_way.excluded)
