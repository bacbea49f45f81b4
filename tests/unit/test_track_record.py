"""Who was best where, on lists whose outcome is made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.buckets import bucket_edges
from lookalike.track_record import Record, Row, Tried, record

EDGES = (10, 100, 1_000)
RIVALS = ("ours", "theirs", "logistic")


def _tried(wins, sizes, **others):
    """Lists of these sizes, on which "ours" finds most where it says so."""
    return [
        Tried(str(place), size, {"ours": 0.6 if won else 0.2, "theirs": 0.4, "logistic": 0.3, **others})
        for place, (won, size) in enumerate(zip(wins, sizes, strict=True))
    ]


def test_wins_are_counted_by_size():
    tried = _tried([True, True, False, False], [20, 30, 40, 200])
    found = record("ours", tried, RIVALS, EDGES)
    assert (found.best, found.lists) == (2, 4)
    small, large = found.rows
    assert small == Row("10 to 99 seeds", 3, 2, pytest.approx(1.4 / 3), pytest.approx(0.4), 0.3)
    assert (large.bucket, large.lists, large.best, large.recall) == ("100 to 999 seeds", 1, 0, 0.2)
    others = record("theirs", tried, RIVALS, EDGES)
    assert (others.best, others.rows[0].rival) == (2, pytest.approx(1.5 / 3))


def test_lines_to_beat_are_no_competition_but_have_a_record():
    tried = _tried([True, False], [20, 30], random=0.9)
    assert record("ours", tried, RIVALS, EDGES).best == 1
    assert record("random", tried, RIVALS, EDGES).best == 2
    assert record("nobody", tried, RIVALS, EDGES) == Record(())


def test_equals_are_both_best_and_who_finds_nobody_never():
    tried = [Tried("a", 20, {"ours": 0.5, "theirs": 0.5}), Tried("b", 20, {"ours": 0.0, "theirs": 0.0})]
    assert [record(name, tried, RIVALS, EDGES).best for name in ("ours", "theirs")] == [1, 1]


def test_a_list_counts_once_by_its_widest_trial_and_of_these_the_newest():
    tried = [
        Tried("a", 20, {"ours": 0.9, "theirs": 0.1}),
        Tried("a", 20, {"ours": 0.3, "theirs": 0.4, "logistic": 0.2}),
        Tried("a", 20, {"ours": 0.5, "theirs": 0.4, "logistic": 0.2}),
        Tried("a", 20, {"ours": 0.9, "random": 0.1}),
    ]
    (row,) = record("ours", tried, RIVALS, EDGES).rows
    assert (row.lists, row.best, row.recall, row.base) == (1, 0, 0.3, 0.2)
    assert record("ours", tried[-1:], RIVALS, EDGES).lists == 0  # alone it proves nothing


def test_the_baseline_stands_beside_where_it_was_tried_on_all():
    tried = [Tried("a", 20, {"ours": 0.9, "theirs": 0.1}), *_tried([True], [20])]
    assert record("ours", tried, RIVALS, EDGES).rows[0].base is None


@pytest.mark.parametrize(
    ("wins", "sizes", "mostly"),
    [
        ([1] * 7 + [0] * 13, [20] * 10 + [200] * 10, "under 100 seeds"),
        ([0] * 10 + [1] * 4 + [0] * 6, [20] * 10 + [2_000] * 10, "from 1,000 seeds on"),
        ([0] * 5 + [1] * 5 + [0] * 5, [20] * 5 + [200] * 5 + [2_000] * 5, "100 to 999 seeds"),
        ([1, 0] * 10, [20] * 10 + [200] * 10, ""),  # everywhere alike
        ([1] * 6 + [0] * 12 + [1], [20] * 18 + [200], ""),  # most lists are small, that is all
        ([1, 1] + [0] * 18, [20] * 10 + [200] * 10, ""),  # two wins are no pattern
        ([1] * 20, [20] * 20, ""),  # one size
        ([1] * 15 + [0] * 4, [20] * 15 + [200] * 4, ""),  # too few elsewhere
        ([1] * 4 + [0] * 5, [20] * 4 + [200] * 5, ""),  # too few lists
    ],
)  # fmt: skip
def test_where_it_wins_is_named_only_where_that_says_something(wins, sizes, mostly):
    assert record("ours", _tried(wins, sizes), RIVALS, EDGES).mostly == mostly


def test_a_record_in_words():
    rows = Row("10 to 99 seeds", 9, 7, 0.5, 0.4, None), Row("100 to 999 seeds", 11, 0, 0.5, 0.6, None)
    whole = Record(rows, "under 100 seeds")
    assert whole.sentence() == "Best on 7 of 20 lists, mostly under 100 seeds."
    assert whole.sentence("try", "tries").startswith("Best on 7 of 20 tries,")
    assert Record(rows[:1]).sentence() == "Best on 7 of 9 lists: too few to judge."
    assert Record(rows[1:]).sentence() == "Best on none of 11 lists."
    one = Record((Row("10 to 99 seeds", 1, 1, 0.5, 0.4, None),))
    assert one.sentence() == "Best on 1 of 1 list: too few to judge."
    assert Record(()).sentence() == "Not tried on any list yet."


@given(
    st.lists(
        st.tuples(st.integers(3, 5_000), *[st.sampled_from((0.0, 0.1, 0.2, 0.3))] * 3),
        min_size=1,
        max_size=30,
    )
)
def test_every_list_on_which_somebody_is_found_has_a_best(lists):
    tried = [
        Tried(str(place), size, dict(zip(RIVALS, found, strict=True)))
        for place, (size, *found) in enumerate(lists)
    ]
    edges = bucket_edges([one.seeds for one in tried])
    records = [record(name, tried, RIVALS, edges) for name in RIVALS]
    assert {found.lists for found in records} == {len(tried)}
    found_any = sum(any(one.recall.values()) for one in tried)
    assert found_any <= sum(found.best for found in records) <= 3 * found_any
    for found in records:
        assert [row.bucket for row in found.rows] == sorted(
            (row.bucket for row in found.rows), key=lambda name: int(name.split()[0].replace(",", ""))
        )
