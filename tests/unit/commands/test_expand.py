"""The commands `expand` and `replay`: every option, every mistake in one line."""

from __future__ import annotations

import csv
import json

import pytest

from lookalike import audience, cli, expansion, seeds
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("expand")
    communities(folder / "ws")
    opened = Workspace.open(folder / "ws", settings=Settings(threads=1))
    with opened as workspace, workspace.write() as cursor:
        cursor.execute("UPDATE users SET country = CASE WHEN row < 240 THEN 'DE' ELSE 'FR' END")
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(expansion, "BESIDE", ())
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")


def run(folder, capsys, *arguments, says=""):
    """Run a command; return (code, output, errors)."""
    with pytest.raises(SystemExit) as left:
        cli.main([*arguments, "--workspace", str(folder / "ws")])
    output, errors = capsys.readouterr()
    assert says in output + errors
    return left.value.code or 0, output, errors


def expand(folder, capsys, *arguments, says=""):
    usual = ("--seeds", "fans", "--method", "centroid", "--splits", "1")
    return run(folder, capsys, "expand", *usual, *arguments, says=says)


def read(path):
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_an_audience_with_everything_and_the_same_again(folder, capsys, tmp_path):
    files = {name: tmp_path / name for name in ("a.csv", "held.csv", "m.json", "card.html", "r.json")}
    code, output, _ = expand(
        folder,
        capsys,
        *("--size", "40%", "--tiers", "5%,20%", "--holdout", "0.25", "--exclude", "few"),
        *("--out", str(files["a.csv"]), "--held-out", str(files["held.csv"])),
        *("--manifest", str(files["m.json"]), "--card", str(files["card.html"])),
        *("--report", str(files["r.json"])),
    )
    assert code == 0
    report = json.loads(files["r.json"].read_text())
    lines, held = read(files["a.csv"]), read(files["held.csv"])
    assert f"{len(lines)} users written" in output
    assert f"{len(held)} are held out" in output
    assert report["audience"]["rows"] == len(lines)
    assert report["audience"]["holdout"] == len(held) > 20
    assert report["audience"]["excluded"] > 40  # the seeds, and some of "few"
    assert [tier["share"] for tier in report["audience"]["tiers"]] == [0.05, 0.2, 0.4]
    assert {line["tier"] for line in lines} == {"5 %", "20 %", "40 %"}
    with Workspace.open(folder / "ws", settings=Settings(threads=1)) as workspace:
        few = seeds.load(workspace, "few").rows
        with workspace.cursor() as cursor:
            out = {one for (one,) in cursor.execute(
                "SELECT user_id FROM users WHERE list_contains(?, row)", [few.tolist()]
            ).fetchall()}  # fmt: skip
        newest = audience.exported(workspace)[0]
        assert (newest.users, newest.held_out) == (len(lines) + len(held), len(held))
    assert out.isdisjoint(line["user_id"] for line in lines + held)
    assert "fans" in files["card.html"].read_text("utf-8")

    again = tmp_path / "again.csv"
    code, output, _ = run(folder, capsys, "replay", str(files["m.json"]), "--out", str(again))
    assert code == 0
    assert "byte for byte" in output
    assert again.read_bytes() == files["a.csv"].read_bytes()


def test_a_score_in_place_of_a_size(folder, capsys, tmp_path):
    assert expand(folder, capsys, "--least-score", "-1e9", "--out", str(tmp_path / "a.csv"))[0] == 0
    scores = [float(line["score"]) for line in read(tmp_path / "a.csv")]
    middle = sorted(scores)[len(scores) // 2]
    expand(folder, capsys, "--least-score", repr(middle), "--out", str(tmp_path / "b.csv"))
    chosen = [float(line["score"]) for line in read(tmp_path / "b.csv")]
    assert sorted(chosen) == sorted(score for score in scores if score >= middle)


def test_only_a_segment(folder, capsys, tmp_path):
    out, report = tmp_path / "a.csv", tmp_path / "r.json"
    segment = ("--only", "country=DE", "--active-days", "9999")
    code, _, _ = expand(
        folder, capsys, *segment, "--size", "20", "--out", str(out), "--report", str(report)
    )
    assert code == 0
    assert {int(line["user_id"][1:]) < 240 for line in read(out)} == {True}
    pool = {step["what"]: step["users"] for step in json.loads(report.read_text())["pool"]}
    assert pool["country is not DE"] == pool["eligible"] == 240


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "How large is the audience? Give either --size 5% or --least-score 0.8."),
        (("--size", "5%", "--least-score", "1"), "How large is the audience?"),
        (("--size", "huge"), "'huge' is not an audience size."),
        (("--size", "5%", "--holdout", "0.9"), "A hold-out of 90 % is not possible."),
        (("--size", "5%", "--held-out", "h.csv"), "--held-out needs a share to hold out."),
        (("--size", "5%", "--tiers", "1%,x"), "'x' is not a tier."),
        (("--size", "5%", "--format", "metaa"), "Did you mean 'meta'?"),
        (("--size", "5%", "--format", "meta"), "No attribute of the users holds"),
        (("--size", "5%", "--field", "email"), "is not of the form name=value"),
        (("--size", "5%", "--exclude", "nobody"), "There is no seed list or file 'nobody'."),
        (("--size", "5%", "--only", "planet=x"), "Users have no attribute 'planet'."),
        (("--size", "5%", "--only", "country=FR"), "Only 0 of the 40 matched seeds are among the users"),
        (("--size", "5%", "--only", "planet"), "'planet' is not a segment."),
        (("--least-score", "1e9"), "Nobody scores 1e+09 or more"),
        (("--size", "5%", "--manifest", "/no/where/m.json"), "The folder of /no/where/m.json does not"),
    ],
)
def test_a_mistake_is_one_line_and_no_file(folder, capsys, tmp_path, arguments, says):
    out = tmp_path / "a.csv"
    code, _, errors = expand(folder, capsys, *arguments, "--out", str(out), says=says)
    assert code == 1
    assert len(errors.strip().splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read"), ("no", "is not a manifest"), ('{"format": 9}', "is not a manifest")],
)
def test_a_manifest_that_is_none_is_one_line(folder, capsys, tmp_path, content, says):
    path = tmp_path / "m.json"
    if content is not None:
        path.write_text(content)
    code, _, _ = run(folder, capsys, "replay", str(path), "--out", str(tmp_path / "a.csv"), says=says)
    assert code == 1
