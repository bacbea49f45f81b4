"""`expand` with several lists: a folder in, a folder out, exit codes, and the same command again."""

from __future__ import annotations

import csv
import json

import pytest

from lookalike import batch, cli, runs, seeds
from lookalike.errors import Cancelled
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    communities(folder / "ws")
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")


def run(folder, capsys, *arguments, says=""):
    """Run a command; return (code, output, errors)."""
    with pytest.raises(SystemExit) as left:
        cli.main([*map(str, arguments), "--workspace", str(folder / "ws")])
    output, errors = capsys.readouterr()
    assert says in output + errors
    return left.value.code or 0, output, errors


def lists(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, rows in files.items():
        ids = "".join(f"u{row:03d}\n" for row in rows)
        (folder / f"{name}.csv").write_text(f"user_id\n{ids}")
    return folder


def expand(folder, capsys, *arguments, says=""):
    usual = ("expand", "--method", "centroid", "--size", "30")
    return run(folder, capsys, *usual, *arguments, says=says)


def read(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_a_folder_of_lists_gets_a_folder_of_audiences(folder, capsys, tmp_path):
    given = lists(tmp_path / "lists", may=range(120, 150), june=range(240, 260))
    out, report = tmp_path / "a" / "out", tmp_path / "r.json"
    code, output, errors = expand(
        folder, capsys, "--seeds", given, "--out", out, "--report", report, "--exclude", "fans",
        "--holdout", "0.2", "--held-out", tmp_path / "held",
    )  # fmt: skip
    assert code == 0
    assert errors == ""
    assert "2 lists expanded" in output
    assert "Nothing was tested: how good these audiences are is not known." in output
    assert sorted(path.name for path in out.iterdir()) == ["june.csv", "manifest.json", "may.csv"]
    assert len(list((tmp_path / "held").iterdir())) == 2
    told = json.loads(report.read_text())
    assert [one["list"] for one in told["lists"]] == ["june", "may"]
    assert told["failed"] == []
    june = told["lists"][0]
    assert june["rows"] == len(read(out / "june.csv")) == 30 - june["holdout"]
    assert june["file"]["rows"] == june["rows"]
    assert told["settings"]["method"] == "centroid"
    # a list that has changed keeps its file's name, whatever it is saved as
    lists(given, may=range(125, 155))
    code, _, _ = expand(folder, capsys, "--seeds", given, "--out", out)
    made = json.loads((out / "manifest.json").read_text("utf-8"))
    assert code == 0
    assert {one["list"]: one["saved_as"] for one in made["lists"]} == {"june": "june", "may": "may (2)"}


def test_some_that_fail_are_named_and_the_code_is_1(folder, capsys, tmp_path):
    given = lists(tmp_path / "lists", good=range(120, 150), small=range(2), strangers=[800, 801, 802])
    (given / "empty.csv").write_text("")
    out = tmp_path / "out"
    code, output, errors = expand(folder, capsys, "--seeds", given, "--out", out, "--splits", "1")
    assert code == 1
    assert "1 list expanded, 30 users in all. 3 could not be: " in output
    assert "Back-tests of 1 lists find" in output
    for name in ("empty.csv", "strangers.csv", "small"):
        assert f"Not expanded: {name}: " in errors
    assert [path.name for path in sorted(out.glob("*.csv"))] == ["good.csv"]
    made = json.loads((out / "manifest.json").read_text("utf-8"))
    assert {one["list"] for one in made["failed"]} == {"empty.csv", "strangers.csv", "small"}
    assert made["lists"][0]["evidence"]["folds"] == 1


def test_stopped_the_same_command_goes_on(folder, capsys, tmp_path, monkeypatch):
    given = lists(tmp_path / "lists", one=range(120, 150), two=range(240, 260))
    command = ("--seeds", given, "--out", tmp_path / "out")

    def stopped(*_, **__):
        raise Cancelled

    with monkeypatch.context() as patched:
        patched.setattr(batch.carrying_out.passing, "score", stopped)
        code, _, errors = expand(folder, capsys, *command)
    assert code == 1
    assert "Stopped" in errors
    code, _, errors = expand(folder, capsys, *command)
    assert code == 0
    assert "Going on with the run that was cancelled." in errors
    with monkeypatch.context() as patched:
        patched.setattr(batch.carrying_out.passing, "score", stopped)
        expand(folder, capsys, *command)
    lists(given, two=range(245, 265))
    code, _, errors = expand(folder, capsys, *command)
    assert code == 0
    assert "An earlier run stopped; this one starts anew: the list 'two' has changed." in errors


def test_saved_lists_by_their_names_and_a_folder_of_the_same_name(folder, capsys, tmp_path, monkeypatch):
    out = tmp_path / "out"
    code, output, _ = expand(folder, capsys, "--seeds", "fans", "--seeds", "few", "--out", out)
    assert code == 0
    assert sorted(path.name for path in out.glob("*.csv")) == ["fans.csv", "few.csv"]
    monkeypatch.chdir(tmp_path)
    lists(tmp_path / "fans", other=range(10))
    code, output, _ = expand(folder, capsys, "--seeds", "fans", "--out", "a.csv", "--splits", "1")
    assert code == 0
    assert "30 users written to a.csv" in output


def test_names_never_lead_out_of_the_folder(folder, capsys, tmp_path):
    with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
        seeds.rename(workspace, "few", "../../few")
    out = tmp_path / "deep" / "out"
    code, _, _ = expand(folder, capsys, "--seeds", "../../few", "--seeds", "fans", "--out", out)
    assert code == 0
    assert sorted(path.name for path in out.iterdir()) == ["_.._few.csv", "fans.csv", "manifest.json"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]
    with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
        seeds.rename(workspace, "../../few", "few")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--seeds", "nobody"), "There is no seed list or file 'nobody'."),
        (("--manifest", "m.json"), "--manifest is for a single list."),
        (("--look-alikes", "9"), "--look-alikes is for a single list."),
        (("--holdout", "0.1", "--held-out", "OUT"), "Two folders would have the same name."),
        (("--out", "FILE"), "is a file. Several lists are written to a folder: name one."),
        (("--out", "FILE/deep"), "cannot be made"),
        (("--method", "magic"), "There is no method 'magic'"),
        (("--format", "metaa"), "Did you mean 'meta'?"),
        (("--only", "planet=earth"), "no attribute 'planet'"),
        (("--splits", "-1"), "--splits"),
    ],
)
def test_mistakes_are_one_line(folder, capsys, tmp_path, arguments, says):
    (tmp_path / "file").write_text("")
    places = {
        "OUT": tmp_path / "out",
        "FILE": tmp_path / "file",
        "FILE/deep": tmp_path / "file" / "deep",
    }
    given = [str(places.get(one, one)) for one in arguments]
    out = () if "--out" in given else ("--out", tmp_path / "out")
    many = ("--seeds", "fans", "--seeds", "few")
    code, _, errors = expand(folder, capsys, *many, *out, *given, says=says)
    assert code in (1, 2)
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()


def test_a_single_list_is_always_tested(folder, capsys, tmp_path):
    command = ("--seeds", "fans", "--out", tmp_path / "a.csv", "--splits", "0")
    assert expand(folder, capsys, *command, says="A single list is always tested.")[0] == 1
    with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
        assert all(one.status != "queued" for one in runs.recent(workspace, limit=100))
