"""Names of lists as names of files: inside their folder, apart from each other, writable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.batch.naming import cleaned, file_names


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("buyers", "buyers"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("a\\b:c*d", "a_b_c_d"),
        (".hidden", "hidden"),
        ("..", "list"),
        ("", "list"),
        ("///", "list"),
        ("Käufer im März", "Käufer im März"),
        ("CON", "_CON"),
        ("com1.csv", "_com1.csv"),
        ("-rf", "_-rf"),
        ("x" * 300, "x" * 100),
        ("日" * 100, "日" * 53),
        ("a\nb\0c", "a_b_c"),
    ],
)
def test_what_a_file_is_called(name, file):
    assert cleaned(name) == file


def test_equal_names_are_told_apart_whatever_the_capitals():
    names = file_names(["a/b", "a_b", "A_B", "a_b (2)", "manifest"], ".json", ["manifest.json"])
    assert names == ["a_b.json", "a_b (2).json", "A_B (3).json", "a_b (2) (2).json", "manifest (2).json"]


@given(st.lists(st.text(max_size=300), max_size=12))
def test_every_name_is_a_plain_name_and_none_is_given_twice(called):
    names = file_names(called, ".csv", ["manifest.json"])
    assert len({name.casefold() for name in names}) == len(called)
    for name in names:
        assert name.endswith(".csv")
        assert not set(name) & set('/\\:\0\n*?"<>|')
        assert name[0] not in ".-"
        assert len(name.encode()) < 200
