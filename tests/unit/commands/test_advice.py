"""The command "advise": what it says, writes and refuses."""

from __future__ import annotations

import json

import pytest

from lookalike.cli import main
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities, save_list


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("advise") / "ws"
    rows = communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        save_list(workspace, "mixed", [*rows["fans"], *range(360, 380)])
    return folder


@pytest.fixture
def run(world, monkeypatch, capsys):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(world))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["advise", *map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


def test_a_list_is_told_about_and_the_report_says_the_same(run, tmp_path):
    report = tmp_path / "advice.json"
    code, out, err = run("--seeds", "mixed", "--splits", "2", "--report", report)
    assert (code, err) == (0, "")
    found = json.loads(report.read_text("utf-8"))
    for sentence in found["sentences"]:
        assert sentence in out
    assert "- Group 2: 20 (33.3 %) who are alike" in out
    assert {"run_id", "curve", "board", "hygiene", "distinct", "seconds"} <= set(found)


def test_a_group_can_be_left_out_and_the_rest_is_saved(run, world):
    code, out, _ = run("--seeds", "mixed", "--splits", "1", "--without", "group 2")
    assert code == 0
    assert "Saved as 'mixed without group 2'." in out
    code, out, _ = run("--seeds", "mixed without group 2", "--splits", "1")
    assert (code, "The list is one group." in out) == (0, True)


def test_a_file_is_saved_under_its_name(run, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("user_id\n" + "".join(f"u{row}\n" for row in range(120, 150)), "utf-8")
    code, out, _ = run("--seeds", file, "--splits", "1")
    assert (code, "something in common" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--seeds", "mixt"), "Did you mean 'mixed'?"),
        (("--seeds", "tiny"), "at least 3"),
        (("--seeds", "mixed", "--method", "magic"), "no method 'magic'"),
        (("--seeds", "mixed", "--splits", "1", "--without", "group 9"), "no group 'group 9'"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, arguments, says):
    code, _, err = run(*arguments)
    assert code == 1
    assert says in err
    assert len(err.splitlines()) == 1
