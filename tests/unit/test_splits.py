"""Who is held out: disjoint tenths by chance, or the latest seeds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput
from lookalike.splits import TRAINS, UNSEEN, folds_of, latest_held_out


def _days(*numbers):
    known = [
        np.datetime64("NaT") if day is None else np.datetime64("2024-01-01") + day for day in numbers
    ]
    return np.array(known, "datetime64[s]")


@pytest.mark.parametrize(
    ("seeds", "splits", "sizes"),
    [
        (3, None, [1] * 3),
        (9, None, [1] * 9),
        (10, None, [1] * 10),
        (1_999, None, [200] * 9 + [199]),
        (2_000, None, [200] * 3),
        (2_000, 10, [200] * 3),
        (100, 2, [10] * 2),
        (100, 0, [10]),
    ],
)
def test_folds_are_disjoint_tenths(seeds, splits, sizes):
    fold_of = folds_of(seeds, splits)
    assert sorted(np.unique(fold_of[fold_of >= 0]).tolist()) == list(range(len(sizes)))
    assert sorted(np.bincount(fold_of[fold_of >= 0]).tolist(), reverse=True) == sizes
    if sum(sizes) == seeds:
        assert fold_of.min() == 0


def test_folds_are_by_chance_and_repeatable():
    assert folds_of(100).tolist() == folds_of(100).tolist()
    assert folds_of(100).tolist() != folds_of(100, random_state=1).tolist()
    assert folds_of(100).tolist() != (np.arange(100) % 10).tolist()


@given(
    st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 8)), st.booleans()), min_size=1, max_size=40)
)
def test_whoever_trains_came_before_all_that_are_held_out(seeds):
    times, eligible = _days(*(day for day, _ in seeds)), np.array([there for _, there in seeds])
    usable = ~np.isnat(times) & eligible
    if usable.sum() < 3 or len(np.unique(times[usable])) < 2:
        with pytest.raises(BadInput):
            latest_held_out(times, eligible)
        return
    if (times < np.unique(times[usable])[1]).sum() < 2 and len(np.unique(times[usable])) == 2:
        with pytest.raises(BadInput, match="Only one seed came before"):
            latest_held_out(times, eligible)
        return
    fold_of = latest_held_out(times, eligible)
    held, trains = fold_of == 0, fold_of == TRAINS
    assert held.any()
    assert trains.any()
    assert times[trains].max() < times[held].min()
    assert eligible[held].all()
    left = ~held & ~trains
    assert (np.isnat(times) | ~eligible)[left].all()


def test_a_fifth_is_held_out_where_all_times_differ():
    times = _days(*np.random.default_rng(0).permutation(100))
    held = latest_held_out(times, np.ones(100, bool)) == 0
    assert held.sum() == 20
    assert times[held].min() == _days(80)[0]


def test_those_of_one_day_are_not_torn_apart():
    times = _days(*[0] * 6, *[1] * 3, *[2])
    assert np.bincount(latest_held_out(times, np.ones(10, bool)) + 1).tolist() == [9, 1]
    most_late = _days(0, 0, *[1] * 8)
    assert np.bincount(latest_held_out(most_late, np.ones(10, bool)) + 1).tolist() == [2, 8]


def test_who_cannot_be_held_out_trains_only_when_early():
    times = _days(0, 1, 2, 3, 4, 0, 9, None)
    eligible = np.array([True] * 5 + [False, False, True])
    assert latest_held_out(times, eligible).tolist() == [
        TRAINS, TRAINS, TRAINS, TRAINS, 0, TRAINS, UNSEEN, UNSEEN,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ((1, 2, None), "Only 2 of the seeds that can be held out have a time"),
        ((1, 1, 1), "the same time"),
        ((0, 1, 1, 1), "Only one seed came before the latest ones"),
    ],
)
def test_where_time_tells_nothing_apart_it_is_said(days, says):
    with pytest.raises(BadInput, match=says):
        latest_held_out(_days(*days), np.ones(len(days), bool))
