"""`export-users` and `spark-score`: from a workspace to audiences, and what they refuse."""

from __future__ import annotations

import json

import pytest

from lookalike import batch, expansion
from lookalike.batch import Spec
from lookalike.cli import main
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.spark.worlds import written
from tests.unit.worlds import communities


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A workspace with a run of one list and a run of two."""
    folder = tmp_path_factory.mktemp("commands") / "ws"
    communities(folder)
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        spec = expansion.Spec(seed_list="fans", method="ridge", splits=1)
        one = expansion.carry_out(workspace, expansion.ask(workspace, spec))
        two = Spec(lists=("fans", "few"), method="ridge")
        many = batch.carry_out(workspace, batch.ask(workspace, two))
        yield folder, one.run.id, many.run.id


@pytest.fixture
def call(ran, monkeypatch, capsys):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(ran[0]))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return run


def test_from_a_workspace_to_audiences(spark, ran, call, tmp_path):
    _, one, many = ran
    users, out, report = tmp_path / "users", tmp_path / "out", tmp_path / "report.json"
    code, said, _ = call("export-users", "--out", users)
    assert (code, said) == (0, f"480 users written to {users}.\n")
    given = ("--users", users, "--size", "10%", "--out", out)
    code, said, err = call("spark-score", "--seeds-run", many, *given, "--report", report)
    assert (code, err) == (0, "")
    assert said == f"2 audiences of 88 users in all, from 448 eligible users, written to {out}.\n"
    assert json.loads(report.read_text("utf-8"))["audiences"] == {"fans": 44, "few": 44}
    together = written(out)
    code, said, err = call("spark-score", "--runs", one, *given, "--overwrite")
    assert (code, err) == (0, "")
    alone = written(out)
    assert alone.keys() == {"fans"}
    assert alone["fans"]["user_id"].to_pylist() == together["fans"]["user_id"].to_pylist()


def test_without_a_workspace_models_are_trained_and_applied(spark, call, tmp_path):
    users, models, lists = (tmp_path / name for name in ("users", "models", "lists"))
    lists.mkdir()
    ids = [f"u{row:03d}" for row in range(20)]
    (lists / "ours.csv").write_text("user_id,clicks\n" + "\n".join(f"{one},3" for one in ids), "utf-8")
    (lists / "strangers.csv").write_text("user_id,clicks\nx,1\ny,1\nz,1\n", "utf-8")
    (lists / "unweighted.txt").write_text("\n".join(ids), "utf-8")
    no_clicks = "There is no column of numbers called 'clicks' to weight by. There are none yet."
    unknown = (
        "None of the 3 ids is a user in the files; at least 3 are needed. "
        "Check that the ids are written as in the column user_id."
    )
    report = tmp_path / "report.json"
    assert call("export-users", "--out", users)[0] == 0
    given = ("--seeds", lists, "--users", users, "--out", models, "--method", "ridge")
    code, said, err = call("spark-train", *given, "--weight", "clicks", "--report", report)
    assert code == 0
    assert said == (f"1 of 3 lists trained against 448 of 448 eligible users, written to {models}.\n")
    assert err.splitlines() == [
        f"unweighted.txt: {no_clicks}",
        f"strangers: {unknown}",
    ]
    told = json.loads(report.read_text("utf-8"))
    assert (told["models"], sorted(told["failed"])) == ({"ours": 20}, ["strangers", "unweighted.txt"])
    out = tmp_path / "out"
    given = ("--models", models, "--users", users, "--size", "10%", "--out", out)
    assert call("spark-score", *given)[:2] == (
        0,
        f"1 audience of 44 users in all, from 448 eligible users, written to {out}.\n",
    )
    found = set(written(out)["ours"]["user_id"].to_pylist())
    assert len(found) == 44
    assert not found & set(ids)
    # the seeds are of the first community, and so are those who are like them
    assert sum(int(one[1:]) < 120 for one in found) > 40


def test_what_is_refused(call, tmp_path):
    given = ("--users", tmp_path / "users", "--out", tmp_path / "out")
    code, _, err = call("spark-score", "--size", "5%", *given)
    assert (code, err.splitlines()) == (
        1,
        ["Whose models? Give one of --runs, once for each run, --seeds-run, or --models."],
    )
    code, _, err = call("spark-score", "--size", "many", "--runs", "x", *given)
    assert (code, "'many' is not an audience size" in err) == (1, True)
    code, _, err = call("spark-score", "--size", "5%", "--runs", "x", *given)
    assert (code, "There is no run 'x'" in err) == (1, True)
