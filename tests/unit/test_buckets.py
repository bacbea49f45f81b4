"""Seed-size buckets: round edges that span the lists, the published ones, or one's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.buckets import (
    PRESETS,
    PUBLISHED_EDGES,
    bucket_edges,
    bucket_labels,
    bucket_of,
    checked,
    edges_of,
    parse_buckets,
)
from lookalike.errors import BadInput


@pytest.mark.parametrize(
    ("sizes", "edges"),
    [
        ([7], [5, 10]),
        ([1], [1, 2]),
        ([20, 49, 50], [20, 50, 100]),
        ([20, 100], [20, 50, 100, 200]),
        ([3, 999], [2, 10, 50, 100, 200, 1_000]),
        ([5, 2_000_000], [5, 100, 1_000, 20_000, 500_000, 5_000_000]),
    ],
)
def test_edges_are_round_and_span_the_lists(sizes, edges):
    found = bucket_edges(sizes)
    assert (found[0], found[-1]) == (edges[0], edges[-1])
    if len(edges) <= 4:
        assert found == edges


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=30))
def test_every_list_is_in_a_bucket_that_says_so(sizes):
    edges = bucket_edges(sizes)
    assert edges == sorted(set(edges))
    assert 2 <= len(edges) <= 6
    assert all(str(edge)[0] in "125" and set(str(edge)[1:]) <= {"0"} for edge in edges)
    for size in sizes:
        low, _, high, _ = bucket_of(size, edges).replace(",", "").split()
        assert int(low) <= size <= int(high)


def test_labels_leave_no_gap():
    assert bucket_labels([20, 50, 1_000, 5_000]) == [
        "Under 20 seeds", "20 to 49 seeds", "50 to 999 seeds", "1,000 to 4,999 seeds",
        "5,000 seeds or more",
    ]  # fmt: skip
    assert [bucket_of(size, [20, 50]) for size in (19, 20, 49, 50)] == [
        "Under 20 seeds", "20 to 49 seeds", "20 to 49 seeds", "50 seeds or more",
    ]  # fmt: skip
    assert bucket_of(7, [7]) == "7 seeds or more"


def test_the_published_sizes_are_five_from_thousands_to_tens_of_millions():
    edges = edges_of("published", [40, 5_000])
    assert edges == list(PUBLISHED_EDGES)
    assert len(edges) - 1 == 5
    assert bucket_of(5_000, edges) == "1,000 to 9,999 seeds"
    assert bucket_of(50_000_000, edges) == "10,000,000 to 99,999,999 seeds"
    assert bucket_of(40, edges) == "Under 1,000 seeds"
    assert edges_of("lists", [40]) == bucket_edges([40])
    assert edges_of((10, 300), [40]) == [10, 300]


@pytest.mark.parametrize(
    ("text", "buckets"),
    [
        ("lists", "lists"),
        (" Published ", "published"),
        ("20,100,500", (20, 100, 500)),
        ("20; 100 500", (20, 100, 500)),
        ("7", (7,)),
    ],
)
def test_buckets_are_read_from_text(text, buckets):
    assert parse_buckets(text) == buckets


@given(st.sets(st.integers(1, 10**9), min_size=1, max_size=12))
def test_own_edges_come_back_as_they_were_written(edges):
    assert parse_buckets(", ".join(map(str, sorted(edges)))) == tuple(sorted(edges))


@pytest.mark.parametrize("text", ["", "many", "10 to 20", "1.5", "-3,4", "10,x"])
def test_what_is_no_choice_of_buckets_is_said(text):
    with pytest.raises(BadInput, match="neither a choice of buckets nor a list of edges") as said:
        parse_buckets(text)
    assert all(preset in said.value.hint for preset in PRESETS)


@pytest.mark.parametrize("edges", [(), (0, 5), (10, 10), (50, 20)])
def test_edges_ascend(edges):
    with pytest.raises(BadInput, match="do not ascend from 1"):
        checked(edges)


def test_an_unknown_preset_is_said():
    with pytest.raises(BadInput, match="no buckets called 'small'"):
        checked("small")
