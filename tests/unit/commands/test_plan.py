"""The command "power": what it says, writes and refuses."""

from __future__ import annotations

import json

import pytest

from lookalike.cli import main
from tests.unit.experiment.data import generated


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["power", *map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    file = tmp_path_factory.mktemp("past") / "past.csv"
    generated(400, {"everybody": 1.0}).drop(columns="variant").to_csv(file, index=False)
    return file


def test_a_typed_baseline_is_enough(run):
    code, out, err = run("--baseline", 0.04, "--kind", "share", "--lift", 0.05, "--daily", 10000)
    assert (code, err) == (0, "")
    assert out.startswith("151,000 users a variant, about 5 weeks at 10,000 new users a day.\n")
    assert "The share of users  4.0 %  5.0 %" in out


def test_past_data_and_an_audience(run, past, tmp_path):
    report = tmp_path / "plan.json"
    code, out, err = run(
        *("--file", past, "--metric", "ctr", "--lift", 0.03, "--treatments", 2),
        *("--holdout-of", 50000, "--guardrail", "hdr", "--report", report),
    )
    assert (code, err) == (0, "")
    found = json.loads(report.read_text("utf-8"))
    assert out.startswith(found["sentence"])
    assert all(note in out for note in found["notes"])
    assert found["baseline"]["users"] == 400
    assert found["terms"]["margin"] == 0.05  # what a guardrail usually accepts
    assert found["guardrail"] == "hide rate"
    assert found["total"] == sum(found["variants"])
    assert (found["holdout"]["audience"], found["holdout"]["treatments"]) == (50000, 2)
    assert {one["metric"] for one in found["minimum"]} >= {"ctr", "hdr", "revenue_per_user"}
    assert found["power_by_users"][-1]["power"] > 0.8
    assert "Not even the best hold-out (41.4 %)" in out


def test_shares_guardrail_and_time_there_is(run):
    code, out, _ = run(
        *("--baseline", 0.02, "--kind", "rate", "--impressions", 12, "--design-effect", 2),
        *("--shares", "50,25,25", "--treatments", 2, "--daily", 1000, "--weeks", 2),
        *("--guardrail", 0.01, "--margin", 0.2),
    )
    assert code == 0
    assert "in each treatment" in out
    assert "the guardrail's rate" in out
    assert "14,000 users find" in out
    code, out, _ = run("--baseline", 3, "--kind", "mean", "--sd", 9, "--users", 50000)
    assert (code, "50,000 users find" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "needs a baseline"),
        (("--baseline", 4), "between 0 and 1"),
        (("--baseline", 0.04, "--kind", "shares"), "Did you mean 'share'?"),
        (("--baseline", 0.04, "--kind", "rate"), "--impressions"),
        (("--baseline", 0.04, "--kind", "mean"), "--sd"),
        (("--baseline", 0.04, "--file", "past.csv"), "Leave one of them out."),
        (("--baseline", 0.04, "--weeks", 2), "--daily 3000"),
        (("--baseline", 0.04, "--lift", 0), "must lie between -100"),
        (("--baseline", 0.04, "--lift", 1e-9), "more than 1,000,000,000,000 users"),
        (("--baseline", 0.04, "--lift", "nan"), "must lie between -100"),
        (("--baseline", 0.04, "--shares", "a,b"), "not numbers between commas"),
        (("--baseline", 0.04, "--shares", "1,2,3"), "3 shares for 2 variants"),
        (("--baseline", 0.04, "--guardrail", "hdr"), "is not one number"),
        (("--baseline", 2, "--kind", "mean", "--sd", 1, "--guardrail", 1), "Plan with --file."),
        (("--baseline", 0.04, "--holdout-of", 1), "cannot be split"),
        (("--baseline", 0.04, "--daily", 0), "new users a day is 0"),
        (("--file", "nowhere.csv"), "There is no file"),
        (("--file", "nowhere.csv", "--map", "user_id"), "name=value"),
    ],
)
def test_what_cannot_be_planned_is_one_line(run, arguments, says):
    code, _, err = run(*arguments)
    assert code == 1
    assert says in err
    assert len(err.splitlines()) == 1


def test_the_metric_of_a_file_is_named(run, past):
    code, _, err = run("--file", past)
    assert (code, "Say which one shall decide." in err) == (1, True)
    code, _, err = run("--file", past, "--metric", "ctrr")
    assert (code, "Did you mean 'ctr'?" in err) == (1, True)


def test_the_help_has_an_example(run):
    code, out, _ = run("--help")
    assert code == 0
    assert "python -m lookalike power --baseline 0.04" in " ".join(out.split())
