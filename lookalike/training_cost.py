"""What methods cost: the seconds of a workspace's own trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lookalike import runs
from lookalike.methods import METHODS
from lookalike.workspace import Workspace

MOST_RUNS = 30  # of a kind, the newest: what was measured long ago says little of today
# what the run "prepare" gives these methods serves every list
BY_PAST = ("auto", "auto_quick", "ridge_prior", "prototype", "attention")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of trainings on a list, and of what is done once for all lists.

    Attributes:
        trainings: How many there were.
        median: Of one.
        low: Of the quickest.
        high: Of the slowest.
        once: Of the last learning from past lists or campaigns; None where there was none, or the
            method needs none.
    """

    trainings: int
    median: float
    low: float
    high: float
    once: float | None = None

    @property
    def usual(self) -> str:
        """What a training takes, in words."""
        return took(self.median)

    def sentence(self) -> str:
        """Say what a training takes, and what comes before the first."""
        trainings = f"{self.trainings:,} training{'s' if self.trainings != 1 else ''} here"
        low, high = took(self.low), took(self.high)
        spread = f"{low} to {high}, " if low != high else ""
        once = f" Once for all lists: {took(self.once)}." if self.once is not None else ""
        return f"Training on a list takes {self.usual} ({spread}{trainings}).{once}"


def measured(workspace: Workspace, compared: Mapping[str, Sequence[float]]) -> dict[str, Cost]:
    """Return the cost of each method that was trained, by comparisons and by expansions.

    Args:
        workspace: Where.
        compared: Seconds of each training of comparisons, by method.
    """
    seconds = {name: list(values) for name, values in compared.items()}
    for run in runs.recent(workspace, ["expand"], MOST_RUNS):
        if run.status == "done" and "train" in run.metrics.get("seconds", {}):
            seconds.setdefault(run.spec["method"], []).append(run.metrics["seconds"]["train"])
    return {name: _cost(values, _once(workspace, name)) for name, values in seconds.items()}


def took(seconds: float) -> str:
    """Write seconds as a person would."""
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def _cost(values: Sequence[float], once: float | None) -> Cost:
    return Cost(len(values), float(np.median(values)), min(values), max(values), once)


def _once(workspace: Workspace, name: str) -> float | None:
    """Return the seconds of the last learning that serves all lists of a method."""
    general = METHODS[name].general if name in METHODS else False
    kind = "pretrain" if general else "prepare" if name in BY_PAST else None
    for run in runs.recent(workspace, [kind], MOST_RUNS) if kind else ():
        # of a run that went on after a stop, only the last stretch is known
        known = run.status == "done" and not run.metrics.get("resumed")
        whole = run.metrics.get("seconds") if known else None
        if whole and (not general or name in run.spec["networks"]):
            return float(whole)
    return None
