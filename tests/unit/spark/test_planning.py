"""Which task trains which lists, and which methods can be trained at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.batch.together import side_by_side
from lookalike.errors import BadInput
from lookalike.methods import METHODS
from lookalike.spark.planning import LOOKS_AT, MOST_LISTS, MOST_SEEDS, WHY_NOT, columns_for, dealt_out


def test_of_every_method_it_is_said_whether_it_can_be_trained():
    assert LOOKS_AT.keys() | WHY_NOT.keys() == METHODS.keys()
    assert not LOOKS_AT.keys() & WHY_NOT.keys()
    assert columns_for("mlp") == ["row", "vector"]
    assert columns_for("logistic") == ["row", "vector", "features", "values"]
    for method, why in WHY_NOT.items():
        with pytest.raises(BadInput, match=f"cannot be trained on Spark: {why}"):
            columns_for(method)


@given(st.lists(st.integers(3, 3_000), min_size=1, max_size=60), st.integers(1, 8))
def test_every_group_goes_to_one_task(sizes, cores):
    groups = side_by_side(sizes)
    tasks = dealt_out(groups, sizes, cores)
    assert all(tasks)
    assert sorted(group for task in tasks for group in task) == sorted(groups)
    assert len(tasks) == min(len(groups), 4 * cores)


def test_a_task_gets_neither_too_many_lists_nor_too_many_seeds():
    singles = [[place] for place in range(10_000)]
    tasks = dealt_out(singles, [3] * 10_000, 1)
    assert max(sum(map(len, task)) for task in tasks) == MOST_LISTS
    tasks = dealt_out(singles[:100], [MOST_SEEDS // 4] * 100, 1)
    assert max(map(len, tasks)) == 4
