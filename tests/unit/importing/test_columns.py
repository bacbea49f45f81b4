"""Columns are found whatever their name's dress, and moments whatever their writing."""

from __future__ import annotations

import datetime as dt

import duckdb
import pyarrow as pa
import pytest

from lookalike.errors import BadInput
from lookalike.importing.columns import Field, looks_numeric, match, moment_of, number_of, require
from lookalike.importing.sources import open_source

FIELDS = (Field("user_id", "id", ("uid", "user"), required=True), Field("ts", "time", ("time",)))


def table(*names: str, values: object = "x") -> object:
    return open_source(pa.table({name: [values] for name in names}))


@pytest.mark.parametrize("name", ["user_id", "User ID", "USER-ID", " uid ", "User"])
def test_names_are_found_in_any_dress(name):
    assert match(FIELDS, table(name, "x"), {}, renames=False).found == {"user_id": name}


def test_our_own_name_wins_over_an_alias():
    found = match(FIELDS, table("uid", "user_id"), {}, renames=False)
    assert (found.found, found.extras) == ({"user_id": "user_id"}, {"uid": "uid"})


def test_two_aliases_are_a_question():
    with pytest.raises(BadInput, match="both 'uid' and 'user' could be 'user_id'"):
        match(FIELDS, table("uid", "user"), {}, renames=False)


def test_a_mapping_decides():
    found = match(FIELDS, table("uid", "user"), {"user_id": "user", "metric": "uid"}, renames=True)
    assert (found.found, found.extras) == ({"user_id": "user"}, {"metric": "uid"})


def test_a_mapped_name_is_not_taken_twice():
    found = match(FIELDS, table("uid", "user_id"), {"user_id": "uid"}, renames=True)
    assert (found.found, found.extras) == ({"user_id": "uid"}, {})


def test_mistakes_in_a_mapping_are_answered():
    with pytest.raises(BadInput, match="no column 'usr'") as theirs:
        match(FIELDS, table("user", "x"), {"user_id": "usr"}, renames=False)
    assert theirs.value.hint == "Did you mean 'user'?"
    with pytest.raises(BadInput, match="'user_ids' is not a column") as ours:
        match(FIELDS, table("user", "x"), {"user_ids": "user"}, renames=False)
    assert ours.value.hint == "Did you mean 'user_id'?"


def test_a_missing_column_lists_what_there_is():
    source = table("a", "b")
    with pytest.raises(BadInput, match="no column 'user_id'; it has: a, b"):
        require(FIELDS, source, match(FIELDS, source, {}, renames=False))


@pytest.mark.parametrize(("value", "word"), [(1.5, "float"), (True, "boolean"), ([1], "list")])
def test_ids_that_would_change_are_refused(value, word):
    source = table("user_id", values=value)
    with pytest.raises(BadInput, match=f"'user_id' in table holds {word} values"):
        require(FIELDS, source, match(FIELDS, source, {}, renames=False))


def moment(values: pa.Array) -> list[dt.datetime | None]:
    held = pa.table({"t": values})
    source = open_source(held)
    with duckdb.connect(config={"autoload_known_extensions": False}) as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        connection.register("held", held)
        return [
            v for (v,) in connection.execute(f"SELECT {moment_of('t', source)} FROM held").fetchall()
        ]


MORNING = dt.datetime(2026, 1, 31, 8, 30, 15)  # noqa: DTZ001 - as the tables keep it
DAY = dt.datetime(2026, 1, 31)  # noqa: DTZ001
SECONDS = 1769848215


@pytest.mark.parametrize(
    ("texts", "means"),
    [
        (["2026-01-31 08:30:15", "2026-01-31T08:30:15Z", "2026-01-31T10:30:15+02:00"], MORNING),
        (["2026-01-31 03:30:15-0500", "31.01.2026 08:30:15", " 1769848215 "], MORNING),
        ([f"{SECONDS}{zeros}" for zeros in ("", ".0", "000", "000000")], MORNING),
        (["2026-01-31", "20260131", "31.01.2026", "2026/01/31"], DAY),
        (["1/31/2026", "soon", "2026-13-01", "1e300", "nan", "inf", ""], None),
    ],
)
def test_moments_as_text(texts, means):
    assert moment(pa.array(texts)) == [means] * len(texts)


def test_moments_as_whole_numbers_by_their_size():
    numbers = pa.array([SECONDS * 10**power for power in (0, 3, 6, 9)] + [20260131])
    assert moment(numbers) == [MORNING] * 4 + [DAY]


def test_typed_moments_do_not_move_with_the_time_zone():
    zoned = pa.array([SECONDS], pa.timestamp("s", "Asia/Tokyo"))
    plain = pa.array([SECONDS], pa.timestamp("s"))
    assert moment(zoned) == moment(plain) == [MORNING]


def test_a_decimal_comma_counts_in_files_cut_by_semicolons(file):
    def read(text: str) -> object:
        source = open_source(file(text))
        return duckdb.sql(f"SELECT {number_of('x', source)} FROM (SELECT '1,5' AS x)").fetchone()[0]

    assert read("user_id;x\n1;1,5\n") == 1.5
    assert read('user_id,x\n1,"1,5"\n') is None


@pytest.mark.parametrize(
    ("values", "numeric"),
    [(["1", "-2.5", "1e-3", ".5", "0.10", "0"], True), (["1", None], True), (["02139", "10001"], False),
     ([None], False), ([], False), (["1", "x"], False), (["nan"], False)],
)  # fmt: skip
def test_codes_are_not_numbers(values, numeric):
    assert looks_numeric(values) is numeric
