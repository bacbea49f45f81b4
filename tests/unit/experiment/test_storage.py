"""Kept readouts: listed newest first, and each kept once."""

import dataclasses

import pytest

from lookalike.errors import NotFound
from lookalike.experiment import Readout, described, load, readout, save, saved

from .data import generated


@pytest.fixture(scope="module")
def read() -> Readout:
    return readout(generated(300, {"control": 0.5, "bold": 0.5}))


def test_readouts_are_listed_newest_first(workspace, read):
    first = save(workspace, read, "Spring")
    second = save(workspace, dataclasses.replace(read, verdict="Hold."), "Summer")
    assert [(one.id, one.name, one.verdict) for one in saved(workspace)] == [
        (second, "Summer", "Hold."),
        (first, "Spring", read.verdict),
    ]
    assert [one.id for one in saved(workspace, limit=1)] == [second]


def test_the_same_readout_is_kept_once(workspace, read):
    key = save(workspace, read, "Spring")
    assert save(workspace, read, "Spring") == key
    assert save(workspace, dataclasses.replace(read, control="bold"), "Spring") != key
    assert len(saved(workspace)) == 2


def test_one_is_described_or_not_found(workspace, read):
    key = save(workspace, read, "Spring")
    assert described(workspace, key).name == "Spring"
    for ask in (described, load):
        with pytest.raises(NotFound, match="no experiment 'nothing'"):
            ask(workspace, "nothing")
