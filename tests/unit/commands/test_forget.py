"""The command "forget": ids from the line or from a file, and a sentence for whatever comes of it."""

from __future__ import annotations

import json

import pytest

from lookalike import forgetting
from lookalike.cli import main
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_users


@pytest.fixture
def folder(tmp_path):
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace:
        add_users(workspace, ["a", "b", "c", "d"])
    return tmp_path / "ws"


def run(folder, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["forget", *map(str, arguments), "--workspace", str(folder)])
    return ended.value.code


def left(folder):
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace, workspace.cursor() as cursor:
        return [name for (name,) in cursor.execute("SELECT user_id FROM users ORDER BY row").fetchall()]


def test_ids_of_the_line_and_of_a_file(folder, tmp_path, capsys):
    (tmp_path / "ids.csv").write_text("user_id\nb\nnobody\n")
    report = tmp_path / "report.json"
    assert run(folder, "a", "--file", tmp_path / "ids.csv", "--report", report) == 0
    assert left(folder) == ["c", "d"]
    said = capsys.readouterr().out
    assert said.startswith("2 users are forgotten: 2 rows removed")
    assert "1 id was not known here" in said
    held = json.loads(report.read_text())
    assert (held["users"], held["unknown"], held["rows"]) == (2, 1, {"users": 2})


def test_nobody_named_and_a_file_that_is_not_there(folder, tmp_path, capsys):
    assert run(folder) == 1
    assert "There is no user to forget." in capsys.readouterr().err
    assert run(folder, "--file", tmp_path / "none.csv") == 1
    assert "There is no file" in capsys.readouterr().err
    assert left(folder) == ["a", "b", "c", "d"]


def test_finishing_without_a_name(folder, capsys):
    assert run(folder, "--finish") == 0
    assert "nothing left to finish" in capsys.readouterr().out
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace, workspace.write() as cursor:
        cursor.execute(
            "INSERT INTO meta VALUES (?, ?)",
            [forgetting.UNFINISHED, '{"rows": [9], "tables": ["users"]}'],
        )
    assert run(folder, "--finish") == 0
    assert "It is finished." in capsys.readouterr().out
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        assert not forgetting.unfinished(workspace)
