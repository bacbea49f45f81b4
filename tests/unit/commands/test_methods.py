"""The command "methods": words for who has no workspace yet, and what a workspace knows."""

from __future__ import annotations

import json

import pytest

from lookalike import comparison
from lookalike.cli import main
from lookalike.methods import METHODS
from lookalike.methods.explained import EXPLAINED
from lookalike.settings import Settings
from lookalike.workspace import Workspace
from tests.unit.worlds import communities


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["methods", *map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


def test_without_a_workspace_it_explains_and_makes_none(run, tmp_path):
    code, said, _ = run()
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()[2:-2]] == list(METHODS)
    assert "not known yet: python -m lookalike compare" in said
    code, said, _ = run("ridge")
    assert code == 0
    for sentence in EXPLAINED["ridge"].sentences:
        assert sentence in said.splitlines()
    assert "Source: Hoerl & Kennard 1970" in said
    assert "Compared: Not tried on any list yet." in said
    assert "Cost: nothing was measured here yet." in said
    assert not (tmp_path / "ws").exists()


def test_a_named_workspace_has_to_be_there(run, tmp_path):
    code, _, said = run("--workspace", tmp_path / "nowhere")
    assert code == 1
    assert "nowhere" in said


def test_an_unknown_method_is_told(run):
    code, _, said = run("rigde")
    assert (code, said.strip()) == (1, "There is no method 'rigde'. Did you mean 'ridge'?")


def test_what_was_compared_is_said_and_written(run, tmp_path):
    communities(tmp_path / "ws")
    with Workspace.open(tmp_path / "ws", settings=Settings(threads=1)) as workspace:
        spec = comparison.Spec(("fans", "few"), ("centroid", "ridge", "random"), splits=1)
        found = comparison.carry_out(workspace, comparison.ask(workspace, spec))
    heads = {
        (point["seed_list"], point["method"]): sum(
            one["recall"]
            for one in found.points()
            if (one["seed_list"], one["method"]) == (point["seed_list"], point["method"])
        )
        for point in found.points()
    }
    wins = sum(heads[name, "ridge"] >= heads[name, "centroid"] for name in ("fans", "few"))
    code, said, _ = run("--json")
    report = json.loads(said)
    assert code == 0
    ridge = next(one for one in report["methods"] if one["name"] == "ridge")
    assert (ridge["compared"]["lists"], ridge["compared"]["best"]) == (2, wins)
    assert ridge["seconds"]["trainings"] == 2
    code, said, _ = run("ridge", "--json")
    assert json.loads(said) == ridge
    _, said, _ = run("ridge")
    assert "of 2 lists: too few to judge." in said
    assert "2 trainings here" in said
    _, said, _ = run()
    assert "not known yet" not in said
