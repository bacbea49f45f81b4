"""Lists as they are handed to Spark: one line for each id, with the number to weight it by."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lookalike.errors import BadInput
from lookalike.spark import seeding


@pytest.fixture
def session():
    """A session that hands tables back as they come."""
    return SimpleNamespace(createDataFrame=lambda table: table)


def lines(given):
    return [tuple(line.values()) for line in given.seeds.to_pylist()]


def test_of_an_id_that_is_there_twice_the_first_counts(session):
    given = seeding.from_lists(session, {"a": ["x", "y", "x"], "b": ["y"]}, {"a": [1, 2, 3]})
    assert lines(given)[:2] == [("a", "x", 1.0), ("a", "y", 2.0)]
    name, user, value = lines(given)[2]
    assert (name, user) == ("b", "y")
    assert np.isnan(value)


def test_there_is_a_value_for_each_id(session):
    with pytest.raises(BadInput, match="'a' has 1 values for 2 ids"):
        seeding.from_lists(session, {"a": ["x", "y"]}, {"a": [1.0]})


def test_files_that_cannot_be_read_are_told_and_the_others_are_lists(session, tmp_path):
    (tmp_path / "buyers.csv").write_text("user_id,spend\n007,1.5\nu 2,\n007,9\n", "utf-8")
    (tmp_path / "empty.csv").write_text("", "utf-8")
    (tmp_path / "plain.txt").write_text("a\nb\n", "utf-8")
    (tmp_path / "buyers.txt").write_text("a\nb\n", "utf-8")
    files = [
        tmp_path / name for name in ("buyers.csv", "buyers.txt", "empty.csv", "gone.csv", "plain.txt")
    ]
    given = seeding.from_files(session, files)
    assert [line[:2] for line in lines(given)] == [
        ("buyers", "007"),
        ("buyers", "u 2"),
        ("plain", "a"),
        ("plain", "b"),
    ]
    assert given.refused.keys() == {"buyers.txt", "empty.csv", "gone.csv"}
    assert "Two files are called 'buyers'" in str(given.refused["buyers.txt"])
    weighted = seeding.from_files(session, files[:1], "spend")
    assert lines(weighted)[0] == ("buyers", "007", 1.5)
    assert np.isnan(lines(weighted)[1][2])
    refused = seeding.from_files(session, files[-1:], "spend").refused
    assert "no column of numbers called 'spend'" in str(refused["plain.txt"])
