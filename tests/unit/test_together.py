"""Runs that are under way at the same time come to exactly what they come to alone."""

from __future__ import annotations

import threading
import time

import pytest

from lookalike import embeddings, expansion, runs
from lookalike.jobs import Jobs
from lookalike.ranking import load_ranking
from lookalike.settings import Settings
from lookalike.workspace import Workspace

from .worlds import communities

SOON = 60  # seconds; nothing here takes that long unless it is broken
METHODS = ("auto", "logistic", "auto")
LISTS = ("fans", "buyers", "few")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setattr(expansion, "BESIDE", ())
    communities(tmp_path / "ws")
    settings = Settings(threads=2, workers=2, active_days=10_000)
    with Workspace.open(tmp_path / "ws", settings=settings) as opened:
        yield opened


def ask(workspace):
    return [
        expansion.ask(workspace, expansion.Spec(name, method=method, splits=2))
        for name, method in zip(LISTS, METHODS, strict=True)
    ]


def outcome(workspace, run):
    """The ranking, the evidence and the losses of a run, all to the last digit."""
    found = runs.get(workspace, run)
    assert found.status == "done", found.message
    ranking = load_ranking(workspace, run, found.metrics["eligible"]).candidates
    return ranking.tobytes(), runs.curves(workspace, run).to_csv(), runs.losses(workspace, run)


def test_trainings_at_once_give_the_audiences_that_they_give_alone(workspace):
    alone = ask(workspace)
    for run in alone:
        expansion.carry_out(workspace, run)
    together, jobs = ask(workspace), Jobs(workers=len(METHODS) + 1)
    begin = threading.Barrier(len(METHODS) + 1)

    def work(run):
        def started(progress):
            begin.wait(SOON)
            expansion.carry_out(workspace, run, progress)

        return started

    def learn(_):
        begin.wait(SOON)
        recipe = embeddings.Recipe(als=8, wide=12, svd=8, iterations=4)
        for _ in range(3):
            embeddings.factorise(workspace, recipe)

    queued = [jobs.submit(run, work(run), owner=run) for run in together]
    queued.append(jobs.submit("learning", learn, owner="learning"))
    while not all(job.ended for job in queued):
        time.sleep(0.01)
    assert [(job.state, job.error) for job in queued] == [("done", None)] * len(queued)
    assert [outcome(workspace, run) for run in together] == [outcome(workspace, run) for run in alone]


def test_the_threads_are_shared_out_among_the_workers(workspace):
    assert workspace.settings.threads_each == 1
    assert Settings(threads=7, workers=3).threads_each == 2
    assert Settings(threads=1, workers=4).threads_each == 1
