"""Similarity by locality-sensitive hashing: how much denser in seeds a user's regions are.

The similarity-based baseline of act-alike audiences (deWet & Ou 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import BadInput
from lookalike.methods.tables import Depth, hyperplane_tables, minhash_tables
from lookalike.methods.validation import folds_for, loss_of_ranks
from lookalike.pool import Block, Pool
from lookalike.progress import Progress

PRIORS = (1.0, 10.0, 100.0)  # users that a region is thought to have had before it was looked at
PARTS = 4  # a quarter, a half, three quarters or all of the tables
INNER_NEGATIVES = 2_000  # to choose the setting against
INNER_HELD = 2_000  # seeds that a fold is judged by, at most

TablesOf = Callable[[Pool], list[Depth]]


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """A setting: what a region is, how many tables, how strong the prior."""

    depth: Depth
    tables: int
    prior: float


@dataclass(frozen=True, eq=False, slots=True)
class Regions:
    """The odds of every region, and who is in which.

    Attributes:
        choice: The setting.
        odds: Share of the seeds over share of the users, float32, shape (tables, regions).
    """

    choice: Choice
    odds: NDArray[np.float32]

    def score(self, block: Block) -> NDArray[np.float32]:
        """Return the mean odds of each user's regions, shape (users,)."""
        regions = self.choice.depth.regions(block.positions)[: self.choice.tables]
        found = np.zeros(regions.shape[1], np.float32)
        for own, values in zip(regions, self.odds, strict=True):
            found += values[own]
        return found / np.float32(self.choice.tables)


def fit_lsh(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
    progress: Progress,
    options: Sequence[TablesOf] = (hyperplane_tables, minhash_tables),
) -> Regions:
    """Score by random planes or, where it ranks held-out seeds of this list better, by MinHash.

    The score is the mean over T tables of (s / S + a / N) / (n / N + a / N), with s of the S seeds
    (by weight) and n of the N eligible users in the user's region. What a region is, T and a are
    chosen by inner validation on the seeds. A later option has to be ahead by two standard errors
    of the paired difference: on short lists two differ by chance alone.
    """
    trial = _Trial.of(pool, positives, weights, rng)
    best: _Tried | None = None
    for place, tables_of in enumerate(options):
        part = progress.span(place / len(options), (place + 1) / len(options))
        if not (depths := tables_of(pool)):
            continue  # there is nothing to hash
        tried = trial.best(depths, part)
        gain = np.zeros(1) if best is None else best.losses - tried.losses
        if best is None or gain.mean() > 2 * gain.std() / np.sqrt(len(gain)):
            best = tried
    if best is None:
        raise BadInput(
            "There is nothing to hash users by.", "Import interactions, attributes or features."
        )
    return trial.fitted(best)


def odds(
    seeds: NDArray[np.float32], total: float, sizes: NDArray[np.float32], users: int, prior: float
) -> NDArray[np.float32]:
    """Return (s / S + a / N) / (n / N + a / N) for arrays of one shape."""
    return (seeds * np.float32(users / total) + np.float32(prior)) / (sizes + np.float32(prior))


@dataclass(frozen=True, eq=False, slots=True)
class _Tried:
    """A setting and the loss of each held-out seed, in an order that all settings share."""

    choice: Choice
    losses: NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class _Trial:
    """The inner validation of one list."""

    positives: NDArray[np.int64]
    weights: NDArray[np.float64]
    fold_of: NDArray[np.int64]
    negatives: NDArray[np.int64]
    users: int

    @classmethod
    def of(
        cls,
        pool: Pool,
        positives: NDArray[np.int64],
        weights: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> _Trial:
        negatives = pool.negatives(positives, INNER_NEGATIVES, rng)
        fold_of = folds_for(len(positives), rng)
        return cls(positives, weights, fold_of, negatives, len(pool.eligible))

    def best(self, depths: list[Depth], progress: Progress) -> _Tried:
        """Return the setting that ranks held-out seeds best."""
        tried: list[_Tried] = []
        for place, depth in enumerate(depths):
            progress.at(place / len(depths), "Choosing the regions")
            tried += self._settings(depth)
        return min(tried, key=lambda each: float(each.losses.mean()))

    def fitted(self, tried: _Tried) -> Regions:
        """Return the scorer of a setting, from all seeds."""
        choice = tried.choice
        seeds = choice.depth.counts(self.positives, self.weights)[: choice.tables]
        sizes = choice.depth.sizes[: choice.tables]
        total = float(self.weights.sum())
        return Regions(choice, odds(seeds, total, sizes, self.users, choice.prior))

    def _settings(self, depth: Depth) -> list[_Tried]:
        tables = len(depth.codes)
        cuts = [tables * part // PARTS for part in range(PARTS)]
        lost: dict[tuple[int, float], list[NDArray[np.float64]]] = {}
        for fold in range(int(self.fold_of.max()) + 1):
            kept = self.fold_of != fold
            held = self.positives[~kept][:INNER_HELD]
            regions = depth.regions(np.concatenate([self.negatives, held]))
            found = depth.counts(self.positives[kept], self.weights[kept])
            seeds = np.take_along_axis(found, regions, axis=1)
            sizes = np.take_along_axis(depth.sizes, regions, axis=1)
            for prior in PRIORS:
                each = odds(seeds, float(self.weights[kept].sum()), sizes, self.users, prior)
                scores = np.cumsum(np.add.reduceat(each, cuts, axis=0), axis=0)
                for cut, score in zip([*cuts[1:], tables], scores, strict=True):
                    others = len(self.negatives)
                    lost.setdefault((cut, prior), []).append(
                        loss_of_ranks(score[:others], score[others:])
                    )
        return [
            _Tried(Choice(depth, *setting), np.concatenate(losses)) for setting, losses in lost.items()
        ]
