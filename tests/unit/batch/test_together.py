"""Which lists are trained side by side, and what each group takes its chance from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lookalike.batch.together import side_by_side
from lookalike.training import MOST_POSITIVES, chance


@given(st.lists(st.sampled_from([0, 2, 3, 20, 25, 300, MOST_POSITIVES]), max_size=30))
def test_every_list_is_in_one_group_and_those_that_cannot_be_are_alone(sizes):
    groups = side_by_side(sizes)
    assert sorted(place for group in groups for place in group) == list(range(len(sizes)))
    together = [group for group in groups if len(group) > 1]
    assert all(3 <= sizes[place] < MOST_POSITIVES for group in together for place in group)


def test_lists_of_a_size_are_trained_together():
    assert side_by_side([20, 2, 300, 21, 22]) == [[1], [0, 3, 4], [2]]


def test_chance_is_that_of_the_places_the_method_and_the_state():
    drawn = {
        chance(state, method, places).random()
        for state in (0, 1)
        for method in ("mlp", "auto")
        for places in ((), (0,), (0, 1), (1, 0))
    }
    assert len(drawn) == 16
    assert chance(3, "mlp", [4, 5]).random() == chance(3, "mlp", (4, 5)).random()
