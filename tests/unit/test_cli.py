"""The command line: what it writes, what it says, and with which exit code it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lookalike import expansion
from lookalike.cli import main
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import communities

ROOT = Path(__file__).parents[2]
QUICK = ("--method", "centroid", "--splits", "1")


@pytest.fixture(scope="module", autouse=True)
def _quick():
    """One baseline beside, that needs no fitting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "BESIDE", ("activity",))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "world"
    return folder, communities(folder)


@pytest.fixture
def world(made, tmp_path, monkeypatch):
    """A copy of the communities; the commands find it by its variable."""
    folder = tmp_path / "ws"
    shutil.copytree(made[0], folder)
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(folder))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    return folder


@pytest.fixture
def run(capsys):
    def call(*arguments):
        """Return exit code, what was printed, and what was complained about."""
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


@pytest.fixture
def refused(run):
    def call(*arguments):
        code, out, err = run(*arguments)
        assert code == 1
        assert out == ""
        assert err.count("\n") == 1
        assert err.endswith("\n")
        assert "Traceback" not in err
        return err.strip()

    return call


def _seed_file(path, rows):
    path.write_text("user_id\n" + "".join(f"u{row:03d}\n" for row in rows))
    return path


def test_init_makes_a_workspace_and_info_counts(run, tmp_path):
    folder, report = tmp_path / "new", tmp_path / "info.json"
    assert run("init", "--workspace", folder) == (0, f"The workspace {folder} is ready.\n", "")
    code, out, err = run("info", "--workspace", folder, "--report", report)
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines() if line.startswith("users ")] == [
        ["users", "0"], ["users", "with", "an", "embedding", "(newest)", "0"],
    ]  # fmt: skip
    assert json.loads(report.read_text())["users"] == 0


def test_the_journey_from_files_to_an_audience(run, tmp_path, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(tmp_path / "ws"))
    rng = np.random.default_rng(0)
    half = np.arange(80) % 2
    took = rng.random((80, 24)) < np.where(half[:, None] == (np.arange(24) % 2), 0.6, 0.05)
    lines = [f"{row:03d},i{item}" for row, item in zip(*np.nonzero(took), strict=True)]
    (tmp_path / "clicks.csv").write_text("uid,item_id\n" + "\n".join(lines))
    (tmp_path / "buyers.csv").write_text(
        "user_id\n" + "\n".join(f"{row:03d}" for row in range(0, 30, 2))
    )
    code, out, err = run("import", "interactions", tmp_path / "clicks.csv", "--map", "user_id=uid")
    assert (code, err) == (0, "")
    code, out, err = run("embed", "--als", 4, "--svd", 4, "--wide", 6)
    assert (code, err) == (0, "")
    assert out.startswith("Snapshot 1: 80 users, 19 columns")
    code, out, err = run("seeds", "add", "buyers", tmp_path / "buyers.csv")
    assert out == "buyers: 15 of 15 ids matched, 0 unknown, 0 duplicates.\n"
    assert "buyers" in run("seeds", "list")[1]
    code, out, err = run(
        "expand", "--seeds", "buyers", "--size", 20, "--out", tmp_path / "out.csv", *QUICK
    )
    assert (code, err) == (0, "")
    ids = [line.split(",")[0] for line in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert len(ids) == 20
    assert np.mean([int(user) % 2 == 0 for user in ids]) > 0.85
    assert all(len(user) == 3 for user in ids)
    assert run("seeds", "remove", "buyers")[0] == 0
    assert "buyers" not in run("seeds", "list")[1]


def test_expand_reports_what_other_programs_rely_on(run, world, made, tmp_path):
    seeds = _seed_file(tmp_path / "mine.csv", made[1]["fans"])
    with seeds.open("a") as handle:
        handle.write("nobody\nu0x\n" + f"u{made[1]['fans'][0]:03d}\n")
    out, report = tmp_path / "audience.csv", tmp_path / "report.json"
    code, said, err = run(
        "expand", "--seeds", seeds, "--size", "5%", "--out", out, "--report", report, *QUICK
    )
    assert (code, err) == (0, "")
    assert said.startswith("40 of 43 ids matched. At 5 % of users this finds ")
    found = json.loads(report.read_text())
    assert {"run_id", "method", "weight", "seeds", "evidence", "audience", "seconds"} <= found.keys()
    assert {name: found["seeds"][name] for name in ("rows", "matched", "unknown", "duplicates")} == {
        "rows": 43, "matched": 40, "unknown": 2, "duplicates": 1,
    }  # fmt: skip
    evidence = found["evidence"]
    curves = ("k", "recall", "low", "high", "precision", "people", "share", "share_low", "share_high")
    assert {*curves, "share_level", "look_alikes", "auc", "p_at_5", "r_at_5"} == evidence.keys()
    assert len({len(evidence[name]) for name in curves}) == 1
    assert (evidence["look_alikes"], evidence["share_level"]) == (40, 0.9)
    assert {"rows", "threshold", "excluded", "holdout"} <= found["audience"].keys()
    assert found["method"] == "centroid"
    assert (found["audience"]["rows"], found["audience"]["excluded"]) == (22, 40)
    assert len(out.read_text().splitlines()) == 23


def test_expand_says_how_good_the_size_is_that_was_asked_for(run, world, made, tmp_path):
    report = tmp_path / "report.json"
    arguments = ("expand", "--seeds", "fans", "--out", tmp_path / "a.csv", "--report", report, *QUICK)
    code, said, _ = run(*arguments, "--size", 100, "--look-alikes", 70)
    assert code == 0
    assert "At 22.3 % of users this finds" in said  # of 448
    assert "% of these 100 people" in said
    assert "if there are 70 look-alikes among the other users." in said
    evidence = json.loads(report.read_text())["evidence"]
    assert evidence["look_alikes"] == 70
    for recall, people, share in zip(
        evidence["recall"], evidence["people"], evidence["share"], strict=True
    ):
        assert share == pytest.approx(min(1, recall * 70 / people))
    assert "as many look-alikes as seeds: 40." in run(*arguments, "--size", "20%")[1]
    code, _, err = run(*arguments, "--size", "20%", "--look-alikes", 9_999)
    assert code == 1
    assert err.startswith("9,999 look-alikes cannot be assumed: there are 4")


def test_a_list_that_is_an_item_is_warned_of_with_the_way_out(run, world, tmp_path):
    arguments = ("expand", "--seeds", "buyers", "--size", 10, "--out", tmp_path / "a.csv", *QUICK)
    code, _, err = run(*arguments)
    assert code == 0
    assert "The users of item 'leak' nearly are this list" in err
    assert "--leave-out item:leak" in err
    assert run(*arguments, "--leave-out", "item:leak")[2] == ""


def test_compare_reports_points_and_a_summary(run, world, made, tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()
    _seed_file(folder / "one.csv", made[1]["fans"])
    _seed_file(folder / "two.csv", made[1]["few"])
    _seed_file(folder / "short.csv", made[1]["few"][:2])
    (folder / "bad.csv").write_text("")
    report = tmp_path / "report.json"
    code, out, err = run(
        "compare", "--seeds", folder, "--methods", "centroid, random", "--splits", 1,
        "--buckets", "20,100", "--report", report,
    )  # fmt: skip
    assert code == 0
    assert err.splitlines() == [
        "Skipped bad.csv: bad.csv is empty. A seed list has one user id a line.",
        "Skipped short: only 2 of its seeds can be held out.",
    ]
    head = " ".join(out.splitlines()[0].split())
    assert head == "bucket method lists recall interval vs logistic p (Holm) seconds"
    assert "Over all 2 lists, similarity finds most" in out
    assert "preparing the lists" in out
    found = json.loads(report.read_text())
    assert {"seed_list", "n_seeds", "bucket", "method", "split", "k", "recall", "precision"} == found[
        "points"
    ][0].keys()
    assert len(found["points"]) == 2 * 2 * 1 * 4
    assert {row["bucket"] for row in found["summary"]} == {"Under 20 seeds", "20 to 99 seeds", "all"}
    assert {
        "bucket", "method", "lists", "recall", "low", "high", "precision", "auc", "p_at_5", "r_at_5",
        "lift_vs_baseline", "lift_low", "lift_high", "seconds", "p_value", "p_holm", "best_other",
    } <= found["summary"][0].keys()  # fmt: skip
    assert [(one["stage"], one["method"]) for one in found["seconds"]][:2] == [
        ("prepare", ""), ("fit", "centroid"),
    ]  # fmt: skip


def test_compare_goes_on_with_a_run_that_stopped(run, world, monkeypatch, tmp_path):
    from lookalike import comparison

    whole, report = tmp_path / "whole.json", tmp_path / "report.json"
    asked = ("compare", "--seeds", "fans", "--seeds", "few", "--methods", "centroid", "--splits", 1)
    assert run(*asked, "--report", whole)[0] == 0
    real, through = comparison._tested, []

    def stopping(workspace, pool, spec, name, *rest):
        if through:
            raise KeyboardInterrupt
        through.append(name)
        return real(workspace, pool, spec, name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(comparison, "_tested", stopping)
        code, _, err = run(*asked)
    assert code == 130  # as of any program that the keyboard stopped
    assert "Finished lists are kept. Go on: python -m lookalike compare --resume" in err
    stopped = err.split("--resume ")[1].split()[0]
    code, _, err = run("compare", "--resume", stopped, "--report", report)
    assert (code, err) == (0, "")
    found = json.loads(report.read_text())
    assert found["run_id"] == stopped
    assert found["points"] == json.loads(whole.read_text())["points"]
    assert "not a comparison that stopped" in run("compare", "--resume", stopped)[2]
    assert "Leave --seeds and --methods out" in run("compare", "--resume", stopped, "--seeds", "x")[2]


def test_experiment_reports_what_other_programs_rely_on(run, tmp_path):
    rng = np.random.default_rng(0)
    users = 600
    lines = ["user_id,variant,impressions,clicks,revenue"]
    for user in range(users):
        shown = rng.poisson(5)
        variant = "control" if user % 2 else "treatment"
        lines.append(f"{user},{variant},{shown},{rng.binomial(shown, 0.2)},{rng.random():.3f}")
    (tmp_path / "results.csv").write_text("\n".join(lines))
    report = tmp_path / "report.json"
    code, out, err = run(
        "experiment", tmp_path / "results.csv", "--plan", "control=0.5,treatment=0.5", "--report", report
    )
    assert (code, err) == (0, "")
    assert out.strip()
    found = json.loads(report.read_text())
    assert {
        "checks",
        "srm",
        "comparisons",
        "daily",
        "segments",
        "decomposition",
        "verdict",
    } <= found.keys()
    assert {"name", "passed", "message"} <= found["checks"][0].keys()
    assert {"p_value", "chi2", "observed", "planned"} <= found["srm"].keys()
    (comparison,) = found["comparisons"]
    assert (comparison["control"], comparison["treatment"]) == ("control", "treatment")
    assert (comparison["n_control"], comparison["n_treatment"]) == (300, 300)
    metrics = {metric["metric"]: metric for metric in comparison["metrics"]}
    assert {"reach", "impressions_per_user", "revenue_per_user", "ctr"} <= metrics.keys()
    assert {
        "metric", "control", "treatment", "abs_lift", "abs_ci", "rel_lift", "rel_ci", "p_value",
        "p_holm", "p_bh", "cuped", "always_valid_abs_ci", "always_valid_rel_ci", "mde80",
        "naive_p_value", "design_effect", "computable",
    } <= metrics["ctr"].keys()  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says", "hint"),
    [
        (("--seeds", "nowhere.csv"), "no seed list or file 'nowhere.csv'", "There are: "),
        (("--seeds", "fons"), "no seed list or file 'fons'", "Did you mean 'fans'"),
        (("--size", "2,5%"), "'2,5%' is not an audience size", "0.05 or 5%"),
        (("--size", "0"), "'0' is not an audience size", "0.05 or 5%"),
        (("--size", "9999"), "You asked for 9,999 users", "Ask for fewer"),
        (("--method", "mpl"), "no method 'mpl'", "Did you mean 'mlp'"),
        (("--weight", "spned"), "nothing called 'spned'", "Did you mean 'spend'"),
        (("--seeds", "tiny"), "The list has 2 ids", "Add more seeds"),
        (
            ("--out", "/nowhere/at/all/a.csv"),
            "folder of /nowhere/at/all/a.csv does not exist",
            "Make it first",
        ),
        (("--workspace", "/nowhere/ws"), "no workspace in /nowhere/ws", "python -m lookalike init"),
    ],
)
def test_a_users_mistake_ends_in_one_line_with_a_hint(refused, world, tmp_path, change, says, hint):
    options = {
        "--seeds": "fans",
        "--size": "5%",
        "--out": tmp_path / "a.csv",
        "--method": "centroid",
        "--splits": 1,
    }
    options |= dict([change])
    said = refused("expand", *[part for pair in options.items() for part in pair])
    assert says in said
    assert hint in said
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("info",), "no workspace in"),
        (("compare", "--methods", "centroid,mpl"), "no workspace in"),
        (("experiment", "nowhere.csv"), "There is no file nowhere.csv"),
        (("experiment", "nowhere.csv", "--plan", "control"), "'control' is not of the form name=value"),
        (("experiment", "nowhere.csv", "--plan", "control=half"), "'half' is not a share"),
        (("import", "people", "nowhere.csv"), "'people' is not a kind of table"),
        (("import", "users", "nowhere.csv"), "nowhere.csv"),
        (("seeds", "remove", "x"), "no workspace in"),
    ],
)
def test_other_mistakes_too(refused, tmp_path, monkeypatch, arguments, says):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(tmp_path / "none"))
    assert says in refused(*arguments)


def test_a_report_that_cannot_be_written_is_said(run, world):
    code, _, err = run("info", "--report", "/nowhere/at/all/r.json")
    assert code == 1
    assert "/nowhere/at/all/r.json cannot be written" in err


def test_a_setting_that_is_no_number_is_said(refused, world, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_THREADS", "many")
    assert "LOOKALIKE_THREADS is 'many'" in refused("info")


def test_an_empty_folder_of_lists_is_said(refused, world, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds no seed files" in refused("compare", "--seeds", tmp_path / "empty")


@pytest.mark.parametrize(
    "line", ["expand", "nothing", "expand --sise 5%", "compare --splits 0", "embed --als x"]
)
def test_wrong_usage_ends_with_2(run, line):
    code, _, err = run(*line.split())
    assert code == 2
    assert "Usage:" in err


def test_every_command_shows_an_example(run):
    code, out, _ = run("--help")
    assert code == 0
    for command in ("init", "info", "import", "embed", "expand", "compare", "experiment"):
        assert command in out
        code, told, _ = run(command, "--help")
        assert code == 0
        assert f"python -m lookalike {command}" in told
    assert "python -m lookalike seeds add" in run("seeds", "add", "--help")[1]


def test_its_help_waits_for_no_heavy_library():
    code = """
import sys
from lookalike.cli import main
try:
    main(["expand", "--help"])
finally:
    print(sorted({"numpy", "pandas", "pyarrow", "scipy", "sklearn", "torch"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "python -m lookalike expand" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_workspace_is_closed_after_a_command(run, world):
    assert run("info")[0] == 0
    assert world not in Workspace._opened
    with Workspace.open(world, settings=Settings(threads=2)) as workspace:
        assert workspace.settings.threads == 2
