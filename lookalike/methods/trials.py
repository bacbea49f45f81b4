"""Trying the views on lists whose answer is known, so that later lists can learn from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.methods.auto import logit_among, own_recall, references, scores_at, scores_of
from lookalike.methods.blending import (
    TEMPERATURES,
    TILTS,
    best_of,
    headline,
    judged,
    kernel,
    softened,
)
from lookalike.methods.mlp import fit_mlp
from lookalike.methods.views import Views
from lookalike.past import Hat, PastLists
from lookalike.pool import Pool
from lookalike.progress import SILENT, Progress

MOST_OTHERS = 20_000
FEW = 12  # seeds of a list that is tried once more
NETWORKS = 60  # trials in which the neural network is trained too


@dataclass(frozen=True, eq=False, slots=True)
class Trial:
    """A list whose answer is known, as positions in its pool.

    Attributes:
        pool: The pool without what the list was made from.
        seeds: Who is treated as the list, ascending, shape (P,).
        held: Who is to be found, ascending, eligible, shape (H,).
        users: Everybody who was on the list.
    """

    pool: Pool
    seeds: NDArray[np.int64]
    held: NDArray[np.int64]
    users: NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class _Outcome:
    """What a trial's views gave.

    Attributes:
        others: Positions of the users that ranks are taken from, shape (n,).
        scores: Theirs, shape (n, views).
        held: Scores of the users to be found, shape (H, views).
        recall: Headline recall by view.
        own: Leave-one-out headline recall of the seeds by view.
    """

    others: NDArray[np.int64]
    scores: NDArray[np.float32]
    held: NDArray[np.float32]
    recall: NDArray[np.float64]
    own: NDArray[np.float64]


def part_of(users: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose seeds among the users of a past list: four times in ten 85 %, else any number from 3.

    The other sizes are even in the logarithm, so that short lists have past ones to learn from.

    Args:
        users: At least 5 of them.
        rng: Where the choice comes from.
    """
    most = int(0.85 * len(users))
    size = most if rng.random() < 0.4 else int(np.exp(rng.uniform(np.log(3), np.log(most))))
    chosen = np.zeros(len(users), bool)
    chosen[rng.permutation(len(users))[: max(3, size)]] = True
    return chosen


def few_of(users: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose from 3 to 12 seeds among the users of a past list, even in the logarithm.

    With few seeds it is luck how well a list does: of such ones there have to be more.

    Args:
        users: At least 5 of them.
        rng: Where the choice comes from.
    """
    most = min(FEW, int(0.85 * len(users)))
    chosen = np.zeros(len(users), bool)
    chosen[rng.permutation(len(users))[: int(np.exp(rng.uniform(np.log(3), np.log(most + 1))))]] = True
    return chosen


def gather(
    trials: Sequence[Trial],
    hats: Mapping[str, Hat],
    snapshot: int,
    rng: np.random.Generator,
    progress: Progress = SILENT,
) -> PastLists:
    """Fit every view to every trial's seeds, see whom it finds, and then how blends would do.

    Args:
        trials: At least 2 of them; those of one pool share its matrices.
        hats: The hat diagonals of the raw ridges.
        snapshot: The embeddings that the outcome is for.
        rng: For the networks.
        progress: Hears of every trial.
    """
    views: dict[int, Views] = {}
    outcomes: list[_Outcome] = []
    network = np.full(len(trials), np.nan)
    trained = set(
        np.linspace(0, len(trials) - 1, min(NETWORKS, len(trials))).round().astype(int).tolist()
    )
    for place, trial in enumerate(trials):
        progress.at(0.8 * place / len(trials), f"Past list {place + 1} of {len(trials)}")
        known = views.setdefault(id(trial.pool), Views(trial.pool, hats))
        outcomes.append(_tried(known, trial))
        if place in trained:
            network[place] = _network_recall(trial, rng)
    first = views[id(trials[0].pool)]
    users = [trial.users for trial in trials]
    past = PastLists(
        snapshot=snapshot,
        views=tuple(first.names),
        hats=hats,
        sizes=np.array([len(trial.seeds) for trial in trials], float),
        held=np.array([len(trial.held) for trial in trials], float),
        recall=np.array([one.recall for one in outcomes]),
        own=np.array([one.own for one in outcomes]),
        blended=np.zeros((len(trials), len(TEMPERATURES), len(TILTS))),
        network=network,
        temperatures=TEMPERATURES,
        members=np.concatenate(
            [trial.pool.vectors.rows[some] for trial, some in zip(trials, users, strict=True)]
        ),
        ends=np.cumsum([len(some) for some in users]),
    )
    for place, (trial, outcome) in enumerate(zip(trials, outcomes, strict=True)):
        progress.at(0.8 + 0.2 * place / len(trials), "Fitting the blend")
        past.blended[place] = _blended(past, place, first.rivals, trial, outcome)
    return past


def _tried(views: Views, trial: Trial) -> _Outcome:
    fitted = views.fit(trial.seeds, np.ones(len(trial.seeds)))
    others = _others(trial)
    scores = scores_at(trial.pool, fitted, others)
    held = scores_at(trial.pool, fitted, trial.held)
    recall = [_recall(trial, *pair) for pair in zip(scores.T, held.T, strict=True)]
    own = own_recall(fitted, np.sort(scores, axis=0), len(trial.pool.eligible))
    return _Outcome(others, scores, held, np.array(recall), own)


def _others(trial: Trial) -> NDArray[np.int64]:
    """Who the users to be found are ranked against; a part of the pool is enough."""
    return references(trial.pool, np.union1d(trial.seeds, trial.held), MOST_OTHERS)


def _recall(trial: Trial, scores: NDArray[np.floating], held: NDArray[np.floating]) -> float:
    """Headline recall of the users to be found, from their scores and those of the others."""
    eligible = len(trial.pool.eligible)
    listed = int(np.isin(trial.seeds, trial.pool.eligible).sum())
    stands_for = (eligible - listed - len(held)) / len(scores)
    above = _above(np.sort(scores), held) * stands_for + _above(np.sort(held), held)
    return float(headline(above, eligible))


def _above(ordered: NDArray[np.floating], scores: NDArray[np.floating]) -> NDArray[np.int64]:
    """How many of the ordered scores are higher than each."""
    above: NDArray[np.int64] = len(ordered) - np.searchsorted(ordered, scores, side="right")
    return above


def _network_recall(trial: Trial, rng: np.random.Generator) -> float:
    network = fit_mlp(trial.pool, trial.seeds, np.ones(len(trial.seeds)), rng, SILENT)
    others = scores_of(trial.pool, network, _others(trial))
    return _recall(trial, others, scores_of(trial.pool, network, trial.held))


def _blended(
    past: PastLists, place: int, rivals: list[list[int]], trial: Trial, outcome: _Outcome
) -> NDArray[np.float64]:
    """Headline recall of the blend at each temperature and tilt, learned from the other lists."""
    same = past.same(trial.pool.vectors.rows[trial.seeds])
    same[place] = True
    weight = kernel(past, past.sizes[place], same)
    judgement = judged(outcome.own, past.sizes[place], past, weight)
    chosen = best_of(judgement, rivals)
    scale = float((weight @ past.recall).max())
    activity = trial.pool.activity
    others, held = (
        np.stack(
            [logit_among(ordered, column) for ordered, column in zip(sources, columns, strict=True)], 1
        )
        for sources, columns in _columns(outcome, chosen, activity, trial)
    )
    found = np.empty((len(TEMPERATURES), len(TILTS)))
    for row, temperature in enumerate(TEMPERATURES):
        shares = softened(judgement[chosen], scale, temperature)
        for column, tilt in enumerate(TILTS):
            mix = np.append(shares, tilt)
            found[row, column] = _recall(trial, others @ mix, held @ mix)
    return found


def _columns(
    outcome: _Outcome, chosen: list[int], activity: NDArray[np.float32], trial: Trial
) -> list[tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]]:
    """The ordered reference scores and, for the others and those held out, the scores to rank."""
    among = [*outcome.scores[:, chosen].T, activity[outcome.others]]
    ordered = [np.sort(column) for column in among]
    return [(ordered, among), (ordered, [*outcome.held[:, chosen].T, activity[trial.held]])]
