"""The command "pretrain": what it says, writes and refuses."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lookalike.cli import main
from lookalike.pretraining import carrying_out, family
from tests.unit.worlds import communities


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    communities(tmp_path / "ws")
    monkeypatch.setenv("LOOKALIKE_WORKSPACE", str(tmp_path / "ws"))
    monkeypatch.setenv("LOOKALIKE_THREADS", "1")
    monkeypatch.setitem(family.EVERY, "metaheac", replace(family.FULL, rounds=25, tasks=2, most_seeds=8))

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


def test_it_learns_and_lists_can_begin_with_it(run, tmp_path):
    out = tmp_path / "audience.csv"
    expand = ("expand", "--seeds", "fans", "--method", "metaheac", "--size", 40, "--splits", 1)
    code, _, said = run(*expand, "--out", out)
    assert (code, out.exists()) == (1, False)
    assert "no general model" in said
    assert "Run pretrain first" in said
    report = tmp_path / "learned.json"
    code, said, _ = run("pretrain", "--leave-out", "list:fans", "--report", report)
    assert (code, said) == (
        0,
        "General model 1 for the embeddings 1: learned from 50 past campaigns (metaheac).\n",
    )
    held = json.loads(report.read_text("utf-8"))
    assert (held["version"], held["campaigns"], len(held["losses"]["metaheac"])) == (1, 50, 1)
    assert run(*expand, "--out", out)[0] == 0
    assert len(out.read_text("utf-8").splitlines()) == 41


def test_too_little_and_what_is_unknown_are_told(run, monkeypatch):
    code, _, said = run("pretrain", "--network", "metahac")
    assert (code, said.strip()) == (1, "There is no network 'metahac'. Did you mean 'metaheac'?")
    code, _, said = run("pretrain", "--leave-out", "list:fns")
    assert code == 1
    assert "no past campaign 'list:fns'" in said
    monkeypatch.setattr(carrying_out, "FEWEST", 99)
    code, said, _ = run("pretrain")
    assert code == 0
    assert "too little to learn from: 51 past campaigns" in said
    assert "train like mlp" in said
