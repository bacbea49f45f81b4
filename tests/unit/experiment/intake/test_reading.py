import datetime as dt
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lookalike.experiment.intake import reading
from lookalike.experiment.intake.columns import Layout, lay_out
from lookalike.experiment.intake.reading import TOO_LARGE
from lookalike.experiment.metrics import STANDARD, mean_metric
from lookalike.experiment.rows import Rows

METRICS = (*STANDARD, mean_metric("clicks_per_user", "clicks"))


@pytest.fixture
def cursor():
    with duckdb.connect() as connection:
        yield connection


def entries_of(
    cursor: duckdb.DuckDBPyConnection, frame: pd.DataFrame | pa.Table, *, without: tuple[str, ...] = ()
) -> tuple[Rows, Layout]:
    relation = cursor.cursor().from_arrow(
        frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    )
    layout = lay_out(relation.columns, METRICS, {}, without=without)
    return reading.copied(cursor, relation, layout), layout


USERS = pd.DataFrame(
    {
        "user_id": ["1", "1", "2", "3", "3"],
        "variant": ["a", "a", " b", "a", "b"],
        "date": ["2026-03-01", "2026-03-02", "2026-03-01", "2026-03-01", "2026-03-01"],
        "clicks": [1.0, 2.0, 4.0, 8.0, 16.0],
        "pre_clicks": [5.0, 5.0, 6.0, 7.0, 7.0],
        "country": ["", "DE", "FR", None, "UK"],
        "score": [0.25, 0.25, 0.5, 0.75, 0.75],
    }
)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (pa.array([1, None, 3], pa.int8()), [1.0, None, 3.0]),
        (pa.array([True, False, None]), [1.0, 0.0, None]),
        (pa.array([0.5, float("nan"), float("inf")]), [0.5, None, None]),
        (pa.array([TOO_LARGE - 1, TOO_LARGE, -TOO_LARGE]), [TOO_LARGE - 1, None, None]),
        (pa.array(["7", " 0.5 ", "1e2"]), [7.0, 0.5, 100.0]),
        (pa.array(["TRUE", "few", None]), [1.0, None, None]),
        (pa.array([Decimal("1.25"), None, Decimal(-3)]), [1.25, None, -3.0]),
        (pa.array([1, 2, 2**62], pa.int64()), [1.0, 2.0, None]),
    ],
    ids=str,
)
def test_cells_of_any_type_are_numbers_or_none(cursor, cells: pa.Array, numbers: list) -> None:
    table = pa.table({"user_id": ["1", "2", "3"], "variant": list("aba"), "clicks": cells})
    entries, _ = entries_of(cursor, table)
    assert entries.rows("SELECT clicks FROM entries ORDER BY user_id") == [(each,) for each in numbers]


def test_words_in_place_of_a_number_are_marked(cursor) -> None:
    frame = pd.DataFrame(
        {"user_id": list("1234"), "variant": list("abab"), "clicks": ["few", "", None, "1"]}
    )
    entries, _ = entries_of(cursor, frame)
    marked = entries.rows('SELECT "no number clicks" FROM entries ORDER BY user_id')
    assert marked == [(True,), (False,), (False,), (False,)]


def test_ids_are_text_as_they_were_and_variants_without_spaces(cursor) -> None:
    table = pa.table({"user_id": [7, 8], "variant": [" a ", "b"], "clicks": [1, 2]})
    entries, _ = entries_of(cursor, table)
    assert entries.rows("SELECT user_id, variant FROM entries ORDER BY user_id") == [
        ("7", "a"),
        ("8", "b"),
    ]
    frame = pd.DataFrame({"user_id": [" 7", "7"], "variant": list("ab"), "clicks": [1, 2]})
    with duckdb.connect() as other:
        entries, _ = entries_of(other, frame)
        assert entries.row("SELECT count(DISTINCT user_id) FROM entries") == (2,)


def test_rows_of_the_same_cells_have_the_same_hash(cursor) -> None:
    frame = pd.concat([USERS, USERS[:1]])
    entries, _ = entries_of(cursor, frame)
    assert entries.row('SELECT count(*), count(DISTINCT "row hash") FROM entries') == (6, 5)


def test_a_file_without_variants_puts_everybody_in_one(cursor) -> None:
    entries, _ = entries_of(cursor, USERS.drop(columns="variant"), without=("variant",))
    assert entries.rows("SELECT DISTINCT variant FROM entries") == [("everybody",)]


def test_sorted_hashes_know_whether_keys_differ() -> None:
    ordered, distinct = reading.sorted_hashes(np.array([5, 1, 3], np.uint64))
    assert (ordered.tolist(), distinct) == ([1, 3, 5], True)
    assert reading.sorted_hashes(np.array([5, 1, 5], np.uint64))[1] is False
    assert reading.sorted_hashes(np.array([], np.uint64))[1] is True


def test_days_are_summed_and_the_rest_is_taken_once(cursor) -> None:
    entries, layout = entries_of(cursor, USERS)
    day = reading.days_of(entries, layout)
    people = reading.sum_to_users(cursor, layout, day, keep_copies=False)
    asked = (
        'SELECT user_id, variant, clicks, pre_clicks, "segment country", score, first_day FROM people'
    )
    assert people.rows(f"{asked} ORDER BY user_id") == [
        ("1", "a", 3.0, 5.0, "DE", 0.25, dt.date(2026, 3, 1)),
        ("2", "b", 4.0, 6.0, "FR", 0.5, dt.date(2026, 3, 1)),
    ]
    days = reading.sum_to_days(cursor, layout)
    assert days.rows("SELECT user_id, variant, day, clicks FROM days ORDER BY user_id, day") == [
        ("1", "a", dt.date(2026, 3, 1), 1.0),
        ("1", "a", dt.date(2026, 3, 2), 2.0),
        ("2", "b", dt.date(2026, 3, 1), 4.0),
    ]
    assert "pre_clicks" not in days.columns


@pytest.mark.parametrize(("keep_copies", "clicks"), [(False, 3.0), (True, 5.0)])
def test_copies_count_once_or_as_often_as_they_are(cursor, keep_copies: bool, clicks: float) -> None:
    entries, layout = entries_of(cursor, pd.concat([USERS, USERS[1:2]]).drop(columns="date"))
    day = reading.days_of(entries, layout)
    people = reading.sum_to_users(cursor, layout, day, keep_copies=keep_copies)
    assert people.row("SELECT clicks, pre_clicks FROM people WHERE user_id = '1'") == (clicks, 5.0)
    read, kept = cursor.execute(
        'SELECT "rows read", "rows kept" FROM everybody WHERE user_id = \'1\''
    ).fetchone()
    assert (read, kept) == (3, 2)


def test_users_as_they_are_have_no_gaps(cursor) -> None:
    frame = pd.DataFrame(
        {
            "user_id": ["1", "2", None],
            "variant": list("abb"),
            "clicks": [1.0, None, 3.0],
            "os": ["", "x", "y"],
        }
    )
    _, layout = entries_of(cursor, frame)
    people = reading.people_as_they_are(cursor, layout, reading.Days())
    assert people.rows('SELECT user_id, clicks, "segment os" FROM people ORDER BY user_id') == [
        ("1", 1.0, None),
        ("2", 0.0, "x"),
    ]


@pytest.mark.parametrize(
    ("with_variants", "variants"), [(True, ["audience", "holdout"]), (False, ["a", "b"])]
)
def test_an_audience_brings_scores_and_who_was_held_out(
    cursor, with_variants: bool, variants: list[str]
) -> None:
    entries_of(cursor, USERS)
    members = pa.table(
        {"user_id": ["1", "2", "9"], "score": [0.9, 0.8, 0.7], "holdout": [False, True, True]}
    )
    entries, outside = reading.join_audience(cursor, members, with_variants=with_variants)
    assert outside == 1  # user 3
    found = entries.rows("SELECT DISTINCT user_id, variant, score FROM entries ORDER BY user_id")
    assert found == [("1", variants[0], 0.9), ("2", variants[1], 0.8)]
