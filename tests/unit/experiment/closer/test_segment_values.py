"""Every user is in exactly one group of a segment."""

import numpy as np
import pandas as pd
import pytest

from lookalike.experiment.closer.segment_values import NONE, OTHERS, values_of
from tests.unit.experiment.tabled import people_of


def grouped(cells: list) -> tuple[tuple[str, ...], dict[str, int]]:
    frame = pd.DataFrame({"variant": "a", "segment it's": pd.Series(cells, dtype="object")})
    with people_of(frame) as people:
        grouping, values = values_of(people, "it's")
        found = people.rows(f"SELECT {grouping}, count(*) FROM people GROUP BY 1")
    return values, dict(found)


def test_the_largest_come_first_and_missing_ones_last():
    values, found = grouped([None] * 9 + ["b"] * 2 + ["a"] * 5 + ["", "c", "c"])
    assert values == ("a", "b", "c", NONE)
    assert found == {"a": 5, "b": 2, "c": 2, NONE: 10}


@pytest.mark.parametrize(("kinds", "kept"), [(20, 20), (21, 19), (400, 19)])
def test_of_many_values_the_rare_ones_stand_together(kinds, kept):
    cells = [f"v{place:03}" for place in range(kinds) for _ in range(2 + (place < 30))]
    values, found = grouped(cells)
    assert values[:kept] == tuple(f"v{place:03}" for place in range(kept))
    assert (values[-1] == OTHERS) == (kinds > 20)
    assert set(found) == set(values)
    assert sum(found.values()) == len(cells)


def test_values_that_look_like_sql_or_like_ours_are_only_values():
    values, found = grouped(["'; DROP TABLE people; --", NONE, None, OTHERS])
    assert set(values) == set(found)
    assert found[NONE] == 2


def test_a_column_of_another_name_is_not_taken_for_the_group():
    frame = pd.DataFrame(
        {"variant": "a", "value": np.arange(30), "segment value": [f"{k % 25}" for k in range(30)]}
    )
    with people_of(frame) as people:
        grouping, values = values_of(people, "value")
        found = people.rows(f"SELECT {grouping}, count(*) FROM people GROUP BY 1")
    assert set(values) == {name for name, _ in found}
    assert dict(found)[OTHERS] == 30 - 5 * 2 - 14
