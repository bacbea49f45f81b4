"""Several files at once: the good ones are saved, the bad ones named."""

from __future__ import annotations

import pytest

from lookalike import seeds
from lookalike.seeds.batch import take_in
from tests.unit.worlds import add_users


@pytest.fixture
def filled(workspace):
    add_users(workspace, ["a", "b", "c", "d"])
    return workspace


def test_a_bad_file_does_not_stop_the_others(filled, tmp_path):
    path = tmp_path / "from disk.csv"
    path.write_text("user_id\na\nb\n")
    taken = take_in(
        filled,
        [("one.csv", b"a\nb\nc\nx\n"), ("empty.csv", b""), path, ("strangers.csv", b"x\ny\n"),
         tmp_path / "gone.csv"],
    )  # fmt: skip
    assert [one.name for one in taken] == ["one", "", "from disk", "", ""]
    assert [one.file for one in taken][-1] == "gone.csv"
    assert {saved.name: saved.seeds for saved in seeds.saved(filled)} == {"one": 3, "from disk": 2}
    assert taken[0].sentence() == "one: 3 of 4 ids matched."
    assert taken[1].sentence().startswith("empty.csv: empty.csv is empty.")
    assert "has no users of this workspace" in taken[3].sentence()
    assert "cannot be read" in taken[4].sentence()


def test_the_same_file_twice_is_one_list_and_another_of_its_name_is_not(filled):
    taken = take_in(filled, [("x.csv", b"a\nb\n"), ("x.csv", b"a\nb\n"), ("x.csv", b"c\n")])
    assert [one.name for one in taken] == ["x", "x", "x (2)"]


def test_a_name_is_never_a_path(filled):
    assert take_in(filled, [("../../etc/passwd.csv", b"a\n")])[0].name == "passwd"


def test_rules_say_how_the_ids_of_all_files_differ(filled):
    files = [("one.csv", b"A\nB\n"), ("two.csv", b"C\n")]
    assert [one.name for one in take_in(filled, files)] == ["", ""]
    assert [one.name for one in take_in(filled, files, ["ignore-case"])] == ["one", "two"]
