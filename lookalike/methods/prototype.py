"""A list's prototype by attention over its seeds: nothing is fitted to a new list."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.methods.attention import prototypes, untaught, without_each
from lookalike.methods.head_prior import prior_of
from lookalike.methods.past_heads import rows_of
from lookalike.methods.ridge_prior import PriorHead, head_at, own_scores
from lookalike.pool import Pool
from lookalike.priors import HeadPrior
from lookalike.progress import Progress


def fit_prototype(
    pool: Pool,
    positives: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,  # noqa: ARG001 - the contract of every method
    progress: Progress,
) -> PriorHead:
    """Pool the seeds by what was learned from past lists; without it, as `ridge_prior` does."""
    if prior_of(pool).attention is None:
        progress.at(1.0, "No attention was learned from past lists: every seed counts alike")
    return head_of(pool, positives, weights)


@torch.inference_mode()
def head_of(pool: Pool, positives: NDArray[np.int64], weights: NDArray[np.float64]) -> PriorHead:
    """Return the head of the seeds' prototype."""
    prior = prior_of(pool)
    parts, gains = _learned(prior)
    rows, weight = _inside(prior, _rows(pool, positives)), torch.from_numpy(weights.astype(np.float32))
    found, _ = prototypes(parts, gains, rows[None], weight[None])
    return head_at(pool, _outside(prior, found)[0], attentive=prior.attention is not None)


@torch.inference_mode()
def without_own(
    pool: Pool, positives: NDArray[np.int64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each seed's score by the prototype of the other seeds, shape (P,).

    On the scale of `head_of` of all seeds: a constant that all users share is that head's.
    """
    prior = prior_of(pool)
    own = _rows(pool, positives)
    weight = torch.from_numpy(weights.astype(np.float32))
    each, whole = without_each(*_learned(prior), _inside(prior, own), weight)
    return own_scores(prior, own, _outside(prior, each), _outside(prior, whole))


def _rows(pool: Pool, positives: NDArray[np.int64]) -> NDArray[np.float64]:
    return rows_of(pool).of(pool.at(positives)).astype(np.float64)


def _learned(prior: HeadPrior) -> tuple[list[torch.Tensor], torch.Tensor]:
    parts = untaught(prior) if prior.attention is None else prior.attention
    return list(torch.from_numpy(parts)), torch.from_numpy(prior.gains.astype(np.float32))


def _inside(prior: HeadPrior, rows: NDArray[np.float64]) -> torch.Tensor:
    return torch.from_numpy(((rows - prior.centre - prior.mean) @ prior.into).astype(np.float32))


def _outside(prior: HeadPrior, found: torch.Tensor) -> NDArray[np.float64]:
    means: NDArray[np.float64] = prior.mean + found.numpy().astype(np.float64) @ prior.back
    return means
