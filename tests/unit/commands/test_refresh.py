"""`refresh` as a scheduler runs it: what it says, and with which code it ends."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import click
import numpy as np
import pytest
import typer

from lookalike import cli, seeds
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.commands.test_expand_many import expand, run
from tests.unit.worlds import communities, save_list


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    communities(tmp_path / "ws")
    out = tmp_path / "first"
    assert expand(tmp_path, capsys, "--seeds", "fans", "--seeds", "few", "--out", out)[0] == 0
    return tmp_path


def replaced(folder, name, rows):
    with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
        seeds.remove(workspace, name)
        save_list(workspace, name, np.asarray(rows))


def test_what_is_fresh_is_skipped_and_what_has_changed_is_expanded_again(folder, capsys):
    out, report = folder / "out", folder / "r.json"
    code, output, _ = run(folder, capsys, "refresh", "--all", "--out", out)
    assert code == 0
    assert "fans: nothing has changed since" in output
    assert "tiny" not in output  # it never had an audience
    assert "0 refreshed, 2 as they were, 2 without an audience." in output
    replaced(folder, "few", range(240, 262))
    code, output, _ = run(folder, capsys, "refresh", "--all", "--dry-run", "--report", report)
    assert code == 0
    assert "the list has changed." in output
    assert "1 of 4 lists would be expanded again." in output
    states = {line["list"]: line["why"] for line in json.loads(report.read_text())["lists"]}
    assert states == {"buyers": [], "fans": [], "few": ["the list has changed"], "tiny": []}
    assert not out.exists()
    code, output, errors = run(folder, capsys, "refresh", "--all", "--out", out, "--report", report)
    assert (code, errors) == (0, "")
    assert "1 refreshed, 1 as they were, 2 without an audience." in output
    assert sorted(path.name for path in out.iterdir()) == ["few.csv", "manifest.json"]
    few = next(one for one in json.loads(report.read_text())["lists"] if one["list"] == "few")
    assert few["state"] == "refreshed"
    assert few["churn"]["kept"] + few["churn"]["left"] == 30
    assert f"{few['churn']['kept']:,} ({100 * few['churn']['share']:.1f} %)" in output


def test_some_lists_that_fail_end_it_with_3(folder, capsys):
    replaced(folder, "few", range(2))
    replaced(folder, "fans", range(130, 160))
    code, output, errors = run(folder, capsys, "refresh", "--all", "--out", folder / "out")
    assert code == 3
    assert "1 refreshed, 0 as they were, 2 without an audience, 1 failed." in output
    assert "Not refreshed: few: The list has 2 ids" in errors
    code, output, _ = run(folder, capsys, "refresh", "fans", "buyers", "--out", folder / "out")
    assert code == 3  # it was named, and there is nothing to hold
    assert "buyers: it has no audience yet that could be refreshed." in output


def test_the_score_can_be_held(folder, capsys):
    replaced(folder, "fans", range(130, 160))
    out = ("--out", folder / "out")
    code, _, _ = run(folder, capsys, "refresh", "fans", "--hold", "score", *out)
    assert code == 0
    made = json.loads((folder / "out" / "manifest.json").read_text("utf-8"))
    assert made["hold"] == "score"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Which lists are to be refreshed? Name some, or give --all."),
        (("fans", "--all"), "Which lists are to be refreshed?"),
        (("fans",), "Where are the files to be written?"),
        (("fans", "--hold", "sise", "--dry-run"), "'sise' cannot be held. Did you mean 'size'?"),
        (("nobody", "--dry-run"), "There is no seed list 'nobody'."),
        (("fans", "--out", "FILE"), "is a file. Name a folder."),
    ],
)
def test_mistakes_are_one_line(folder, capsys, arguments, says):
    (folder / "file").write_text("")
    given = [str(folder / "file") if one == "FILE" else one for one in arguments]
    code, _, errors = run(folder, capsys, "refresh", *given, says=says)
    assert code == 1
    assert "Traceback" not in errors


def _documented():
    text = (Path(__file__).parents[3] / "docs" / "running.md").read_text("utf-8")
    section = text.split("\n## Every night\n")[1].split("\n## ")[0]
    return section, re.findall(r"python -m lookalike (.*)", section)


def test_the_commands_of_the_documentation_are_there():
    _, commands = _documented()
    assert {line.split()[0] for line in commands} == {"import", "embed", "prepare", "refresh", "expand"}
    group = typer.main.get_command(cli.app)
    for line in commands:
        name, *arguments = shlex.split(line)
        # an option or an argument that does not exist raises
        group.commands[name].make_context(name, arguments, parent=click.Context(group)).close()


def test_the_codes_of_the_documentation_are_those(folder, capsys):
    section, _ = _documented()
    codes = [int(code) for code in re.findall(r"^\| (\d) \|", section, re.MULTILINE)]
    assert codes == [0, 1, 2, 3]
    assert run(folder, capsys, "refresh", "--nothing")[0] == 2
    assert "SuccessExitStatus=3" in section
