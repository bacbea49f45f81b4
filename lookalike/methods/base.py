"""The contract of every method: `fit(...) -> Scorer`, `scorer.score(block) -> scores`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.pool import Block, Pool
from lookalike.progress import SILENT, Progress

KS = (0.01, 0.02, 0.05, 0.10)  # shares of the eligible users; the headline is recall's mean over them


class Scorer(Protocol):
    """What a fitted method leaves behind."""

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return a score for each user of the block, higher is more alike, shape (users,)."""
        ...


Fit = Callable[[Pool, NDArray[np.int64], NDArray[np.float64], np.random.Generator, Progress], Scorer]


@dataclass(frozen=True, slots=True)
class Method:
    """A line of the table of methods.

    Attributes:
        name: What the command line and reports call it.
        label: What the pages call it.
        about: One sentence for a person who chooses.
        fit: Called with (pool, positives, weights, rng, progress): positions of the seeds, int64
            ascending, shape (P,), and their weights, mean 1, shape (P,).
        epochs: Passes that it reports with a loss; 0 for a method without a training curve.
        reference: A line to beat rather than a way to expand.
        general: Whether it begins with a general model of past campaigns.
    """

    name: str
    label: str
    about: str
    fit: Fit
    epochs: int = 0
    reference: bool = False
    general: bool = False


def nobody() -> BadInput:
    """Return what to say to a list without anybody to learn from."""
    return BadInput(
        "The seed list holds nobody to learn from: no user on it has an embedding.",
        "Upload a list of at least 3 users of the workspace.",
    )


def score_all(pool: Pool, scorers: Sequence[Scorer], progress: Progress = SILENT) -> NDArray[np.float32]:
    """Score every position with every scorer in one pass, shape (positions, scorers).

    A score that is not a number counts as the lowest.
    """
    scores = np.empty((len(pool), len(scorers)), np.float32)
    done = 0
    for block in pool.blocks():
        for place, scorer in enumerate(scorers):
            scores[block.positions, place] = scorer.score(block)
        done += len(block.dense)
        progress.at(done / len(pool), "Scoring every user")
    return np.nan_to_num(scores, copy=False, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
