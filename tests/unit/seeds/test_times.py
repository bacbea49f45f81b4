"""When each seed became one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lookalike import seeds
from lookalike.seeds import times as seed_times
from tests.unit.worlds import _insert, add_users, save_list


@pytest.fixture
def filled(workspace):
    add_users(workspace, ["a", "b", "c", "d"])
    return workspace


def _acts(workspace, rows, days):
    moments = np.datetime64("2024-01-01", "us") + np.array(days) * np.timedelta64(1, "D")
    table = pa.table({"row": np.array(rows, np.int32), "item_id": ["i"] * len(rows), "ts": moments})
    _insert(workspace, "interactions", table)


def test_without_dates_of_its_own_a_seed_has_that_of_its_first_interaction(filled):
    assert not seed_times.known(filled)
    _acts(filled, [2, 0, 2, 1], [5, 3, 4, 9])
    assert seed_times.known(filled)
    save_list(filled, "x", np.array([0, 2, 3]))
    times = seed_times.of(filled, seeds.load(filled, "x"))
    assert [str(time) for time in times] == ["2024-01-04T00:00:00", "2024-01-05T00:00:00", "NaT"]


def test_the_dates_of_the_file_come_first_and_are_saved_with_the_list(filled):
    _acts(filled, [0, 1], [0, 0])
    text = (
        b"user_id,bought,spend\nb,2024-03-02 10:30,5\na,2024-02-01T08:00:00Z,7\nc,,1\nzz,2024-01-01,2\n"
    )
    found = seeds.match(filled, seeds.parse(text, "dated.csv"), "dated")
    assert list(found.values) == ["spend"]
    seeds.save(filled, found)
    again = seeds.load(filled, "dated")
    expected = ["2024-02-01T08:00:00", "2024-03-02T10:30:00", "NaT"]
    for one in (found, again):
        assert [str(time) for time in seed_times.of(filled, one)] == expected
    assert seeds.keep(filled, found) == "dated"


def test_a_list_with_other_dates_is_another_list(filled):
    for day, name in (("01", "x"), ("02", "x (2)"), ("01", "x")):
        text = f"user_id,bought\na,2024-03-{day}\n".encode()
        assert seeds.keep(filled, seeds.match(filled, seeds.parse(text, "x.csv"), "x")) == name


def test_a_time_in_utc_may_have_no_seconds():
    parsed = seeds.parse(b"user_id,when\na,2024-01-01T10:30Z\nb,2024-01-02T00:00:01Z\n", "x.csv")
    assert parsed.times.astype(str).tolist() == ["2024-01-01T10:30:00", "2024-01-02T00:00:01"]


@pytest.mark.parametrize("cells", ["03/04/2024", "2024-02-31", "soon", "12:30"])
def test_what_could_be_read_in_two_ways_or_none_is_no_time(cells):
    parsed = seeds.parse(f"user_id,when\na,2024-01-01\nb,{cells}\n".encode(), "x.csv")
    assert parsed.times is None


def test_numbers_are_numbers_and_not_dates():
    parsed = seeds.parse(b"user_id,n,when\na,20240101,2024-01-01\nb,5,2024-01-02\n", "x.csv")
    assert list(parsed.values) == ["n"]
    assert parsed.times.astype(str).tolist() == ["2024-01-01T00:00:00", "2024-01-02T00:00:00"]
