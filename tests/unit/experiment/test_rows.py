import duckdb
import numpy as np
import pytest

from lookalike.experiment.rows import borrowed, table_rows

VALUES = "SELECT * FROM (VALUES ('u1', 1.5), ('u2', 2.5), ('u3', NULL)) AS t(user_id, spend)"


def test_a_table_answers_by_its_name() -> None:
    with duckdb.connect() as connection:
        connection.execute(f'CREATE TABLE "the people" AS {VALUES}')
        people = table_rows(connection, "the people")
        assert (people.name, people.columns) == ("the people", ("user_id", "spend"))
        assert people.rows('SELECT user_id FROM "the people" ORDER BY spend DESC NULLS LAST') == [
            ("u2",),
            ("u1",),
            ("u3",),
        ]
        assert people.row('SELECT count(*), sum(spend) FROM "the people"') == (3, 4.0)
        found = people.arrays('SELECT spend FROM "the people" WHERE spend > 0 ORDER BY spend')
        assert np.array_equal(found["spend"], [1.5, 2.5])


def test_one_row_is_one_row() -> None:
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE people AS {VALUES}")
        with pytest.raises(ValueError, match="too many values"):
            table_rows(connection, "people").row("SELECT user_id FROM people")


@pytest.mark.parametrize("fails", [False, True])
def test_a_borrowed_relation_leaves_no_trace(fails: bool) -> None:
    with duckdb.connect() as connection:
        relation = connection.sql(VALUES)
        try:
            with borrowed(relation, "some rows") as rows:
                assert rows.columns == ("user_id", "spend")
                assert rows.row('SELECT max(spend) FROM "some rows"') == (2.5,)
                if fails:
                    raise KeyError
        except KeyError:
            pass
        assert connection.execute(
            "SELECT count(*) FROM duckdb_views() WHERE NOT internal"
        ).fetchone() == (0,)


def test_a_borrowed_relation_that_nobody_asked_leaves_no_trace_either() -> None:
    with duckdb.connect() as connection:
        with borrowed(connection.sql(VALUES), "rows"):
            pass
        assert connection.execute("SHOW TABLES").fetchall() == []
