"""The command "experiment": what it says, writes and refuses."""

from __future__ import annotations

import json

import pytest

from lookalike import expansion
from lookalike.cli import main
from lookalike.expansion import Spec, ask, carry_out
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.experiment.data import generated
from tests.unit.worlds import communities


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(tmp_path / "none"))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")

    def call(*arguments):
        """Return exit code, what was printed, and what was complained about."""
        with pytest.raises(SystemExit) as ended:
            main(["experiment", *map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


@pytest.fixture
def results(tmp_path):
    frame = generated(900, {"control": 0.5, "new": 0.5}, {"new": 0.4})
    frame["colour"] = ["red", "blue", "green"] * 300
    path = tmp_path / "results.csv"
    frame.rename(columns={"user_id": "member", "variant": "which"}).to_csv(path, index=False)
    return path


NAMED = ("--map", "user_id=member", "--map", "variant=which")


def test_it_says_the_verdict_and_needs_no_workspace(run, results, tmp_path):
    report = tmp_path / "report.json"
    code, out, err = run(results, *NAMED, "--report", report)
    assert (code, err) == (0, "")
    found = json.loads(report.read_text("utf-8"))
    assert found["verdict"] in out
    assert "Readout of 900 users, control 'control'" in out
    assert not (tmp_path / "none").exists()


def test_every_choice_reaches_the_readout(run, results, tmp_path):
    report = tmp_path / "report.json"
    code, _, err = run(
        results,
        *NAMED,
        *("--control", "new", "--plan", "control=1,new=1", "--preset", "marketplace"),
        *(
            "--metric",
            "bad=ratio:hides/impressions,good=down,margin=0.02",
            "--metric",
            "busy=share:hides",
        ),
        *("--primary", "bad", "--segment", "colour", "--alpha", "0.1"),
        *("--bootstrap", "100", "--rerandomise", "100", "--report", report),
    )
    assert (code, err) == (0, "")
    found = json.loads(report.read_text("utf-8"))
    assert (found["control"], found["primary"], found["alpha"]) == ("new", "bad", 0.1)
    (comparison,) = found["comparisons"]
    assert comparison["treatment"] == "control"
    by_name = {metric["metric"]: metric for metric in comparison["metrics"]}
    assert set(by_name) == {"ctr", "revenue_per_user", "bad", "busy"}
    assert (by_name["bad"]["good"], by_name["bad"]["margin"]) == ("down", 0.02)
    assert by_name["ctr"]["bootstrap_rel_ci"] is not None
    assert {row["value"] for row in found["segments"]} == {"red", "blue", "green"}
    assert found["aa"] is not None


def test_the_page_is_written_whole(run, results, tmp_path):
    page = tmp_path / "page.html"
    code, _, _ = run(results, *NAMED, "--html", page)
    assert code == 0
    html = page.read_text("utf-8")
    assert html.endswith("</html>")
    assert "results.csv: 900 users" in html
    assert list(tmp_path.glob("*page.html*")) == [page]  # nothing half-written beside it


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--map", "user_id=nobody", "--map", "variant=which"), "no column 'nobody'"),
        ((), "no column for the user"),
        ((*NAMED, "--control", "nwe"), "no variant 'nwe'. Did you mean 'new'"),
        ((*NAMED, "--preset", "contents"), "no preset 'contents'. Did you mean 'content'"),
        ((*NAMED, "--metric", "hides"), "'hides' does not define a metric"),
        ((*NAMED, "--metric", "ctr=mean:clicks"), "two metrics called 'ctr'"),
        ((*NAMED, "--primary", "cpm"), "primary metric 'cpm' is not in the results"),
        ((*NAMED, "--segment", "color"), "no column 'color'"),
        ((*NAMED, "--alpha", "5"), "alpha is 5"),
        ((*NAMED, "--bootstrap", "5"), "bootstrap is 5"),
        ((*NAMED, "--plan", "control=half"), "'half' is not a share"),
        ((*NAMED, "--plan", "control=1"), "no share for the variant 'new'"),
        ((*NAMED, "--html", "nowhere/page.html"), "nowhere/page.html cannot be written"),
        ((*NAMED, "--audience", "1"), "no workspace"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(run, results, options, says):
    code, _, err = run(results, *options)
    assert code == 1
    assert says in err
    assert "Traceback" not in err


def test_an_audience_gives_scores_and_variants(run, tmp_path, monkeypatch):
    folder, report = tmp_path / "ws", tmp_path / "report.json"
    communities(folder)
    monkeypatch.setattr(expansion, "BESIDE", ("activity",))
    with Workspace.open(folder, settings=Settings(threads=1)) as workspace:
        made = carry_out(workspace, ask(workspace, Spec("fans", splits=1, method="centroid")))
        made.audience(0.4).to_csv(tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text("utf-8").splitlines()[1:]
    rows = [f"{line.split(',')[0]},{'ab'[n % 2]},5,{n % 3}" for n, line in enumerate(lines)]
    path = tmp_path / "results.csv"
    path.write_text("\n".join(["user_id,variant,impressions,clicks", *rows, "stranger,a,1,1"]))
    code, _, err = run(path, "--workspace", folder, "--audience", "1", "--report", report)
    assert (code, err) == (0, "")
    found = json.loads(report.read_text("utf-8"))
    assert found["users"] == len(rows)
    assert found["bands"]
    assert found["offline_online"]
    (outside,) = [check for check in found["checks"] if check["name"] == "users_outside"]
    assert outside["count"] == 1
    code, _, err = run(path, "--workspace", folder, "--audience", "7")
    assert (code, "no audience 7" in err) == (1, True)
