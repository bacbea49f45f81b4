"""Offline evaluation: hold seeds out, rank everybody, see where the held-out ones come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods import Method, Scorer, score_all
from lookalike.methods.base import KS
from lookalike.pool import Pool
from lookalike.progress import SILENT, Progress
from lookalike.splits import LEAST, TRAINS, folds_of

__all__ = ["GRID", "KS", "LEAST", "RESAMPLES", "SIZES", "Ranks", "backtest", "rank_of"]

SIZES = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5)  # offered for an audience
GRID = tuple(np.unique(np.concatenate([np.geomspace(0.002, 0.5, 40).round(5), SIZES])).tolist())
RESAMPLES = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class Ranks:
    """Where the held-out seeds of some folds came, for one method.

    Attributes:
        rank: 1 is the top; int64, shape (held-out seeds,).
        fold: The fold in which each seed was held out, shape (held-out seeds,).
        candidates: Users ranked in each fold: the eligible ones less the training seeds.
        eligible: Eligible users, what shares are taken of.
        listed: Eligible users that are on the list.
        seconds: Time for fitting and for scoring, over all folds.
        scoring: How much of it went into scoring.
    """

    rank: NDArray[np.int64]
    fold: NDArray[np.int64]
    candidates: NDArray[np.int64]
    eligible: int
    listed: int
    seconds: float
    scoring: float = 0.0

    def top(self, k: float) -> int:
        """Return how many users the top share `k` of the eligible users is, at least 1."""
        return max(1, int(np.floor(k * self.eligible + 1e-9)))

    def recall(self, k: float) -> float:
        """Share of the held-out seeds that rank in the top `k`."""
        return float(np.mean(self.rank <= self.top(k)))

    def headline(self) -> float:
        """Recall at 1, 2, 5 and 10 %, averaged."""
        return float(self.hits().mean())

    def by_fold(self) -> list[Ranks]:
        """Return each fold on its own."""
        return [
            Ranks(
                self.rank[self.fold == fold],
                np.zeros(int(np.sum(self.fold == fold)), np.int64),
                self.candidates[fold : fold + 1],
                self.eligible,
                self.listed,
                self.seconds / len(self.candidates),
                self.scoring / len(self.candidates),
            )
            for fold in range(len(self.candidates))
        ]

    def precision(self, k: float) -> float | None:
        """Seed against random precision at `k`: recall / (recall + q).

        q is the share of the eligible users outside the list that are in the top k. This is the
        limit, for large samples, of |E@k and H| / (|E@k and H| + |E@k and R|) with R random
        eligible users outside the list, as many as H; 0.5 for a random ranking. None where the
        top holds nobody.
        """
        outside = self.eligible - self.listed
        shares = []
        for fold in range(len(self.candidates)):
            hits = int(np.sum(self.rank[self.fold == fold] <= self.top(k)))
            shares.append((min(self.top(k), int(self.candidates[fold])) - hits) / max(outside, 1))
        recall, q = self.recall(k), float(np.mean(shares))
        return recall / (recall + q) if recall + q > 0 else None

    def curve(self, ks: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return recall and precision at many k at once, shapes (ks,); NaN where not computable."""
        tops = np.array([self.top(k) for k in ks])
        hits = np.zeros(len(tops))
        shares = np.zeros(len(tops))
        for fold, candidates in enumerate(self.candidates):
            found = np.searchsorted(np.sort(self.rank[self.fold == fold]), tops, side="right")
            hits += found
            shares += (np.minimum(tops, candidates) - found) / max(self.eligible - self.listed, 1)
        recall, q = hits / len(self.rank), shares / len(self.candidates)
        precision = np.divide(recall, recall + q, out=np.full(len(tops), np.nan), where=recall + q > 0)
        return recall, precision

    def auc(self) -> float | None:
        """Chance that a held-out seed ranks above a candidate outside the list; mean over folds."""
        areas = []
        for fold, candidates in enumerate(self.candidates):
            ranks = np.sort(self.rank[self.fold == fold])
            held, others = len(ranks), int(candidates) - len(ranks)
            if held and others:
                above = ranks - 1 - np.arange(held)  # others above each held-out seed
                areas.append(1.0 - above.mean() / others)
        return float(np.mean(areas)) if areas else None

    def precision_in_top(self, k: float = 0.05) -> float:
        """P@k of Zhu et al. 2021: held-out seeds among the top max(1, floor(k n)); mean over folds."""
        hits = np.sum(self.rank <= self.top(k))
        return float(hits / (self.top(k) * len(self.candidates)))

    def interval(
        self, ks: Sequence[float], level: float = 0.95, random_state: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bootstrap intervals over the held-out seeds of recall at each k, shapes (ks,).

        Where none or all were found, resampling shows no spread, and the bound that is not
        trivial is the exact one, 1 - (alpha/2)^(1/n) (Clopper & Pearson 1934).
        """
        found = np.stack([self.rank <= self.top(k) for k in ks]).astype(np.float64)
        seeds = found.shape[1]
        rng = np.random.default_rng(random_state)
        counts = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=RESAMPLES)
        tail = (1 - level) / 2
        low, high = np.quantile(found @ counts.T / seeds, [tail, 1 - tail], axis=1)
        exact = 1 - tail ** (1 / seeds)
        high = np.where(found.sum(axis=1) == 0, exact, high)
        low = np.where(found.sum(axis=1) == seeds, 1 - exact, low)
        return low, high

    def hits(self) -> NDArray[np.float64]:
        """For each held-out seed, in how many of the headline tops it is, as a share; (seeds,)."""
        return np.mean([self.rank <= self.top(k) for k in KS], axis=0)

    def difference(self, other: Ranks, random_state: int = 0) -> dict[str, float]:
        """Headline recall less another method's on the same held-out seeds, with a 95 % interval.

        The interval is a paired bootstrap over the seeds.
        """
        gaps = self.hits() - other.hits()
        rng = np.random.default_rng(random_state)
        resampled = rng.choice(gaps, (RESAMPLES, len(gaps))).mean(axis=1)
        low, high = np.quantile(resampled, [0.025, 0.975])
        return {"difference": float(gaps.mean()), "low": float(low), "high": float(high)}


def rank_of(
    scores: NDArray[np.float32],
    ties: NDArray[np.uint64],
    candidates: NDArray[np.int64],
    held: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the ranks (1 is the top) of `held` among `candidates`; equal scores go by `ties`."""
    values = scores[candidates]
    ordered = np.sort(values)
    above = len(values) - np.searchsorted(ordered, scores[held], side="right")
    level = len(values) - np.searchsorted(ordered, scores[held], side="left")
    ranks = above.astype(np.int64) + 1
    tied = np.flatnonzero(level - above > 1)
    if len(tied):
        # all ties in one pass: where scores are few, nearly every seed is tied with a million users
        shared = np.unique(scores[held[tied]])
        place = np.minimum(np.searchsorted(shared, values), len(shared) - 1)
        equal = np.flatnonzero(shared[place] == values)
        order = equal[np.lexsort((ties[candidates[equal]], place[equal]))]
        starts = np.searchsorted(place[order], np.searchsorted(shared, scores[held[tied]]))
        lots = ties[candidates[order]]
        for seed, start in zip(tied.tolist(), starts.tolist(), strict=True):
            end = start + int(level[seed] - above[seed])
            ranks[seed] += int(np.searchsorted(lots[start:end], ties[held[seed]]))
    return ranks


def backtest(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    methods: Sequence[Method],
    *,
    splits: int | None = None,
    fold_of: NDArray[np.int64] | None = None,
    random_state: int = 0,
    progress: Progress = SILENT,
) -> dict[str, Ranks]:
    """Hold the seeds out fold by fold and rank every eligible user with every method.

    The held-out seeds stay in the pool that negatives are drawn from, as unknown look-alikes do
    in life. Seeds that are not eligible train but are never held out.

    Args:
        pool: The users.
        positives: Positions of the seeds, ascending int64, shape (P,).
        weights: Their weights, shape (P,).
        methods: What to compare; each gets chance of its own, whatever the others are.
        splits: At most so many folds.
        fold_of: The folds, where they are not left to chance: 0, 1, … held out in turn, -1 always
            trains, -2 neither, shape (P,).
        random_state: Fixes folds and fits.
        progress: Hears of every fit.

    Raises:
        BadInput: Under three eligible seeds.
    """
    if fold_of is None:
        can_be_held = np.isin(positives, pool.eligible)
        fold_of = np.full(len(positives), TRAINS)
        fold_of[can_be_held] = folds_of(int(can_be_held.sum()), splits, random_state)
    count = int(fold_of.max()) + 1
    ranks: dict[str, list[NDArray[np.int64]]] = {method.name: [] for method in methods}
    seconds = dict.fromkeys(ranks, 0.0)
    scoring = dict.fromkeys(ranks, 0.0)
    held_in: list[NDArray[np.int64]] = []
    candidates_in: list[int] = []
    for fold in range(count):
        trains = (fold_of != fold) & (fold_of >= TRAINS)
        held = positives[fold_of == fold]
        candidates = pool.outside(positives[fold_of != fold])
        held_in.append(np.full(len(held), fold))
        candidates_in.append(len(candidates))
        for place, method in enumerate(methods):
            done = (fold * len(methods) + place) / (count * len(methods))
            part = progress.span(done, done + 1 / (count * len(methods)))
            part.at(0.0, f"Back-test {fold + 1} of {count}: {method.label.lower()}")
            began = time.perf_counter()
            quiet = _without_facts(part, f"Back-test {fold + 1} of {count}: {method.label.lower()}")
            scorer = _fitted(
                pool, positives[trains], weights[trains], method, (random_state, fold), quiet
            )
            fitted = time.perf_counter()
            scores = score_all(pool, [scorer])[:, 0]
            scoring[method.name] += time.perf_counter() - fitted
            seconds[method.name] += time.perf_counter() - began
            ranks[method.name].append(rank_of(scores, pool.tie_order, candidates, held))
    return {
        name: Ranks(
            np.concatenate(found),
            np.concatenate(held_in),
            np.asarray(candidates_in),
            len(pool.eligible),
            len(pool.eligible) - len(pool.outside(positives)),
            seconds[name],
            scoring[name],
        )
        for name, found in ranks.items()
    }


def _fitted(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    method: Method,
    random_state: tuple[int, int],
    progress: Progress,
) -> Scorer:
    chance = np.random.default_rng([*random_state, *method.name.encode()])
    return method.fit(pool, positives, weights / weights.mean(), chance, progress)


def _without_facts(progress: Progress, message: str) -> Progress:
    """A progress that keeps a fit's own epochs out of the training curve, and its words too."""
    return Progress(lambda update: progress.at(update.fraction, message))
