"""How many runs are taken on: of everybody, and of one visitor."""

from __future__ import annotations

from lookalike.errors import BadInput
from lookalike.jobs import Jobs
from lookalike.settings import Settings


def check(jobs: Jobs, settings: Settings, owner: str) -> None:
    """Refuse a further run when too many wait.

    Raises:
        BadInput: As many as `queue` wait, or as many as `runs_each` of this owner wait or run.
    """
    known = jobs.unended()
    mine = sum(job.owner == owner for job in known)
    if mine >= settings.runs_each:
        raise _full(f"{mine} runs of your own wait or run", settings.runs_each)
    waiting = len(known) - jobs.workers  # the others run, or are about to
    if waiting >= settings.queue:
        raise _full(f"{waiting} runs wait", settings.queue)


def _full(found: str, limit: int) -> BadInput:
    return BadInput(
        f"{found} already; more than {limit} are not taken on.",
        "Wait until one has ended, or cancel one.",
    )
