"""Runs: what was asked, how it went, what came of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lookalike import runs
from lookalike.errors import BadInput, Cancelled, NotFound


def test_a_run_goes_from_queued_over_running_to_done(workspace):
    spec = {"seed_list": 'b"u', "weight": ["ctr"], "splits": None}
    run = runs.create(workspace, "expand", "buyers", spec)
    asked = runs.get(workspace, run)
    assert (asked.kind, asked.title, asked.spec, asked.status) == ("expand", "buyers", spec, "queued")
    assert (asked.metrics, asked.message, asked.finished, asked.ended) == ({}, "", None, False)
    with runs.under_way(workspace, run):
        assert runs.get(workspace, run).status == "running"
        runs.finish(workspace, run, {"auc": 0.75})
    done = runs.get(workspace, run)
    assert (done.status, done.metrics, done.ended) == ("done", {"auc": 0.75}, True)
    assert done.finished >= done.created


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (Cancelled(), "cancelled", "Cancelled."),
        (BadInput("Too few.", "Add some."), "failed", "Too few. Add some."),
        (ValueError("of the program's own"), "failed", "Something unexpected went wrong: ValueError."),
        (KeyboardInterrupt(), "failed", "Something unexpected went wrong: KeyboardInterrupt."),
    ],
)
def test_how_the_work_ended_is_recorded(workspace, error, status, message):
    run, other = (runs.create(workspace, "expand", "x", {}) for _ in "ab")
    with pytest.raises(type(error)), runs.under_way(workspace, run):
        raise error
    ended = runs.get(workspace, run)
    assert (ended.status, ended.message, ended.ended) == (status, message, True)
    assert ended.finished is not None
    assert runs.get(workspace, other).status == "queued"


def test_recent_runs_are_the_newest_of_some_kinds(workspace):
    made = [runs.create(workspace, kind, kind, {}) for kind in ("expand", "embed", "expand", "compare")]
    assert [run.id for run in runs.recent(workspace)] == made[::-1]
    assert [run.id for run in runs.recent(workspace, ["expand"])] == [made[2], made[0]]
    assert [run.id for run in runs.recent(workspace, ["embed", "compare"])] == [made[3], made[1]]
    assert [run.id for run in runs.recent(workspace, limit=1)] == [made[3]]
    assert len(set(made)) == 4


def test_an_unknown_run_is_said(workspace):
    with pytest.raises(NotFound, match="no run 'nope'"):
        runs.get(workspace, "nope")


def test_losses_come_back_in_order(workspace):
    runs.keep_epochs(workspace, "r", [0.7, 0.5, 0.25])
    runs.keep_epochs(workspace, "other", [])
    assert runs.losses(workspace, "r") == [0.7, 0.5, 0.25]
    assert runs.losses(workspace, "other") == []


def test_curves_come_back_as_they_were(workspace):
    given = pd.DataFrame(
        [("a", "mlp", k, k * 2, k, k * 3, p) for k, p in ((0.01, 0.5), (0.05, np.nan))],
        columns=["seed_list", "method", "k", "recall", "low", "high", "precision"],
    )
    runs.keep_curves(workspace, "r", given)
    runs.keep_curves(workspace, "other", given.assign(recall=0.9))
    pd.testing.assert_frame_equal(runs.curves(workspace, "r"), given, check_dtype=False)


def test_of_two_who_ask_at_once_to_go_on_one_is_told_no(workspace):
    run = runs.create(workspace, "compare", "x", {})
    assert not runs.queue_again(workspace, run)  # it waits
    runs.cancel_queued(workspace, run)
    assert [runs.queue_again(workspace, run) for _ in range(2)] == [True, False]
    assert runs.get(workspace, run).status == "queued"


def test_the_mark_of_some_kinds_changes_when_such_a_run_ends(workspace):
    first = runs.mark(workspace, ["compare", "expand"])
    run = runs.create(workspace, "compare", "x", {})
    assert runs.mark(workspace, ["compare", "expand"]) == first  # it waits
    runs.cancel_queued(workspace, run)
    second = runs.mark(workspace, ["compare", "expand"])
    assert second != first
    runs.queue_again(workspace, run)
    runs.finish(workspace, run, {})
    assert runs.mark(workspace, ["compare", "expand"]) != second
    assert runs.mark(workspace, ["embed"]) == first
