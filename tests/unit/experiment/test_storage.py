"""Kept readouts: listed newest first, and each kept once."""

import dataclasses

import pytest

from lookalike.errors import NotFound
from lookalike.experiment import (
    Readout,
    described,
    load,
    ratio_metric,
    readout,
    remembered,
    save,
    saved,
)

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
    other = dataclasses.replace(read, spec=dataclasses.replace(read.spec, alpha=0.1))
    assert save(workspace, other, "Spring") != key
    assert len(saved(workspace)) == 2


def test_one_is_described_or_not_found(workspace, read):
    key = save(workspace, read, "Spring")
    assert described(workspace, key).name == "Spring"
    for ask in (described, load):
        with pytest.raises(NotFound, match="no experiment 'nothing'"):
            ask(workspace, "nothing")


def test_what_was_asked_of_a_file_with_these_columns_is_remembered(workspace):
    frame = generated(300, {"control": 0.5, "bold": 0.5}).rename(columns={"user_id": "who"})
    own = ratio_metric("clicks per hide", "clicks", "hides")
    asked = {"columns": {"user_id": "who"}, "metrics": [own], "primary": "ctr", "segments": ("variant",)}
    made = readout(frame, **asked)
    assert remembered(workspace, made.source_columns) is None
    save(workspace, made, "Spring")
    again = remembered(workspace, list(reversed(made.source_columns)))
    assert again == made.spec
    assert again.metrics == (own,)
    assert remembered(workspace, made.source_columns[1:]) is None
