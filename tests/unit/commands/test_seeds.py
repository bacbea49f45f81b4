"""The commands "seeds …": what they say, write and leave in the workspace."""

from __future__ import annotations

import json

import pytest

from lookalike import seeds
from lookalike.cli import main
from lookalike.workspace import Workspace
from tests.unit.worlds import add_users


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "ws"
    with Workspace.open(path, create=True) as workspace:
        add_users(workspace, [f"u_{i}" for i in range(10)])
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(path))
    (tmp_path / "a.csv").write_text("user_id\nu_1\nu_2\nu_3\n")
    (tmp_path / "b.csv").write_text("user_id\n2\n3\n4\nnobody\n")
    return tmp_path


@pytest.fixture
def run(capsys):
    def call(*arguments, code=0):
        with pytest.raises(SystemExit) as ended:
            main(["seeds", *map(str, arguments)])
        told = capsys.readouterr()
        assert ended.value.code == code, told.err
        return told.err if code else told.out

    return call


def rows(folder, name):
    with Workspace.open(folder / "ws") as workspace:
        return seeds.load(workspace, name).rows.tolist()


def test_lists_are_saved_and_worked_on_as_sets(folder, run):
    assert "a: 3 of 3 ids matched" in run("add", "a", folder / "a.csv")
    assert "holds no users" not in run("add", "b", folder / "b.csv", "--ids", "add-prefix:u_")
    assert "all: 4 seeds." in run("unite", "a", "b", "--as", "all")
    assert "both: 2 seeds." in run("intersect", "a", "b", "--as", "both")
    assert "rest: 1 seeds." in run("subtract", "a", "b", "--as", "rest")
    assert (rows(folder, "all"), rows(folder, "both"), rows(folder, "rest")) == (
        [1, 2, 3, 4], [2, 3], [1],
    )  # fmt: skip
    report = folder / "overlap.json"
    told = run("overlap", "a", "b", "--report", report)
    assert told.splitlines()[2].split() == ["a", "3", "b", "3", "2", "66.7%", "66.7%", "0.500"]
    assert json.loads(report.read_text())["overlaps"][0]["common"] == 2
    assert "a is now called first." in run("rename", "a", "first")
    assert "both is deleted." in run("remove", "both")
    listed = folder / "lists.json"
    assert "first" in run("list", "--report", listed)
    assert {one["name"] for one in json.loads(listed.read_text())["lists"]} == {
        "first", "b", "all", "rest",
    }  # fmt: skip


def test_why_ids_did_not_match_is_said_and_written(folder, run):
    (folder / "c.csv").write_text("user_id\nu_1\n2\n3\nnobody\n")
    report, unmatched = folder / "add.json", folder / "unmatched.csv"
    told = run("add", "c", folder / "c.csv", "--report", report, "--unmatched", unmatched)
    assert "“u_2” for “2”" in told
    assert "--ids add-prefix:u_" in told
    (found,) = json.loads(report.read_text())["lists"]
    assert (found["matched"], found["unknown"]) == (1, 3)
    assert [(one["kind"], one["count"]) for one in found["why"]] == [
        ("add-prefix:u_", 2), ("unknown", 1),
    ]  # fmt: skip
    assert "nobody" not in report.read_text()
    assert unmatched.read_text().splitlines()[-1] == '5,"nobody","Not users of this workspace"'
    told = run("add", "c", folder / "c.csv", "--ids", "add-prefix:u_")
    assert "c: 3 of 4 ids matched" in told
    assert "2 with the prefix “u_” in front" in told
    with Workspace.open(folder / "ws") as workspace:
        kept = seeds.load(workspace, "c").report
    assert kept.rules == ("add-prefix:u_",)
    assert kept.matched_as == {"user_id": 1, "add-prefix:u_": 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "x", "a.csv", "--ids", "nonsense"), "no rule 'nonsense'"),
        (("add", "x", "gone.csv"), "cannot be read"),
        (("add", "x", "a.csv", "--unmatched", "/nowhere/at/all.csv"), "cannot be written"),
        (("unite", "a", "--as", "x"), "two or more are needed"),
        (("overlap", "a", "c"), "no seed list 'c'"),
        (("rename", "c", "d"), "no seed list 'c'"),
        (("remove", "c"), "no seed list 'c'"),
    ],
)
def test_a_mistake_is_a_line_with_a_hint(folder, run, arguments, message, monkeypatch):
    monkeypatch.chdir(folder)
    run("add", "a", "a.csv")
    told = run(*arguments, code=1)
    assert message in told
    assert len(told.strip().splitlines()) == 1
