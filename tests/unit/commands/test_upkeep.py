"""The commands that look after a workspace."""

from __future__ import annotations

import json

import pytest

from lookalike import audit
from lookalike.cli import main
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import add_users


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    monkeypatch.setenv("LOGNAME", "carla")
    with Workspace.open(tmp_path / "ws", create=True, settings=Settings(threads=1)) as workspace:
        add_users(workspace, ["SECRET-1"])
    return tmp_path


@pytest.fixture
def run(capsys):
    def call(*arguments):
        """Return exit code, what was printed, and what was complained about."""
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


def test_a_backup_is_made_and_restored(folder, run):
    code, out, _ = run("backup", folder / "b.zip", "--report", folder / "b.json")
    assert code == 0
    assert f"{folder / 'b.zip'}: 1 files" in out
    assert json.loads((folder / "b.json").read_text())["files"].keys() == {"workspace.duckdb"}
    code, out, _ = run("restore", folder / "b.zip", "--workspace", folder / "new")
    assert code == 0
    assert f"{folder / 'new'} is ready, as it was on" in out
    code, out, err = run("restore", folder / "b.zip", "--workspace", folder / "new")
    assert (code, out) == (1, "")
    assert err == (
        f"The folder {folder / 'new'} is not empty. Give a folder that is empty or does not exist: "
        "nothing is overwritten.\n"
    )


def test_a_restore_must_be_told_where(folder, run):
    assert run("restore", folder / "b.zip")[0] == 2


def test_commands_are_noted_with_who_gave_them_and_without_their_arguments(folder, run):
    run("info")
    run("audit")
    run("forget", "SECRET-1")
    run("forget", "SECRET-2", "--workspace", folder / "nowhere")
    run("backup", folder / "b.zip")
    run("backup", folder / "b.zip")  # refused: it is there already
    code, out, _ = run("audit", "--report", folder / "audit.json")
    assert code == 0
    entries = json.loads((folder / "audit.json").read_text())["entries"]
    assert [(one["who"], one["what"], one["detail"]) for one in entries] == [
        ("carla", "command", {"command": "backup"}),
        ("carla", "command", {"command": "forget"}),
    ]
    assert "command: forget" in out
    assert "SECRET" not in out + (folder / "audit.json").read_text()


def test_a_group_is_noted_with_its_command(folder, run):
    (folder / "list.csv").write_text("SECRET-1\n")
    assert run("seeds", "add", "buyers", folder / "list.csv")[0] == 0
    run("seeds", "list")
    with Workspace.open(folder / "ws") as workspace:
        assert [one.detail for one in audit.entries(workspace)] == [{"command": "seeds add"}]


def test_only_what_is_recent_is_shown(folder, run):
    with Workspace.open(folder / "ws") as workspace:
        audit.record(workspace, "ann", "signed in")
    assert "signed in" in run("audit", "--since", "1h")[1]
    assert "signed in" not in run("audit", "--since", "2999-01-01")[1]
    code, _, err = run("audit", "--since", "whenever")
    assert (code, err.count("\n")) == (1, 1)
