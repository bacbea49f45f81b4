"""How many runs are taken on: of everybody, and of one visitor."""

from __future__ import annotations

import streamlit as st

from lookalike.errors import BadInput
from lookalike.jobs import Jobs
from lookalike.settings import Settings


@st.cache_resource(show_spinner=False)
def _askers() -> dict[str, str]:
    """Keep who asked for each run of this server."""
    return {}


def take(run: str, who: str) -> None:
    """Remember who asked for a run."""
    _askers()[run] = who


def check(jobs: Jobs, settings: Settings, who: str) -> None:
    """Refuse a further run when too many wait.

    Raises:
        BadInput: As many as `queue` wait, or as many as `runs_each` of this visitor wait or run.
    """
    known = _askers()
    for run in list(known):
        job = jobs.get(run)
        if job is None or job.ended:
            known.pop(run, None)
    mine = list(known.values()).count(who)
    if mine >= settings.runs_each:
        raise _full(f"{mine} runs of your own wait or run", settings.runs_each)
    waiting = len(known) - 1  # one of them runs
    if waiting >= settings.queue:
        raise _full(f"{waiting} runs wait", settings.queue)


def _full(found: str, limit: int) -> BadInput:
    return BadInput(
        f"{found} already; more than {limit} are not taken on.",
        "Wait until one has ended, or cancel one.",
    )
