import duckdb
import pandas as pd
import pytest

from lookalike.errors import BadInput
from lookalike.experiment.intake import faults, reading
from lookalike.experiment.intake.columns import Layout, lay_out
from lookalike.experiment.intake.opening import opened
from lookalike.experiment.metrics import EVERY
from lookalike.experiment.rows import Rows
from tests.unit.experiment.tabled import people_of


@pytest.fixture
def cursor():
    with duckdb.connect() as connection:
        yield connection


def taken(cursor: duckdb.DuckDBPyConnection, **columns: list) -> tuple[Rows, Layout]:
    relation = cursor.cursor().from_df(pd.DataFrame(columns))
    layout = lay_out(relation.columns, EVERY, {})
    return reading.copied(cursor, relation, layout), layout


def test_rows_are_counted_by_what_is_odd(cursor) -> None:
    entries, layout = taken(
        cursor,
        user_id=["1", "2", "3", "4", "", None],
        variant=["a", "b", "a", " ", "b", "a"],
        Views=[1.0, None, -2.0, None, -1.0, 1.0],
        spend=["5", "much", "", "1", "2", "3"],
        pre_spend=[None, -1.0, None, 0.0, 0.0, 0.0],
    )
    found = faults.of_rows(entries, layout)
    assert (found.rows, found.keyless) == (6, 3)
    assert found.missing == {"impressions": 1, "revenue": 2}
    assert found.negative == {"impressions": 1}


def test_a_column_of_words_is_refused_and_an_empty_one_is_not(cursor) -> None:
    entries, layout = taken(
        cursor, user_id=["1", "2"], variant=["a", "b"], views=[1, 2], revenue=["$1", None]
    )
    with pytest.raises(BadInput, match="The column 'revenue' holds no numbers") as caught:
        faults.of_rows(entries, layout)
    assert "12 or 0.5" in caught.value.hint
    with duckdb.connect() as other:
        entries, layout = taken(
            other, user_id=["1", "2"], variant=["a", "b"], views=[1, 2], revenue=["", None]
        )
        assert faults.of_rows(entries, layout).missing == {"revenue": 2}


def test_a_table_without_rows_is_refused(cursor) -> None:
    entries, layout = taken(cursor, user_id=[], variant=[], views=[])
    with pytest.raises(BadInput, match="hold no rows"):
        faults.of_rows(entries, layout)


def test_users_are_counted_by_what_is_odd_about_their_rows() -> None:
    """User 1 has a copy, 2 is in two variants, 3 has a further row and two values of before."""
    frame = pd.DataFrame(
        {
            "user_id": list("11222334567"),
            "variant": list("aaabbaabbba"),
            "clicks": [1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1],
            "impressions": 9,
            "pre_clicks": [1, 1, 2, 2, 2, 1, 3, 4, 4, 4, 4],
        }
    )
    with opened(frame, EVERY) as intake:
        found = intake.faults
        assert not intake.by_day or found.further == 0
        assert (found.copies, found.crossed, found.before) == (1, 1, 1)
    with opened(frame.assign(date="2026-03-01"), EVERY) as intake:
        assert intake.by_day
        assert (intake.faults.copies, intake.faults.further) == (1, 0)


def test_users_with_more_of_a_part_than_of_the_whole_are_counted() -> None:
    frame = pd.DataFrame(
        {
            "variant": list("abab"),
            "impressions": [3, 3, 3, 3],
            "clicks": [3, 4, 5, 0],
            "good_clicks": [0, 0, 6, 1],
            "hides": [1, 2, 3, 3],
        }
    )
    with people_of(frame) as people:
        layout = lay_out([*people.columns], EVERY, {})
        assert faults.over(people, layout) == {
            ("clicks", "impressions"): 2,
            ("hides", "impressions"): 0,
            ("good_clicks", "clicks"): 2,
        }
        assert faults.counted(people, []) == ()
        assert faults.counted(people, ["clicks = 0", "TRUE", "clicks > 99"]) == (1, 4, 0)
